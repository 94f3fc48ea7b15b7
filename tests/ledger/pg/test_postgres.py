"""What PostgreSQL itself refuses: changes of history, looks at another council, and answers without COMMIT."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from ledger.changes import Change, Statement, Table
from ledger.migrate import database_dsn
from ledger.pg.ledger import PostgresLedger
from ledger.rows import Outcome, Outgoing
from ledger.store import Busy
from tests.databases import MakeDatabase, MakePool, ServiceDatabase
from tests.ledger.given import COUNCIL, NOW, OTHER_COUNCIL, a_context, a_draft, a_hearing

pytestmark = pytest.mark.connected

NOTES = """
CREATE TABLE read.note (
    council text NOT NULL,
    id integer NOT NULL,
    words jsonb NOT NULL,
    PRIMARY KEY (council, id)
);
"""


@dataclass
class Opened:
    """One service's database with a ledger over its app role."""

    database: ServiceDatabase
    ledger: PostgresLedger

    @asynccontextmanager
    async def as_role(self, role: str, council: str | None = None) -> AsyncIterator[asyncpg.Connection]:
        """A transaction of that role, or of the superuser, for a council if one is given."""
        dsn = self.database.admin_dsn if role == "superuser" else self.database.dsn(role)
        connection = await asyncpg.connect(dsn)
        try:
            async with connection.transaction():
                if council:
                    await connection.execute("SELECT set_config('panelbook.council', $1, true)", council)
                yield connection
        finally:
            await connection.close()

    async def refusal(self, role: str, statement: str, council: str = COUNCIL) -> str:
        """The SQLSTATE with which PostgreSQL refuses a statement, or "" when it does not."""
        try:
            async with self.as_role(role, council) as connection:
                await connection.execute(statement)
        except asyncpg.PostgresError as problem:
            return getattr(problem, "sqlstate", "")
        return ""


@pytest.fixture
async def opened(service_database: MakeDatabase, service_pool: MakePool, tmp_path: Path) -> Opened:
    database = await service_database("intake")
    return Opened(database, PostgresLedger("intake", await service_pool(database)))


@pytest.fixture
async def two_councils(opened: Opened) -> Opened:
    """Both councils have a row, an outbox event, an outcome and a mark."""
    for council in (COUNCIL, OTHER_COUNCIL):
        async with opened.ledger.transaction(a_context(council)) as work:
            (row,) = await work.append([a_draft()])
            await work.publish([(row, Outgoing("events", "uk.panelbook.intake.x.v1", "1", {}))])
            await work.settle(Outcome({}, 1, 1))
    await opened.ledger.mark(NOW)
    return opened


NOTE = Table("read.note", key=("id",))
HISTORY = ("ledger.row", "ledger.outbox", "ledger.outcome")
CHANGES = ("UPDATE {} SET council = council", "DELETE FROM {}", "TRUNCATE {}")
APPEND_ONLY = "PB403"
NO_PRIVILEGE = "42501"


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", HISTORY)
async def test_history_is_not_changed_by_anybody(two_councils: Opened, table: str, change: str) -> None:
    statement = change.format(table)
    assert await two_councils.refusal("owner", statement) == APPEND_ONLY
    assert await two_councils.refusal("superuser", statement) == APPEND_ONLY
    assert (
        await two_councils.refusal("superuser", f"SET session_replication_role = replica; {statement}") == APPEND_ONLY
    )
    assert await two_councils.refusal("app", statement) == NO_PRIVILEGE
    assert await two_councils.refusal("relay", statement) == NO_PRIVILEGE


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger.head (council, lane) VALUES ('x', 'book')",
        "UPDATE ledger.head SET position = 0",
        "DELETE FROM ledger.head",
        "INSERT INTO ledger.row SELECT * FROM ledger.row",
        "INSERT INTO ledger.outbox SELECT * FROM ledger.outbox",
        "INSERT INTO ledger.mark VALUES ('x', 1, 1, now())",
        "UPDATE ledger.floor SET moment = now()",
        "SELECT * FROM ledger.bookmark",
        "ALTER TABLE ledger.row DISABLE TRIGGER ALL",
        "CREATE TABLE ledger.mine (x int)",
        "CREATE TABLE public.mine (x int)",
        "CREATE TEMP TABLE mine (x int)",
        "SET ROLE intake_owner",
    ],
)
async def test_the_app_role_writes_through_the_functions_only(two_councils: Opened, statement: str) -> None:
    assert await two_councils.refusal("app", statement) == NO_PRIVILEGE


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger.head SET position = 0",
        "INSERT INTO ledger.outbox SELECT * FROM ledger.outbox",
        "SELECT * FROM ledger.outcome",
        f"SELECT ledger.open('{COUNCIL}', 'book')",
        "SELECT ledger.make_marks(now())",
        "DELETE FROM ledger.bookmark",
    ],
)
async def test_the_relay_reads_rows_and_moves_its_bookmark_only(two_councils: Opened, statement: str) -> None:
    assert await two_councils.refusal("relay", statement) == NO_PRIVILEGE


async def test_the_relay_reads_every_council_and_keeps_its_bookmark(two_councils: Opened) -> None:
    async with two_councils.as_role("relay") as relay:
        for table in ("ledger.head", "ledger.row", "ledger.outbox", "ledger.mark"):
            found = await relay.fetch(f"SELECT council FROM {table} ORDER BY council")
            assert [council for (council,) in found] == [COUNCIL, OTHER_COUNCIL]
        await relay.execute("INSERT INTO ledger.bookmark VALUES ($1, 'book', 1)", COUNCIL)
        await relay.execute("UPDATE ledger.bookmark SET reached = 2 WHERE council = $1", COUNCIL)


@pytest.mark.parametrize("table", ["ledger.head", "ledger.row", "ledger.outbox", "ledger.outcome", "ledger.mark"])
async def test_another_council_is_invisible_to_a_raw_select(two_councils: Opened, table: str) -> None:
    for council, seen in ((COUNCIL, [COUNCIL]), (OTHER_COUNCIL, [OTHER_COUNCIL]), ("c00000", []), (None, [])):
        async with two_councils.as_role("app", council) as app:
            found = await app.fetch(f"SELECT council FROM {table}")
        assert [row["council"] for row in found] == seen


async def test_the_owner_sees_no_council_unasked_and_only_its_own_rows(two_councils: Opened) -> None:
    async with two_councils.as_role("owner") as owner:
        assert await owner.fetchval("SELECT count(*) FROM ledger.row") == 0
    async with two_councils.as_role("owner", COUNCIL) as owner:
        assert await owner.fetchval("SELECT count(*) FROM ledger.row") == 1


async def test_a_council_setting_does_not_outlive_its_transaction(two_councils: Opened, service_pool: MakePool) -> None:
    pool = await service_pool(two_councils.database, max_size=1)
    async with PostgresLedger("intake", pool).transaction(a_context()) as work:
        assert await work.connection.fetchval("SELECT count(*) FROM ledger.row") == 1
    assert await pool.fetchval("SELECT count(*) FROM ledger.row") == 0
    assert await pool.fetchval("SELECT current_setting('panelbook.council', true)") == ""


async def test_one_council_cannot_append_for_another(two_councils: Opened) -> None:
    async with two_councils.ledger.transaction(a_context()) as work:
        with pytest.raises(asyncpg.PostgresError):
            async with work.savepoint():
                await work.connection.execute(
                    "SELECT * FROM ledger.append($1, 'book', 'decided', now(), now(), null, '', '', $2, '',"
                    " '{x-1}', '{1}', '{\"\"}', '{0}', '{0}', $3, '{x}', '{1}', $3, '{x}')",
                    OTHER_COUNCIL,
                    uuid4(),
                    [uuid4()],
                )
    assert len(await two_councils.ledger.rows(OTHER_COUNCIL)) == 1


async def test_no_error_message_tells_of_another_council(two_councils: Opened) -> None:
    async with two_councils.as_role("superuser") as superuser:
        found = await superuser.fetch(
            "SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i"
            " JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE i.indisunique AND n.nspname = 'ledger' AND c.relname NOT IN ('migration', 'floor')"
        )
    assert len(found) >= 7
    assert [row["name"] for row in found if not re.search(r"\(council\b", row["definition"])] == []


FAILING_AT_COMMIT = """
CREATE TABLE public.scratch (x integer);
GRANT INSERT ON public.scratch TO intake_app;
GRANT USAGE ON SCHEMA public TO intake_app;
CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON public.scratch DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION public.fail();
"""


async def command(
    ledger: PostgresLedger, context: Any, also: Callable[[asyncpg.Connection], Awaitable[Any]]
) -> Outcome:
    """A handler: its answer exists only after the unit of work has been left."""
    async with ledger.transaction(context) as work:
        await work.append([a_draft()])
        outcome = Outcome({}, 1, 1)
        await work.settle(outcome)
        await also(work.connection)
    return outcome


async def nothing(connection: asyncpg.Connection) -> None:
    """Nothing else in the transaction."""


async def test_no_answer_escapes_when_commit_fails(opened: Opened) -> None:
    async with opened.as_role("superuser") as superuser:
        await superuser.execute(FAILING_AT_COMMIT)
    context = a_context()
    with pytest.raises(asyncpg.RaiseError, match="not today"):
        await command(opened.ledger, context, lambda c: c.execute("INSERT INTO public.scratch VALUES (1)"))
    assert (await opened.ledger.head(COUNCIL)).position == 0
    assert await command(opened.ledger, context, nothing) == Outcome({}, 1, 1)


async def test_no_answer_escapes_when_a_failed_statement_was_swallowed(opened: Opened) -> None:
    async def swallow(connection: asyncpg.Connection) -> None:
        with suppress(asyncpg.DivisionByZeroError):
            await connection.execute("SELECT 1 / 0")

    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        await command(opened.ledger, a_context(), swallow)
    assert (await opened.ledger.head(COUNCIL)).position == 0


async def test_a_statement_beyond_its_limit_is_busy(opened: Opened) -> None:
    async def dawdle(connection: asyncpg.Connection) -> None:
        await connection.execute("SET LOCAL statement_timeout = '50ms'")
        await connection.execute("SELECT pg_sleep(30)")  # longer than the statement may take

    with pytest.raises(Busy):
        await command(opened.ledger, a_context(), dawdle)
    assert (await opened.ledger.head(COUNCIL)).position == 0


async def test_a_unit_left_idle_is_ended_and_busy(opened: Opened) -> None:
    async def idle(connection: asyncpg.Connection) -> None:
        ended = connection.get_server_pid()
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
        async with opened.as_role("superuser") as superuser:
            while await superuser.fetchval("SELECT true FROM pg_stat_activity WHERE pid = $1", ended):
                await superuser.execute("SELECT pg_stat_clear_snapshot()")

    with pytest.raises(Busy):
        await command(opened.ledger, a_context(), idle)
    assert await command(opened.ledger, a_context(), nothing) == Outcome({}, 1, 1)


async def test_a_database_that_takes_no_connections_is_busy(opened: Opened) -> None:
    elsewhere = await asyncpg.connect(database_dsn(opened.database.admin_dsn, "postgres"))
    try:
        name = opened.database.name
        await elsewhere.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await elsewhere.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        for _ in range(3):  # The first finds its connection ended, the next ask for a new one.
            with pytest.raises(Busy):
                await opened.ledger.append(a_context(), [a_draft()])
        await elsewhere.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    finally:
        await elsewhere.close()
    assert (await opened.ledger.append(a_context(), [a_draft()]))[0].position == 1


async def test_every_connection_has_its_limits(opened: Opened, service_pool: MakePool) -> None:
    pool = await service_pool(opened.database)
    limits = [
        await pool.fetchval("SELECT current_setting($1)", name)
        for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    ]
    assert limits == ["2s", "5s", "5s"]


async def test_before_the_first_analyze_an_append_looks_at_its_own_stream_only(
    opened: Opened, service_pool: MakePool
) -> None:
    """A new connection plans without figures then, and took the whole book to be as good to read as one stream."""
    async with opened.as_role("superuser") as superuser:
        await superuser.execute("ALTER TABLE ledger.row SET (autovacuum_enabled = off)")
    async with opened.ledger.transaction(a_context()) as work:
        await work.append([a_draft(f"application-{uuid4()}") for _ in range(8_000)])
    pool = await service_pool(opened.database)
    for version in range(1, 11):
        await PostgresLedger("intake", pool).append(a_context(), [a_draft(version=version)])
    await pool.close()
    figures = """
        SELECT t.n_tup_ins AS written, i.idx_tup_read AS read
        FROM pg_stat_user_tables t JOIN pg_stat_user_indexes i USING (relid) WHERE i.indexrelname = 'row_pkey'
    """
    async with opened.as_role("superuser") as superuser:
        # A connection gives its figures when it ends.
        while (found := (await superuser.fetch(figures))[0])["written"] < 8_010:
            await superuser.execute("SELECT pg_stat_clear_snapshot()")
    assert found["read"] < 8_000


async def test_the_outbox_is_dense_per_lane_and_fixed_in_bytes(opened: Opened) -> None:
    context = a_context(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    async with opened.ledger.transaction(context) as work:
        rows = await work.append([a_draft(version=n) for n in (1, 2)])
        await work.publish(
            [
                (rows[0], Outgoing("events", "uk.panelbook.intake.a.v1", "ä", {"on": NOW.date()})),
                (rows[1], Outgoing("decisions", "uk.panelbook.panel.b.v1", "1", {})),
                (rows[1], Outgoing("events", "uk.panelbook.intake.c.v1", "1", {})),
            ]
        )
    async with opened.ledger.transaction(a_context()) as work:
        (row,) = await work.append([a_draft(version=3)])
        await work.publish([(row, Outgoing("events", "uk.panelbook.intake.a.v1", "1", {}))])
    async with opened.as_role("relay") as relay:
        found = await relay.fetch("SELECT lane, sequence, epoch, position, type FROM ledger.outbox ORDER BY 1, 2")
        ((headers, value),) = await relay.fetch(
            "SELECT headers::text, value FROM ledger.outbox WHERE lane = 'events' AND sequence = 1"
        )
    assert [tuple(row) for row in found] == [
        ("decisions", 1, 1, 2, "uk.panelbook.panel.b.v1"),
        ("events", 1, 1, 1, "uk.panelbook.intake.a.v1"),
        ("events", 2, 1, 2, "uk.panelbook.intake.c.v1"),
        ("events", 3, 1, 3, "uk.panelbook.intake.a.v1"),
    ]
    assert '"panelbook_subject": "ä"' in headers
    assert str(rows[0].id).encode() in value


async def test_read_models_are_kept_apart_by_council_and_refolded_per_council(
    service_database: MakeDatabase, service_pool: MakePool, tmp_path: Path
) -> None:
    migration = tmp_path / "0001_note.sql"
    migration.write_text(NOTES)
    database = await service_database("intake", [migration])
    ledger = PostgresLedger("intake", await service_pool(database))
    insert = "INSERT INTO read.note (council, id, words) VALUES ($1, $2, $3)"
    for council in (COUNCIL, OTHER_COUNCIL):
        async with ledger.transaction(a_context(council)) as work:
            rows = await work.append([a_draft(version=n) for n in (1, 2, 3)])
            await work.change([NOTE.row(row.version).insert(words={"told": "live"}) for row in rows])
            moved = "UPDATE read.note SET id = id + 10 WHERE council = $1"
            await work.change([Statement((NOTE,), moved, because="it changes keys")])
            assert [tuple(row) for row in await work.fetch("SELECT id, words FROM read.note WHERE council = $1")] == [
                (n, {"told": "live"}) for n in (11, 12, 13)
            ]
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with work.savepoint():
                    await work.connection.execute(insert, "c00000", 1, {})

    def fold(rows: Any) -> list[Change]:
        return [NOTE.row(row.version).insert(words={"told": "again"}) for row in rows]

    assert await ledger.refold(COUNCIL, fold) == 3
    async with asyncpg.create_pool(database.admin_dsn, min_size=1, max_size=1) as admin:
        found = await admin.fetch("SELECT council, id, words->>'told' FROM read.note ORDER BY 1, 2")
    assert [tuple(row) for row in found] == [
        *((COUNCIL, n, "again") for n in (1, 2, 3)),
        *((OTHER_COUNCIL, n, "live") for n in (11, 12, 13)),
    ]


async def test_a_refold_that_fails_leaves_the_old_tables(
    service_database: MakeDatabase, service_pool: MakePool, tmp_path: Path
) -> None:
    migration = tmp_path / "0001_note.sql"
    migration.write_text(NOTES)
    ledger = PostgresLedger("intake", await service_pool(await service_database("intake", [migration])))
    async with ledger.transaction(a_context()) as work:
        await work.append([a_draft()])
        await work.change([NOTE.row(1).insert(words={})])

    def fail(rows: Any) -> list[Change]:
        raise LookupError

    with pytest.raises(LookupError):
        await ledger.refold(COUNCIL, fail)
    async with ledger.reading(COUNCIL) as reader:
        assert len(await reader.fetch("SELECT id FROM read.note WHERE council = $1")) == 1


async def test_a_reader_sees_one_moment_and_changes_nothing(two_councils: Opened) -> None:
    count = "SELECT count(*) FROM ledger.row WHERE council = $1"
    async with two_councils.ledger.reading(COUNCIL) as reader:
        assert [tuple(row) for row in await reader.fetch(count)] == [(1,)]
        async with two_councils.ledger.transaction(a_context()) as work:
            await work.hear([a_hearing(1)])
        assert [tuple(row) for row in await reader.fetch(count)] == [(1,)]
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await reader.fetch("SELECT ledger.open($1, 'book')")
