"""How fast a book is filled, folded again and verified, beside what any program would have to do for it."""

import time
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from bench import reviews
from bench.measuring import Figure, compare
from bench.stage import Stage, councils
from ledger.book import rebuild as rebuild_book
from ledger.pg.ledger import PostgresLedger
from ledger.proof.leaf import FIRST_CHAIN
from ledger.proof.verify import verify_ledger

BATCH = 1000

_PLAIN = """
    CREATE TABLE plain_row (
        council text, lane text, epoch integer, position bigint, kind text, stream text, version integer, source text,
        source_epoch integer, source_sequence bigint, id uuid PRIMARY KEY, name text, schema integer,
        received_at timestamptz, recorded_at timestamptz, actor text, role text, command_id uuid, correlation_id uuid,
        cause text, payload bytea, leaf bytea, chain bytea)
"""
_PLAIN_ROWS = """
    INSERT INTO plain_row SELECT $1, 'book', 1, u.position, 'decided', u.stream, 1, '', 0, 0, u.id, u.name, 1, $2, $2,
        'officer-021', 'social_worker', $3, $3, '', u.payload, $4, $4
    FROM unnest($5::bigint[], $6::text[], $7::uuid[], $8::text[], $9::bytea[])
        AS u(position, stream, id, name, payload)
"""
_CURSOR = "SELECT * FROM ledger.row WHERE council = $1 AND lane = 'book' ORDER BY position"


async def importing(stage: Stage) -> Figure:
    """Batches through decider and codec into two chained ledgers, beside bare inserts of as many rows."""
    events = stage.scale.events // 2
    database = await stage.database("bench", reviews.MIGRATIONS)
    name, _, payload = reviews.CODEC.encode(reviews.a_review(1))
    two, applications = councils(2), [UUID(int=number) for number in range(1, BATCH + 1)]
    async with database.pool(size=2) as pool, database.plain_pool(1) as plain:
        await plain.execute(_PLAIN)
        book, decider = reviews.a_book("bench", pool), reviews.DECIDER

        async def ours() -> float:
            started = time.perf_counter()
            for first in range(0, events, BATCH):
                async with book.unit_of_work(reviews.a_context(two[first // BATCH % 2])) as unit:
                    await unit.record_all(
                        (f"review-{uuid4()}", decider.decide(reviews.ReviewCosts(one), decider.fold([]), unit.acting()))
                        for one in (
                            reviews.a_review(first + number, application)
                            for number, application in enumerate(applications[: events - first])
                        )
                    )
            return events / (time.perf_counter() - started)

        async def reference() -> float:
            await plain.execute("TRUNCATE plain_row")
            started = time.perf_counter()
            for first in range(0, events, BATCH):
                size = min(BATCH, events - first)
                await plain.execute(
                    _PLAIN_ROWS, two[first // BATCH % 2], reviews.MORNING, uuid4(), FIRST_CHAIN,
                    list(range(first, first + size)), [f"review-{uuid4()}" for _ in range(size)],
                    [uuid4() for _ in range(size)], [name] * size, [payload] * size,
                )  # fmt: skip
            return events / (time.perf_counter() - started)

        return await compare("import / raw batch", ">= 0.4", "events/s", ours, reference, rounds=stage.scale.rounds)


async def rebuild(stage: Stage) -> Figure:
    """Emptying a read model and folding the whole book into it again, beside a cursor that only reads the rows."""
    rows, council = stage.scale.events, councils(1)[0]
    database = await stage.database("bench", reviews.MIGRATIONS)
    async with database.pool() as pool, database.plain_pool(1) as plain:
        book = reviews.a_book("bench", pool, projects=True)
        await reviews.fill(book, council, rows)
        await plain.execute("VACUUM ANALYZE")

        async def ours() -> float:
            started = time.perf_counter()
            folded = await rebuild_book(book, [council])
            return folded / (time.perf_counter() - started)

        return await compare(
            "rebuild / cursor read", ">= 0.5", "rows/s", ours, lambda: _by_cursor(plain, council, rows),
            rounds=stage.scale.rounds,
        )  # fmt: skip


async def _by_cursor(plain: asyncpg.Pool, council: str, rows: int) -> float:
    started, read = time.perf_counter(), 0
    async with plain.acquire() as connection, connection.transaction(readonly=True):
        async for _ in connection.cursor(_CURSOR, council):
            read += 1
    if read != rows:
        raise RuntimeError(f"The cursor read {read} rows of {rows}.")
    return rows / (time.perf_counter() - started)


async def verifying(stage: Stage) -> Figure:
    """Re-deriving leaves, chain, Merkle root, times and versions, beside only digesting the rows' bytes."""
    rows, council = stage.scale.events, councils(1)[0]
    database = await stage.database("bench", reviews.MIGRATIONS)
    async with database.pool() as pool, database.plain_pool(1) as plain:
        await reviews.fill(reviews.a_book("bench", pool), council, rows)
        await plain.execute("VACUUM ANALYZE")
        ledger = PostgresLedger("bench", pool)

        async def ours() -> float:
            started = time.perf_counter()
            found = await verify_ledger(ledger, council)
            return found.positions / (time.perf_counter() - started)

        async def reference() -> float:
            started, chain, read = time.perf_counter(), FIRST_CHAIN, 0
            async with plain.acquire() as connection, connection.transaction(readonly=True):
                async for row in connection.cursor(_CURSOR, council):
                    chain = sha256(chain + sha256(_bytes_of(row)).digest()).digest()
                    read += 1
            return read / (time.perf_counter() - started)

        return await compare("verify / sha256", ">= 0.4", "rows/s", ours, reference, rounds=stage.scale.rounds)


def _bytes_of(row: Any) -> bytes:
    """Every column of a row as bytes, in the quickest way that Python has."""
    *columns, payload, _, _ = row
    return f"{columns}".encode() + payload
