"""What the command line says when something is wrong: one sentence, and never a password."""

import asyncio
import base64
import os
import subprocess
import sys
from contextlib import aclosing
from dataclasses import replace
from uuid import uuid4

import asyncpg
import httpx
import pytest

from bus.access import BrokerUnreachable, KafkaAccess, WrongPassword
from bus.kafka_admin import KafkaAdmin, TopicSpec
from deploy.local.backends import Backends
from deploy.local.processes import free_port
from ledger.pg.ledger import PostgresLedger, connect_pool
from panelbook.local_deployment import SERVICES
from panelbook.problems import known_problem
from panelbook.subscribing import Decision, decisions
from panelbook.verifying import verify_services
from services.record.main import SERVICE as RECORD
from tests.databases import Databases, as_role, databases
from tests.ledger.given import COUNCIL, a_context, a_draft

__all__ = ["databases"]


@pytest.fixture
def access(backends: Backends) -> KafkaAccess:
    return KafkaAccess(backends.kafka_bootstrap, backends.kafka_admin.username, backends.kafka_admin.password)


@pytest.mark.connected
async def test_a_wrong_password_of_the_database_is_one_sentence(databases: Databases) -> None:
    database = await databases.create("intake")
    with pytest.raises(asyncpg.InvalidPasswordError) as refused:
        await connect_pool(as_role(database.admin_dsn, "intake_app", "s3cret"), max_size=1, application="test")
    await databases.drop(database)
    told = known_problem(refused.value)
    assert told.startswith("PostgreSQL refuses us")
    assert "intake_app" in told
    assert "s3cret" not in told


async def test_a_database_that_is_away_is_one_sentence() -> None:
    with pytest.raises(OSError) as away:
        await connect_pool(f"postgresql://a:s3cret@127.0.0.1:{free_port()}/a", max_size=1, application="test")
    told = known_problem(away.value)
    assert told.startswith("PostgreSQL does not answer")
    assert "s3cret" not in told


def test_a_web_process_that_is_away_is_one_sentence() -> None:
    with pytest.raises(httpx.ConnectError) as away:
        httpx.get(f"http://127.0.0.1:{free_port()}/record/councils/c4d81e", trust_env=False)
    told = known_problem(away.value)
    assert told.startswith("Nothing answers at http://127.0.0.1:")
    assert "c4d81e" not in told


def test_a_fault_of_ours_is_not_hidden() -> None:
    assert known_problem(KeyError("council")) == ""
    assert known_problem(FileNotFoundError(2, "No such file", "pack.yaml")) == ""


def test_a_verb_whose_database_is_away_ends_with_one_sentence() -> None:
    dsn = f"postgresql://a:s3cret@127.0.0.1:{free_port()}/a"
    environment = {
        "PANELBOOK_MODE": "test",
        "PANELBOOK_POSTGRES_NOTIFY_APP": dsn,
        "PANELBOOK_VAULT_NOTIFY": dsn,
        "PANELBOOK_POSTGRES_NOTIFY_RELAY": dsn,
        "PATH": os.environ["PATH"],
    }
    ended = subprocess.run(
        [sys.executable, "-m", "panelbook", "parked", "list", "--service", "notify"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("panelbook: PostgreSQL does not answer"), ended.stderr
    assert "Traceback" not in ended.stderr
    assert "s3cret" not in ended.stderr


@pytest.mark.connected
async def test_a_subscriber_with_a_wrong_password_is_told_so(access: KafkaAccess) -> None:
    wrong = replace(access, password="wrong")
    with pytest.raises(WrongPassword):
        await anext(decisions(wrong, COUNCIL, group="test"))
    away = replace(access, bootstrap=f"127.0.0.1:{free_port()}")
    with pytest.raises(BrokerUnreachable):
        await anext(decisions(away, COUNCIL, group="test"))


@pytest.mark.connected
async def test_a_subscriber_follows_a_new_epoch_and_leaves_repetitions_out(access: KafkaAccess) -> None:
    council = f"c{uuid4().hex[:8]}"
    topic = f"council.{council}.decisions"
    admin = KafkaAdmin(access.bootstrap, access.username, access.password)
    await asyncio.to_thread(admin.ensure_topics, [TopicSpec(topic, 1)], 1)
    places = [(1, 1), (1, 2), (1, 2), (1, 3), (2, 2), (1, 4), (2, 3)]
    async with access.producer() as producer:
        for epoch, sequence in places:
            await producer.send_and_wait(topic, f'{{"epoch": {epoch}, "sequence": {sequence}}}'.encode(), key=b"c")
    heard: list[Decision] = []
    async with aclosing(decisions(access, council, group="test")) as told:
        while len(heard) < 5:
            heard.append(await anext(told))
    assert [(one.epoch, one.sequence) for one in heard] == [(1, 1), (1, 2), (1, 3), (2, 2), (2, 3)]


@pytest.mark.connected
async def test_a_council_that_nobody_knows_is_not_called_verified(databases: Databases) -> None:
    """And one that a single service has lost altogether is still looked for there."""
    environment = {"PANELBOOK_MODE": "test", "PANELBOOK_VAULT_KEY": base64.b64encode(bytes(32)).decode()}
    made = []
    for service in SERVICES:
        database = await databases.create(service, RECORD.migrations() if service == "record" else ())
        made.append(database)
        for role in ("app", "relay"):
            environment[f"PANELBOOK_POSTGRES_{service.upper()}_{role.upper()}"] = database.dsn(role)
        environment[f"PANELBOOK_VAULT_{service.upper()}"] = database.dsn("app")
    try:
        assert await verify_services(environment, "nosuch") == []
        assert await verify_services(environment) == []
        async with await connect_pool(made[0].dsn("app"), max_size=2, application="test") as pool:
            async with PostgresLedger("intake", pool).transaction(a_context()) as work:
                await work.append([a_draft()])
        found = await verify_services(environment, COUNCIL)
        assert {one.service for one in found} == set(SERVICES)
        assert sum(one.verified.positions for one in found if one.verified) == 1
    finally:
        for database in made:
            await databases.drop(database)
