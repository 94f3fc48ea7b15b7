"""`panelbook restore` as an operator gives it: what it reads from the environment, says, and ends with."""

import asyncio
import base64
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from bus.access import KafkaAccess
from bus.kafka_admin import KafkaAdmin
from bus.trail import trail_bytes
from contracts.registry import registry
from deploy.local.backends import Backends
from ledger.pg.ledger import PostgresLedger, connect_pool
from ledger.rows import ACCESS, Row
from panelbook.cli import app
from panelbook.local_deployment import SERVICES
from services.record.main import SERVICE as RECORD
from tests.databases import Databases, ServiceDatabase
from tests.ledger.given import a_context, a_draft

pytestmark = pytest.mark.connected


def environment_of(backends: Backends, databases: dict[str, ServiceDatabase]) -> dict[str, str]:
    environment = {
        "PANELBOOK_MODE": "test",
        "PANELBOOK_VAULT_KEY": base64.b64encode(bytes(32)).decode(),
        "PANELBOOK_POSTGRES_ADMIN_DSN": backends.postgres_admin_dsn,
        "PANELBOOK_KAFKA_BOOTSTRAP": backends.kafka_bootstrap,
        "PANELBOOK_KAFKA_ADMIN_USERNAME": backends.kafka_admin.username,
        "PANELBOOK_KAFKA_ADMIN_PASSWORD": backends.kafka_admin.password,
    }
    for service, database in databases.items():
        for role in ("app", "relay", "owner"):
            environment[f"PANELBOOK_POSTGRES_{service.upper()}_{role.upper()}"] = database.dsn(role)
        environment[f"PANELBOOK_VAULT_{service.upper()}"] = database.dsn("app")
    return environment


async def written(database: ServiceDatabase, council: str, count: int) -> list[Row]:
    async with await connect_pool(database.dsn("app"), max_size=1, application="test") as pool:
        async with PostgresLedger("intake", pool).transaction(a_context(council), ACCESS) as work:
            return await work.append([a_draft(version=version) for version in range(1, count + 1)])


async def read(database: ServiceDatabase, council: str) -> list[Row]:
    async with await connect_pool(database.dsn("app"), max_size=1, application="test") as pool:
        return await PostgresLedger("intake", pool).rows(council, lane=ACCESS)


async def sent(access: KafkaAccess, rows: list[Row]) -> None:
    admin = KafkaAdmin(access.bootstrap, access.username, access.password)
    topics = [spec for spec in registry().topic_specs([]) if spec.name == "intake.trail"]
    await asyncio.to_thread(admin.ensure_topics, topics, 1)
    async with access.producer() as producer:
        for row in rows:
            await producer.send_and_wait("intake.trail", trail_bytes(row), key=row.council.encode())


async def test_restore_says_what_came_back_and_ends_with_1_when_something_did_not(
    backends: Backends, databases: Databases
) -> None:
    access = KafkaAccess(backends.kafka_bootstrap, backends.kafka_admin.username, backends.kafka_admin.password)
    council, holed = f"c{uuid4().hex[:8]}", f"d{uuid4().hex[:8]}"
    lost = await databases.create("intake")
    made = {
        service: await databases.create(service, RECORD.migrations() if service == "record" else ())
        for service in SERVICES
    }
    environment = environment_of(backends, made)

    async def restore(of: str) -> Result:
        words = ["restore", "--service", "intake", "--council", of]
        return await asyncio.to_thread(CliRunner().invoke, app, words, env=environment)

    try:
        rows = await written(lost, council, 3)
        await sent(access, rows)
        gone = await written(lost, holed, 3)
        await sent(access, [gone[0], gone[2]])

        done = await restore(council)
        assert (done.exit_code, done.exception) == (0, None), done.output
        assert f"{council} intake   access      3 rows taken back, 3 in all" in done.output
        assert await read(made["intake"], council) == rows

        done = await restore(holed)
        assert done.exit_code == 1
        assert f"LOST {holed} intake access: the trail has a row 3. Epoch 2 begins at 2." in done.output
        assert await read(made["intake"], holed) == gone[:1]
        assert (await restore(holed)).exit_code == 0
    finally:
        for database in [lost, *made.values()]:
            await databases.drop(database)
