"""What an officer may decide alone: limits for a week, a year and once, at the moment of the decision."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from councils.authority import within
from councils.packs import pack_settings
from councils.settings import Limit
from ledger.decider import By
from services.panel.decisions.decider import DECIDER
from services.panel.decisions.domain.events import DelegatedDecisionMade, Received
from services.panel.known.domain.case import Case, Route
from tests.scenario import given
from tests.services.panel.cases import (
    APPLICATION,
    CONCERNED,
    CUT_OFF,
    PRACTICE_MANAGER,
    WORKER,
    alone,
    but,
    delegated,
    to_call,
)

DONCASTER = pack_settings("doncaster", version=1, in_force_from=datetime(2026, 10, 1, tzinfo=UTC))
YEARLY = Limit(yearly_pence=4_900_000)


def asked(weekly_pence: int, one_off_pence: int = 0, route: Route | None = None) -> Received:
    """An adult's plan that was routed to delegated authority."""
    case = Case(APPLICATION, "SUPPORT_PLAN", weekly_pence, one_off_pence, weekly_pence, False, False, CUT_OFF, 1)
    return Received(case, CONCERNED, route or delegated())


@pytest.mark.parametrize(
    ("weekly", "once", "yearly", "decided"),
    [(94_230, 0, 4_899_960, True), (94_231, 0, 4_900_012, False), (94_230, 10_000, 4_909_960, False)],
)
def test_a_yearly_limit_of_49000_pounds_is_held_to_the_penny(
    weekly: int, once: int, yearly: int, decided: bool
) -> None:
    """A7: £942.30 a week are £48,999.60 a year, £942.31 are £49,000.12; £100.00 once are £49,099.60."""
    assert DONCASTER.weeks_per_year == Decimal(52)
    assert weekly * 52 + once == yearly
    outcome = given(DECIDER, asked(weekly, once)).when(*but(alone(limit=YEARLY), settings=DONCASTER))
    if not decided:
        assert outcome.then_refused("LIMIT_EXCEEDED").kind == 403
        return
    (made,) = outcome.events
    assert (made.limit_yearly_pence, made.budget.yearly_pence, made.one_off_pence) == (4_900_000, 4_899_960, 0)


@pytest.mark.parametrize(("pence", "decided"), [(10_000, True), (10_001, False)])
def test_100_pounds_once_are_a_team_managers_and_a_penny_more_is_not(pence: int, decided: bool) -> None:
    """A18: £100.00 by the Team Manager, £100.01 is LIMIT_EXCEEDED; a Service Delivery Manager's limit covers it."""
    manager, above = By("tm-9", "team_manager"), By("sdm-9", "service_delivery_manager")
    history = given(DECIDER, asked(0, pence))
    own = history.when(*alone(by=manager, limit=Limit(weekly_pence=0, one_off_pence=10_000)))
    if decided:
        (made,) = own.events
        assert (made.limit_one_off_pence, made.one_off_pence) == (10_000, 10_000)
    else:
        refused = own.then_refused("LIMIT_EXCEEDED")
        assert refused.facts["limit_one_off_pence"] == 10_000
    assert history.when(*alone(by=above, limit=Limit(weekly_pence=0, one_off_pence=100_000))).events


def test_what_is_paid_once_counts_towards_the_week_without_a_limit_of_its_own() -> None:
    """A7, A18."""
    limit = Limit(weekly_pence=100_000)
    assert given(DECIDER, asked(90_000, 10_000)).when(*alone(limit=limit)).events
    given(DECIDER, asked(90_000, 10_001)).when(*alone(limit=limit)).then_refused("LIMIT_EXCEEDED")


PENCE = st.integers(0, 2_000_000)
LIMITS = st.none() | st.builds(
    Limit, weekly_pence=st.none() | PENCE, yearly_pence=st.none() | PENCE, one_off_pence=st.none() | PENCE
)
WAYS = st.sampled_from([delegated(), to_call("over-1000", "COST")])


@for_all(LIMITS, PENCE, PENCE, WAYS, st.sampled_from([PRACTICE_MANAGER, By(WORKER.actor, "practice_manager")]))
def test_no_officer_decides_above_their_authority_their_own_or_what_was_not_delegated(
    limit: Limit | None, weekly: int, once: int, way: Route, by: By
) -> None:
    """A1, A6: whatever is asked, a decision is within the limit that was in force at that moment."""
    outcome = given(DECIDER, asked(weekly, once, way)).when(*but(alone(limit=limit, by=by), settings=DONCASTER))
    if outcome.refused is not None:
        assert outcome.refused.kind == 403
        return
    (made,) = outcome.events
    assert isinstance(made, DelegatedDecisionMade)
    assert limit is not None
    assert within(limit, weekly, once, DONCASTER.weeks_per_year)
    assert (by, way) == (PRACTICE_MANAGER, delegated())
