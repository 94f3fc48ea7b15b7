"""Decisions outside a panel, their ratification, what is due after them, and plans that go to court."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from councils.guards import Warned
from ledger.decider import By
from services.panel.decisions.decider import DECIDER
from services.panel.decisions.domain.events import (
    DecidedOutOfPanel,
)
from services.panel.decisions.domain.out_of_panel.deciding import Asked, DecideOutOfPanel
from tests.scenario import given
from tests.services.panel.cases import (
    APPLICATION,
    CHAIR,
    DECISION,
    PERSON,
    SERVICE_MANAGER,
    SWINDON,
    TEAM_MANAGER,
    WORKER,
    Asking,
    asking,
    but,
    guarded,
    private,
    received,
)

DIRECTOR = By("director-1", "director_csw")
ON_CALL = By("on-call-1", "on_call_delegate")
FRIDAY = datetime(2026, 10, 16, 13, tzinfo=UTC)
SUNDAY = datetime(2026, 10, 18, 2, tzinfo=UTC)
TWENTIETH = date(2026, 10, 20)
DUE = datetime(2026, 10, 19, 16, tzinfo=UTC)
NEED, WORDS = "Her carer was taken to hospital.", "Two weeks with the carers who know her."
ADVICE = "Nobody in the family can take her in."

EMERGENCY = DecidedOutOfPanel(
    decision=DECISION,
    application=APPLICATION,
    person=PERSON,
    basis="EMERGENCY",
    grounds=("EMERGENCY_CARE_NEED",),
    need=private(NEED),
    words=private(WORDS),
    decided_by="service-manager-1",
    decided_role="service_manager",
    decided_at=FRIDAY,
    weekly_pence=84000,
    one_off_pence=None,
    high_cost_weekly_pence=100000,
    advised_by="service-manager-1",
    advice=None,
    ends_on=None,
    application_due_at=None,
    forum="CARE_PANEL",
    ratify_on=TWENTIETH,
    settings_version=3,
    warned=(),
)
AT_RISK = replace(
    EMERGENCY,
    basis="RISK_TO_LIFE",
    grounds=(),
    decided_by="director-1",
    decided_role="director_csw",
    decided_at=SUNDAY,
    weekly_pence=None,
    advised_by=None,
    application_due_at=DUE,
)


def emergency(by: By = SERVICE_MANAGER, *, at: datetime = FRIDAY, **asked: Any) -> Asking:
    """Decide in an emergency care need at £840.00 a week, unless something else is asked."""
    usual = {"person": PERSON, "grounds": ("EMERGENCY_CARE_NEED",), "weekly_pence": 84000}
    words = Asked(NEED, WORDS, **{**usual, **asked})
    return asking(
        DecideOutOfPanel(DECISION, APPLICATION, "EMERGENCY", words, {}, "service_manager"),
        by=by,
        at=at,
        settings=SWINDON,
    )


def short(by: By = DIRECTOR, **asked: Any) -> Asking:
    """Decide for a short period."""
    return but(emergency(by, grounds=(), **asked), basis="SHORT_PERIOD")


def at_risk(by: By = DIRECTOR, *, at: datetime = SUNDAY, **asked: Any) -> Asking:
    """Decide at a risk to life: person, risk and decision only."""
    words = Asked(NEED, WORDS, person=PERSON, **asked)
    return asking(DecideOutOfPanel(DECISION, APPLICATION, "RISK_TO_LIFE", words, {}), by=by, at=at, settings=SWINDON)


# Who decides at which cost (E1) ---------------------------------------------------------------------------------


def test_a_service_manager_decides_a_normal_cost_in_an_emergency() -> None:
    """E1: the decision is to be ratified on 20 October, and the application is due by the next working day at 17:00."""
    given(DECIDER).when(*emergency()).then(EMERGENCY)


@pytest.mark.parametrize(("pence", "refusal"), [(99_999, None), (100_000, "HIGH_COST"), (612_308, "HIGH_COST")])
def test_exactly_1000_pounds_is_a_high_cost_and_for_the_director(pence: int, refusal: str | None) -> None:
    """E1: £999.99 is normal, £1,000.00 is high, a children's home place at £6,123.08 always is."""
    asked = given(DECIDER).when(*emergency(weekly_pence=pence))
    if refusal is None:
        asked.then(replace(EMERGENCY, weekly_pence=pence))
    else:
        assert asked.then_refused(refusal).kind == 403
    by_director = emergency(DIRECTOR, weekly_pence=pence, advised_by="sm-2", advice=ADVICE)
    (made,) = given(DECIDER).when(*by_director).events
    assert (made.decided_role, made.weekly_pence, made.advised_by) == ("director_csw", pence, "sm-2")


@pytest.mark.parametrize("by", [TEAM_MANAGER, WORKER, CHAIR, ON_CALL])
def test_nobody_else_decides_in_an_emergency(by: By) -> None:
    """E1: a Team Manager is refused whatever it costs."""
    assert given(DECIDER).when(*emergency(by, weekly_pence=1)).then_refused("ROLE_NOT_ALLOWED").kind == 403


def test_the_applications_own_cost_is_not_talked_down() -> None:
    """E1: who decides follows from the higher of the stated cost and the application's £1,200.00."""
    given(DECIDER, received()).when(*emergency(weekly_pence=99_999)).then_refused("HIGH_COST")


def test_a_cost_is_needed_to_know_who_decides() -> None:
    given(DECIDER).when(*emergency(weekly_pence=None)).then_refused("COST_MISSING", failing=["COST_MISSING"])
    (made,) = given(DECIDER, received(weekly_pence=84000)).when(*emergency(weekly_pence=None)).events
    assert (made.weekly_pence, made.one_off_pence, made.application_due_at) == (84000, 0, None)


def test_nobody_decides_their_own_application_outside_a_panel_either() -> None:
    """A6: the allocated worker who is also a service manager or the Director is refused."""
    for role in ("service_manager", "director_csw"):
        own = By(WORKER.actor, role)
        history = given(DECIDER, received(weekly_pence=84000))
        assert history.when(*emergency(own)).then_refused("SELF_APPROVAL").kind == 403
        history.when(*short(By(WORKER.actor, "director_csw"), ends_on=date(2026, 10, 30))).then_refused("SELF_APPROVAL")


def test_the_person_is_the_applications() -> None:
    given(DECIDER).when(*emergency(person=None)).then_refused("PERSON_MISSING")
    given(DECIDER, received(weekly_pence=1)).when(*emergency(person="person-2")).then_refused("OTHER_PERSON")


# What is exceptional (E6, B2) -----------------------------------------------------------------------------------


def test_a_missed_cut_off_is_nothing_exceptional() -> None:
    """E6, B2: out of panel is for an emergency care need only."""
    for grounds in (("MISSED_CUT_OFF",), ()):
        given(DECIDER).when(*emergency(grounds=grounds)).then_refused("NOT_EXCEPTIONAL")


def test_the_service_managers_advice_is_recorded() -> None:
    """E6: an emergency without it is refused; with both it goes through."""
    without: tuple[dict[str, Any], ...] = ({}, {"advised_by": "sm-2", "advice": "  "}, {"advice": ADVICE})
    for asked in without:
        given(DECIDER).when(*emergency(DIRECTOR, **asked)).then_refused("ADVICE_MISSING")
    advised = emergency(DIRECTOR, advised_by="sm-2", advice=ADVICE, grounds=("MISSED_CUT_OFF", "EMERGENCY_CARE_NEED"))
    (made,) = given(DECIDER).when(*advised).events
    assert (made.advised_by, made.advice) == ("sm-2", private(ADVICE))


@pytest.mark.parametrize("role", ["team_manager", "director_csw"])
def test_advice_of_somebody_else_than_a_service_manager_is_none(role: str) -> None:
    """E6: whoever is named must be appointed to the role that the council names, and the guard's level holds."""
    asked = but(emergency(DIRECTOR, advised_by="sm-2", advice=ADVICE), adviser_role=role)
    assert given(DECIDER).when(*asked).then_refused("ADVICE_MISSING").kind == 422
    (made,) = given(DECIDER).when(*but(asked, settings=guarded(ADVICE_MISSING="warn"))).events
    assert (made.advised_by, made.warned) == ("sm-2", (Warned("ADVICE_MISSING", "warn"),))


def test_an_adviser_of_whose_appointment_nothing_was_heard_yet_is_taken_with_a_warning() -> None:
    """E6: the appointment may be on its way; whoever decides themself, and a risk to life, bear none."""
    asked = but(emergency(DIRECTOR, advised_by="sm-2", advice=ADVICE), adviser_role=None)
    (made,) = given(DECIDER).when(*asked).events
    assert (made.advised_by, made.warned) == ("sm-2", (Warned("ADVISER_NOT_HEARD", "warn"),))
    (own,) = given(DECIDER).when(*but(emergency(), adviser_role=None)).events
    (risk,) = given(DECIDER).when(*at_risk(advised_by="sm-2", advice=ADVICE)).events
    assert (own.warned, risk.warned) == ((), ())


def test_nobody_takes_their_own_advice_whose_part_it_is_not() -> None:
    """E6: the Director decides with the Service Manager's advice, which a Service Manager who decides has given."""
    own = emergency(DIRECTOR, advised_by=DIRECTOR.actor, advice=ADVICE)
    given(DECIDER).when(*own).then_refused("ADVICE_MISSING")
    themself = emergency(advised_by=SERVICE_MANAGER.actor, advice=ADVICE)
    given(DECIDER).when(*themself).then(replace(EMERGENCY, advice=private(ADVICE)))


def test_everything_that_is_missing_outside_a_panel_is_named_at_once() -> None:
    bare = but(emergency(DIRECTOR), asked=Asked(" ", WORDS))
    missing = ["PERSON_MISSING", "COST_MISSING", "NOT_EXCEPTIONAL", "ADVICE_MISSING", "NEED_MISSING"]
    given(DECIDER).when(*bare).then_refused("PERSON_MISSING", failing=missing)


def test_the_councils_level_lets_an_unexceptional_one_through_with_a_warning() -> None:
    """The guards of E6 have a level, which stays in the event."""
    levels = guarded(NOT_EXCEPTIONAL="warn", ADVICE_MISSING="off")
    asked = but(emergency(DIRECTOR, grounds=("MISSED_CUT_OFF",)), settings=levels)
    (made,) = given(DECIDER).when(*asked).events
    assert made.warned == (Warned("NOT_EXCEPTIONAL", "warn"), Warned("ADVICE_MISSING", "off"))


# A risk to life (E3) --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [DIRECTOR, ON_CALL])
def test_at_a_risk_to_life_person_risk_and_decision_are_enough(by: By) -> None:
    """E3, E7: on a Sunday at 03:00, with no application at all, which is then due on Monday at 17:00."""
    at_once = replace(AT_RISK, decided_by=by.actor, decided_role=by.role)
    given(DECIDER).when(*at_risk(by)).then(at_once)


def test_at_a_risk_to_life_no_gate_applies_to_an_application_either() -> None:
    """E3 is exempt from completeness, cut-off, signature, cost, grounds, advice and E6."""
    (made,) = given(DECIDER, received()).when(*at_risk()).events
    assert (made.weekly_pence, made.application_due_at, made.warned) == (120000, None, ())


def test_at_a_risk_to_life_nothing_but_the_three_is_missed() -> None:
    given(DECIDER).when(*but(at_risk(), asked=Asked(" ", "", person=PERSON))).then_refused(
        "NEED_MISSING", failing=["NEED_MISSING", "DECISION_MISSING"]
    )
    given(DECIDER).when(*but(at_risk(), asked=Asked(NEED, WORDS))).then_refused("PERSON_MISSING")


@pytest.mark.parametrize("by", [SERVICE_MANAGER, TEAM_MANAGER, WORKER])
def test_only_the_director_or_the_on_call_delegate_decides_at_a_risk_to_life(by: By) -> None:
    assert given(DECIDER).when(*at_risk(by)).then_refused("ROLE_NOT_ALLOWED").kind == 403


def test_at_a_risk_to_life_it_is_decided_before_any_settings_were_heard() -> None:
    """E3: under the visible defaults, and without a sitting that could be named."""
    (made,) = given(DECIDER).when(*but(at_risk(), settings=None)).events
    assert (made.settings_version, made.forum, made.ratify_on, made.application_due_at) == (None, None, None, DUE)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (SUNDAY, DUE),
        (datetime(2026, 10, 19, 7, tzinfo=UTC), datetime(2026, 10, 20, 16, tzinfo=UTC)),
        (datetime(2026, 10, 16, 22, 59, tzinfo=UTC), DUE),
        (datetime(2026, 10, 23, 12, tzinfo=UTC), datetime(2026, 10, 26, 17, tzinfo=UTC)),
        (datetime(2026, 12, 24, 12, tzinfo=UTC), datetime(2026, 12, 29, 17, tzinfo=UTC)),
    ],
)
def test_the_application_is_due_on_the_next_working_day_at_17_and_never_the_same_day(
    at: datetime, due: datetime
) -> None:
    """E7: across a weekend, the end of summer time and Christmas."""
    (made,) = given(DECIDER).when(*at_risk(at=at)).events
    assert made.application_due_at == due


# A short period (E5) --------------------------------------------------------------------------------------------


def test_a_short_period_has_an_end() -> None:
    """E5: without an end date it is refused."""
    given(DECIDER).when(*short()).then_refused("SHORT_PERIOD_END_MISSING", failing=["SHORT_PERIOD_END_MISSING"])
    (made,) = given(DECIDER).when(*short(ends_on=date(2026, 10, 30))).events
    assert (made.basis, made.ends_on, made.application_due_at) == ("SHORT_PERIOD", date(2026, 10, 30), None)


@pytest.mark.parametrize(
    ("ends_on", "code"), [(date(2026, 10, 16), "NOT_AHEAD"), (date(2026, 11, 14), "PERIOD_NOT_SHORT")]
)
def test_a_short_period_ends_ahead_and_within_28_days(ends_on: date, code: str) -> None:
    """E5; 28 days is the visible default: 13 November still is within them."""
    given(DECIDER).when(*short(ends_on=ends_on)).then_refused(code)
    assert given(DECIDER).when(*short(ends_on=date(2026, 11, 13))).events


def test_only_the_director_decides_for_a_short_period() -> None:
    refused = given(DECIDER).when(*short(SERVICE_MANAGER, ends_on=date(2026, 10, 30))).then_refused("ROLE_NOT_ALLOWED")
    assert refused.kind == 403


def test_the_guard_of_the_end_has_a_level() -> None:
    asked = but(short(), settings=guarded(SHORT_PERIOD_END_MISSING="warn"))
    (made,) = given(DECIDER).when(*asked).events
    assert (made.ends_on, made.warned) == (None, (Warned("SHORT_PERIOD_END_MISSING", "warn"),))


# Which sitting ratifies (E2) ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "stages", "on"),
    [
        (FRIDAY, {}, TWENTIETH),
        (datetime(2026, 10, 20, 8, 59, 59, 999999, tzinfo=UTC), {}, TWENTIETH),
        (datetime(2026, 10, 20, 9, 3, tzinfo=UTC), {TWENTIETH: "scheduled"}, TWENTIETH),
        (datetime(2026, 10, 20, 8, 55, tzinfo=UTC), {TWENTIETH: "open"}, date(2026, 10, 27)),
        (datetime(2026, 10, 20, 9, tzinfo=UTC), {}, date(2026, 10, 27)),
        (datetime(2026, 10, 20, 14, tzinfo=UTC), {TWENTIETH: "closed"}, date(2026, 10, 27)),
        (FRIDAY, {date(2026, 10, 19): "scheduled"}, date(2026, 10, 19)),
    ],
)
def test_the_following_sitting_ratifies_whatever_its_cut_off(at: datetime, stages: dict[date, str], on: date) -> None:
    """E2: before it opens at that one, during it at the next; its cut-off on 14 October has passed."""
    (made,) = given(DECIDER).when(*but(emergency(at=at), stages=stages)).events
    assert made.ratify_on == on


# Alarms (E5, E7) ------------------------------------------------------------------------------------------------


# Plans that go to court (A13) -----------------------------------------------------------------------------------
