"""What becomes of an application in panel's hands: received, returned, withdrawn, deferred, decided."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid5

import pytest

from councils.guards import Warned
from councils.texts import is_sentence
from ledger.decider import By
from services.panel.decisions.decider import DECIDER
from services.panel.decisions.domain.events import (
    Agreed,
    Deferred,
    FurtherInformationReceived,
    NotAgreed,
    Returned,
    RouteChanged,
)
from services.panel.decisions.domain.receiving import Receive, ReceiveFurtherInformation, candidate
from services.panel.decisions.domain.requirements.words import WorkAsked
from services.panel.decisions.domain.returning import ReturnToOriginator
from services.panel.decisions.domain.withdrawing import Withdraw
from services.panel.known.domain.case import Answer, Budget, Work
from services.panel.sittings.domain.candidate import Candidate
from tests.scenario import Given, given
from tests.services.panel.cases import (
    ADMINISTRATOR,
    APPLICATION,
    CUT_OFF,
    DECISION,
    HEARD,
    NOW,
    PRACTICE_MANAGER,
    SHROPSHIRE,
    SITTING,
    STARTS,
    SWINDON,
    WORKER,
    Asking,
    asking,
    delegated,
    numbered,
    panel,
    plan,
    private,
    received,
    ruling,
    sealed,
    to_call,
)

REASON = "The placement needs a fuller plan."
NEEDED = "A quotation from two providers."
WORK = WorkAsked("worker-1", datetime(2026, 10, 14, 16, tzinfo=UTC), "Ask the school for its view.")
WORK_ID = str(uuid5(DECISION, "work/0"))
TWENTIETH = date(2026, 10, 20)
DEFERRED = Deferred(
    ruling(),
    SITTING,
    (private(REASON),),
    (Work(WORK_ID, "worker-1", WORK.due_at, private(WORK.text)),),
    TWENTIETH,
)
GIVEN = FurtherInformationReceived(
    APPLICATION, (Answer(WORK_ID, sealed("answer")),), ("plan",), 118000, "worker-1", CUT_OFF
)
RETURNED = Returned(APPLICATION, "admin-1", "panel_administrator", NOW, (private(REASON),), None)
BUDGET = Budget(120000, 6240000, 100000, 20000)
AGREED = Agreed(ruling(), SITTING, (), BUDGET, date(2026, 12, 8), None)


def waiting() -> Given:
    """A Swindon placement request, £1,200.00 a week, in panel's hands."""
    return given(DECIDER, received())


def deferred() -> Given:
    """The same, deferred to 20 October with one piece of further work."""
    return given(DECIDER, received(), DEFERRED)


def back(*reasons: str, by: By = ADMINISTRATOR, to: date | None = None) -> Asking:
    """Return the application."""
    return asking(ReturnToOriginator(reasons, to), by=by, at=NOW, settings=SWINDON)


# Receiving ------------------------------------------------------------------------------------------------------


def test_a_submitted_and_routed_application_is_received_once() -> None:
    given(DECIDER).when(*asking(Receive(received()))).then(received())
    waiting().when(*asking(Receive(received()))).then_nothing()


def test_an_application_submitted_again_after_a_return_is_received_again() -> None:
    waiting().and_then(RETURNED).when(*asking(Receive(received(times=2)))).then(received(times=2))


def test_another_route_at_another_cost_is_followed() -> None:
    history = given(DECIDER, plan(100001, route=to_call("over-1000", "COST")))
    history.when(*asking(Receive(plan(99999)))).then(RouteChanged(APPLICATION, delegated()))
    assert history.and_then(RouteChanged(APPLICATION, delegated())).state().known.route == delegated()


def test_a_late_route_of_a_decided_application_changes_nothing() -> None:
    waiting().and_then(AGREED).when(*asking(Receive(replace(received(), route=delegated())))).then_nothing()


def test_the_agenda_sees_an_application_only_while_panel_has_it() -> None:
    facts = Candidate(APPLICATION, CUT_OFF, "PANEL", "CARE_PANEL", complex=True, returns_on=None)
    assert candidate(APPLICATION, waiting().state()) == facts
    assert candidate(APPLICATION, deferred().state()) == replace(facts, returns_on=TWENTIETH)
    assert candidate(APPLICATION, given(DECIDER).state()) == Candidate(APPLICATION)
    assert candidate(APPLICATION, waiting().and_then(RETURNED).state()) == Candidate(APPLICATION)


def test_further_information_does_the_work_and_brings_its_own_cost() -> None:
    deferred().when(*asking(ReceiveFurtherInformation(GIVEN))).then(GIVEN)
    state = deferred().and_then(GIVEN).state()
    assert state.outstanding == frozenset()
    assert state.known.case.weekly_pence == 118000
    assert deferred().state().outstanding == {WORK_ID}


def test_further_information_brings_what_is_paid_once_where_it_says_so() -> None:
    """A18: authority is judged by the cost as it now stands."""
    told = replace(GIVEN, one_off_pence=15_000)
    deferred().when(*asking(ReceiveFurtherInformation(told))).then(told)
    assert deferred().and_then(told).state().known.case.one_off_pence == 15_000
    assert deferred().and_then(told, GIVEN).state().known.case.one_off_pence == 15_000


def test_further_information_on_a_decided_application_is_refused() -> None:
    waiting().and_then(AGREED).when(*asking(ReceiveFurtherInformation(GIVEN))).then_refused("ALREADY_DECIDED")


# Returning ------------------------------------------------------------------------------------------------------


# Withdrawing ----------------------------------------------------------------------------------------------------


# By panel -------------------------------------------------------------------------------------------------------


def test_a_panel_decides_nothing_before_the_item_is_open() -> None:
    agreeing = panel("AGREED", review_on=date(2026, 12, 8), item=None)
    assert waiting().when(*agreeing).then_refused("ITEM_NOT_OPEN").kind == 409


@pytest.mark.parametrize("shown", [timedelta(), -timedelta(microseconds=1), -timedelta(hours=1)])
def test_the_opening_is_strictly_before_the_decision(shown: timedelta) -> None:
    """D1: as the book has them, though the clock stood still, or another machine's was behind."""
    agreeing = panel("AGREED", review_on=date(2026, 12, 8), at=STARTS + shown)
    (event,) = waiting().when(*agreeing).events
    assert event.ruling.decided_at == HEARD.opened_at + timedelta(microseconds=1)
    later = STARTS + timedelta(minutes=1)
    (event,) = waiting().when(*panel("AGREED", review_on=date(2026, 12, 8), at=later)).events
    assert event.ruling.decided_at == later


@pytest.mark.parametrize("outcome", ["partly agreed", "PARTLY_AGREED", "RECOMMENDED", "agreed", ""])
def test_an_outcome_is_exactly_agreed_deferred_or_not_agreed(outcome: str) -> None:
    assert waiting().when(*panel(outcome)).then_refused("OUTCOME_UNKNOWN").kind == 422


def test_only_a_chair_records_what_the_panel_decided() -> None:
    for by in (WORKER, ADMINISTRATOR, PRACTICE_MANAGER):
        waiting().when(*panel("AGREED", by=by)).then_refused("ROLE_NOT_ALLOWED")


def test_a_chair_does_not_decide_their_own_application_either() -> None:
    """A6: in whichever role, the allocated worker decides nothing of it."""
    own = panel("AGREED", by=By(WORKER.actor, "chair"), review_on=date(2026, 12, 8))
    assert waiting().when(*own).then_refused("SELF_APPROVAL").kind == 403


def test_agreed_shows_the_final_budget_beside_the_indicative_one() -> None:
    waiting().when(*panel("AGREED", review_on=date(2026, 12, 8))).then(AGREED)


def test_72231_pence_a_week_are_3756012_pence_a_year() -> None:
    history = given(DECIDER, received(weekly_pence=72231, indicative=70000))
    (event,) = history.when(*panel("AGREED", review_on=date(2026, 12, 8))).events
    assert event.budget == Budget(72231, 3756012, 70000, 2231)


def test_agreed_needs_a_review_date_or_the_chairs_reason_for_none() -> None:
    waiting().when(*panel("AGREED")).then_refused("REVIEW_UNSET", failing=["REVIEW_UNSET"])
    waiting().when(*panel("AGREED", no_review_because="None needed")).then_refused("REVIEW_UNSET")
    because = "The package ends in November."
    waiting().when(*panel("AGREED", no_review_because=because)).then(
        replace(AGREED, review_on=None, no_review_because=private(because))
    )


def test_a_panel_changes_nothing_in_the_plan_by_a_single_penny() -> None:
    review = date(2026, 12, 8)
    for stated in (43750, 119999, 120001):
        waiting().when(*panel("AGREED", review_on=review, weekly_pence=stated)).then_refused("PLAN_AMENDMENT")
    waiting().when(*panel("AGREED", review_on=review, weekly_pence=120000)).then(AGREED)


def test_deferred_asks_for_specific_work_with_an_owner_and_keeps_the_place_at_the_next_sitting() -> None:
    waiting().when(*panel("DEFERRED", reasons=(REASON,), further_work=(WORK,))).then(DEFERRED)


def test_deferred_without_further_work_is_refused() -> None:
    waiting().when(*panel("DEFERRED", reasons=(REASON,))).then_refused("FURTHER_WORK_MISSING")


def test_every_failing_field_of_a_deferral_is_named_at_once() -> None:
    vague = (WorkAsked("", WORK.due_at, "More work"), WORK)
    refused = (
        waiting()
        .when(*panel("DEFERRED", further_work=vague))
        .then_refused("REASONS_MISSING", failing=["REASONS_MISSING", "FURTHER_WORK_MISSING", "OWNER_MISSING"])
    )
    assert [one.pointer for one in refused.failing] == ["/reasons", "/further_work/0/text", "/further_work/0/owner"]


def test_the_chair_may_name_a_later_sitting_for_a_deferral() -> None:
    later = date(2026, 11, 3)
    asked = panel("DEFERRED", reasons=(REASON,), further_work=(WORK,), next_sitting_on=later)
    waiting().when(*asked).then(replace(DEFERRED, next_sitting_on=later))


@pytest.mark.parametrize(
    ("day", "code"), [(date(2026, 10, 21), "NOT_A_SITTING_DAY"), (HEARD.on, "NOT_A_LATER_SITTING")]
)
def test_a_deferral_returns_to_a_later_sitting_day(day: date, code: str) -> None:
    asked = panel("DEFERRED", reasons=(REASON,), further_work=(WORK,), next_sitting_on=day)
    waiting().when(*asked).then_refused(code)


def test_a_deferred_application_is_decided_at_its_cost_after_further_information() -> None:
    later = replace(HEARD, sitting=numbered(20), on=date(2026, 10, 20))
    (event,) = deferred().and_then(GIVEN).when(*panel("AGREED", item=later, review_on=date(2026, 12, 8))).events
    assert event.ruling.weekly_pence == 118000
    assert event.budget == Budget(118000, 6136000, 100000, 18000)


def test_not_agreed_says_why_and_what_would_be_needed() -> None:
    waiting().when(*panel("NOT_AGREED", reasons=(REASON,), needed=(NEEDED,), reason_codes=("EVIDENCE",))).then(
        NotAgreed(ruling(), SITTING, (private(REASON),), (private(NEEDED),), ("EVIDENCE",), None, None, ())
    )


@pytest.mark.parametrize(
    ("reasons", "needed", "failing"),
    [
        ((), (), ["REASONS_MISSING", "NEEDED_MISSING"]),
        ((REASON,), (), ["NEEDED_MISSING"]),
        ((), (NEEDED,), ["REASONS_MISSING"]),
        (("   ",), (NEEDED,), ["REASONS_MISSING"]),
        (("Too expensive",), ("More evidence",), ["REASONS_MISSING", "NEEDED_MISSING"]),
        ((REASON, "No. - ."), (NEEDED,), ["REASONS_MISSING"]),
    ],
)
def test_not_agreed_without_sentences_is_refused(
    reasons: tuple[str, ...], needed: tuple[str, ...], failing: list[str]
) -> None:
    waiting().when(*panel("NOT_AGREED", reasons=reasons, needed=needed)).then_refused(failing[0], failing=failing)


def test_a_sentence_has_three_words() -> None:
    assert is_sentence("Needs more evidence.")
    assert not is_sentence("More evidence.")
    assert not is_sentence("No - . evidence")


COST_ONLY: dict[str, Any] = {
    "reasons": (REASON,),
    "needed": (NEEDED,),
    "reason_codes": ("COST",),
    "meets_outcomes": True,
    "meets_assessed_needs": True,
}


def test_an_adults_plan_that_meets_outcomes_and_needs_is_not_refused_for_cost_alone() -> None:
    history = given(DECIDER, plan(120000, route=to_call("over-1000", "COST")))
    history.when(*panel("NOT_AGREED", settings=SHROPSHIRE, **COST_ONLY)).then_refused("COST_ONLY")


def test_a_childs_request_refused_for_cost_alone_goes_through_with_a_warning() -> None:
    waiting().when(*panel("NOT_AGREED", **COST_ONLY)).then(
        NotAgreed(
            ruling(),
            SITTING,
            (private(REASON),),
            (private(NEEDED),),
            ("COST",),
            True,
            True,
            (Warned("COST_ONLY", "warn"),),
        )
    )


def test_the_council_may_set_the_guard_itself() -> None:
    strict = SWINDON.model_copy(update={"guards": {"COST_ONLY": "refuse"}})
    waiting().when(*panel("NOT_AGREED", settings=strict, **COST_ONLY)).then_refused("COST_ONLY")
    off = SWINDON.model_copy(update={"guards": {"COST_ONLY": "off"}})
    (event,) = waiting().when(*panel("NOT_AGREED", settings=off, **COST_ONLY)).events
    assert event.warned == (Warned("COST_ONLY", "off"),), "the level in force is part of the event"


@pytest.mark.parametrize(
    "change", [{"meets_outcomes": False}, {"meets_assessed_needs": None}, {"reason_codes": ("COST", "EVIDENCE")}]
)
def test_cost_only_asks_for_all_three(change: dict[str, Any]) -> None:
    history = given(DECIDER, plan(120000, route=to_call("over-1000", "COST")))
    (event,) = history.when(*panel("NOT_AGREED", settings=SHROPSHIRE, **{**COST_ONLY, **change})).events
    assert event.warned == ()


def test_a_plan_that_meets_outcomes_and_needs_is_not_refused_without_naming_a_reasons_code() -> None:
    unnamed = {**COST_ONLY, "reason_codes": ()}
    history = given(DECIDER, plan(120000, route=to_call("over-1000", "COST")))
    history.when(*panel("NOT_AGREED", settings=SHROPSHIRE, **unnamed)).then_refused("REASON_CODES_MISSING")
    (event,) = waiting().when(*panel("NOT_AGREED", **unnamed)).events
    assert event.warned == ()


def test_everything_that_fails_in_an_outcome_is_named_at_once() -> None:
    day: dict[str, Any] = {"next_sitting_on": date(2026, 10, 12)}
    wrong_day = ["NOT_A_SITTING_DAY", "NOT_A_LATER_SITTING"]
    missing = ["REASONS_MISSING", "FURTHER_WORK_MISSING", *wrong_day]
    waiting().when(*panel("DEFERRED", **day)).then_refused("REASONS_MISSING", failing=missing)
    strict = SWINDON.model_copy(update={"guards": {"COST_ONLY": "refuse"}})
    meets: dict[str, Any] = {"meets_outcomes": True, "meets_assessed_needs": True}
    waiting().when(*panel("NOT_AGREED", settings=strict, **meets)).then_refused(
        "REASONS_MISSING", failing=["REASONS_MISSING", "NEEDED_MISSING", "REASON_CODES_MISSING"]
    )
    waiting().when(*panel("NOT_AGREED", settings=strict, **{**COST_ONLY, "needed": ()})).then_refused(
        "NEEDED_MISSING", failing=["NEEDED_MISSING", "COST_ONLY"]
    )
    waiting().when(*back(to=date(2026, 10, 12))).then_refused(
        "REASONS_MISSING", failing=["REASONS_MISSING", "NOT_A_SITTING_DAY", "NOT_AHEAD"]
    )


def test_a_deferral_ends_the_hearing() -> None:
    deferred().when(*panel("AGREED", review_on=date(2026, 12, 8))).then_refused("ALREADY_DECIDED")


@pytest.mark.parametrize("day", [HEARD.on, date(1999, 12, 31)])
def test_a_review_lies_ahead(day: date) -> None:
    waiting().when(*panel("AGREED", review_on=day)).then_refused("NOT_AHEAD")


def test_what_is_decided_is_not_decided_again() -> None:
    for outcome in ("AGREED", "DEFERRED", "NOT_AGREED"):
        waiting().and_then(AGREED).when(*panel(outcome)).then_refused("ALREADY_DECIDED")
    waiting().and_then(AGREED).when(*asking(Withdraw(REASON), by=WORKER, at=NOW)).then_refused("ALREADY_DECIDED")


# By delegated authority -----------------------------------------------------------------------------------------
