"""Plans that go to court, and the panel's decision before them (DOMAIN.md, A13)."""

from dataclasses import replace
from datetime import date

import pytest

from councils.guards import Warned
from ledger.decider import By
from services.panel.decisions.decider import DECIDER
from services.panel.decisions.domain.court import FilePlanWithCourt
from services.panel.decisions.domain.events import (
    Deferred,
    PlanFiledWithCourt,
    Received,
)
from tests.scenario import given
from tests.services.panel.cases import (
    APPLICATION,
    NOW,
    SERVICE_MANAGER,
    SWINDON,
    WORKER,
    asking,
    but,
    guarded,
    panel,
    received,
)
from tests.services.panel.decisions.test_decision import DEFERRED
from tests.services.panel.decisions.test_ratification import NEEDED, REASON

FILED = PlanFiledWithCourt(APPLICATION, "SGO", "worker-1", "social_worker", NOW, ())
FILE = asking(FilePlanWithCourt(), by=WORKER, at=NOW, settings=SWINDON)


def under(order: str | None) -> Received:
    """The application as one for a support package under an order."""
    usual = received()
    return replace(usual, case=replace(usual.case, order=order))


@pytest.mark.parametrize("order", ["SGO", "CHILD_ARRANGEMENTS", "ADOPTION_SUPPORT"])
def test_a_plan_goes_to_court_only_after_the_panels_decision(order: str) -> None:
    """A13: all three orders; a deferral is no decision; agreed and not agreed both are."""
    waiting = given(DECIDER, under(order))
    refused = waiting.when(*FILE).then_refused("PANEL_BEFORE_COURT")
    assert (refused.kind, refused.facts) == (422, {"order": order})
    deferred: Deferred = DEFERRED
    waiting.and_then(deferred).when(*FILE).then_refused("PANEL_BEFORE_COURT")
    (agreed,) = waiting.when(*panel("AGREED", review_on=date(2026, 12, 8))).events
    waiting.and_then(agreed).when(*FILE).then(replace(FILED, order=order))
    asked = panel("NOT_AGREED", reasons=(REASON,), needed=(NEEDED,), reason_codes=("EVIDENCE",))
    (refusal,) = waiting.when(*asked).events
    waiting.and_then(refusal).when(*FILE).then(replace(FILED, order=order))


def test_a_plan_is_filed_once_and_only_by_its_own_officers() -> None:
    """A13."""
    (agreed,) = given(DECIDER, under("SGO")).when(*panel("AGREED", review_on=date(2026, 12, 8))).events
    history = given(DECIDER, under("SGO"), agreed)
    history.and_then(FILED).when(*FILE).then_nothing()
    history.when(*but(FILE, by=By("worker-2", "social_worker"))).then_refused("NOT_THE_ORIGINATOR")
    history.when(*but(FILE, by=SERVICE_MANAGER)).then(
        replace(FILED, filed_by="service-manager-1", role="service_manager")
    )


def test_what_is_for_no_order_is_not_filed_with_a_court() -> None:
    given(DECIDER, under(None)).when(*FILE).then_refused("NO_ORDER")


def test_a_new_submission_waits_for_its_own_decision_before_court() -> None:
    """A13: what the panel said of an earlier plan does not speak for the new one."""
    (agreed,) = given(DECIDER, under("SGO")).when(*panel("AGREED", review_on=date(2026, 12, 8))).events
    again = replace(under("SGO"), case=replace(under("SGO").case, times_submitted=2))
    given(DECIDER, under("SGO"), agreed, again).when(*FILE).then_refused("PANEL_BEFORE_COURT")


def test_the_guard_of_the_court_has_a_level() -> None:
    """A13: at `warn` it goes through and the warning stays in the record."""
    asked = but(FILE, settings=guarded(PANEL_BEFORE_COURT="warn"))
    given(DECIDER, under("SGO")).when(*asked).then(replace(FILED, warned=(Warned("PANEL_BEFORE_COURT", "warn"),)))
