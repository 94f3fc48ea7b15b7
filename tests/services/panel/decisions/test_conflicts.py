"""What an officer decided alone after their authority had ended, and what was decided before any settings came."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from services.panel.decisions.decider import DECIDER
from services.panel.decisions.domain.events import AuthorityConflictFound, RatificationSet, Ratified, Received
from services.panel.decisions.domain.out_of_panel.alarms import RaiseAlarm
from services.panel.decisions.domain.out_of_panel.conflicts import FindAuthorityConflict
from services.panel.decisions.domain.out_of_panel.following_sitting import SetRatification
from services.panel.decisions.domain.out_of_panel.ratifying import NoteReplacement
from tests.scenario import Given, given
from tests.services.panel.cases import (
    APPLICATION,
    CHAIR,
    DECISION,
    HEARD,
    NOW,
    PERSON,
    PRACTICE_MANAGER,
    SHROPSHIRE,
    SITTING,
    SWINDON,
    TEAM_MANAGER,
    Asking,
    asking,
    but,
    plan,
    received,
)
from tests.services.panel.decisions.test_decision import BUDGET, TWENTIETH
from tests.services.panel.decisions.test_delegated import made
from tests.services.panel.decisions.test_out_of_panel import AT_RISK, EMERGENCY, SUNDAY, at_risk
from tests.services.panel.decisions.test_ratification import NOT_RATIFIED, REPLACED, ratify

SECOND = timedelta(seconds=1)
THURSDAY = date(2026, 10, 15)
AGREED = made(99999, 100000, BUDGET)
CONFLICT = AuthorityConflictFound(
    application=APPLICATION,
    decision=DECISION,
    person=PERSON,
    decided_by=PRACTICE_MANAGER.actor,
    decided_role="practice_manager",
    decided_at=NOW,
    weekly_pence=99999,
    ended_at=NOW - SECOND,
    noticed_at=NOW + SECOND,
    roles=("head_of_service",),
    forum="CONFERENCE_CALL",
    ratify_on=THURSDAY,
    settings_version=SHROPSHIRE.version,
)
TOLD = asking(FindAuthorityConflict(PRACTICE_MANAGER.actor, NOW - SECOND, {}), at=NOW + SECOND, settings=SHROPSHIRE)


def decided_alone() -> Given:
    """The practice manager decided on £999.99 a week."""
    return given(DECIDER, plan(99999), AGREED)


# Authority that had ended (A1, A6) ------------------------------------------------------------------------------


def test_a_revocation_heard_after_the_decision_that_it_should_have_prevented_is_found() -> None:
    """A6: the Head of Service is told, and the next weekly call is to ratify it."""
    decided_alone().when(*TOLD).then(CONFLICT)


def test_authority_that_ended_at_the_very_moment_of_the_decision_had_ended() -> None:
    """A1, A6: the moment of the end is included; a microsecond later the decision was made in time."""
    decided_alone().when(*but(TOLD, ended_at=NOW)).then(replace(CONFLICT, ended_at=NOW))
    decided_alone().when(*but(TOLD, ended_at=NOW + timedelta(microseconds=1))).then_nothing()


def test_a_conflict_is_found_once_however_often_the_end_is_told() -> None:
    """A6."""
    found = decided_alone().and_then(CONFLICT)
    found.when(*TOLD).then_nothing()
    found.when(*but(TOLD, ended_at=NOW - 2 * SECOND)).then_nothing()


def test_what_somebody_else_or_a_panel_decided_is_in_no_conflict() -> None:
    """A6."""
    decided_alone().when(*but(TOLD, officer="practice-2")).then_nothing()
    given(DECIDER, EMERGENCY).when(*but(TOLD, officer=EMERGENCY.decided_by)).then_nothing()


def test_nothing_of_the_decision_is_undone_by_itself() -> None:
    """A6: the application stays agreed until a panel says otherwise, and nobody decides it a second time."""
    before, after = decided_alone().state(), decided_alone().and_then(CONFLICT).state()
    assert after == replace(before, elsewhere=after.elsewhere)
    assert (after.stage, after.elsewhere.made[0].outcome) == ("agreed", "waiting")


def test_the_panel_ratifies_it_or_does_not_and_its_support_goes_on() -> None:
    """A6, E2, E4: as with any decision outside a panel."""
    found = decided_alone().and_then(CONFLICT)
    found.when(*ratify()).then(Ratified(APPLICATION, DECISION, SITTING, CHAIR.actor, "chair", NOW, ()))
    found.when(*ratify(item=None)).then_refused("ITEM_NOT_OPEN")
    decided_alone().when(*ratify(item=HEARD)).then_refused("NOT_OUT_OF_PANEL")
    noting = asking(NoteReplacement(DECISION, "She lives with her aunt."), by=TEAM_MANAGER, at=NOW)
    found.when(*noting).then_refused("NOTHING_TO_REPLACE")
    found.and_then(NOT_RATIFIED).when(*noting).then(replace(REPLACED, recorded_by=TEAM_MANAGER.actor))


def test_a_sitting_that_leaves_it_unratified_is_overdue_like_any_other() -> None:
    """A6, E2."""
    left = asking(
        RaiseAlarm(DECISION, "RATIFICATION_OVERDUE", NOW, (), ("head_of_service",), SITTING, date(2026, 10, 22)), at=NOW
    )
    (alarm,) = decided_alone().and_then(CONFLICT).when(*left).events
    assert (alarm.code, alarm.ratify_on) == ("RATIFICATION_OVERDUE", date(2026, 10, 22))


def test_without_settings_the_conflict_is_found_all_the_same_and_waits_for_them() -> None:
    """A6, E2."""
    (found,) = decided_alone().when(*but(TOLD, settings=None)).events
    assert (found.forum, found.ratify_on, found.settings_version) == (None, None, None)
    command = asking(SetRatification(DECISION, {}), at=NOW + 2 * SECOND, settings=SHROPSHIRE)
    named = RatificationSet(APPLICATION, DECISION, "CONFERENCE_CALL", THURSDAY, SHROPSHIRE.version)
    decided_alone().and_then(found).when(*command).then(named)


# Decided before any settings were heard (E1, E2, E3) ------------------------------------------------------------

UNPLACED = replace(AT_RISK, forum=None, ratify_on=None, settings_version=None)
PLACED = RatificationSet(APPLICATION, DECISION, "CARE_PANEL", TWENTIETH, 3)
SET = asking(SetRatification(DECISION, {}), at=datetime(2026, 10, 19, 8, tzinfo=UTC), settings=SWINDON)


def before_settings() -> Asking:
    """At a risk to life, when this service knows no settings."""
    return but(at_risk(), settings=None)


def test_settings_name_the_sitting_that_a_decision_at_a_risk_to_life_waits_for() -> None:
    """E1, E2, E3: decided on Sunday without any settings; heard on Monday, they name Tuesday 20 October."""
    given(DECIDER).when(*before_settings()).then(UNPLACED)
    given(DECIDER, UNPLACED).when(*SET).then(PLACED)
    assert SET[1].at > SUNDAY


def test_a_sitting_is_named_once_and_only_for_what_waits_to_be_ratified() -> None:
    """E2: told again, nothing follows."""
    given(DECIDER, UNPLACED, PLACED).when(*SET).then_nothing()
    given(DECIDER, AT_RISK).when(*SET).then_nothing()
    ratified = Ratified(APPLICATION, DECISION, SITTING, CHAIR.actor, "chair", NOW, ())
    given(DECIDER, UNPLACED, ratified).when(*SET).then_nothing()


def test_the_forum_is_the_applications_own_where_it_has_come_meanwhile() -> None:
    """E2: and a sitting that is open already is not the following one."""
    arrived: Received = received()
    given(DECIDER, UNPLACED, arrived).when(*but(SET, at=NOW)).then(PLACED)
    later = but(SET, at=datetime(2026, 10, 20, 8, tzinfo=UTC), stages={TWENTIETH: "open"})
    given(DECIDER, UNPLACED).when(*later).then(replace(PLACED, ratify_on=date(2026, 10, 27)))


def test_settings_without_any_forum_name_none() -> None:
    """E2: the next ones may."""
    bare = SWINDON.model_copy(update={"forums": {}})
    given(DECIDER, UNPLACED).when(*but(SET, settings=bare)).then_nothing()
