"""What the consumer promises: each event once, in order, whatever breaks on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import msgspec
import pytest
from aiokafka import TopicPartition

from bus import parked
from bus.message import Event, Malformed, Unreadable, read_event
from ledger.envelope import enveloped
from ledger.proof.verify import verify
from ledger.recorded import Heard
from ledger.rows import Outgoing
from ledger.unit_of_work import UnitOfWork
from tests.bus import toy
from tests.bus.conftest import Service, Stage, an_event, eventually, running
from tests.bus.toy import SHROPSHIRE, SWINDON
from tests.databases import Databases

pytestmark = pytest.mark.connected


def heard(panel: Service, *numbers: int, council: str = SWINDON) -> Callable[[], Awaitable[bool]]:
    """Holds once exactly these notes are heard, in this order."""

    async def holds() -> bool:
        return await panel.numbers(council) == list(numbers)

    return holds


def read_up_to(panel: Service, stage: Stage, offset: int, topic: str = "intake.events", partition: int = 0):
    """Holds once everything before an offset is dealt with."""

    async def holds() -> bool:
        sql = "SELECT next_offset FROM bus.consumer_offset WHERE topic = $1 AND partition = $2"
        return (await panel.pool.fetchval(sql, f"{stage.prefix}{topic}", partition) or 0) >= offset

    return holds


def states(panel: Service, *wanted: str) -> Callable[[], Awaitable[Any]]:
    """Holds once the parked messages are in exactly these states, in order; gives the messages."""

    async def holds() -> Any:
        found = await parked.list_parked(panel.pool, dropped=True)
        return found or [None] if [one.state for one in found] == list(wanted) else None

    return holds


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
    await stage.send("intake.events", an_event(1), an_event(3, 33), an_event(4, 44), an_event(1, 9, council=SHROPSHIRE))
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


async def test_a_poison_message_is_parked_and_others_go_on(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    poison = an_event(2, subject="b")
    await stage.send("intake.events", an_event(1), (poison[0], b"\xff not json", poison[2]), an_event(3))
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1, 3), "the others are heard")
    [stuck] = await parked.list_parked(panel.pool)
    assert (stuck.subject, stuck.state, stuck.source, stuck.epoch, stuck.sequence) == ("b", "FAILED", "intake", 1, 2)
    shown = await parked.show(panel.pool, stuck.id)
    assert shown.value == b"\xff not json"
    assert shown.headers["panelbook_subject"] == b"b"
    assert "not json" not in shown.reason


@pytest.mark.parametrize("prefix", ["panelbook_", "ce_"])
async def test_a_poison_message_is_parked_under_its_subject_by_the_headers_of_today_and_of_before(
    stage: Stage, prefix: str
):
    """What was sent before the headers had a prefix of our own stays in the topics for ever."""
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    key, _, headers = an_event(1, subject="b")
    then = {name.replace("panelbook_", prefix): value for name, value in headers.items()}
    await stage.send("intake.events", (key, b"?", then), an_event(2))
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 2), "the other is heard")
    [stuck] = await parked.list_parked(panel.pool)
    assert (stuck.subject, stuck.type, stuck.sequence, stuck.stops_council) == ("b", toy.NOTED, 1, False)


async def test_headers_that_are_no_text_do_not_cost_the_batch(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    key, value, headers = an_event(2)
    await stage.send("intake.events", an_event(1), (key, value, headers | {"trace": b"\xff\x00\xfe"}), an_event(3))
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1, 2, 3), "all are heard")


async def test_later_events_of_a_parked_subject_go_behind_it_and_replay_in_order(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    stage.echo.broken.add(2)
    consumer = stage.consumer(panel)
    await stage.send("intake.events", an_event(1), an_event(2), an_event(3), an_event(4, subject="b"), an_event(5))
    async with running(consumer.run(), consumer.retries.run()):
        await eventually(heard(panel, 1, 4), "the other subject goes on")
        found = await eventually(states(panel, "FAILED", "BEHIND", "BEHIND"), "five tries were in vain")
        assert [one.sequence for one in found] == [2, 3, 5]
        assert found[0].tries == 5
        assert found[0].reason == "handling it failed with ValueError"
        assert stage.echo.calls.count((SWINDON, 2)) == 7  # Twice at first (batch, then alone), five times parked.

        stage.echo.broken.clear()
        await parked.replay(panel.pool, found[0].id)
        await eventually(heard(panel, 1, 4, 2, 3, 5), "the subject is replayed in order")
    assert await panel.echoed(SWINDON) == [1, 4, 2, 3, 5]
    assert await parked.list_parked(panel.pool) == []


async def test_a_dropped_message_lets_the_ones_behind_it_go_on(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    stage.echo.broken.add(1)
    consumer = stage.consumer(panel)
    on_record: list[tuple[int, str, str]] = []

    async def record_drop(one: parked.Parked, reason: str, by: str) -> None:
        on_record.append((one.sequence, reason, by))

    await stage.send("intake.events", an_event(1), an_event(2))
    async with running(consumer.run(), consumer.retries.run()):
        found = await eventually(states(panel, "FAILED", "BEHIND"), "the first one failed")
        with pytest.raises(ValueError, match="needs a reason"):
            await parked.drop(panel.pool, found[0].id, " ", "operator-1", record_drop)
        await parked.drop(panel.pool, found[0].id, "sent by mistake", "operator-1", record_drop)
        await eventually(heard(panel, 2), "the second one is heard")
    assert on_record == [(1, "sent by mistake", "operator-1")]
    [dropped] = await parked.list_parked(panel.pool, dropped=True)
    assert (dropped.state, dropped.dropped_by, dropped.dropped_reason) == ("DROPPED", "operator-1", "sent by mistake")
    assert await parked.list_parked(panel.pool) == []
    with pytest.raises(parked.NotParked):
        await parked.replay(panel.pool, dropped.id)


async def test_an_unreadable_message_stops_its_council_and_no_other(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    consumer = stage.consumer(panel)
    await stage.send(
        "intake.events",
        an_event(1),
        (SWINDON, b"?", {"panelbook_subject": b"\xff"}),
        an_event(3),
        an_event(1, 9, council=SHROPSHIRE),
    )
    async with running(consumer.run(), consumer.retries.run()):
        await eventually(heard(panel, 9, council=SHROPSHIRE), "the other council goes on")
        found = await eventually(states(panel, "FAILED", "BEHIND"), "the council is stopped")
        assert found[0].stops_council
        assert (await parked.reading(panel.pool, "panel")).troubles == (
            f"council {SWINDON} is stopped by a parked message",
        )

        async def record_drop(one: parked.Parked, reason: str, by: str) -> None:
            pass

        await parked.drop(panel.pool, found[0].id, "nobody can read it", "operator-1", record_drop)
        await stage.send("intake.events", an_event(4))
        await eventually(heard(panel, 1, 3, 4), "the council goes on after the drop")
    assert (await parked.reading(panel.pool, "panel")).troubles == ()


async def test_a_message_without_a_council_is_kept_for_an_operator(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", (None, b"whose?", {}), an_event(1))
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1), "the next one is heard")
    [stray] = await parked.list_parked(panel.pool)
    assert (stray.council, stray.state, stray.stops_council) == (parked.NO_COUNCIL, "FAILED", False)
    assert (await parked.show(panel.pool, stray.id)).value == b"whose?"


async def test_a_parked_settings_event_stops_its_council(stage: Stage):
    await stage.topics("routing.events", "intake.events")
    panel = await stage.service("panel")
    stage.echo.broken.add(100)
    consumer = stage.consumer(panel, ("routing.events", "intake.events"))
    settings = an_event(1, 100, source="routing", subject="settings", type_=toy.SETTINGS)
    await stage.send("routing.events", settings)
    async with running(consumer.run(), consumer.retries.run()):
        await eventually(states(panel, "FAILED"), "the settings are parked")
        await stage.send("intake.events", an_event(1))
        found = await eventually(states(panel, "FAILED", "BEHIND"), "another subject goes behind")
        stage.echo.broken.clear()
        await parked.replay(panel.pool, found[0].id)
        await eventually(heard(panel, 100, 1), "all is handled in order")


async def test_a_waiting_event_resumes_by_itself(stage: Stage):
    await stage.topics("intake.events", "routing.events")
    panel = await stage.service("panel")
    stage.echo.missing.add(1)
    consumer = stage.consumer(panel, ("intake.events", "routing.events"), waiting=60.0)
    await stage.send("intake.events", an_event(1), an_event(2))
    async with running(consumer.run(), consumer.retries.run()):
        found = await eventually(states(panel, "WAITING", "BEHIND"), "the first one waits")
        assert found[0].tries == 0
        stage.echo.missing.clear()
        # What it waits for may be about the same subject, from another source: that does not go behind it.
        await stage.send("routing.events", an_event(1, 7, source="routing"))
        await eventually(heard(panel, 7, 1, 2), "news wakes it, long before its time")
    assert await parked.list_parked(panel.pool) == []


async def test_settings_that_are_not_here_yet_are_waited_for(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", an_event(1, mood="early"))
    async with running(stage.consumer(panel).run()):
        await eventually(states(panel, "WAITING"), "it waits")


async def test_a_refusal_is_a_recorded_outcome_and_the_next_event_goes_on(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", an_event(1, mood="refuse"), an_event(2))
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1, 2), "both are heard")
    assert await panel.echoed(SWINDON) == [2]
    sql = "SELECT command_id, answer, first_position FROM ledger.outcome WHERE council = $1"
    [(command, answer, position)] = await panel.fetch(SWINDON, sql)
    refused = await panel.fetch(SWINDON, "SELECT id FROM ledger.row WHERE council = $1 AND position = 1")
    assert command == uuid5(UUID(str(refused[0][0])), "echo//refused")
    assert answer["refused"] == "NOTE_REFUSED"
    assert position == 1


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


async def test_data_that_breaks_its_contract_is_parked(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")

    def check(type_: str, data: dict[str, Any]) -> None:
        if data["number"] < 0:
            raise ValueError(f"{type_}: no note is called {data['number']}")

    await stage.send("intake.events", an_event(1, -5), an_event(2, subject="b"))
    async with running(stage.consumer(panel, check=check).run()):
        await eventually(heard(panel, 2), "the good one is heard")
    [stuck] = await parked.list_parked(panel.pool)
    assert stuck.reason == f"its data is not what {toy.NOTED} promises (ValueError)"


@pytest.mark.parametrize(
    "wrong",
    [
        {"council": SHROPSHIRE},
        {"source": "/panelbook/routing"},
        {"specversion": "0.3"},
        {"time": "2026-10-05T08:00:00"},
        {"surprise": 1},
        {"sequence": "2"},
        {"epoch": 0},
        {"data": "text"},
        {"type": "something.else.v1"},
        {"datacontenttype": "text/xml"},
        {"id": "seven"},
    ],
)
def test_an_envelope_that_is_not_exactly_ours_is_malformed(wrong: dict[str, Any]):
    _, value, headers = an_event(2)
    broken = msgspec.json.encode(msgspec.json.decode(value) | wrong)
    assert isinstance(read_event(value, headers, council=SWINDON, source="intake"), Event)
    assert isinstance(read_event(broken, headers, council=SWINDON, source="intake"), Malformed)
    assert isinstance(read_event(broken, {}, council=SWINDON, source="intake"), Unreadable)


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


async def test_one_council_cannot_see_what_is_parked_for_another(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", (SWINDON, b"?", {}), (SHROPSHIRE, b"?", {}))
    async with running(stage.consumer(panel).run()):
        await eventually(states(panel, "FAILED", "FAILED"), "both are parked")
    assert await panel.fetch(SWINDON, "SELECT council FROM bus.parked WHERE council >= '' OR $1 = ''") == [(SWINDON,)]
    assert await panel.pool.fetch("SELECT * FROM bus.parked") == []
    assert len(await panel.pool.fetch("SELECT * FROM bus.parked_index")) == 2


async def troubles(consumer) -> tuple[str, ...]:
    return (await consumer.reading()).troubles
