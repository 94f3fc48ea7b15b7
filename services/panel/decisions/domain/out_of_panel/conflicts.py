"""What we heard afterwards: an officer's authority had ended (A6), or whoever decided had asked for it (I6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from councils.settings import OutOfPanel, Settings
from ledger.decider import Acting
from services.panel.decisions.domain.events import (
    AlarmRaised,
    AuthorityConflictFound,
    DecidedOutOfPanel,
    Event,
    Ruling,
)
from services.panel.decisions.domain.out_of_panel.following_sitting import ratification
from services.panel.decisions.domain.state import Outside, State
from services.panel.known.domain.case import Route


@dataclass(frozen=True)
class FindAuthorityConflict:
    """Compare what an officer decided alone with the moment at which their authority ended; asked again, nothing."""

    officer: str
    ended_at: datetime
    stages: Mapping[date, str] = field(default_factory=dict[date, str])


def find_authority_conflict(
    command: FindAuthorityConflict, state: State, acting: Acting[Settings | None]
) -> list[Event]:
    """Every decision that the officer made alone at that moment or after it, once."""
    known, route = {one.made.decision for one in state.elsewhere.made}, state.route
    return [_conflict(command, ruling, route, acting) for ruling in state.alone if _conflicts(command, ruling, known)]


def _conflicts(command: FindAuthorityConflict, ruling: Ruling, known: set[UUID]) -> bool:
    """Authority ends with its last moment excluded, so what was decided at that very moment lacked it (A6)."""
    later = ruling.decided_at >= command.ended_at
    return later and ruling.decided_by == command.officer and ruling.decision not in known


def _conflict(
    command: FindAuthorityConflict, ruling: Ruling, route: Route | None, acting: Acting[Settings | None]
) -> AuthorityConflictFound:
    settings = acting.settings
    rules = settings.out_of_panel if settings else OutOfPanel()
    forum, ratify_on = ratification(settings, route, acting.at, command.stages)
    return AuthorityConflictFound(
        application=ruling.application,
        decision=ruling.decision,
        person=ruling.concerned.person,
        decided_by=ruling.decided_by,
        decided_role=ruling.decided_role,
        decided_at=ruling.decided_at,
        weekly_pence=ruling.weekly_pence,
        ended_at=command.ended_at,
        noticed_at=acting.at,
        roles=rules.high_cost_by,
        forum=forum,
        ratify_on=ratify_on,
        settings_version=settings.version if settings else None,
    )


@dataclass(frozen=True)
class FindSelfApproval:
    """Compare who began an application with who decided it out of panel, or ratified that; asked again, nothing."""

    originator: str
    stages: Mapping[date, str] = field(default_factory=dict[date, str])


def find_self_approval(command: FindSelfApproval, state: State, acting: Acting[Settings | None]) -> list[Event]:
    """Every decision out of panel that its own originator made or ratified, once; at a risk to life anybody may."""
    found = (_self_approval(command, one, state.route, acting) for one in state.elsewhere.made)
    return [alarm for alarm in found if alarm is not None]


def _self_approval(
    command: FindSelfApproval, one: Outside, route: Route | None, acting: Acting[Settings | None]
) -> AlarmRaised | None:
    made, settings = one.made, acting.settings
    ratified = one.outcome != "waiting" and one.outcome_by == command.originator
    decided = made.decided_by == command.originator
    exempt = isinstance(made, DecidedOutOfPanel) and made.basis == "RISK_TO_LIFE"
    if any(code == "SELF_APPROVAL" for code, _ in one.alarms) or not (ratified or (decided and not exempt)):
        return None
    anew = ratification(settings, route, acting.at, command.stages)[1] if ratified else None
    return AlarmRaised(
        application=made.application,
        decision=made.decision,
        code="SELF_APPROVAL",
        fell_due_at=made.decided_at,
        noticed_at=acting.at,
        officers=(),
        roles=(settings.out_of_panel if settings else OutOfPanel()).high_cost_by,
        sitting=None,
        ratify_on=anew,
    )
