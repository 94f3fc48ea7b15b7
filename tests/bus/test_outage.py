"""A broker that goes away and comes back: what was decided meanwhile arrives, once and in order."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bus.access import KafkaAccess
from deploy.local.kafka import LocalKafka
from tests.bus import toy
from tests.bus.conftest import Stage, eventually, running
from tests.bus.toy import SWINDON

pytestmark = pytest.mark.connected


@pytest.fixture
async def own_kafka(tmp_path: Path) -> AsyncIterator[LocalKafka]:
    """A broker of this test, because it will be killed."""
    kafka = LocalKafka(tmp_path / "kafka", say=lambda _: None)
    await asyncio.to_thread(kafka.start)
    yield kafka
    await asyncio.to_thread(kafka.stop)


async def test_twenty_decisions_made_while_the_broker_is_away_arrive_after_it_is_back(
    stage: Stage, own_kafka: LocalKafka
):
    stage.access = KafkaAccess(own_kafka.bootstrap, own_kafka.admin.username, own_kafka.admin.password)
    await stage.topics("intake.trail", "intake.events")
    intake, panel = await stage.service("intake"), await stage.service("panel")
    relay, consumer = stage.relay(intake), stage.consumer(panel)

    async def heard(count: int) -> bool:
        return await panel.numbers(SWINDON) == list(range(1, count + 1))

    async with running(relay.run(), consumer.run()):
        await toy.write(intake.book, SWINDON, range(1, 6))
        await eventually(lambda: heard(5), "the first five are heard")

        await asyncio.to_thread(own_kafka.kill)
        await toy.write(intake.book, SWINDON, range(6, 26))
        await eventually(lambda: waiting(relay), "the relay knows that they wait")
        await asyncio.to_thread(own_kafka.start)

        await eventually(lambda: heard(25), "all are heard", seconds=90)
        assert await intake.bookmark(SWINDON) == 25
    assert await panel.echoed(SWINDON) == list(range(1, 26))
    trail = await stage.read("intake.trail", 25)
    assert len({message.value for message in trail}) == 25


async def waiting(relay) -> bool:
    return bool((await relay.reading()).lag)
