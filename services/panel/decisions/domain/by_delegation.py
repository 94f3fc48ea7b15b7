"""How one officer decides an application within their own authority (S1; DOMAIN.md, A1)."""

from dataclasses import dataclass
from uuid import UUID

from councils.authority import within
from councils.settings import Limit, Settings
from ledger.decider import Acting, not_allowed, rule_broken
from services.panel.decisions.domain.events import DelegatedDecisionMade, Event
from services.panel.decisions.domain.requirements.words import needed_missing, reasons_missing
from services.panel.decisions.domain.ruling import budget, require_not_own, ruling
from services.panel.decisions.domain.state import State, require_in_hands
from services.panel.known.domain.requirements import require
from services.panel.known.domain.wording import private

OUTCOMES = ("AGREED", "NOT_AGREED")
"""An officer alone decides or refuses; only a panel defers."""


@dataclass(frozen=True)
class DecideByDelegation:
    """Decide alone; ``limit`` is the officer's authority at this moment, None without any."""

    decision: UUID
    outcome: str
    reasons: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    limit: Limit | None = None


def by_delegation(command: DecideByDelegation, state: State, acting: Acting[Settings]) -> list[Event]:
    """What one officer decided within their own authority, judged at this moment. Raises Refused."""
    require_in_hands(state)
    case, person, limit = state.known.case, state.known.concerned.person, command.limit
    require_not_own(acting.by, state)
    if limit is None:
        raise not_allowed("NO_LIMIT", "This officer has no authority to decide on any amount at this moment.")
    _require_within(limit, state, acting.settings)
    match command.outcome:
        case "AGREED":
            needed, final, consequence = (), budget(case, acting.settings), None
        case "NOT_AGREED":
            require(acting.settings, (*reasons_missing(command.reasons), *needed_missing(command.needed)))
            needed, final, consequence = private(person, command.needed), None, case.consequence
        case _:
            raise rule_broken("OUTCOME_UNKNOWN", f"A delegated decision is exactly {' or '.join(OUTCOMES)}.")
    return [
        DelegatedDecisionMade(
            ruling=ruling(command.decision, state.known, acting),
            outcome=command.outcome,
            limit_weekly_pence=limit.weekly_pence or 0,
            reasons=private(person, command.reasons),
            needed=needed,
            budget=final,
            one_off_pence=case.one_off_pence,
            limit_one_off_pence=limit.one_off_pence,
            limit_yearly_pence=limit.yearly_pence,
            consequence=consequence,
        )
    ]


def _require_within(limit: Limit, state: State, settings: Settings) -> None:
    """Neither above the officer's limit nor what was routed to a panel. Raises Refused."""
    case, route = state.known.case, state.known.route
    delegated = route.route == "DELEGATED"
    covered = within(limit, case.weekly_pence, case.one_off_pence, settings.weeks_per_year)
    # Exactly the limit is for the scheme to say: one that delegates "under" its limit routes that amount to a panel.
    if not covered or (case.weekly_pence == limit.weekly_pence and not delegated):
        once = {"limit_one_off_pence": limit.one_off_pence, "one_off_pence": case.one_off_pence}
        raise not_allowed(
            "LIMIT_EXCEEDED",
            "The plan costs more than this officer may decide on.",
            limit_weekly_pence=limit.weekly_pence,
            weekly_pence=case.weekly_pence,
            **(once if case.one_off_pence else {}),
        )
    if not delegated:
        raise not_allowed("NOT_DELEGATED", "This application was not routed to delegated authority.", route=route.route)
