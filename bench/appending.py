"""How fast rows can be appended: beside unordered inserts, and beside the eventsourcing library's own recorder."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID, uuid4

import asyncpg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresFactory
from eventsourcing.utils import Environment

from bench import reviews
from bench.measuring import Figure, compare
from bench.stage import Database, Stage, councils
from ledger.pg.ledger import PostgresLedger
from ledger.rows import Draft

WRITERS = 8

_NAME, _SCHEMA, _PAYLOAD = reviews.CODEC.encode(reviews.a_review(1))
_UNORDERED = """
    CREATE TABLE unordered (
        council text, lane text, epoch integer, position bigint, kind text, stream text, version integer, source text,
        source_epoch integer, source_sequence bigint, id uuid PRIMARY KEY, name text, schema integer,
        received_at timestamptz, recorded_at timestamptz, actor text, role text, command_id uuid, correlation_id uuid,
        cause text, payload bytea, leaf bytea, chain bytea)
"""
_INSERT = f"INSERT INTO unordered VALUES ({', '.join(f'${n}' for n in range(1, 24))})"


async def append_rate(
    ledger: PostgresLedger, councils_: Sequence[str], seconds: float, writers: int = WRITERS
) -> float:
    """Appends a second: each writer appends one event a transaction to a stream of its own, in its council's book."""
    until = time.perf_counter() + seconds

    async def write(council: str) -> int:
        stream, version = f"review-{uuid4()}", 0
        while time.perf_counter() < until:
            version += 1
            draft = Draft(stream, version, uuid4(), _NAME, _SCHEMA, _PAYLOAD)
            await ledger.append(reviews.a_context(council), [draft])
        return version

    return await _rate(lambda number: write(councils_[number % len(councils_)]), writers)


async def unordered_rate(pool: asyncpg.Pool, councils_: Sequence[str], seconds: float) -> float:
    """Inserts a second of the same rows into one table without order, one a statement, on as many connections."""
    until = time.perf_counter() + seconds
    digest = bytes(32)

    async def write(council: str) -> int:
        stream, version = f"review-{uuid4()}", 0
        async with pool.acquire() as connection:
            while time.perf_counter() < until:
                version += 1
                context = reviews.a_context(council)
                await connection.execute(
                    _INSERT, council, "book", 1, version, "decided", stream, version, "", 0, 0, uuid4(), _NAME, _SCHEMA,
                    context.received_at, context.now, context.actor, context.role, context.command_id,
                    context.correlation_id, "", _PAYLOAD, digest, digest,
                )  # fmt: skip
        return version

    return await _rate(lambda number: write(councils_[number % len(councils_)]), WRITERS)


async def _rate(write: Callable[[int], Awaitable[int]], writers: int) -> float:
    started = time.perf_counter()
    written = await asyncio.gather(*(write(number) for number in range(writers)))
    return sum(written) / (time.perf_counter() - started)


class Peer:
    """The eventsourcing library's application recorder on PostgreSQL: default settings, psycopg with its C code."""

    def __init__(self, database: Database) -> None:
        parts = urlsplit(database.admin_dsn)
        host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
        port = parse_qs(parts.query).get("port", [str(parts.port or 5432)])[0]
        self._factory = PostgresFactory(
            Environment(
                "bench",
                {
                    "PERSISTENCE_MODULE": "eventsourcing.postgres",
                    "POSTGRES_DBNAME": database.name,
                    "POSTGRES_HOST": host,
                    "POSTGRES_PORT": port,
                    "POSTGRES_USER": unquote(parts.username or ""),
                    "POSTGRES_PASSWORD": unquote(parts.password or ""),
                },
            )
        )
        self._recorder = self._factory.application_recorder()

    async def rate(self, seconds: float, writers: int = WRITERS) -> float:
        """Appends a second, from as many threads, each to an aggregate of its own."""
        return await asyncio.to_thread(self._measure, seconds, writers)

    def _measure(self, seconds: float, writers: int) -> float:
        written: list[int] = []
        until = time.perf_counter() + seconds

        def write(originator: UUID) -> None:
            version = 0
            while time.perf_counter() < until:
                version += 1
                self._recorder.insert_events([StoredEvent(originator, version, _NAME, _PAYLOAD)])
            written.append(version)

        threads = [threading.Thread(target=write, args=(uuid4(),)) for _ in range(writers)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(written) != writers:
            raise RuntimeError("A writer of the eventsourcing library came to grief.")
        return sum(written) / (time.perf_counter() - started)

    def close(self) -> None:
        """Let the connections go."""
        self._factory.close()


async def unordered(stage: Stage) -> Figure:
    """Eight councils, one writer each, beside inserts that keep no order, no chain and no promise."""
    scale, database = stage.scale, await stage.database("bench")
    async with database.pool(size=WRITERS) as pool, database.plain_pool(WRITERS) as plain:
        await plain.execute(_UNORDERED)
        ledger, eight = PostgresLedger("bench", pool), councils(8)
        return await compare(
            "append 8 councils / unordered",
            ">= 0.60",
            "appends/s",
            lambda: append_rate(ledger, eight, scale.seconds),
            lambda: unordered_rate(plain, eight, scale.seconds),
            rounds=scale.rounds,
        )


async def peer_eight(stage: Stage) -> Figure:
    """Eight councils, one writer each, beside the library's one order for everybody."""
    return await _beside_peer(stage, "append 8 councils / eventsourcing", ">= 5", councils(8))


async def peer_one(stage: Stage) -> Figure:
    """Eight writers in one council: both sides have one order to keep."""
    return await _beside_peer(stage, "append 1 council / eventsourcing", ">= 1.5", councils(1))


async def _beside_peer(stage: Stage, name: str, goal: str, councils_: Sequence[str]) -> Figure:
    scale, database = stage.scale, await stage.database("bench")
    peer = Peer(await stage.database("bench"))
    try:
        async with database.pool(size=WRITERS) as pool:
            ledger = PostgresLedger("bench", pool)
            return await compare(
                name,
                goal,
                "appends/s",
                lambda: append_rate(ledger, councils_, scale.seconds),
                lambda: peer.rate(scale.seconds),
                rounds=scale.rounds,
            )
    finally:
        peer.close()
