"""Why a connection to Kafka failed, in words that tell a wrong password from a broker that is away."""

import asyncio
from dataclasses import replace

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from bus.access import BrokerUnreachable, KafkaAccess, WrongPassword
from bus.kafka_admin import Acl, KafkaAdmin
from deploy.local.processes import free_port
from tests.bus import toy
from tests.bus.conftest import Stage, eventually, running

pytestmark = pytest.mark.connected


async def test_a_consumer_with_a_wrong_password_says_so(stage: Stage):
    panel = await stage.service("panel")
    await stage.topics("intake.events")
    stage.access = replace(stage.access, password="wrong")
    with pytest.raises(WrongPassword, match=f"refused the password of principal {stage.access.username}"):
        await stage.consumer(panel).run()


async def test_a_relay_with_a_wrong_password_says_so_and_goes_on_trying(
    stage: Stage, capsys: pytest.CaptureFixture[str]
):
    intake = await stage.service("intake")
    stage.access = replace(stage.access, password="wrong")
    said = ""

    async def told() -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return said.count("WrongPassword") >= 2

    async with running(stage.relay(intake).run()):
        await eventually(told, "it has said so twice")
    assert "refused the password of principal" in said
    assert "'wrong'" not in said


async def test_a_broker_that_is_away_is_no_wrong_password(stage: Stage):
    panel = await stage.service("panel")
    stage.access = KafkaAccess(f"127.0.0.1:{free_port([])}", "panel", "secret")
    with pytest.raises(BrokerUnreachable, match="No Kafka broker answers"):
        await stage.consumer(panel).run()


def test_a_password_is_not_shown_with_its_access():
    assert "secret" not in repr(KafkaAccess("127.0.0.1:9092", "panel", "secret"))


async def test_a_service_needs_no_more_than_to_write_its_topics_and_to_read_what_it_hears(stage: Stage):
    await stage.topics("intake.trail", "intake.events", "panel.events")
    admin = KafkaAdmin(stage.access.bootstrap, stage.access.username, stage.access.password)
    writer, reader = f"{stage.prefix}intake", f"{stage.prefix}panel"
    trail, events = f"{stage.prefix}intake.trail", f"{stage.prefix}intake.events"
    await asyncio.to_thread(admin.ensure_users, {writer: "writes-1", reader: "reads-1"})
    await asyncio.to_thread(
        admin.ensure_acls,
        [
            Acl(writer, "topic", trail, "literal", "write"),
            Acl(writer, "topic", events, "literal", "write"),
            Acl(reader, "topic", f"{stage.prefix}panel.events", "literal", "write"),
            Acl(reader, "topic", events, "literal", "read"),
            Acl(reader, "group", reader, "literal", "read"),
        ],
    )
    intake, panel = await stage.service("intake"), await stage.service("panel")
    await toy.write(intake.book, toy.SWINDON, [1, 2])
    bootstrap = stage.access.bootstrap
    stage.access = KafkaAccess(bootstrap, writer, "writes-1")
    relay = stage.relay(intake)
    stage.access = KafkaAccess(bootstrap, reader, "reads-1")
    consumer = stage.consumer(panel)

    async def heard() -> bool:
        return await panel.numbers(toy.SWINDON) == [1, 2]

    async def idle() -> bool:
        return (await consumer.reading()).lag == 0 and (await relay.reading()).lag == 0

    async with running(relay.run(), consumer.run()):
        await eventually(heard, "both are heard")
        await eventually(idle, "nothing waits")

    with pytest.raises(TopicAuthorizationFailedError):
        async with stage.access.producer() as producer:
            await producer.send_and_wait(events, b"{}", key=b"c4d81e")
    other = stage.access.reader(trail, auto_offset_reset="earliest")
    try:
        with pytest.raises(TopicAuthorizationFailedError):
            await other.start()
    finally:
        await other.stop()
