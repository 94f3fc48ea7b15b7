"""What the relay promises: in order, nothing lost, and no more than its role allows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from bus.marker import Marker
from bus.relay import Relay
from bus.trail import read_trail
from ledger.proof.leaf import chain_step, leaf_hash
from ledger.rows import Mark, Row
from tests.bus import toy
from tests.bus.conftest import Service, Stage, eventually, running

pytestmark = pytest.mark.connected

_partition_of = DefaultPartitioner()


async def test_rows_events_and_decisions_arrive_in_order_with_the_council_as_key(stage: Stage):
    await stage.topics("intake.trail", "intake.events", f"council.{toy.SWINDON}.decisions")
    intake = await stage.service("intake")
    await toy.write(intake.book, toy.SWINDON, range(1, 6), mood="announce")

    async with running(stage.relay(intake).run()):
        trail = await stage.read("intake.trail", 5)
        events = await stage.read("intake.events", 5)
        decisions = await stage.read(f"council.{toy.SWINDON}.decisions", 5)

    rows = [read_trail(message.value) for message in trail]
    assert [row.position for row in rows if isinstance(row, Row)] == [1, 2, 3, 4, 5]
    assert [msgspec.json.decode(message.value)["sequence"] for message in events] == [1, 2, 3, 4, 5]
    assert [msgspec.json.decode(message.value)["data"]["number"] for message in events] == [1, 2, 3, 4, 5]
    assert [msgspec.json.decode(message.value)["sequence"] for message in decisions] == [1, 2, 3, 4, 5]
    assert {message.key for message in trail + events + decisions} == {toy.SWINDON.encode()}
    assert dict(events[0].headers)["panelbook_subject"] == b"a"


async def test_a_row_reads_back_from_the_trail_exactly_as_it_is_stored(stage: Stage):
    await stage.topics("intake.trail", "intake.events")
    intake = await stage.service("intake")
    await toy.write(intake.book, toy.SWINDON, [1])

    async with running(stage.relay(intake).run()):
        [message] = await stage.read("intake.trail", 1)

    [stored] = await intake.book.ledger.rows(toy.SWINDON)
    assert read_trail(message.value) == stored
    assert leaf_hash(stored) == stored.leaf
    assert chain_step(bytes(32), stored.leaf) == stored.chain


async def test_a_mark_follows_every_row_it_speaks_of(stage: Stage):
    await stage.topics("intake.trail", "intake.events")
    intake = await stage.service("intake")
    await toy.write(intake.book, toy.SWINDON, range(1, 4))

    async with running(stage.relay(intake).run(), Marker(intake.book.ledger, stage.clock, every=0.02).run()):
        trail = await stage.read("intake.trail", 5)

    told = [read_trail(message.value) for message in trail]
    assert [type(one) for one in told] == [Row, Row, Row, Mark, Mark]
    marks = [one for one in told if isinstance(one, Mark)]
    assert [mark.position for mark in marks] == [3, 3]
    assert marks[0].moment < marks[1].moment


async def test_a_relay_killed_between_send_and_bookmark_sends_again_and_loses_nothing(stage: Stage):
    await stage.topics("intake.trail", "intake.events")
    intake, panel = await stage.service("intake"), await stage.service("panel")
    await toy.write(intake.book, toy.SWINDON, range(1, 21))

    async with bookmarks_locked(intake):
        async with running(stage.relay(intake).run()):
            await stage.read("intake.events", 20)
        assert await intake.bookmark(toy.SWINDON) == 0

    async with running(stage.relay(intake).run(), stage.consumer(panel).run()):
        await stage.read("intake.events", 40)
        await eventually(lambda: reached(intake, 20), "the bookmark has moved")
        await toy.write(intake.book, toy.SWINDON, [21])
        await eventually(lambda: heard(panel, 21), "the last note is heard")

    assert await panel.numbers(toy.SWINDON) == list(range(1, 22))
    assert await panel.echoed(toy.SWINDON) == list(range(1, 22))


async def test_what_was_committed_before_a_relay_ran_is_published_when_one_runs(stage: Stage):
    await stage.topics("intake.trail", "intake.events")
    intake, panel = await stage.service("intake"), await stage.service("panel")
    async with running(stage.relay(intake).run()):
        await toy.write(intake.book, toy.SWINDON, range(1, 4))
        await eventually(lambda: reached(intake, 3), "the first notes are out")
    await toy.write(intake.book, toy.SWINDON, range(4, 11))

    async with running(stage.relay(intake).run(), stage.consumer(panel).run()):
        await eventually(lambda: heard(panel, 10), "the last note is heard")

    assert await panel.numbers(toy.SWINDON) == list(range(1, 11))


async def test_only_one_relay_of_a_service_works_at_a_time(stage: Stage):
    await stage.topics("intake.trail", "intake.events")
    intake = await stage.service("intake")
    first, second = stage.relay(intake), stage.relay(intake)
    async with running(first.run()):
        await eventually(lambda: truth(first.active), "the first one works")
        async with running(second.run()):
            await toy.write(intake.book, toy.SWINDON, range(1, 11))
            await eventually(lambda: reached(intake, 10), "all is out")
            assert not second.active
    async with running(second.run()):
        await eventually(lambda: truth(second.active), "the second one takes over")
    assert await stage.ends("intake.events") == 10


async def test_a_lane_that_cannot_be_sent_is_held_back_and_the_others_go_on(stage: Stage):
    await stage.topics("intake.trail", "intake.events")
    intake = await stage.service("intake")
    relay = stage.relay(intake)
    await toy.write(intake.book, toy.SWINDON, [1], mood="announce")
    async with running(relay.run()):
        await eventually(lambda: reached(intake, 1), "the events are out")
        await eventually(lambda: troubles(relay), "the decisions are held back")
        await toy.write(intake.book, toy.SHROPSHIRE, [1, 2])
        await eventually(lambda: reached(intake, 2, toy.SHROPSHIRE), "the other council goes on")
        assert (await relay.reading()).troubles == (f"decisions of council {toy.SWINDON} cannot be sent",)
        await stage.topics(f"council.{toy.SWINDON}.decisions")
        await stage.read(f"council.{toy.SWINDON}.decisions", 1)


async def test_after_a_send_error_a_new_producer_begins_again_at_the_bookmark(stage: Stage):
    await stage.topics("intake.trail")
    await stage.topics("intake.events", max_message_bytes="5000")
    intake, panel = await stage.service("intake"), await stage.service("panel")
    made: list[AIOKafkaProducer] = []

    def make_producer() -> AIOKafkaProducer:
        made.append(stage.access.producer())
        return made[-1]

    relay = Relay("intake", intake.relay_pool, make_producer, prefix=stage.prefix, poll=0.02)
    async with running(relay.run(), stage.consumer(panel).run()):
        await toy.write(intake.book, toy.SWINDON, range(1, 4))
        await eventually(lambda: heard(panel, 3), "the first ones are heard")
        await toy.write(intake.book, toy.SWINDON, [4], mood="x" * 9000)
        await toy.write(intake.book, toy.SWINDON, range(5, 9))
        await eventually(lambda: troubles(relay), "the large one is refused")
        await toy.write(intake.book, toy.SHROPSHIRE, [1])
        await eventually(lambda: heard(panel, 1, toy.SHROPSHIRE), "the other council goes on")
        assert await panel.numbers(toy.SWINDON) == [1, 2, 3]
        assert len(made) > 1
        await stage.topics("intake.events", max_message_bytes="100000")
        await eventually(lambda: heard(panel, 8), "the rest is heard")
    assert await panel.numbers(toy.SWINDON) == list(range(1, 9))


async def test_a_relays_role_can_only_read_rows_and_move_its_bookmark(stage: Stage):
    intake = await stage.service("intake")
    await toy.write(intake.book, toy.SWINDON, [1])
    async with intake.relay_pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM ledger.row") == 1
        assert await connection.fetchval("SELECT count(*) FROM ledger.outbox") == 1
        await connection.execute("INSERT INTO ledger.bookmark VALUES ($1, 'events', 1)", toy.SWINDON)
        await connection.execute("UPDATE ledger.bookmark SET reached = 0")
        for forbidden in (
            "INSERT INTO ledger.row SELECT * FROM ledger.row",
            "UPDATE ledger.row SET actor = 'me'",
            "DELETE FROM ledger.row",
            "UPDATE ledger.head SET position = 9",
            "DELETE FROM ledger.outbox",
            "UPDATE ledger.mark SET position = 0",
            "DELETE FROM ledger.bookmark",
            "SELECT * FROM ledger.outcome",
            "SELECT * FROM read.note",
            "SELECT * FROM bus.parked",
            "SELECT ledger.open('c4d81e', 'book')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(forbidden)


async def test_a_row_of_the_largest_size_travels(stage: Stage):
    await stage.topics("intake.trail", "intake.events")
    intake = await stage.service("intake")
    async with running(stage.relay(intake).run()):
        await toy.write(intake.book, toy.SWINDON, [1, 2], mood="x" * 400_000)
        trail = await stage.read("intake.trail", 2)
        events = await stage.read("intake.events", 2)
    assert [read_trail(message.value).position for message in trail] == [1, 2]
    assert min(len(message.value) for message in events) > 400_000


async def test_a_page_of_ordinary_rows_travels_in_one_round(stage: Stage):
    """What did not fit was read and written out again in every round."""
    await stage.topics("intake.trail", "intake.events")
    intake = await stage.service("intake")
    await toy.write(intake.book, toy.SWINDON, range(1, 201), mood="x" * 2_500)
    async with bookmarks_locked(intake), running(stage.relay(intake).run()):
        trail = await stage.read("intake.trail", 200)
    assert [read_trail(message.value).position for message in trail] == list(range(1, 201))
    assert sum(len(message.value) for message in trail) > 500_000


async def test_what_many_councils_have_to_send_at_once_is_more_than_one_request(stage: Stage):
    """A request holds a batch of every partition, and the broker hangs up on one of more than 16 MiB."""
    await stage.topics("intake.trail", "intake.events", partitions=24)
    intake = await stage.service("intake")
    partitions = list(range(24))
    councils = {_partition_of(f"c{n:05}".encode(), partitions, partitions): f"c{n:05}" for n in range(60)}
    chosen = sorted(councils.values())[:12]
    for council in chosen:
        await toy.write(intake.book, council, [1, 2, 3], mood="x" * 250_000)
    async with running(stage.relay(intake).run()):
        trail = await stage.read("intake.trail", 36)
        events = await stage.read("intake.events", 36)
    assert sum(len(message.value) for message in trail + events) > 16 * 1024 * 1024
    assert sorted({message.key.decode() for message in trail}) == chosen


@asynccontextmanager
async def bookmarks_locked(service: Service) -> AsyncIterator[None]:
    """Nobody can write a bookmark meanwhile: whatever is acknowledged stays without one."""
    connection = await asyncpg.connect(service.database.admin_dsn)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE ledger.bookmark IN SHARE ROW EXCLUSIVE MODE")
            yield
    finally:
        await asyncio.wait_for(connection.close(), 5)


async def truth(value: bool) -> bool:
    return value


async def reached(service: Service, sequence: int, council: str = toy.SWINDON) -> bool:
    return await service.bookmark(council) == sequence


async def heard(service: Service, number: int, council: str = toy.SWINDON) -> bool:
    return number in await service.numbers(council)


async def troubles(relay) -> tuple[str, ...]:
    return (await relay.reading()).troubles
