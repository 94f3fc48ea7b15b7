"""What an officer decided alone when their authority had ended, which we heard afterwards (A6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from councils.settings import OutOfPanel, Settings
from ledger.decider import Acting
from services.panel.decisions.domain.events import AuthorityConflictFound, Event, Ruling
from services.panel.decisions.domain.out_of_panel.following_sitting import ratification
from services.panel.decisions.domain.state import State
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
