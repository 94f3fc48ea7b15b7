"""How one officer decides an application within their own authority."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from councils.authority import within
from councils.settings import Limit, Settings
from ledger.decider import By, not_allowed, rule_broken
from services.panel.decisions.domain.events import DelegatedDecisionMade, Event
from services.panel.decisions.domain.ruling import budget, require_not_own, ruling
from services.panel.decisions.domain.state import State, require_in_hands
from services.panel.known.domain.wording import Form


@dataclass(frozen=True)
class DecideByDelegation:
    """Decide alone; ``limit`` is the officer's authority at this moment, None without any."""

    by: By
    at: datetime
    decision: UUID
    limit: Limit | None
    settings: Settings
    outcome: str
    reasons: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()


def by_delegation(command: DecideByDelegation, state: State) -> list[Event]:
    """What one officer decided within their own authority, judged at this moment. Raises Refused."""
    require_in_hands(state)
    case, concerned, route = state.known.case, state.known.concerned, state.known.route
    require_not_own(command.by, concerned)
    limit = command.limit
    if limit is None:
        raise not_allowed("NO_LIMIT", "This officer has no authority to decide on any amount at this moment.")
    delegated = route.route == "DELEGATED"
    covered = within(limit, case.weekly_pence, case.one_off_pence, command.settings.weeks_per_year)
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
    form, by, version = Form(concerned.person), command.by, command.settings.version
    said = ruling(command.decision, by, command.at, version, case, concerned)
    match command.outcome:
        case "AGREED":
            reasons, needed, final = form.texts(command.reasons), (), budget(case, command.settings)
        case "NOT_AGREED":
            reasons, needed = form.refusal(command.reasons, command.needed)
            final = None
            form.refuse_if_failing()
        case _:
            raise rule_broken("OUTCOME_UNKNOWN", "A delegated decision is exactly AGREED or NOT_AGREED.")
    decided = DelegatedDecisionMade(
        ruling=said,
        outcome=command.outcome,
        limit_weekly_pence=limit.weekly_pence or 0,
        reasons=reasons,
        needed=needed,
        budget=final,
        one_off_pence=case.one_off_pence,
        limit_one_off_pence=limit.one_off_pence,
        limit_yearly_pence=limit.yearly_pence,
        consequence=case.consequence if command.outcome == "NOT_AGREED" else None,
    )
    return [decided]
