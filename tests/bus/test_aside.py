"""What bears no place in its council's sequence stands aside and holds nobody up; one list has all (DOMAIN.md, G7)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import pytest

from bus import parked
from tests.bus import toy
from tests.bus.conftest import Service, Stage, an_event, eventually, running
from tests.bus.toy import SHROPSHIRE, SWINDON
from tests.bus.waiting import heard, read_up_to, states, troubles

pytestmark = pytest.mark.connected

Sent = tuple[str, bytes | None, Mapping[str, bytes | None]]


def without(*names: str, **changed: bytes) -> Sent:
    """A poison value whose headers lack some, or say something else, where Swindon's second event should be."""
    key, _, headers = an_event(2)
    return key, b"\xff poison", {name: value for name, value in headers.items() if name not in names} | changed


def saying(**attributes: Any) -> Sent:
    """An envelope in order but for these attributes, under Swindon's key and headers."""
    key, value, headers = an_event(2)
    return key, msgspec.json.encode(msgspec.json.decode(value) | attributes), headers


PLACELESS: dict[str, Sent] = {
    "no headers": (SWINDON, b"\xff poison", {}),
    "a tombstone": (SWINDON, None, {}),
    "no sequence": without("sequence"),
    "no epoch": without("epoch"),
    "no council": without("council"),
    "no type": without("panelbook_type"),
    "no subject": without("panelbook_subject"),
    "a sequence that is no number": without(sequence=b"two"),
    "a sequence in other digits": without(sequence="\u0662".encode()),
    "a sequence of nought": without(sequence=b"0"),
    "a sequence beyond counting": without(sequence=b"9" * 400),
    "a sequence that is no text": without(sequence=b"\xff"),
    "an epoch of nought": without(epoch=b"0"),
    "an epoch beyond counting": without(epoch=b"2147483648"),
    "another council's mark": without(council=SHROPSHIRE.encode()),
    "another council's event under this key": (SWINDON, *an_event(2, council=SHROPSHIRE)[1:]),
    "another council's event under this key and headers": saying(council=SHROPSHIRE),
    "another service's event": saying(source="/panelbook/routing"),
}


@pytest.mark.parametrize("stray", PLACELESS.values(), ids=PLACELESS)
async def test_a_message_without_a_place_stands_aside_and_holds_nobody_up(stage: Stage, stray: Sent):
    """G7: each kind between two events of one case, with another council's in the same batch."""
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", an_event(1), stray, an_event(2), an_event(1, 9, council=SHROPSHIRE))
    consumer = stage.consumer(panel)
    async with running(consumer.run(), consumer.retries.run()):
        await eventually(heard(panel, 1, 2), "both events of the case are heard")
        await eventually(heard(panel, 9, council=SHROPSHIRE), "the other council goes on")
        await eventually(read_up_to(panel, stage, 4), "nothing holds the offset")
        assert await troubles(consumer) == ()
    [one] = await parked.list_parked(panel.pool)
    assert (one.council, one.state, one.stops_council, one.offset) == (SWINDON, parked.ASIDE, False, 1)
    assert "poison" not in one.reason
    assert (await parked.reading(panel.pool, "panel", strict=True)).troubles == ()


async def test_a_stray_that_comes_again_is_listed_once_and_dropped_once(stage: Stage):
    """G7: a batch that is read twice; what was dropped stays dropped."""
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", PLACELESS["no headers"], an_event(1))
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1), "the event is heard")
    await panel.execute("UPDATE bus.consumer_offset SET next_offset = 0")
    [one] = await parked.list_parked(panel.pool)
    with pytest.raises(parked.NotParked, match="nothing waits for it"):
        await parked.replay(panel.pool, one.id)
    await parked.drop(panel.pool, one.id, "an exercise's", "operator-1", nobody_notes)
    async with running(stage.consumer(panel).run()):
        await stage.send("intake.events", an_event(2))
        await eventually(heard(panel, 1, 2), "everything is read again")
    assert [one.state for one in await parked.list_parked(panel.pool, dropped=True)] == ["DROPPED"]


async def test_what_stood_in_the_place_of_one_of_ours_is_missed_and_comes_again(stage: Stage):
    """G7: the sequence tells that the second event is missing; the list says so until its source has sent it again."""
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    consumer = stage.consumer(panel)
    await stage.send("intake.events", an_event(1), PLACELESS["no headers"], an_event(3), an_event(4))
    await stage.send("intake.events", an_event(1, 9, council=SHROPSHIRE))
    async with running(consumer.run(), consumer.retries.run()):
        await eventually(heard(panel, 9, council=SHROPSHIRE), "the other council goes on")
        found = await eventually(states(panel, "ASIDE", "MISSING"), "the list has both")
        assert (found[1].subject, found[1].sequence) == ("intake", 3)
        assert found[1].reason == parked.GAP
        assert await troubles(consumer) == (f"council {SWINDON} waits for message 2 of intake",)
        with pytest.raises(parked.NotParked, match="sent the missing one again"):
            await parked.replay(panel.pool, found[1].id)
        await stage.send("intake.events", an_event(2))
        await eventually(heard(panel, 1, 2, 3, 4), "what was left out behind the gap is heard by itself")
        await eventually(states(panel, "ASIDE"), "only the stray stands in the list")
        await eventually(read_up_to(panel, stage, 6), "nothing holds the offset any more")
        assert await troubles(consumer) == ()


async def test_a_late_event_is_heard_in_its_place_and_what_overtook_it_after_it(stage: Stage):
    """G7: an event delivered late has one effect, and so has what came before its time."""
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    late = [an_event(n) for n in (3, 1, 4, 2, 5)]
    await stage.send("intake.events", *late)
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1, 2, 3, 4, 5), "all are heard, in order")
        await eventually(read_up_to(panel, stage, 5), "nothing holds the offset any more")
    assert await panel.echoed(SWINDON) == [1, 2, 3, 4, 5]
    assert await parked.list_parked(panel.pool) == []


@pytest.mark.parametrize("foreign", [an_event(90), an_event(90, epoch=7)], ids=["sequence", "epoch"])
async def test_what_comes_from_far_ahead_is_listed_and_dropped_and_the_councils_own_go_on(stage: Stage, foreign: Sent):
    """G7: a sequence or an epoch that is not the council's jumps over nothing; dropped, it is never believed."""
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    consumer = stage.consumer(panel)
    await stage.send("intake.events", an_event(1), foreign, an_event(2), an_event(3))
    async with running(consumer.run()):
        await eventually(heard(panel, 1, 2, 3), "the council's own are heard")
        [one] = await eventually(states(panel, "MISSING"), "it is listed")
        assert one.sequence == 90
        await drop(panel, one)
        await stage.send("intake.events", an_event(4))
        await eventually(heard(panel, 1, 2, 3, 4), "the next one is heard")
        await eventually(read_up_to(panel, stage, 5), "nothing holds the offset any more")
        assert await troubles(consumer) == ()
        await stage.send("intake.events", *[an_event(n) for n in range(5, 92)])
        await eventually(heard(panel, *range(1, 92)), "the ninetieth is the council's own")


async def test_what_waits_for_a_newer_release_stands_in_the_list_until_that_has_read_it(stage: Stage):
    """G7, DESIGN "When handling fails": whoever waits for a newer release stands in the same list."""
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    newer = [f"{toy.NOTED[:-1]}{version}" for version in (2, 3)]
    sent = [an_event(1), an_event(2, type_=newer[0]), an_event(3), an_event(4, type_=newer[1])]
    await stage.send("intake.events", *sent)
    for known, wanted in (([], 2), (newer[:1], 4)):
        older = stage.consumer(panel, knows=[toy.NOTED, *known].__contains__)
        async with running(older.run(), older.retries.run()):
            await eventually(holding(panel, wanted), f"the list says that message {wanted} waits")
            await eventually(lambda seen=older: troubles(seen), "it is noticed")
        [one] = await parked.list_parked(panel.pool)
        assert (one.state, one.type, one.stops_council) == ("NEWER", newer[wanted // 2 - 1], False)
        with pytest.raises(parked.NotParked, match="the release that knows it"):
            await drop(panel, one)
    async with running(stage.consumer(panel, follow=toy.follow(stage.echo.react, [toy.NOTED, *newer])).run()):
        await eventually(heard(panel, 1, 2, 3, 4), "a newer release hears the rest, in order")
        await eventually(states(panel), "nothing waits any more")


async def test_a_parked_event_of_a_newer_release_waits_for_it_and_uses_up_no_tries(stage: Stage):
    """A release was taken back: what the newer one had parked is not this one's to judge."""
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    stage.echo.missing.add(1)
    consumer = stage.consumer(panel)
    await stage.send("intake.events", an_event(1), an_event(2))
    async with running(consumer.run()):
        await eventually(states(panel, "WAITING", "BEHIND"), "the first one waits")
    older = stage.consumer(panel, knows=lambda type_: False)

    async def says_so() -> bool:
        return [(one.tries, one.reason) for one in await parked.list_parked(panel.pool)][:1] == [(0, parked.TOO_NEW)]

    async with running(older.retries.run()):
        await eventually(says_so, "the list says what it waits for")
    stage.echo.missing.clear()
    async with running(consumer.retries.run()):
        await eventually(heard(panel, 1, 2), "the newer release hears them")


def test_every_state_says_what_releases_it():
    """The list's last column is never empty, and says the same as the runbook."""
    states_known = {"PARKED", "WAITING", "BEHIND", "FAILED", "DROPPED", "ASIDE", "MISSING", "NEWER"}
    assert parked.GOES_ON.keys() == states_known


def holding(panel: Service, sequence: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return [one.sequence for one in await parked.list_parked(panel.pool)] == [sequence]

    return holds


async def nobody_notes(one: parked.Parked, reason: str, by: str) -> None:
    """A test's drops are on nobody's record."""


async def drop(panel: Service, one: parked.Parked) -> parked.Parked:
    return await parked.drop(panel.pool, one.id, "because", "operator-1", nobody_notes)


async def test_a_message_without_a_council_is_kept_for_an_operator(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", (None, b"whose?", {}), an_event(1))
    async with running(stage.consumer(panel).run()):
        await eventually(heard(panel, 1), "the next one is heard")
    [stray] = await parked.list_parked(panel.pool)
    assert (stray.council, stray.state, stray.stops_council) == (parked.NO_COUNCIL, "ASIDE", False)
    assert (await parked.show(panel.pool, stray.id)).value == b"whose?"
