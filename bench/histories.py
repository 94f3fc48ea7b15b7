"""How long one case's history takes as the record grows around it: the copies of five services, filled with cases."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

from bench.measuring import Figure, compare
from bench.reviews import a_context
from bench.stage import Stage
from ledger.book import Book
from ledger.codec.codec import Codec
from ledger.pg.ledger import PostgresLedger
from ledger.vault.vault import MemoryVault
from services.intake.applications.domain.events import ApplicationAgreed
from services.intake.applications.domain.form_events import BudgetIndicated, CostsGiven
from services.intake.stored import STORED
from services.record.history.commands import history
from services.record.history.decoding import SERVICES
from services.record.main import SERVICE

MONDAY = datetime(2026, 10, 5, 8, tzinfo=UTC)
ROWS_OF_A_CASE = 20

_FILL = """
    INSERT INTO copy.row (council, service, lane, epoch, position, kind, stream, version, source, source_epoch,
                          source_sequence, id, name, schema, received_at, recorded_at, actor, role, command_id,
                          correlation_id, cause, payload, leaf, chain)
    SELECT $1, s.service, 'book', 1, c.number * s.rows + r.step, r.kind,
           'application-' || md5('case' || c.number)::uuid, r.version, r.source, r.source_epoch,
           CASE r.kind WHEN 'heard' THEN c.number * s.rows + r.step ELSE 0 END,
           md5('row' || s.service || (c.number * s.rows + r.step))::uuid, r.name, r.schema, moment, moment,
           'officer-021', 'social_worker', gen_random_uuid(), gen_random_uuid(), '', r.payload, sha256('leaf'),
           sha256('chain')
    FROM generate_series(0, $2 - 1) AS c(number)
    CROSS JOIN unnest($3::text[], $4::int[]) AS s(service, rows)
    JOIN unnest($5::text[], $6::int[], $7::text[], $8::int[], $9::text[], $10::int[], $11::text[], $12::int[],
                $13::bytea[])
        AS r(service, step, kind, version, source, source_epoch, name, schema, payload) ON r.service = s.service
    CROSS JOIN LATERAL (SELECT $14::timestamptz + (c.number * 20 + r.step) * interval '1 second' AS moment) AS at
"""
_NAME = """
    INSERT INTO read.named (council, service, epoch, position, application)
    SELECT council, service, epoch, position, replace(stream, 'application-', '') FROM copy.row WHERE council = $1;
"""
_THREAD = """
    INSERT INTO read.thread (council, application, service, stream, since)
    SELECT council, replace(stream, 'application-', ''), service, stream, min(position) FROM copy.row
    WHERE council = $1 AND kind = 'decided' GROUP BY 1, 2, 3, 4
"""
_MARK = """
    INSERT INTO copy.mark (council, service, epoch, position, moment)
    SELECT $1, service, 1, 1000000000, $2 FROM unnest($3::text[]) AS s(service)
"""
_INTAKE = (
    BudgetIndicated(120_000),
    CostsGiven(118_000, 2_500),
    CostsGiven(119_000, 2_500),
    ApplicationAgreed("officer-4", "service_manager"),
)
_OTHERS = ("notify", "panel", "record", "routing")


def _case() -> list[tuple[str, int, str, int, str, int, str, int, bytes]]:
    """The rows of one case: service, step, kind, version, source, source's epoch, name, schema, payload."""
    codec, rows = Codec(STORED), []
    for step, event in enumerate((*_INTAKE, *_INTAKE), 1):
        name, schema, payload = codec.encode(event)
        rows.append(("intake", step, "decided", step, "", 0, name, schema, payload))
    heard = {"type": "uk.panelbook.intake.application.submitted.v1", "data": {"settings_version": 1, "text": "x" * 300}}
    for service in _OTHERS:
        rows += [
            (service, step, "heard", 0, "intake", 1, heard["type"], 1, msgspec.json.encode(heard)) for step in (1, 2, 3)
        ]
    assert len(rows) == ROWS_OF_A_CASE
    return rows


async def _council(plain: asyncpg.Pool, book: Book, council: str, rows: int) -> "_Council":
    """Fill a council's record as the trails would have, and let the server write and count what it has."""
    cases, case = rows // ROWS_OF_A_CASE, _case()
    columns = [list(column) for column in zip(*case, strict=True)]
    counts = {service: sum(1 for row in case if row[0] == service) for service in SERVICES}
    async with plain.acquire() as connection:
        await connection.execute(
            _FILL, council, cases, list(counts), list(counts.values()), *columns, MONDAY, timeout=3600
        )
        await connection.execute(_NAME, council, timeout=3600)
        await connection.execute(_THREAD, council, timeout=3600)
        await connection.execute(_MARK, council, MONDAY + timedelta(days=10_000), list(SERVICES))
        await connection.execute("VACUUM ANALYZE copy.row, read.named, read.thread", timeout=3600)
    return _Council(book, council, cases)


async def growing(stage: Stage) -> Sequence[Figure]:
    """A council whose record has ten thousand rows, beside one that has a million (and ten, when asked for)."""
    database = await stage.database("record", SERVICE.migrations())
    small, *larger = stage.scale.history
    figures: list[Figure] = []
    async with database.plain_pool(1) as plain, database.pool(size=2) as pool:
        book = Book(
            ledger=PostgresLedger("record", pool),
            codec=Codec(SERVICE.stored),
            vault=MemoryVault(),
            project=SERVICE.project,
            publish=SERVICE.publish,
        )
        reference = await _council(plain, book, "c00001", small)
        for number, rows in enumerate(larger, 2):
            ours = await _council(plain, book, f"c{number:05}", rows)
            found = await compare(
                f"history {_short(rows)} / history {_short(small)}", "<= 1.2", "ms",
                ours.milliseconds, reference.milliseconds, rounds=max(stage.scale.rounds, 7),
            )  # fmt: skip
            figures.append(found)
    return figures


def _short(rows: int) -> str:
    """10000 as 1e4."""
    digits = len(str(rows)) - 1
    return f"1e{digits}" if rows == 10**digits else str(rows)


class _Council:
    def __init__(self, book: Book, council: str, cases: int) -> None:
        self._book, self._council, self._cases = book, council, cases
        self._asked = 0

    async def milliseconds(self) -> float:
        """The median of twenty answers, each about another case and as at another moment of its council's past."""
        taken: list[float] = []
        for _ in range(20):
            self._asked += 1
            # Cases from the whole of the past, each asked for once it is over.
            number = self._asked * 7919 % self._cases
            as_at = MONDAY + timedelta(seconds=number * 20 + 19, microseconds=self._asked)
            context = replace(a_context(self._council), role="complaints_officer")
            started = time.perf_counter()
            answer = await history(self._book, MemoryVault(), context, _application(number), as_at)
            taken.append((time.perf_counter() - started) * 1000)
            if len(msgspec.json.decode(answer.body)["entries"]) < ROWS_OF_A_CASE // 2:
                raise RuntimeError("A history came without its entries.")
        return sorted(taken)[len(taken) // 2]


def _application(number: int) -> str:
    return str(UUID(hashlib.md5(f"case{number}".encode(), usedforsecurity=False).hexdigest()))
