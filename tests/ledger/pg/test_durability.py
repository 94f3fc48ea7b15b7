"""Nobody is shown what a crash could still take away: readers too wait until the log is on disk (docs/adr/0019)."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.local.postgres import LocalPostgres
from ledger.migrate import database_dsn
from ledger.pg.ledger import PostgresLedger, connect_pool
from tests.databases import Databases
from tests.ledger.given import COUNCIL, a_context, a_draft

pytestmark = pytest.mark.connected


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not pytest's own folder, which only its owner may enter: PostgreSQL may run as an account of its own.
    made = Path(tempfile.mkdtemp(prefix="panelbook-durable-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
async def durable(folder: Path) -> AsyncIterator[Databases]:
    """A server of this test that does wait for its disk, and writes its log by itself only every ten seconds."""
    server = LocalPostgres(folder / "postgres", say=lambda _: None)
    await asyncio.to_thread(server.start)
    connection = await asyncpg.connect(server.admin_dsn)
    await connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()
    yield Databases(server.admin_dsn)
    await asyncio.to_thread(server.stop)


async def head(ledger: PostgresLedger) -> Any:
    return (await ledger.head(COUNCIL)).position


async def rows(ledger: PostgresLedger) -> Any:
    return len(await ledger.rows(COUNCIL))


async def every_row(ledger: PostgresLedger) -> Any:
    return len([row async for row in ledger.every_row(COUNCIL)])


async def screen(ledger: PostgresLedger) -> Any:
    async with ledger.reading(COUNCIL) as reader:
        return (await reader.fetch("SELECT position FROM ledger.head WHERE council = $1"))[0]["position"]


async def test_whoever_reads_a_row_waits_until_it_is_on_disk(durable: Databases) -> None:
    database = await durable.create("intake")
    watcher = await asyncpg.connect(database_dsn(database.admin_dsn, database.name))
    writer = await connect_pool(database.dsn("app"), max_size=1, application="writer")
    reader = await connect_pool(database.dsn("app"), max_size=1, application="reader")
    ledger = PostgresLedger("intake", reader)
    looks: list[Callable[[PostgresLedger], Awaitable[Any]]] = [head, rows, every_row, screen]
    try:
        for number, look in enumerate(looks, 1):
            # Another process has committed, and has not told anybody yet: it still waits for the disk.
            async with writer.acquire() as connection:
                await connection.execute("BEGIN; SET LOCAL synchronous_commit = off")
                await connection.execute("SELECT ledger.open($1, 'book')", COUNCIL)
                await append(connection, number)
                await connection.execute("COMMIT")
                written = await connection.fetchval("SELECT pg_current_wal_insert_lsn()")
            assert await watcher.fetchval("SELECT pg_current_wal_flush_lsn() < $1", written)
            assert await look(ledger) == number
            assert await watcher.fetchval("SELECT pg_current_wal_flush_lsn() >= $1", written), look.__name__
    finally:
        await watcher.close()
        await writer.close()
        await reader.close()


async def append(connection: Any, version: int) -> None:
    context, draft = a_context(), a_draft(version=version)
    await connection.execute(
        "SELECT ledger.append($1, 'book', 'decided', $2, $2, NULL, $3, $4, $5, '', ARRAY[$6], ARRAY[$7::integer],"
        " ARRAY[''], ARRAY[0], ARRAY[0::bigint], ARRAY[$8::uuid], ARRAY[$9], ARRAY[1], ARRAY[$5::uuid],"
        " ARRAY[$10::bytea])",
        COUNCIL, context.now, context.actor, context.role, context.command_id, draft.stream, draft.version, draft.id,
        draft.name, draft.payload,
    )  # fmt: skip
