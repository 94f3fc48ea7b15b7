"""A deferral places the case by itself, first at the named sitting, and whoever no longer fits moves on (D5)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.panel.sittings.decider import DECIDER
from services.panel.sittings.domain.agenda import PLACE_TO_BE_SAID, FreeSlot, PlaceMovedOn, PlaceReturning
from services.panel.sittings.domain.events import Present, RatificationPlaced, SittingOpened, SlotFreed, SlotMovedOn
from services.panel.sittings.domain.state import State
from tests.scenario import Given, given
from tests.services.house import SWINDON, ServiceHouse
from tests.services.panel.cases import (
    APPLICATION,
    CUT_OFF,
    DECISION,
    SITTING,
    STARTS,
    TUESDAY,
    asking,
    but,
    candidate,
    numbered,
    offer,
    scheduled,
    slot,
    slots,
)
from tests.services.panel.doors import APPLICATION as CASE
from tests.services.panel.doors import REASON, WORK, being_heard, by_administrator, get, panel_decides

ROOM = "Room 4, Euclid Street"
OPENED = SittingOpened("chair-1", "chair", (Present("nurse-1", "health"),), STARTS)


def sitting(*events: Any) -> Given:
    """Swindon's panel of 13 October 2026."""
    return given(DECIDER, scheduled(), *events)


def returning(**changes: Any) -> Any:
    """The deferral's own word to the sitting that it named."""
    return asking(replace(PlaceReturning(APPLICATION, minutes=15, place=ROOM), **changes))


def first(minutes: int = 15, **changes: Any) -> Any:
    """Its place."""
    return replace(slot(minutes, kept_first=True), **changes)


def moved(application: Any, minutes: int = 15) -> SlotMovedOn:
    """One that no longer fitted."""
    return SlotMovedOn(application, APPLICATION, "CARE_PANEL", TUESDAY, minutes, ROOM, "admin-1")


def agenda(history: Given) -> list[Any]:
    """The applications in their order."""
    state: State = history.state()
    return [one.application for one in state.agenda]


def test_it_is_item_1_and_everybody_elses_time_moves() -> None:
    """D5: two were there before it."""
    events = sitting(*slots(15, 20)).when(*returning()).events
    assert events[0] == first()
    assert agenda(sitting(*slots(15, 20), *events)) == [APPLICATION, numbered(1), numbered(2)]


def test_several_stand_in_the_order_of_their_deferrals() -> None:
    """D5: the second deferral comes after the first one, before everybody else."""
    history = sitting(*slots(15))
    for number in (7, 8):
        history = history.and_then(*history.when(*returning(application=numbered(number))).events)
    assert agenda(history) == [numbered(7), numbered(8), numbered(1)]
    history.when(*returning(application=numbered(8))).then_nothing()


def test_a_full_agenda_does_not_keep_it_out_and_the_last_received_moves_on() -> None:
    """D5: 12 slots of 15 minutes; whose receipt is latest leaves, in whatever place, and nobody is refused."""
    received = {numbered(one): CUT_OFF - timedelta(minutes=one) for one in range(2, 13)} | {numbered(1): CUT_OFF}
    full = sitting(*slots(*[15] * 12))
    events = full.when(*returning(receipts=received)).events
    assert events[:2] == [moved(numbered(1)), first()]
    assert len(full.and_then(*events).state().agenda) == 12
    longer = full.when(*returning(minutes=20, complex=True, receipts=received)).events
    assert [one for one in longer if isinstance(one, SlotMovedOn)] == [moved(numbered(1)), moved(numbered(2))]


def test_what_was_deferred_before_is_never_displaced_and_ratifications_stay() -> None:
    """D5, E2: eleven returning ones and one new: the new one leaves, and a ratification is no minute too many."""
    before = [replace(one, kept_first=True) for one in slots(*[15] * 11)]
    new = slot(15, application=numbered(12), after=165)
    ratified = RatificationPlaced(SITTING, numbered(13), DECISION, STARTS + timedelta(minutes=180), 10, "admin-1")
    history = sitting(*before, new, ratified)
    history = history.and_then(*history.when(*returning()).events)
    assert agenda(history) == [*(numbered(one) for one in range(1, 12)), APPLICATION, numbered(13)]
    again = history.when(*returning(application=numbered(14))).events
    assert not [one for one in again if isinstance(one, SlotMovedOn)], "whatever the minutes: nobody is left to move"


def test_the_cut_off_and_an_agenda_that_it_stands_on_already_do_not_matter() -> None:
    """D5: after the cut-off; where it had a later place at that sitting, that becomes the first."""
    mine = replace(slots(15, 15)[1], application=APPLICATION)
    history = sitting(slots(15)[0], mine)
    events = history.when(*but(returning(), at=CUT_OFF + timedelta(days=3))).events
    assert agenda(history.and_then(*events)) == [APPLICATION, numbered(1)]


def test_a_sitting_that_has_opened_takes_nobody() -> None:
    """D5: nothing is refused for it; the administrator names another sitting."""
    sitting(OPENED).when(*returning()).then_nothing()


def test_a_place_without_a_room_is_said_by_the_administrator_later() -> None:
    """D5, C3: offered once more with place and minutes, in its place; a third time it is offered already."""
    unsaid = first(place=PLACE_TO_BE_SAID, minutes=10)
    sitting().when(*returning(place="", minutes=None)).then(unsaid)
    history = sitting(unsaid, slot(15, application=numbered(1), after=10))
    asked = offer(15, candidate(returns_on=TUESDAY))
    said = history.when(*asked).events
    assert said[0] == first()
    history.and_then(*said).when(*asked).then_refused("SLOT_ALREADY_OFFERED")


def test_what_moved_on_is_placed_where_its_minutes_fit() -> None:
    """D5: behind those who are there; a full or an open sitting, or one that has it, is none."""
    place = asking(PlaceMovedOn(APPLICATION, 15, ROOM))
    sitting(*slots(15)).when(*place).then(slot(15, after=15))
    sitting(*slots(*[15] * 12)).when(*place).then_nothing()
    sitting(OPENED).when(*place).then_nothing()
    sitting(slot(15)).when(*place).then_nothing()


def test_its_minutes_are_free_when_it_is_withdrawn() -> None:
    """D5, B11."""
    history = sitting(first())
    freed = SlotFreed(APPLICATION, "admin-1")
    history.when(*asking(FreeSlot(APPLICATION))).then(freed)


# Through panel's routes -----------------------------------------------------------------------------------------


async def on_agenda(house: ServiceHouse, day: str) -> list[Any]:
    """A scheduled sitting's agenda."""
    answer = await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": day})
    found = await get(house, answer.headers["Location"] if answer.is_success else f"sittings/{day}")
    return found.json()["agenda"]


async def test_a_sitting_scheduled_after_the_deferral_has_it_first(house: ServiceHouse) -> None:
    """D5: nobody has to remember it, and the worker is told the slot; read models can be rebuilt."""
    await being_heard(house)
    answer = await panel_decides(house, outcome="DEFERRED", reasons=[REASON], further_work=[WORK])
    assert answer.json()["returns_on"] == "2026-10-20"
    (item,) = await on_agenda(house, "2026-10-20")
    assert (item["application"], item["minutes"], item["kept_first"]) == (CASE, 20, True)
    offered = [data for type_, _, data in await house.told(SWINDON) if type_.endswith("slot_offered.v1")]
    assert offered[-1]["starts_at"] == "2026-10-20T09:00:00Z"


async def test_a_sitting_that_is_there_already_has_it_by_the_deferral_itself(house: ServiceHouse) -> None:
    """D5."""
    await being_heard(house)
    there = await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-20"})
    await panel_decides(house, outcome="DEFERRED", reasons=[REASON], further_work=[WORK])
    (item,) = (await get(house, there.headers["Location"])).json()["agenda"]
    assert (item["application"], item["kept_first"]) == (CASE, True)


async def test_a_return_that_names_a_sitting_keeps_its_place_there(house: ServiceHouse) -> None:
    """B5, D5: item 1 of 20 October, though it is a draft again and comes back after that cut-off."""
    from tests.services.panel.doors import post, received, routed, submitted

    await received(house)
    there = await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-20"})
    back = {"reasons": [REASON], "defer_to": "2026-10-20"}
    answer = await post(house, f"decisions/{CASE}/return", back, "admin-1", "panel_administrator", version=1)
    assert answer.is_success, answer.text
    (item,) = (await get(house, there.headers["Location"])).json()["agenda"]
    assert (item["application"], item["kept_first"]) == (CASE, True)
    returned = (await get(house, f"decisions/{CASE}")).json()["returned"]
    assert (returned["by"], returned["reasons"]) == ("admin-1", [REASON]), "word for word (B5)"
    await submitted(house, times_submitted=2, received_at="2026-10-16T10:00:00Z")
    await routed(house)
    assert (await get(house, f"decisions/{CASE}")).json()["returned"] is None
    (item,) = (await get(house, there.headers["Location"])).json()["agenda"]
    assert (item["application"], item["kept_first"]) == (CASE, True)


async def test_whoever_writes_a_section_of_a_returned_form_reads_why_in_panel_too(house: ServiceHouse) -> None:
    """B5, B6: the reviewing officer repairs their own section; another council's pack gives them none."""
    from tests.services.panel.doors import post, received, settings_heard

    async def as_iro() -> Any:
        headers = house.headers("iro-1", "iro")
        return await house.http.get(f"/councils/{SWINDON}/decisions/{CASE}", headers=headers)

    await received(house)
    back = await post(
        house, f"decisions/{CASE}/return", {"reasons": [REASON]}, "admin-1", "panel_administrator", version=1
    )
    assert back.is_success, back.text
    assert (await as_iro()).status_code == 404
    await settings_heard(house, version=2, section_owners={"plan": "iro"})
    assert (await as_iro()).json()["returned"]["reasons"] == [REASON]
