"""The workers of one service share its partitions, and each of them knows whether something goes unheard."""

import asyncio
from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition

from bus.access import KafkaAccess
from bus.consumer import Consumer
from bus.coverage import UNREAD_SECONDS, Coverage
from bus.kafka_admin import KafkaAdmin
from tests.bus.conftest import PARTITIONS, Stage, eventually, running

pytestmark = pytest.mark.connected

TOPICS = ("intake.events", "routing.events")


def read_by(consumer: Consumer) -> set[tuple[str, int]]:
    """The partitions that a member has at this moment, without the topics' prefix."""
    reader = consumer._subscription._subscriber.consumer
    return {(tp.topic.partition("-")[2], tp.partition) for tp in reader.assignment()} if reader is not None else set()


async def shared(consumers: Sequence[Consumer]) -> bool:
    """Whether the members have everything between them, nothing twice, and each has what it should."""
    parts = [read_by(one) for one in consumers]
    whole = {(topic, partition) for topic in TOPICS for partition in range(PARTITIONS)}
    idle = max(0, len(consumers) - PARTITIONS)
    return set().union(*parts) == whole and sum(map(len, parts)) == len(whole) and parts.count(set()) == idle


async def ready(consumers: Sequence[Consumer]) -> bool:
    readings = [await one.reading() for one in consumers]
    return all(reading.lag == 0 and not reading.troubles for reading in readings)


@pytest.mark.parametrize("names", [("", ""), ("panel-1", "panel-2"), ("", "", "", "")])
async def test_they_have_everything_between_them_and_whoever_has_nothing_is_ready_too(
    stage: Stage, names: tuple[str, ...]
) -> None:
    await stage.topics(*TOPICS)
    panel = await stage.service("panel")
    consumers = [stage.consumer(panel, TOPICS, instance=name) for name in names]
    async with running(*(consumer.run() for consumer in consumers)):
        await eventually(lambda: shared(consumers), "each has its share")
        assert await ready(consumers)
        # Of every topic the same partitions: what there is of a council is heard in one place.
        for consumer in consumers:
            one, other = ({number for topic, number in read_by(consumer) if topic == named} for named in TOPICS)
            assert one == other


async def test_a_member_without_a_name_leaves_when_it_stops(stage: Stage) -> None:
    await stage.topics(*TOPICS)
    panel = await stage.service("panel")
    stays, leaves = stage.consumer(panel, TOPICS), stage.consumer(panel, TOPICS)
    async with running(stays.run()):
        async with running(leaves.run()):
            await eventually(lambda: shared([stays, leaves]), "each has its share")
        await eventually(lambda: shared([stays]), "the one that is left has everything", seconds=5)
        assert await ready([stays])


async def test_a_topic_that_was_deleted_is_missed_and_heard_again_once_it_is_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bus.access._METADATA_MS", 1_000)
    monkeypatch.setattr("bus.coverage.UNREAD_SECONDS", 0.5)
    await stage.topics(*TOPICS)
    panel = await stage.service("panel")
    consumer = stage.consumer(panel, TOPICS)
    admin = KafkaAdmin(stage.access.bootstrap, stage.access.username, stage.access.password)
    lost = f"{stage.prefix}routing.events"

    async def missed() -> bool:
        return f"there is no topic {lost}" in (await consumer.reading()).troubles

    async with running(consumer.run()):
        await eventually(lambda: shared([consumer]), "it has everything")
        await asyncio.to_thread(lambda: admin._client.delete_topics([lost])[lost].result(10))
        await eventually(missed, "the topic is missed")
        await stage.topics("routing.events")
        await eventually(lambda: ready([consumer]), "it is heard again")
        assert await shared([consumer])


async def test_what_is_nobodys_is_named_once_it_has_been_so_for_too_long(access: KafkaAccess) -> None:
    now = 0.0
    coverage = Coverage(access, "nobody-is-in-this-group", monotonic=lambda: now)
    subscribed, own = {"a": {0, 1, 2}, "b": {0}}, [TopicPartition("a", 1), TopicPartition("b", 0)]
    try:
        assert await coverage.look(subscribed, own) == ([], False)
        now = UNREAD_SECONDS
        assert await coverage.look(subscribed, own) == (["no worker reads partitions 0, 2 of a"], False)
        assert await coverage.look({"a": {1}, "b": {0}}, own) == ([], True)
        assert await coverage.look({"a": {1}, "b": None}, own) == ([], False)
    finally:
        await coverage.close()
