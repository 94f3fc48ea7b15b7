"""A sitting's rules: its day, its agenda, its quorum and its signed minutes."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ledger.decider import By
from services.panel.sittings.decider import DECIDER
from services.panel.sittings.domain.agenda import FreeSlot
from services.panel.sittings.domain.closing import CloseSitting, SignMinutes
from services.panel.sittings.domain.events import (
    ItemClosed,
    ItemOpened,
    MinutesSigned,
    Present,
    SittingClosed,
    SittingOpened,
    SlotFreed,
)
from services.panel.sittings.domain.hearing import CloseItem, OpenItem, OpenSitting
from tests.scenario import Given, given
from tests.services.panel.cases import (
    ADMINISTRATOR,
    APPLICATION,
    CHAIR,
    CUT_OFF,
    NOW,
    SITTING,
    STARTS,
    SWINDON,
    TUESDAY,
    VICE_CHAIR,
    WORKER,
    Asking,
    asking,
    candidate,
    numbered,
    offer,
    schedule,
    scheduled,
    slot,
    slots,
)

MEMBERS = (Present("chair-1", "social_work"), Present("nurse-1", "health"), Present("accountant-1", "finance"))
OPENED = SittingOpened("chair-1", "chair", MEMBERS, STARTS)
ITEM_OPENED = ItemOpened(APPLICATION, "chair-1", STARTS + timedelta(minutes=1), "chair-1", "chair")
ITEM_CLOSED = ItemClosed(APPLICATION, "chair-1", NOW)
CLOSED = SittingClosed("chair-1", NOW)


def agenda(*minutes: int) -> Given:
    """The scheduled sitting with slots of these lengths."""
    return given(DECIDER, scheduled(), *slots(*minutes))


# Scheduling -----------------------------------------------------------------------------------------------------


def test_a_tuesday_is_scheduled_with_the_rules_of_the_settings_in_force() -> None:
    given(DECIDER).when(*schedule()).then(scheduled())


def test_a_sitting_of_180_minutes_from_ten_ends_at_one_in_london() -> None:
    assert scheduled().ends_at.isoformat() == "2026-10-13T12:00:00+00:00"


def test_a_sitting_after_the_clocks_go_back_has_its_cut_off_in_winter_time() -> None:
    (event,) = given(DECIDER).when(*schedule(on=date(2026, 11, 3))).events
    assert event.starts_at.isoformat() == "2026-11-03T10:00:00+00:00"
    assert event.cut_off_at.isoformat() == "2026-10-28T17:00:00+00:00"


def test_a_wednesday_is_no_sitting_day_of_the_care_panel() -> None:
    given(DECIDER).when(*schedule(on=date(2026, 10, 14))).then_refused("NOT_A_SITTING_DAY")


def test_only_the_panel_administrator_schedules() -> None:
    assert given(DECIDER).when(*schedule(CHAIR)).then_refused("ROLE_NOT_ALLOWED").kind == 403


def test_a_forum_that_the_settings_do_not_know_cannot_sit() -> None:
    given(DECIDER).when(*schedule(forum="CONFERENCE_CALL")).then_refused("NO_SUCH_FORUM")


def test_the_same_sitting_is_not_scheduled_twice() -> None:
    given(DECIDER, scheduled()).when(*schedule()).then_refused("ALREADY_SCHEDULED")


# The agenda -----------------------------------------------------------------------------------------------------


def test_the_first_slot_starts_with_the_sitting_and_names_time_length_place_and_members() -> None:
    (offered,) = given(DECIDER, scheduled()).when(*offer(15)).events
    assert offered == slot(15)
    assert offered.starts_at == STARTS
    assert offered.members[0] == "Director of Children's Social Work (Chair)"


def test_the_next_slot_starts_when_the_one_before_it_ends() -> None:
    agenda(15, 10).when(*offer(15)).then(slot(15, after=25))


@pytest.mark.parametrize(
    ("given_out", "next_one"),
    [([15] * 12, 15), ([20] * 9, 20), ([10] * 18, 10), ([15] * 6 + [20] * 4, 15), ([15] * 6 + [20] * 4 + [10], 10)],
)
def test_one_more_than_180_minutes_is_refused(given_out: list[int], next_one: int) -> None:
    agenda(*given_out).when(*offer(next_one)).then_refused("AGENDA_FULL")


@pytest.mark.parametrize(
    ("given_out", "last"), [([15] * 11, 15), ([20] * 8, 20), ([10] * 17, 10), ([15] * 6 + [20] * 4, 10)]
)
def test_what_fills_180_minutes_exactly_fits(given_out: list[int], last: int) -> None:
    agenda(*given_out).when(*offer(last)).then(slot(last, after=180 - last))


def test_a_complex_case_does_not_fit_a_slot_of_15_minutes() -> None:
    given(DECIDER, scheduled()).when(*offer(15, candidate(complex=True))).then_refused("SLOT_LENGTH")


def test_a_complex_case_has_a_slot_of_20_minutes() -> None:
    given(DECIDER, scheduled()).when(*offer(20, candidate(complex=True))).then(slot(20))


def test_there_is_no_slot_of_25_minutes() -> None:
    given(DECIDER, scheduled()).when(*offer(25)).then_refused("SLOT_LENGTH")


def test_an_application_that_was_not_submitted_has_no_slot() -> None:
    """B4: 422 INCOMPLETE."""
    given(DECIDER, scheduled()).when(*offer(15, candidate(received_at=None))).then_refused("INCOMPLETE")


def test_an_application_for_delegated_authority_is_on_no_agenda() -> None:
    given(DECIDER, scheduled()).when(*offer(15, candidate(route="DELEGATED", forum=""))).then_refused("BELOW_FLOOR")


@pytest.mark.parametrize("elsewhere", [{"route": "NOT_FUNDED", "forum": ""}, {"forum": "CONFERENCE_CALL"}])
def test_an_application_for_another_forum_is_not_on_this_agenda(elsewhere: dict[str, Any]) -> None:
    given(DECIDER, scheduled()).when(*offer(15, candidate(**elsewhere))).then_refused("OTHER_FORUM")


def test_an_application_received_at_the_cut_off_is_in_time_and_a_microsecond_later_is_late() -> None:
    """B1, B2: as at submission."""
    given(DECIDER, scheduled()).when(*offer(15, candidate(received_at=CUT_OFF))).then(slot(15))
    late = candidate(received_at=CUT_OFF + timedelta(microseconds=1))
    given(DECIDER, scheduled()).when(*offer(15, late)).then_refused("LATE")


def test_an_application_has_one_place_on_an_agenda() -> None:
    given(DECIDER, scheduled(), slot(15)).when(*offer(15)).then_refused("SLOT_ALREADY_OFFERED")


def test_only_the_panel_administrator_offers_slots() -> None:
    given(DECIDER, scheduled()).when(*offer(15, by=CHAIR)).then_refused("ROLE_NOT_ALLOWED")


def test_the_agenda_stands_once_the_sitting_has_opened() -> None:
    given(DECIDER, scheduled(), OPENED).when(*offer(15)).then_refused("SITTING_STARTED")


def test_a_deferred_application_is_exempt_from_the_cut_off_comes_first_and_moves_the_others() -> None:
    """D5: item 1 of the sitting that the deferral named."""
    returning = candidate(received_at=CUT_OFF + timedelta(days=6), returns_on=TUESDAY)
    agenda(15, 10).when(*offer(20, returning)).then(
        slot(20, kept_first=True),
        slot(15, application=numbered(1), after=20),
        slot(10, application=numbered(2), after=35),
    )


def test_of_two_deferred_applications_the_one_slotted_earlier_stays_first() -> None:
    first = slot(15, application=numbered(1), kept_first=True)
    returning = candidate(returns_on=TUESDAY)
    given(DECIDER, scheduled(), first, slot(10, application=numbered(2), after=15)).when(*offer(15, returning)).then(
        slot(15, after=15, kept_first=True), slot(10, application=numbered(2), after=30)
    )


def test_a_deferred_application_meant_for_another_sitting_is_late_here() -> None:
    """D5, B2: its place is kept at that sitting and at no other."""
    elsewhere = candidate(received_at=CUT_OFF + timedelta(seconds=1), returns_on=TUESDAY + timedelta(days=7))
    given(DECIDER, scheduled()).when(*offer(15, elsewhere)).then_refused("LATE")


def test_a_withdrawn_application_frees_its_minutes() -> None:
    full = agenda(*[15] * 12)
    full.when(*asking(FreeSlot(numbered(3)), by=WORKER)).then(SlotFreed(numbered(3), "worker-1"))
    moved = full.and_then(SlotFreed(numbered(3), "worker-1")).when(*offer(15))
    assert moved.events[-1] == slot(15, after=165)
    assert len(moved.events) == 10


def test_an_application_without_a_slot_has_none_to_free() -> None:
    agenda(15).when(*asking(FreeSlot(APPLICATION), by=WORKER)).then_nothing()


# Opening and hearing --------------------------------------------------------------------------------------------


def test_the_chair_opens_before_a_quorum() -> None:
    given(DECIDER, scheduled()).when(*asking(OpenSitting(MEMBERS), by=CHAIR, at=STARTS)).then(OPENED)


def test_the_vice_chair_opens_when_the_director_is_absent() -> None:
    present = (Present("vice-1", "social_work"), *MEMBERS[1:])
    given(DECIDER, scheduled()).when(*asking(OpenSitting(present), by=VICE_CHAIR, at=STARTS)).then(
        SittingOpened("vice-1", "vice_chair", present, STARTS)
    )


def test_with_neither_chair_present_nobody_opens() -> None:
    another = By("other-service-manager", "service_manager")
    given(DECIDER, scheduled()).when(*asking(OpenSitting(MEMBERS[1:]), by=another, at=STARTS)).then_refused("NO_CHAIR")


def test_another_service_manager_may_not_open_although_a_chair_is_present() -> None:
    another = By("other-service-manager", "service_manager")
    present = (Present("vice-1", "vice_chair"), *MEMBERS)
    opening = asking(OpenSitting(present), by=another, at=STARTS)
    assert given(DECIDER, scheduled()).when(*opening).then_refused("ROLE_NOT_ALLOWED").kind == 403


def test_two_are_no_quorum_of_three() -> None:
    given(DECIDER, scheduled()).when(*asking(OpenSitting(MEMBERS[:2]), by=CHAIR, at=STARTS)).then_refused("NOT_QUORATE")


def test_the_same_member_twice_counts_once() -> None:
    twice = (*MEMBERS[:2], MEMBERS[1])
    given(DECIDER, scheduled()).when(*asking(OpenSitting(twice), by=CHAIR, at=STARTS)).then_refused("NOT_QUORATE")
    other = (*twice, Present(twice[0].member, "education"))
    given(DECIDER, scheduled()).when(*asking(OpenSitting(other), by=CHAIR, at=STARTS)).then_refused("PRESENT_TWICE")


def test_a_sitting_opens_on_its_day() -> None:
    early = asking(
        OpenSitting((Present("nurse-1", "health"), Present("head-1", "education"))),
        by=CHAIR,
        at=STARTS - timedelta(days=1),
    )
    given(DECIDER, scheduled()).when(*early).then_refused("NOT_ITS_DAY")


def test_an_application_placed_elsewhere_has_no_second_slot() -> None:
    given(DECIDER, scheduled()).when(*offer(20, candidate(placed=True))).then_refused("SLOT_ALREADY_OFFERED")


def test_a_panel_of_finance_commissioning_and_administration_is_not_skilled() -> None:
    money = (
        Present("accountant-1", "finance"),
        Present("commissioner-1", "commissioning"),
        Present("admin-1", "panel_administrator"),
    )
    given(DECIDER, scheduled()).when(*asking(OpenSitting(money), by=CHAIR, at=STARTS)).then_refused("NOT_SKILLED")


def test_a_sitting_opens_once() -> None:
    given(DECIDER, scheduled(), OPENED).when(*asking(OpenSitting(MEMBERS), by=CHAIR, at=STARTS)).then_refused(
        "ALREADY_OPENED"
    )


def test_one_application_is_heard_at_a_time_and_only_while_it_is_open() -> None:
    history = given(DECIDER, scheduled(), slot(20), slot(15, application=numbered(2), after=20), OPENED)
    history.when(*asking(OpenItem(APPLICATION), by=CHAIR, at=ITEM_OPENED.opened_at)).then(ITEM_OPENED)
    hearing = history.and_then(ITEM_OPENED)
    assert hearing.state().hearing(APPLICATION).opened_at == ITEM_OPENED.opened_at
    assert hearing.state().hearing(numbered(2)) is None
    hearing.when(*asking(OpenItem(numbered(2)), by=CHAIR, at=NOW)).then_refused("ITEM_STILL_OPEN")
    hearing.when(*asking(CloseSitting(), by=CHAIR, at=NOW)).then_refused("ITEM_STILL_OPEN")
    hearing.when(*asking(CloseItem(APPLICATION), by=ADMINISTRATOR, at=NOW)).then(
        replace(ITEM_CLOSED, closed_by="admin-1")
    )
    heard = hearing.and_then(ITEM_CLOSED)
    assert heard.state().hearing(APPLICATION) is None
    heard.when(*asking(OpenItem(APPLICATION), by=CHAIR, at=NOW)).then_refused("ALREADY_HEARD")
    heard.when(*asking(CloseItem(APPLICATION), by=CHAIR, at=NOW)).then_refused("ITEM_NOT_OPEN")


def test_nothing_is_heard_before_the_sitting_opens_or_off_its_agenda() -> None:
    opening = asking(OpenItem(APPLICATION), by=CHAIR, at=NOW)
    given(DECIDER, scheduled(), slot(20)).when(*opening).then_refused("SITTING_NOT_OPEN")
    given(DECIDER, scheduled(), OPENED).when(*opening).then_refused("NOT_ON_AGENDA")


def test_a_social_worker_opens_and_closes_nothing() -> None:
    history = given(DECIDER, scheduled(), slot(20), OPENED)
    history.when(*asking(OpenItem(APPLICATION), by=WORKER, at=NOW)).then_refused("ROLE_NOT_ALLOWED")
    history.and_then(ITEM_OPENED).when(*asking(CloseItem(APPLICATION), by=WORKER, at=NOW)).then_refused(
        "ROLE_NOT_ALLOWED"
    )
    history.when(*asking(CloseSitting(), by=WORKER, at=NOW)).then_refused("ROLE_NOT_ALLOWED")


# Closing and signing --------------------------------------------------------------------------------------------


def test_the_minutes_are_signed_by_the_chair_after_the_sitting_closed() -> None:
    opened = given(DECIDER, scheduled(), OPENED)
    opened.when(*asking(SignMinutes(), by=CHAIR, at=NOW)).then_refused("SITTING_NOT_CLOSED")
    opened.when(*asking(CloseSitting(), by=ADMINISTRATOR, at=NOW)).then(SittingClosed("admin-1", NOW))
    closed = opened.and_then(CLOSED)
    closed.when(*asking(CloseSitting(), by=CHAIR, at=NOW)).then_refused("SITTING_NOT_OPEN")
    closed.when(*asking(SignMinutes(), by=ADMINISTRATOR, at=NOW)).then_refused("ROLE_NOT_ALLOWED")
    closed.when(*asking(SignMinutes(), by=CHAIR, at=NOW)).then(MinutesSigned("chair-1", "chair", NOW))


@pytest.mark.parametrize(
    "command",
    [
        schedule(),
        offer(15),
        asking(FreeSlot(APPLICATION), by=WORKER),
        asking(OpenSitting(MEMBERS), by=CHAIR, at=NOW),
        asking(OpenItem(APPLICATION), by=CHAIR, at=NOW),
        asking(CloseItem(APPLICATION), by=CHAIR, at=NOW),
        asking(CloseSitting(), by=CHAIR, at=NOW),
        asking(SignMinutes(), by=CHAIR, at=NOW),
    ],
)
def test_nothing_changes_after_the_minutes_are_signed(command: Asking) -> None:
    signed = given(DECIDER, scheduled(), OPENED, CLOSED, MinutesSigned("chair-1", "chair", NOW))
    assert signed.when(*command).then_refused("MINUTES_SIGNED").kind == 409


def test_a_sitting_of_the_settings_has_thirteen_core_members() -> None:
    assert scheduled().sitting == SITTING
    assert scheduled().core_members == SWINDON.forums["CARE_PANEL"].core_members
    assert len(scheduled().core_members) == 13
