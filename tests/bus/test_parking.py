"""What the consumer does with an event that it cannot handle, or not yet: nothing is lost, and others go on."""

from typing import Any
from uuid import UUID, uuid5

import pytest

from bus import parked
from tests.bus import toy
from tests.bus.conftest import Stage, an_event, eventually, running
from tests.bus.toy import SHROPSHIRE, SWINDON
from tests.bus.waiting import heard, states

pytestmark = pytest.mark.connected


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


async def test_one_council_cannot_see_what_is_parked_for_another(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", (SWINDON, b"?", {}), (SHROPSHIRE, b"?", {}))
    async with running(stage.consumer(panel).run()):
        await eventually(states(panel, "ASIDE", "ASIDE"), "both are set aside")
    assert await panel.fetch(SWINDON, "SELECT council FROM bus.parked WHERE council >= '' OR $1 = ''") == [(SWINDON,)]
    assert await panel.pool.fetch("SELECT * FROM bus.parked") == []
    assert len(await panel.pool.fetch("SELECT * FROM bus.parked_index")) == 2
