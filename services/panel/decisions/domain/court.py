"""A plan of support under an order reaches the court only after the panel has decided it (S4 §7; DOMAIN.md, A13)."""

from collections.abc import Iterator
from dataclasses import dataclass

from councils.settings import Settings
from ledger.decider import Acting, Failing, not_allowed, rule_broken
from services.panel.decisions.domain.events import Event, PlanFiledWithCourt
from services.panel.decisions.domain.state import State
from services.panel.known.domain.requirements import require


@dataclass(frozen=True)
class FilePlanWithCourt:
    """Record that the plan was submitted to the court."""


def file_plan(command: FilePlanWithCourt, state: State, acting: Acting[Settings]) -> list[Event]:
    """The plan goes to the court once a panel has agreed it or not; a deferral is no decision. Raises Refused."""
    case, concerned = state.known.case, state.known.concerned
    if acting.by.actor not in (concerned.originator, concerned.team_manager, concerned.service_manager):
        raise not_allowed(
            "NOT_THE_ORIGINATOR", "Only its social worker, team manager or service manager files a plan with the court."
        )
    if case.order is None:
        raise rule_broken(
            "NO_ORDER",
            "This asks for no support under a Special Guardianship or Child Arrangements Order or for adoption.",
        )
    warned = require(
        acting.settings, panel_before_court(state), kind=case.kind, facts={"PANEL_BEFORE_COURT": {"order": case.order}}
    )
    if state.filed:
        return []
    return [PlanFiledWithCourt(case.application, case.order, acting.by.actor, acting.by.role, acting.at, warned)]


def panel_before_court(state: State) -> Iterator[Failing]:
    """The panel decides before the court has the plan (S4 §7)."""
    if not state.decided_by_panel:
        sentence = (
            "The support package is presented to the panel, and decided there, before the plan goes to court (S4 §7)."
        )
        yield Failing("", "PANEL_BEFORE_COURT", sentence)
