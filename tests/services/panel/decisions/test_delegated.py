"""Decisions that the practice makes itself, within its limit (DOMAIN.md, A1, A6)."""

from ledger.decider import By
from services.panel.decisions.decider import DECIDER
from services.panel.decisions.domain.events import (
    DelegatedDecisionMade,
)
from services.panel.known.domain.case import Budget
from tests.scenario import given
from tests.services.panel.cases import (
    CHAIR,
    PRACTICE_MANAGER,
    alone,
    plan,
    private,
    ruling,
    to_call,
)
from tests.services.panel.decisions.test_decision import NEEDED, REASON


def made(weekly_pence: int, limit: int, budget: Budget) -> DelegatedDecisionMade:
    """The practice manager's agreement."""
    decided = ruling(PRACTICE_MANAGER, version=2, weekly_pence=weekly_pence)
    return DelegatedDecisionMade(decided, "AGREED", limit, (), (), budget, one_off_pence=0)


def test_99999_pence_are_decided_by_the_practice_within_its_limit_of_100000() -> None:
    """A1: £999.99 a week, with scheme version, limit £1,000.00 and cost."""
    given(DECIDER, plan(99999)).when(*alone()).then(made(99999, 100000, Budget(99999, 5199948, 95000, 4999)))


def test_a_home_care_call_at_945_pence_is_decided_the_same_way() -> None:
    """A1: a 30-minute home-care call at £9.45."""
    given(DECIDER, plan(945, indicative=945)).when(*alone()).then(made(945, 100000, Budget(945, 49140, 945, 0)))


def test_a_limit_of_100000_excludes_exactly_100000_where_the_scheme_says_under() -> None:
    """A2: exactly £1,000.00 is not under £1,000."""
    history = given(DECIDER, plan(100000, route=to_call("exactly-1000", "BOUNDARY_DEFAULT")))
    assert history.when(*alone()).then_refused("LIMIT_EXCEEDED").kind == 403


def test_a_limit_includes_its_amount_where_the_scheme_delegates_it() -> None:
    given(DECIDER, plan(50000)).when(*alone(limit=50000)).then(
        made(50000, 50000, Budget(50000, 2600000, 95000, -45000))
    )


def test_the_practice_may_not_decide_at_100001_pence() -> None:
    """A3: £1,000.01 is for the conference call; the attempt is 403."""
    refused = (
        given(DECIDER, plan(100001, route=to_call("over-1000", "COST"))).when(*alone()).then_refused("LIMIT_EXCEEDED")
    )
    assert refused.kind == 403
    assert refused.facts == {"limit_weekly_pence": 100000, "weekly_pence": 100001}


def test_a_complex_plan_within_the_limit_is_for_the_call_all_the_same() -> None:
    """A4: £400.00 marked very complex."""
    history = given(DECIDER, plan(40000, route=to_call("very-complex", "COMPLEX")))
    assert history.when(*alone()).then_refused("NOT_DELEGATED").kind == 403


def test_without_a_limit_not_even_a_penny_is_decided() -> None:
    """A6: an approver with no limit set, £0.01."""
    assert given(DECIDER, plan(1)).when(*alone(limit=None)).then_refused("NO_LIMIT").kind == 403


def test_a_limit_of_nothing_is_a_limit() -> None:
    """A6, as settled: a £0.00 limit is a limit."""
    given(DECIDER, plan(1)).when(*alone(limit=0)).then_refused("LIMIT_EXCEEDED")


def test_nobody_decides_their_own_application() -> None:
    """A6: a worker who also holds the approver role."""
    both = By("worker-1", "practice_manager")
    assert given(DECIDER, plan(99999)).when(*alone(by=both)).then_refused("SELF_APPROVAL").kind == 403


def test_a_delegated_refusal_gives_reasons_and_what_would_be_needed() -> None:
    history = given(DECIDER, plan(99999))
    history.when(*alone("NOT_AGREED")).then_refused("REASONS_MISSING", failing=["REASONS_MISSING", "NEEDED_MISSING"])
    decided = ruling(PRACTICE_MANAGER, version=2, weekly_pence=99999)
    history.when(*alone("NOT_AGREED", reasons=(REASON,), needed=(NEEDED,))).then(
        DelegatedDecisionMade(decided, "NOT_AGREED", 100000, (private(REASON),), (private(NEEDED),), None, 0)
    )


def test_a_delegated_decision_defers_nothing() -> None:
    given(DECIDER, plan(99999)).when(*alone("DEFERRED")).then_refused("OUTCOME_UNKNOWN")


def test_a_delegated_decision_is_made_once() -> None:
    once = made(99999, 100000, Budget(99999, 5199948, 95000, 4999))
    given(DECIDER, plan(99999), once).when(*alone()).then_refused("ALREADY_DECIDED")


def test_the_chairs_role_alone_gives_no_delegated_authority() -> None:
    given(DECIDER, plan(99999)).when(*alone(by=CHAIR, limit=None)).then_refused("NO_LIMIT")
