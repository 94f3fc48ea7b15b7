"""Who is expected at a sitting, what is missing at its cut-off, and giving an application up: B10 and B11."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.decider import By, Kind
from services.intake.applications.domain.abandoning import AbandonApplication, AgreeAbandonment
from services.intake.applications.domain.announcing import ExpectApplication
from services.intake.applications.domain.events import (
    AbandonmentAgreed,
    ApplicationAbandoned,
    ApplicationExpected,
    ApplicationReopened,
)
from services.intake.expectations.domain.expected import (
    EXPECTED,
    Awaited,
    ExpectedNotReceived,
    NoticeNotReceived,
    NotReceived,
)
from tests.scenario import given
from tests.services.intake.cases import (
    CUT_OFF,
    ID,
    MANAGER,
    PANEL_DAY,
    SERVICE_MANAGER,
    SHROPSHIRE,
    STARTED,
    SUBMIT,
    WORKER,
    acting,
    application,
    complete,
    own,
    submitted,
    without,
)

SOON = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)
EXPECT = ExpectApplication(PANEL_DAY)
ANNOUNCED = ApplicationExpected("CARE_PANEL", PANEL_DAY, CUT_OFF, "officer-sw", "social_worker")


# --- B10 --------------------------------------------------------------------------------------------------------


def test_an_application_is_announced_for_a_sitting_by_worker_team_manager_or_service_manager() -> None:
    """B10: expected is what somebody announced, before the cut-off."""
    for by in (WORKER, MANAGER, SERVICE_MANAGER):
        said = replace(ANNOUNCED, announced_by=by.actor, role=by.role)
        application(STARTED).when(EXPECT, acting(by, at=SOON)).then(said)
    for by in (
        replace(MANAGER, team="localities-south"),
        replace(SERVICE_MANAGER, service="disability"),
        By("officer-pa", "panel_administrator", "panel"),
    ):
        application(STARTED).when(EXPECT, acting(by, at=SOON)).then_refused("NOT_YOUR_APPLICATION")


def test_announcing_it_for_the_same_sitting_again_is_nothing_new_and_for_another_takes_its_place() -> None:
    announced = application(STARTED, ANNOUNCED)
    announced.when(EXPECT, acting(at=SOON)).then_nothing()
    (moved,) = announced.when(replace(EXPECT, sitting_on=date(2026, 10, 20)), acting(at=SOON)).events
    assert moved.sitting_on == date(2026, 10, 20)


def test_nothing_is_announced_after_the_cut_off_or_for_a_day_without_a_sitting() -> None:
    application(STARTED).when(EXPECT, acting(at=CUT_OFF)).then(ANNOUNCED)
    application(STARTED).when(EXPECT, acting(at=CUT_OFF + timedelta(seconds=1))).then_refused("LATE")
    application(STARTED).when(replace(EXPECT, sitting_on=date(2026, 10, 14)), acting(at=SOON)).then_refused(
        "NOT_A_SITTING_DAY"
    )
    complete().and_then(submitted()).when(EXPECT, acting(at=SOON)).then_refused("IN_PANELS_HANDS")
    application(STARTED).when(EXPECT, acting(settings=SHROPSHIRE, at=SOON)).then_refused("SITTING_NOT_ASKED_FOR")


MISSING = tuple(NotReceived(one, "localities-north", "localities", "officer-sm") for one in ("fourth", "fifth"))
LOOKED = CUT_OFF + timedelta(seconds=30)


def awaited(application: str, received_at: datetime | None) -> Awaited:
    """An application that is expected on 13 October, and when it was received."""
    return Awaited(application, "localities-north", "localities", "officer-sm", received_at, CUT_OFF)


RECEIVED = tuple(
    awaited(one, CUT_OFF - timedelta(seconds=before)) for before, one in enumerate(("first", "second", "third"))
)
"""Three that were received, the first of them at the cut-off itself."""
NOTICE = NoticeNotReceived(
    "CARE_PANEL", PANEL_DAY, CUT_OFF, (*RECEIVED, awaited("fourth", None), awaited("fifth", None))
)
NOTICED = ExpectedNotReceived("CARE_PANEL", PANEL_DAY, CUT_OFF, LOOKED, MISSING)


def test_those_missing_at_the_cut_off_are_noticed_once_and_exactly() -> None:
    """B10: of five expected and three received the alarm names the two, and is raised once."""
    given(EXPECTED).when(NOTICE, acting(at=LOOKED)).then(NOTICED)
    given(EXPECTED, NOTICED).when(NOTICE, acting(at=LOOKED)).then_nothing()


@pytest.mark.parametrize("after", [timedelta(microseconds=1), timedelta(seconds=1), timedelta(seconds=29)])
def test_what_came_after_the_cut_off_is_missing_though_it_is_there_when_somebody_looks(after: timedelta) -> None:
    """B10: whether the two never came, or came late before the watch looked, the list is the same."""
    late = CUT_OFF + after
    for fourth, fifth in ((late, None), (None, late), (late, late)):
        looked = replace(NOTICE, awaited=(*RECEIVED, awaited("fourth", fourth), awaited("fifth", fifth)))
        given(EXPECTED).when(looked, acting(at=LOOKED)).then(NOTICED)


def test_what_was_received_is_held_to_its_own_cut_off_and_to_none_where_none_was_known() -> None:
    """B10: in time by the rules of when it was received, although the council closes earlier by now."""
    earlier = CUT_OFF - timedelta(hours=4)
    given(EXPECTED).when(replace(NOTICE, cut_off_at=earlier, awaited=RECEIVED), acting(at=LOOKED)).then_nothing()
    unknown = tuple(replace(one, cut_off_at=None, received_at=LOOKED) for one in RECEIVED)
    given(EXPECTED).when(replace(NOTICE, awaited=unknown), acting(at=LOOKED)).then_nothing()


def test_at_the_cut_offs_own_instant_and_with_nothing_missing_there_is_no_alarm() -> None:
    given(EXPECTED).when(NOTICE, acting(at=CUT_OFF)).then_nothing()
    given(EXPECTED).when(replace(NOTICE, awaited=()), acting(at=LOOKED)).then_nothing()
    given(EXPECTED).when(replace(NOTICE, awaited=RECEIVED), acting(at=LOOKED)).then_nothing()
    given(EXPECTED).when(NOTICE, acting(at=CUT_OFF + timedelta(microseconds=1))).then(
        ExpectedNotReceived("CARE_PANEL", PANEL_DAY, CUT_OFF, CUT_OFF + timedelta(microseconds=1), MISSING)
    )


# --- B11, before submission -------------------------------------------------------------------------------------

ABANDON = AbandonApplication("The child has gone home.")
AGREE = AgreeAbandonment("The plan has changed.")
AGREED = AbandonmentAgreed("officer-sm", "service_manager", own("The plan has changed."))
ABANDONED = ApplicationAbandoned(ID, "officer-sw", "officer-sm", own("The child has gone home."), SOON)
RETURNED = ApplicationReopened("officer-pa", None)


def test_a_social_worker_alone_does_not_give_up_what_the_panel_waits_for() -> None:
    """B11: expected, agreed, or handed in before and returned: 403 without the service manager, 200 with."""
    waited_for = (
        application(STARTED, ANNOUNCED),
        complete(),
        complete().and_then(submitted(), RETURNED),
    )
    for history in waited_for:
        refused = history.when(ABANDON, acting(at=SOON)).then_refused("WITHDRAWAL_NOT_AGREED")
        assert refused.kind is Kind.NOT_ALLOWED
        history.when(AGREE).then(AGREED)
        history.and_then(AGREED).when(ABANDON, acting(at=SOON)).then(ABANDONED)
        history.and_then(AGREED).when(AGREE).then_nothing()


def test_a_draft_that_nobody_waits_for_is_the_workers_own_to_give_up() -> None:
    alone = replace(ABANDONED, agreed_by=None)
    application(STARTED).when(ABANDON, acting(at=SOON)).then(alone)
    application(STARTED, alone).when(ABANDON, acting(at=SOON)).then_refused("APPLICATION_CLOSED")
    application(STARTED).when(ABANDON, acting(MANAGER, at=SOON)).then_refused("NOT_YOUR_APPLICATION")


def test_only_the_applications_own_service_manager_agrees_that_it_is_given_up() -> None:
    for by in (WORKER, MANAGER, replace(SERVICE_MANAGER, service="disability")):
        complete().when(AGREE, acting(by)).then_refused("NOT_ITS_SERVICE_MANAGER")


def test_once_submitted_it_is_withdrawn_from_panel_and_not_given_up_here() -> None:
    in_hands = complete().and_then(submitted())
    in_hands.when(ABANDON, acting(at=SOON)).then_refused("IN_PANELS_HANDS")
    in_hands.when(AGREE).then_refused("IN_PANELS_HANDS")


def test_an_agreement_to_give_up_is_spent_by_the_next_submission() -> None:
    again = complete().and_then(AGREED, submitted(), RETURNED)
    again.when(ABANDON, acting(at=SOON)).then_refused("WITHDRAWAL_NOT_AGREED")


# --- B1 and B2 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sitting_on", "last"),
    [
        (date(2026, 11, 3), datetime(2026, 10, 28, 17, 0, tzinfo=UTC)),
        (date(2026, 10, 27), datetime(2026, 10, 21, 16, 0, tzinfo=UTC)),
        (date(2026, 4, 7), datetime(2026, 3, 31, 16, 0, tzinfo=UTC)),
        (date(2026, 12, 29), datetime(2026, 12, 22, 17, 0, tzinfo=UTC)),
    ],
)
def test_the_cut_off_is_judged_in_london_across_clock_changes_and_holidays(sitting_on: date, last: datetime) -> None:
    """B2, B3: its own second is in time, the next is not."""
    complete().when(replace(SUBMIT, sitting_on=sitting_on), acting(at=last)).then(
        submitted(sitting_on=sitting_on, cut_off_at=last, received_at=last)
    )
    late = replace(SUBMIT, sitting_on=sitting_on)
    complete().when(late, acting(at=last + timedelta(seconds=1))).then_refused("LATE")


def test_an_announcement_does_not_replace_the_form() -> None:
    without().and_then(ANNOUNCED).when(SUBMIT).then(submitted())
