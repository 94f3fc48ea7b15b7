"""The ratification of what was decided outside a panel, and what is due after it (DOMAIN.md, E2, E4, E7)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ledger.decider import By
from services.panel.decisions.decider import DECIDER
from services.panel.decisions.domain.events import (
    Agreed,
    AlarmRaised,
    NotRatified,
    Ratified,
    ReplacementInPlace,
)
from services.panel.decisions.domain.out_of_panel.alarms import RaiseAlarm
from services.panel.decisions.domain.out_of_panel.ratifying import NoteReplacement, Ratify
from services.panel.sittings.domain.state import BeingHeard
from tests.scenario import Given, given
from tests.services.panel.cases import (
    APPLICATION,
    CHAIR,
    DECISION,
    HEARD,
    NOW,
    SITTING,
    TEAM_MANAGER,
    WORKER,
    Asking,
    asking,
    but,
    panel,
    private,
    received,
)
from tests.services.panel.decisions.test_out_of_panel import AT_RISK, DUE, EMERGENCY

REASON, NEEDED = "The place is further away than it need be.", "A place within the borough."
RATIFIED = Ratified(APPLICATION, DECISION, SITTING, "chair-1", "chair", NOW, ())
NOT_RATIFIED = NotRatified(
    APPLICATION, DECISION, SITTING, "chair-1", "chair", NOW, (private(REASON),), (private(NEEDED),)
)
REPLACED = ReplacementInPlace(APPLICATION, DECISION, "manager-1", NOW, private("She lives with her aunt."))
OVERDUE = AlarmRaised(
    APPLICATION, DECISION, "APPLICATION_OVERDUE", DUE, DUE + timedelta(seconds=1), (), ("director_csw",), None, None
)
RAISE = asking(RaiseAlarm(DECISION, "APPLICATION_OVERDUE", DUE, (), ("director_csw",)), at=DUE + timedelta(seconds=1))


def heard(*, at: datetime = NOW - timedelta(minutes=1)) -> BeingHeard:
    """The application is being heard."""
    return replace(HEARD, opened_at=at)


def ratify(outcome: str = "RATIFIED", *, by: By = CHAIR, item: BeingHeard | None = HEARD, **words: Any) -> Asking:
    """The panel's word on the decision outside it."""
    return asking(Ratify(DECISION, SITTING, outcome, item=item, **words), by=by, at=NOW)


def decided() -> Given:
    """A decision in an emergency about an application that panel does not have."""
    return given(DECIDER, EMERGENCY)


def test_the_panel_ratifies_while_it_hears_the_application() -> None:
    """E2: the application itself may not have come yet."""
    decided().when(*ratify()).then(RATIFIED)
    decided().when(*ratify(item=None)).then_refused("ITEM_NOT_OPEN")
    for ahead in (timedelta(), timedelta(microseconds=1), timedelta(hours=1)):
        (event,) = decided().when(*ratify(item=heard(at=NOW + ahead))).events
        assert event.ratified_at == NOW + ahead + timedelta(microseconds=1), "D1: strictly after the opening"
    decided().when(*ratify(by=WORKER)).then_refused("ROLE_NOT_ALLOWED")
    decided().when(*ratify("AGREED")).then_refused("OUTCOME_UNKNOWN")
    decided().and_then(RATIFIED).when(*ratify()).then_refused("ALREADY_RATIFIED")
    given(DECIDER).when(*ratify()).then_refused("NOT_OUT_OF_PANEL")


def test_nobody_ratifies_what_was_decided_about_their_own_application() -> None:
    """A6, E2: the allocated worker who chairs is refused; the vice chair records it."""
    history = given(DECIDER, EMERGENCY, received())
    assert history.when(*ratify(by=By(WORKER.actor, "chair"))).then_refused("SELF_APPROVAL").kind == 403
    assert history.when(*ratify(by=By("vice-1", "vice_chair"))).events


@pytest.mark.parametrize("way", ["NOT_FUNDED", "COMPLEX_HEALTH_NEEDS_PANEL"])
def test_a_panel_that_ratifies_an_emergency_decides_nothing_that_was_routed_elsewhere(way: str) -> None:
    """A10, A11, E2: what is not funded needs the Director's agreement first, although the panel hears of it."""
    usual = received()
    elsewhere = replace(usual, route=replace(usual.route, route=way, forum=None))
    history = given(DECIDER, EMERGENCY, elsewhere)
    refused = history.when(*panel("AGREED", review_on=date(2026, 12, 8))).then_refused("OTHER_FORUM")
    assert (refused.kind, refused.facts) == (422, {"route": way})
    history.when(*panel("NOT_AGREED", reasons=(REASON,), needed=(NEEDED,))).then_refused("OTHER_FORUM")
    history.when(*ratify()).then(RATIFIED)


def test_what_is_not_ratified_stays_as_made_and_says_why_and_what_is_needed() -> None:
    """E4: reasons as D2, and support goes on until a replacement is in place."""
    decided().when(*ratify("NOT_RATIFIED")).then_refused(
        "REASONS_MISSING", failing=["REASONS_MISSING", "NEEDED_MISSING"]
    )
    decided().when(*ratify("NOT_RATIFIED", reasons=(REASON,), needed=(NEEDED,))).then(NOT_RATIFIED)
    state = decided().and_then(NOT_RATIFIED).state().elsewhere
    assert (state.made[0].made, state.made[0].outcome, state.made[0].replaced) == (EMERGENCY, "not_ratified", False)


def test_support_is_replaced_only_after_the_panel_did_not_ratify_it() -> None:
    """E4."""
    noting = asking(NoteReplacement(DECISION, "She lives with her aunt."), by=TEAM_MANAGER, at=NOW)
    decided().when(*noting).then_refused("NOTHING_TO_REPLACE")
    decided().and_then(NOT_RATIFIED).when(*noting).then(REPLACED)
    decided().and_then(NOT_RATIFIED, REPLACED).when(*noting).then_nothing()
    decided().and_then(NOT_RATIFIED).when(*but(noting, words=" ")).then_refused("REPLACEMENT_MISSING")


@pytest.mark.parametrize("role", ["panel_administrator", "chair", "settings_publisher", "operator"])
def test_whoever_arranges_no_support_does_not_end_it(role: str) -> None:
    """E4: support does not stop because somebody else says that a replacement is in place."""
    noting = asking(NoteReplacement(DECISION, "She lives with her aunt."), by=By("somebody-1", role), at=NOW)
    history = decided().and_then(NOT_RATIFIED)
    assert history.when(*noting).then_refused("NOT_THE_ORIGINATOR").kind == 403
    by_decider = but(noting, by=By(EMERGENCY.decided_by, role))
    history.when(*by_decider).then(replace(REPLACED, recorded_by=EMERGENCY.decided_by))
    arrived = given(DECIDER, EMERGENCY, received(), NOT_RATIFIED)
    arrived.when(*but(noting, by=By("worker-2", "social_worker"))).then_refused("NOT_THE_ORIGINATOR")
    arrived.when(*but(noting, by=WORKER)).then(replace(REPLACED, recorded_by=WORKER.actor))


def test_an_overdue_application_is_said_once_and_stops_nothing() -> None:
    """E7: at 16:00:01Z to the Director; the decision stands."""
    at_risk_history = given(DECIDER, AT_RISK)
    at_risk_history.when(*RAISE).then(OVERDUE)
    after = at_risk_history.and_then(OVERDUE)
    after.when(*RAISE).then_nothing()
    assert after.state().elsewhere.made[0].outcome == "waiting"


def test_an_application_that_came_is_not_overdue() -> None:
    """E5, E7."""
    came = given(DECIDER, AT_RISK, received())
    came.when(*RAISE).then_nothing()
    came.when(*but(RAISE, code="SHORT_PERIOD_ENDED")).then_nothing()
    assert came.state().stage == "waiting"


def test_what_was_ratified_is_not_overdue_for_ratification() -> None:
    left = but(RAISE, code="RATIFICATION_OVERDUE", sitting=SITTING, ratify_on=date(2026, 10, 27))
    given(DECIDER, EMERGENCY, received(), RATIFIED).when(*left).then_nothing()
    (alarm,) = given(DECIDER, EMERGENCY, received()).when(*left).events
    assert (alarm.code, alarm.sitting, alarm.ratify_on) == ("RATIFICATION_OVERDUE", SITTING, date(2026, 10, 27))


def test_a_panel_decides_an_application_that_was_decided_outside_it_like_any_other() -> None:
    history = given(DECIDER, EMERGENCY, received(), RATIFIED)
    (event,) = history.when(*panel("AGREED", review_on=date(2026, 12, 8))).events
    assert isinstance(event, Agreed)
