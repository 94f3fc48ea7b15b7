"""The drill of the runbook for backup and restore, with its own statements, on a real PostgreSQL."""

import re
from pathlib import Path

import asyncpg
import pytest

from bus.tables import MIGRATIONS
from ledger.migrate import database_dsn
from ledger.pg.ledger import PostgresLedger
from ledger.proof.verify import verify_ledger
from ledger.rows import Row
from tests.databases import Databases, MakePool, ServiceDatabase, run_tool
from tests.ledger.given import COUNCIL, a_context, a_draft

RUNBOOK = Path(__file__).parents[2] / "docs/runbooks/backup-and-restore.md"


def statements(about: str) -> list[str]:
    """What the runbook has psql do to a table."""
    found = re.findall(r'-c "((?:update|delete)[^"]*)"', RUNBOOK.read_text(encoding="utf-8"))
    return [statement for statement in found if about in statement]


async def as_superuser(database: ServiceDatabase, *told: str) -> None:
    connection = await asyncpg.connect(database.admin_dsn)
    try:
        for statement in told:
            await connection.execute(statement)
    finally:
        await connection.close()


async def append(ledger: PostgresLedger, *versions: int) -> list[Row]:
    async with ledger.transaction(a_context()) as work:
        return await work.append([a_draft(version=version) for version in versions])


@pytest.mark.connected
async def test_a_restore_that_lost_rows_goes_on_under_a_higher_epoch_and_verifies(
    databases: Databases, service_pool: MakePool, tmp_path: Path
) -> None:
    database = await databases.create("intake", MIGRATIONS)
    pool = await service_pool(database)
    ledger = PostgresLedger("intake", pool)
    kept = await append(ledger, 1, 2, 3)
    dump = tmp_path / "intake.dump"
    run_tool("pg_dump", "--format=custom", f"--file={dump}", database.admin_dsn)
    lost = await append(ledger, 4, 5)
    await pool.close()

    admin = database_dsn(database.admin_dsn, "postgres")
    run_tool("dropdb", f"--maintenance-db={admin}", "--force", database.name)
    run_tool("pg_restore", "--create", "--exit-on-error", f"--dbname={admin}", str(dump))
    try:
        await as_superuser(database, *statements("ledger.head"))
        ledger = PostgresLedger("intake", await service_pool(database, max_size=1))
        again = await append(ledger, 4)
        verified = await verify_ledger(ledger, COUNCIL)
        rows = await ledger.rows(COUNCIL)
    finally:
        await databases.drop(database)
    assert rows == [*kept, *again]
    assert [(row.epoch, row.position) for row in again] == [(2, lost[0].position)]
    assert verified.positions == 4
    assert again[0].leaf != lost[0].leaf


@pytest.mark.connected
async def test_the_statements_for_a_lost_kafka_send_and_read_everything_again(
    databases: Databases, service_pool: MakePool
) -> None:
    database = await databases.create("intake", MIGRATIONS)
    try:
        await as_superuser(
            database,
            f"insert into ledger.bookmark (council, lane, reached) values ('{COUNCIL}', 'book', 3)",
            "insert into bus.consumer_offset (topic, partition, next_offset) values ('panel.events', 7, 12)",
        )
        told = [*statements("ledger.bookmark"), *statements("bus.consumer_offset")]
        assert len(told) == 2
        await as_superuser(database, *told)
        relay = await service_pool(database, "relay", max_size=1)
        app = await service_pool(database, max_size=1)
        assert await relay.fetchval("select count(*) from ledger.bookmark") == 0
        assert await app.fetchval("select count(*) from bus.consumer_offset") == 0
    finally:
        await databases.drop(database)
