"""What the consumer promises: each event once, in order, whatever breaks on the way."""

import asyncio

import asyncpg
import pytest
from aiokafka import TopicPartition

from bus import parked
from bus.message import Event, read_event
from ledger.envelope import enveloped
from ledger.proof.verify import verify
from ledger.recorded import Heard
from ledger.rows import Outgoing
from ledger.unit_of_work import UnitOfWork
from tests.bus import toy
from tests.bus.conftest import Stage, an_event, eventually, running
from tests.bus.toy import SHROPSHIRE, SWINDON
from tests.bus.waiting import heard, read_up_to, troubles
from tests.databases import Databases

pytestmark = pytest.mark.connected


async def test_a_redelivered_batch_has_one_effect(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", *[an_event(n) for n in (1, 2, 3)], *[an_event(n) for n in (2, 3, 3, 1, 4)])
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1, 2, 3, 4), "all are heard")
        await eventually(read_up_to(panel, stage, 8), "the repeats are read")
    await panel.execute("UPDATE bus.consumer_offset SET next_offset = 0")
    async with running(stage.consumer(panel).run()):
        await stage.send("intake.events", an_event(5))
        await eventually(read_up_to(panel, stage, 9), "everything is read again")
    assert await panel.numbers(SWINDON) == [1, 2, 3, 4, 5]
    assert await panel.echoed(SWINDON) == [1, 2, 3, 4, 5]
    assert len(stage.echo.calls) == 5


async def test_a_heard_event_is_stored_byte_for_byte_and_what_follows_names_it_as_its_cause(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    message = an_event(1)
    await stage.send("intake.events", message)
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1), "it is heard")
    first, echo = await panel.book.ledger.rows(SWINDON)
    assert first.kind == "heard"
    assert first.payload == message[1]
    assert (first.source, first.source_epoch, first.source_sequence, first.stream) == ("intake", 1, 1, "a")
    assert (echo.actor, echo.role, echo.cause) == ("service:panel", "service", str(first.id))
    assert echo.command_id == toy.command_id(SWINDON, 1)
    assert echo.correlation_id == first.correlation_id
    assert echo.recorded_at > first.recorded_at > toy.NOW
    assert (await verify(panel.book.ledger.every_row(SWINDON), await panel.book.ledger.head(SWINDON))).positions == 2


async def test_two_councils_in_one_batch_stay_apart(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    stage.echo.broken.add(11)
    await stage.send(
        "intake.events",
        an_event(1, 1),
        an_event(1, 11, council=SHROPSHIRE),
        an_event(2, 2),
        an_event(2, 12, council=SHROPSHIRE, subject="b"),
    )
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1, 2), "Swindon's are heard")
        await eventually(heard(panel, 12, council=SHROPSHIRE), "Shropshire's second one is heard")
    assert await panel.echoed(SWINDON) == [1, 2]
    [stuck] = await parked.list_parked(panel.pool, SHROPSHIRE)
    assert (stuck.sequence, stuck.state) == (1, "PARKED")
    assert await parked.list_parked(panel.pool, SWINDON) == []


async def test_a_gap_is_read_again_and_never_skipped(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    consumer = stage.consumer(panel)
    await stage.send("intake.events", an_event(1), an_event(3), an_event(4), an_event(1, 9, council=SHROPSHIRE))
    async with running(consumer.run()):
        await eventually(heard(panel, 9, council=SHROPSHIRE), "the other council is heard")
        await eventually(lambda: troubles(consumer), "the gap is noticed")
        assert await panel.numbers(SWINDON) == [1]
        assert (await consumer.reading()).troubles == (f"council {SWINDON} waits for message 2 of intake",)
        await stage.send("intake.events", an_event(2), an_event(3), an_event(4))
        await eventually(heard(panel, 1, 2, 3, 4), "the gap is filled, in order")
        await eventually(read_up_to(panel, stage, 7), "nothing holds the offset any more")
        assert (await consumer.reading()).troubles == ()


async def test_a_restart_before_a_gap_is_filled_loses_nothing(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    consumer = stage.consumer(panel)
    await stage.send("intake.events", an_event(1), an_event(3))
    async with running(consumer.run()):
        await eventually(lambda: troubles(consumer), "the gap is noticed")
        await eventually(read_up_to(panel, stage, 1), "the first one is dealt with")
    await stage.send("intake.events", an_event(2), an_event(3))
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1, 2, 3), "the gap is filled, in order")


async def test_a_source_restored_to_a_new_epoch_is_followed(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", an_event(1), an_event(2), an_event(3), an_event(2, 22, epoch=2))
    await stage.send("intake.events", an_event(4, 99), an_event(3, 23, epoch=2))
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1, 2, 3, 22, 23), "the new epoch is heard, and nothing more of the old one")


async def test_a_consumer_whose_database_was_restored_to_an_older_state_catches_up_without_loss(
    stage: Stage, databases: Databases
):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", *[an_event(n) for n in range(1, 6)])
    async with running(stage.consumer(panel).run()):
        await eventually(read_up_to(panel, stage, 5), "five are dealt with")
    await panel.pool.expire_connections()
    older = await stage.make_copy(panel)
    await stage.send("intake.events", *[an_event(n) for n in range(6, 11)])
    async with running(stage.consumer(panel).run()):
        await eventually(read_up_to(panel, stage, 10), "ten are dealt with")
    assert await older.numbers(SWINDON) == [1, 2, 3, 4, 5]
    async with running(stage.consumer(older).run()):
        await eventually(heard(older, *range(1, 11)), "the restored service has caught up")
    assert await older.echoed(SWINDON) == list(range(1, 11))


async def test_offsets_are_sought_on_assignment_whatever_kafka_has_committed(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", *[an_event(n) for n in range(1, 31)])
    async with stage.access.reader(group_id=f"{stage.prefix}panel", enable_auto_commit=False) as group:
        group.assign([TopicPartition(f"{stage.prefix}intake.events", 0)])
        await group.commit({TopicPartition(f"{stage.prefix}intake.events", 0): 30})
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, *range(1, 31)), "all are heard")


async def test_an_absent_database_costs_time_and_no_event(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", *[an_event(n) for n in range(1, 4)])
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1, 2, 3), "the first ones are heard")
        async with stage.shut(panel):
            await stage.send("intake.events", *[an_event(n) for n in range(4, 24)])
            with pytest.raises((asyncpg.PostgresError, OSError)):
                await panel.numbers(SWINDON)
        await eventually(heard(panel, *range(1, 24)), "all twenty are heard")
    assert await panel.echoed(SWINDON) == list(range(1, 24))
    assert await parked.list_parked(panel.pool) == []


async def test_a_consumer_stopped_in_the_middle_of_a_batch_reads_it_again(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", *[an_event(n) for n in range(1, 21)])
    reached = asyncio.Event()

    async def stop_here(unit: UnitOfWork, heard: Heard) -> None:
        if heard.data["number"] == 10:
            reached.set()
            await asyncio.Event().wait()
        await stage.echo.react(unit, heard)

    async with running(stage.consumer(panel, follow=toy.follow(stop_here)).run()):
        await asyncio.wait_for(reached.wait(), 20)
    assert await panel.numbers(SWINDON) == []
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, *range(1, 21)), "all are heard")
    assert await panel.echoed(SWINDON) == list(range(1, 21))


async def test_a_fault_of_the_consumer_itself_loses_nothing(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    consumer = stage.consumer(panel)
    await panel.execute("ALTER TABLE bus.progress RENAME TO elsewhere")
    await stage.send("intake.events", *[an_event(n) for n in (1, 2, 3)])
    async with running(consumer.run()):
        await eventually(lambda: troubles(consumer), "it is noticed")
        assert (await consumer.reading()).troubles == ("the consumer itself failed with UndefinedTableError",)
        await panel.execute("ALTER TABLE bus.elsewhere RENAME TO progress")
        await eventually(heard(panel, 1, 2, 3), "all are heard")
        await eventually(read_up_to(panel, stage, 3), "all are dealt with")
    assert (await consumer.reading()).troubles == ()


async def test_a_type_newer_than_this_release_is_waited_for_and_what_came_before_it_is_kept(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    newer = "uk.panelbook.intake.note.noted.v2"
    consumer = stage.consumer(panel, knows=lambda type_: type_ == toy.NOTED)
    await stage.send("intake.events", an_event(1), an_event(2, type_=newer), an_event(3))
    async with running(consumer.run()):
        await eventually(heard(panel, 1), "what came before is kept")
        await eventually(lambda: troubles(consumer), "it is noticed")
        assert await panel.numbers(SWINDON) == [1]
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1, 2, 3), "a newer release hears the rest")


async def test_headers_that_are_no_text_do_not_cost_the_batch(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    key, value, headers = an_event(2)
    await stage.send("intake.events", an_event(1), (key, value, headers | {"trace": b"\xff\x00\xfe"}), an_event(3))
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1, 2, 3), "all are heard")


async def test_the_ledgers_own_envelope_is_read_without_loss(stage: Stage):
    panel = await stage.service("panel")
    await toy.write(panel.book, SWINDON, [1])
    [row] = await panel.book.ledger.rows(SWINDON)
    made = enveloped("panel", row, Outgoing("events", toy.NOTED, "a", {"number": 1}), 1, toy.a_context(SWINDON))
    headers = {name: value.encode() for name, value in made.headers.items()}
    event = read_event(made.value, headers, council=SWINDON, source="panel")
    assert isinstance(event, Event)
    hearing = event.hearing()
    assert (hearing.id, hearing.recorded_at, hearing.correlation_id) == (row.id, row.recorded_at, row.correlation_id)
    assert (hearing.source, hearing.source_epoch, hearing.source_sequence) == ("panel", 1, 1)
    assert (hearing.name, hearing.schema, hearing.subject) == (toy.NOTED, 1, "a")
    assert hearing.payload == made.value
