"""Who gets freed minutes, what is let through at a lower level, what is ratified where, and who may chair an order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from councils.guards import Warned
from ledger.decider import By
from services.panel.sittings.decider import DECIDER
from services.panel.sittings.domain.agenda import FreeSlot, PlaceRatification
from services.panel.sittings.domain.candidate import Candidate
from services.panel.sittings.domain.closing import CloseSitting, SignMinutes
from services.panel.sittings.domain.events import (
    ItemOpened,
    MinutesSigned,
    Present,
    RatificationPlaced,
    SittingOpened,
    SlotFreed,
)
from services.panel.sittings.domain.hearing import Chair, CloseItem, OpenItem, OpenSitting, order_chairs
from tests.scenario import Given, given
from tests.services.panel.cases import (
    ADMINISTRATOR,
    APPLICATION,
    CHAIR,
    CUT_OFF,
    DECISION,
    NOW,
    SERVICE_MANAGER,
    SITTING,
    STARTS,
    SWINDON,
    TEAM_MANAGER,
    VICE_CHAIR,
    WORKER,
    Asking,
    asking,
    but,
    candidate,
    guarded,
    numbered,
    offer,
    scheduled,
    slot,
    slots,
)

DIRECTOR = By("director-1", "director_csw")
LATE = candidate(received_at=CUT_OFF + timedelta(microseconds=1))
MEMBERS = (Present("nurse-1", "health"), Present("head-1", "education"), Present("accountant-1", "finance"))
OPENED = SittingOpened("chair-1", "chair", MEMBERS, STARTS)


def sitting(*events: Any) -> Given:
    """Swindon's panel of 13 October 2026."""
    return given(DECIDER, scheduled(), *events)


# Nothing late, nothing of another panel -------------------------------------------------------------------------


@pytest.mark.parametrize("by", [ADMINISTRATOR, SERVICE_MANAGER, DIRECTOR, By("director-2", "director_cs")])
def test_whoever_asks_for_a_late_one_hears_that_it_is_late(by: By) -> None:
    """B2: administrator, Service Manager and Director alike; in time only the administrator gives a place."""
    assert sitting().when(*offer(15, LATE, by)).then_refused("LATE").kind == 422
    if by != ADMINISTRATOR:
        sitting().when(*offer(15, by=by)).then_refused("ROLE_NOT_ALLOWED")


def test_what_goes_to_the_complex_health_needs_panel_is_absent_from_this_agenda() -> None:
    """A11."""
    elsewhere = candidate(route="COMPLEX_HEALTH_NEEDS_PANEL", forum="")
    refused = sitting().when(*offer(15, elsewhere)).then_refused("OTHER_FORUM")
    assert refused.facts == {"route": "COMPLEX_HEALTH_NEEDS_PANEL", "forum": ""}


@pytest.mark.parametrize(
    ("put", "code"),
    [(candidate(received_at=None), "INCOMPLETE"), (candidate(route="DELEGATED", forum=""), "BELOW_FLOOR")],
)
def test_a_guard_of_the_agenda_stands_at_the_councils_level(put: Candidate, code: str) -> None:
    """B4, C14: refused by default; at `warn` and `off` the slot is given and says so."""
    sitting().when(*offer(15, put)).then_refused(code)
    for level in ("warn", "off"):
        asked = but(offer(15, put), settings=guarded(**{code: level}))
        sitting().when(*asked).then(replace(slot(15), warned=(Warned(code, level),)))


def test_the_cut_off_has_no_level() -> None:
    """B2: a level that somebody wrote for it changes nothing."""
    asked = but(offer(15, LATE), settings=guarded(LATE="off"))
    sitting().when(*asked).then_refused("LATE")


@pytest.mark.parametrize("level", ["warn", "off"])
def test_what_has_not_come_by_the_cut_off_is_late_at_whatever_level_its_completeness_stands(level: str) -> None:
    """B2, B4: the guard lets an incomplete one in; nothing lets in a late one."""
    by_then = but(offer(15, candidate(received_at=None)), settings=guarded(INCOMPLETE=level))
    assert len(sitting().when(*by_then).events) == 1
    sitting().when(*but(by_then, at=CUT_OFF + timedelta(microseconds=1))).then_refused("LATE")


# Freed minutes (B11) --------------------------------------------------------------------------------------------

FIRST, SECOND = numbered(7), numbered(8)


def waiting(application: Any = FIRST, **facts: Any) -> Candidate:
    """One without a place, received an hour before the cut-off."""
    return candidate(application, **{"received_at": CUT_OFF - timedelta(hours=1), **facts})


def freed(*others: Candidate) -> Asking:
    """The first on the agenda was withdrawn."""
    return asking(FreeSlot(numbered(1), others), by=WORKER)


def test_freed_minutes_are_offered_to_the_next_in_order_of_receipt() -> None:
    """B11: in the freed place, so that nobody else's time moves."""
    agenda = sitting(*slots(15, 15))
    offered = replace(slot(15, application=FIRST), offered_by="worker-1")
    agenda.when(*freed(waiting(), waiting(SECOND))).then(SlotFreed(numbered(1), "worker-1"), offered)
    agenda.when(*freed()).then(SlotFreed(numbered(1), "worker-1"))


def test_one_that_is_late_or_of_another_forum_is_passed_over() -> None:
    """B11 with B2."""
    late = waiting(received_at=CUT_OFF + timedelta(seconds=1))
    others = (late, waiting(forum="OTHER_PANEL"), waiting(route="DELEGATED"))
    offered = replace(slot(15, application=SECOND), offered_by="worker-1")
    sitting(*slots(15)).when(*freed(*others, waiting(SECOND))).then(SlotFreed(numbered(1), "worker-1"), offered)


def test_a_complex_one_is_offered_twenty_minutes_where_they_fit() -> None:
    """B11 with C1: 9 x 20 are full, so only another of 20 fits; in 10 x 15 there is room to move up."""
    full = sitting(*slots(*[15] * 12))
    others = (waiting(complex=True), waiting(SECOND))
    offered = replace(slot(15, application=SECOND), offered_by="worker-1")
    full.when(*freed(*others)).then(SlotFreed(numbered(1), "worker-1"), offered)
    roomy = sitting(*slots(15, 15)).when(*freed(*others)).events
    assert [(one.application, one.starts_at, one.minutes) for one in roomy[1:]] == [
        (numbered(2), STARTS, 15),
        (FIRST, STARTS + timedelta(minutes=15), 20),
    ]


def test_the_next_is_never_heard_before_a_deferred_case_that_is_left() -> None:
    """B11, D5: of two deferred cases the first is withdrawn: the second is item 1 now, and the next follows it."""
    deferred = [replace(one, kept_first=True) for one in slots(15, 15)]
    history = sitting(*deferred, slot(15, application=numbered(3), after=30))
    events = history.when(*freed(waiting())).events
    agenda = history.and_then(*events).state().agenda
    assert [(one.application, one.starts_at) for one in agenda] == [
        (name, STARTS + timedelta(minutes=15 * place)) for place, name in enumerate((numbered(2), numbered(3), FIRST))
    ]


def test_minutes_that_are_freed_while_the_panel_sits_are_offered_to_nobody() -> None:
    sitting(*slots(15), OPENED).when(*freed(waiting())).then(SlotFreed(numbered(1), "worker-1"))


# Ratification (E2) ----------------------------------------------------------------------------------------------

PLACE = asking(PlaceRatification(APPLICATION, DECISION), by=SERVICE_MANAGER)


def placed(after: int) -> RatificationPlaced:
    """The ratification, so many minutes into the sitting."""
    starts = STARTS + timedelta(minutes=after)
    return RatificationPlaced(SITTING, APPLICATION, DECISION, starts, 10, "service-manager-1")


def test_a_decision_outside_the_panel_is_placed_last_even_if_the_agenda_is_full() -> None:
    """E2: exempt from cut-off and from the 180 minutes."""
    sitting().when(*PLACE).then(placed(0))
    sitting(*slots(*[15] * 12)).when(*PLACE).then(placed(180))
    sitting(*slots(15), placed(15)).when(*PLACE).then_nothing()
    sitting(slot(15)).when(*PLACE).then_nothing()
    sitting(OPENED).when(*PLACE).then_nothing()


def test_a_ratification_moves_with_the_agenda_and_stays_one() -> None:
    """E2 with D5: one that returns goes first, the ratification still last."""
    returning = candidate(numbered(9), returns_on=date(2026, 10, 13))
    events = sitting(placed(0)).when(*offer(15, returning)).events
    assert events == [slot(15, application=numbered(9), kept_first=True), placed(15)]


def test_who_gets_a_place_after_a_ratification_was_placed_stands_before_it() -> None:
    """E2: deferred first, then the others, ratifications last, in whatever order they came (PANEL.md §3)."""
    history = sitting(*slots(15), placed(15))
    events = history.when(*offer(15, candidate(numbered(9)))).events
    assert events == [slot(15, application=numbered(9), after=15), placed(30)]


def test_what_was_to_be_ratified_in_its_place_is_ratified_when_the_application_has_gone() -> None:
    """E2, B11: withdrawn or returned, its minutes are the next one's, and the decision stands last to be ratified."""
    history = sitting(slot(15), *(slot(15, application=numbered(2), after=15),))
    command, acting = asking(FreeSlot(APPLICATION, (waiting(),), DECISION), by=SERVICE_MANAGER)
    events = history.when(command, acting).events
    agenda = history.and_then(*events).state().agenda
    assert [one.application for one in agenda] == [FIRST, numbered(2), APPLICATION]
    assert agenda[-1] == placed(30)
    sits = sitting(slot(15), slot(15, application=numbered(2), after=15), OPENED).when(command, acting)
    sits.then(SlotFreed(APPLICATION, "service-manager-1"), placed(0))


def test_a_ratification_is_no_place_to_be_freed_or_to_be_heard_in() -> None:
    """E2: what became of the application changes nothing of it; its application has a place of its own beside it."""
    history = sitting(placed(0), slot(15, application=numbered(2), after=10))
    history.when(*asking(FreeSlot(APPLICATION, (waiting(),)), by=SERVICE_MANAGER)).then_nothing()
    (offered, _) = history.when(*offer(15)).events[-2:]
    assert history.and_then(*history.when(*offer(15)).events).state().slot_of(APPLICATION).minutes == 15
    assert offered is not None


def test_a_ratification_is_heard_like_any_other_item() -> None:
    history = sitting(placed(0), OPENED)
    (opened,) = history.when(*asking(OpenItem(APPLICATION), by=CHAIR, at=NOW)).events
    assert history.and_then(opened).state().hearing(APPLICATION).opened_at == NOW


# Who chairs a case under an order (A13) -------------------------------------------------------------------------

MAY_CHAIR = ("director_csw", "service_manager")
AT = datetime(2026, 10, 13, 9, 5, tzinfo=UTC)


def test_the_settings_name_who_may_chair_each_order() -> None:
    """A13: the Director or a Service Manager, for all three orders; nobody for any other case."""
    for order in ("SGO", "CHILD_ARRANGEMENTS", "ADOPTION_SUPPORT"):
        assert set(order_chairs(SWINDON, order)) == set(MAY_CHAIR)
    assert order_chairs(SWINDON, None) == ()


@pytest.mark.parametrize("by", [DIRECTOR, SERVICE_MANAGER, CHAIR, VICE_CHAIR])
def test_the_director_or_a_service_manager_chairs_a_case_under_an_order(by: By) -> None:
    """A13."""
    history = sitting(slot(15), OPENED)
    opened = ItemOpened(APPLICATION, by.actor, AT, by.actor, by.role, MAY_CHAIR)
    history.when(*asking(OpenItem(APPLICATION, may_chair=MAY_CHAIR), by=by, at=AT)).then(opened)
    hearing = history.and_then(opened).state().hearing(APPLICATION)
    assert hearing.records(by)
    assert hearing.records(CHAIR)
    assert not hearing.records(By("another-1", "service_manager")), "only the one who chairs this case"


def test_a_team_manager_as_chair_is_refused() -> None:
    """A13: whether they open the item themselves or are named as its chair."""
    history = sitting(slot(15), OPENED)
    own = asking(OpenItem(APPLICATION, may_chair=MAY_CHAIR), by=TEAM_MANAGER, at=AT)
    assert history.when(*own).then_refused("CHAIR_NOT_ALLOWED").kind == 422
    named = asking(OpenItem(APPLICATION, Chair("manager-1", "team_manager"), MAY_CHAIR), by=ADMINISTRATOR, at=AT)
    assert history.when(*named).then_refused("CHAIR_NOT_ALLOWED").kind == 422
    by_manager = but(named, chair=Chair("service-manager-1", "service_manager"))
    history.when(*by_manager).then(
        ItemOpened(APPLICATION, "admin-1", AT, "service-manager-1", "service_manager", MAY_CHAIR)
    )


def test_a_team_manager_who_is_named_as_a_service_manager_is_refused_too() -> None:
    """A13: whoever opens may say in which role somebody chairs; what they were appointed to decides."""
    history = sitting(slot(15), OPENED)
    named = OpenItem(APPLICATION, Chair("team-manager-1", "service_manager"), MAY_CHAIR, "team_manager")
    for by in (ADMINISTRATOR, CHAIR):
        history.when(*asking(named, by=by, at=AT)).then_refused("CHAIR_NOT_ALLOWED")
        for appointed in ("service_manager", "director_csw", None):
            assert history.when(*asking(replace(named, appointed=appointed), by=by, at=AT)).refused is None


def test_no_other_case_is_chaired_by_a_service_manager() -> None:
    history = sitting(slot(15), OPENED)
    history.when(*asking(OpenItem(APPLICATION), by=SERVICE_MANAGER, at=AT)).then_refused("ROLE_NOT_ALLOWED")
    named = asking(OpenItem(APPLICATION, Chair("service-manager-1", "service_manager")), by=ADMINISTRATOR, at=AT)
    history.when(*named).then_refused("CHAIR_NOT_ALLOWED")


def test_a_sitting_of_such_cases_is_opened_by_a_service_manager_and_not_by_a_team_manager() -> None:
    """A13, and the exception of C18."""
    by_manager = asking(OpenSitting(MEMBERS, MAY_CHAIR), by=SERVICE_MANAGER, at=STARTS)
    (opened,) = sitting(slot(15)).when(*by_manager).events
    assert (opened.opened_by, opened.role) == ("service-manager-1", "service_manager")
    sitting(slot(15)).when(*but(by_manager, by=TEAM_MANAGER)).then_refused("CHAIR_NOT_ALLOWED")
    sitting(slot(15)).when(*but(by_manager, may_chair=())).then_refused("NO_CHAIR")


def test_whoever_opened_such_a_sitting_or_chairs_such_a_case_brings_it_to_its_end() -> None:
    """A13: a sitting that its chair could open and never close would go on for ever."""
    opened = SittingOpened("service-manager-1", "service_manager", MEMBERS, STARTS)
    item = ItemOpened(APPLICATION, "service-manager-1", AT, "service-manager-1", "service_manager", MAY_CHAIR)
    another = By("another-1", "service_manager")
    history = sitting(slot(15), opened, item)
    history.when(*asking(CloseItem(APPLICATION), by=another, at=AT)).then_refused("ROLE_NOT_ALLOWED")
    (heard,) = history.when(*asking(CloseItem(APPLICATION), by=SERVICE_MANAGER, at=AT)).events
    history = history.and_then(heard)
    history.when(*asking(CloseSitting(), by=another, at=AT)).then_refused("ROLE_NOT_ALLOWED")
    (closed,) = history.when(*asking(CloseSitting(), by=SERVICE_MANAGER, at=AT)).events
    history = history.and_then(closed)
    history.when(*asking(SignMinutes(), by=another, at=AT)).then_refused("ROLE_NOT_ALLOWED")
    signed = MinutesSigned("service-manager-1", "service_manager", AT)
    history.when(*asking(SignMinutes(), by=SERVICE_MANAGER, at=AT)).then(signed)
