"""A plan of support under an order reaches the court only after the panel has decided it (S4 §7; DOMAIN.md, A13)."""

from dataclasses import dataclass
from datetime import datetime

from councils.settings import Settings
from ledger.decider import By, not_allowed, rule_broken
from services.panel.decisions.domain.events import Event, PlanFiledWithCourt
from services.panel.decisions.domain.state import State
from services.panel.known.domain.guards import Guards

PANEL_BEFORE_COURT = "PANEL_BEFORE_COURT"


@dataclass(frozen=True)
class FilePlanWithCourt:
    """Record that the plan was submitted to the court; ``settings`` are those that the route names."""

    by: By
    at: datetime
    settings: Settings


def file_plan(command: FilePlanWithCourt, state: State) -> list[Event]:
    """The plan goes to the court once a panel has agreed it or not; a deferral is no decision. Raises Refused."""
    case, concerned = state.known.case, state.known.concerned
    if command.by.actor not in (concerned.originator, concerned.team_manager, concerned.service_manager):
        raise not_allowed(
            "NOT_THE_ORIGINATOR", "Only its social worker, team manager or service manager files a plan with the court."
        )
    if case.order is None:
        raise rule_broken(
            "NO_ORDER",
            "This asks for no support under a Special Guardianship or Child Arrangements Order or for adoption.",
        )
    guards = Guards(command.settings.guards)
    if not state.decided_by_panel and guards.refuses(PANEL_BEFORE_COURT):
        raise rule_broken(
            PANEL_BEFORE_COURT,
            "The support package is presented to the panel, and decided there, before the plan goes to court (S4 §7).",
            order=case.order,
        )
    if state.filed:
        return []
    return [
        PlanFiledWithCourt(case.application, case.order, command.by.actor, command.by.role, command.at, guards.warned)
    ]
