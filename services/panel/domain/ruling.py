"""How an application is decided: by a panel that hears it, or by one officer within their own authority."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from councils.authority import within
from councils.settings import Limit, Settings
from ledger.decider import By, Failing, Private, not_allowed, rule_broken, wrong_state
from services.panel.domain import terms
from services.panel.domain.case import BeingHeard, Budget, Case, Concerned, Route, Work
from services.panel.domain.guards import Guards, Warned
from services.panel.domain.terms import COST_ONLY
from services.panel.domain.wording import Form, WorkAsked

OUTCOMES = ("AGREED", "DEFERRED", "NOT_AGREED")
"""S4 appendix: "Outcome will be agreed, deferred or not agreed"; there is no fourth."""

ELSEWHERE = ("NOT_FUNDED", "COMPLEX_HEALTH_NEEDS_PANEL")
"""Routes that leave a forum nothing to decide: the Director agrees first, or it is another panel's (S4 §6)."""

COST = "COST"
"""The reason code that alone never refuses an adult's plan which meets outcomes and needs (D8)."""

# Events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ruling:
    """What every decision says: which, by whom, when, under which settings, on which cost, about whom."""

    decision: UUID
    application: UUID
    decided_by: str
    decided_role: str
    decided_at: datetime
    settings_version: int
    weekly_pence: int
    concerned: Concerned


@dataclass(frozen=True)
class Agreed:
    """The panel agreed the plan as it was put, with its final budget and its review."""

    ruling: Ruling
    sitting: UUID
    reasons: tuple[Private, ...]
    budget: Budget
    review_on: date | None
    no_review_because: Private | None


@dataclass(frozen=True)
class Deferred:
    """The panel asks for further work and hears the application again."""

    ruling: Ruling
    sitting: UUID
    reasons: tuple[Private, ...]
    further_work: tuple[Work, ...]
    next_sitting_on: date


@dataclass(frozen=True)
class NotAgreed:
    """The panel did not agree, says why and what would be needed.

    ``consequence`` stands beside every refusal: what happens if this is not provided, as the form says it (S3; B17).
    """

    ruling: Ruling
    sitting: UUID
    reasons: tuple[Private, ...]
    needed: tuple[Private, ...]
    reason_codes: tuple[str, ...]
    meets_outcomes: bool | None
    meets_assessed_needs: bool | None
    warned: tuple[Warned, ...]
    consequence: Private | None = None


@dataclass(frozen=True)
class DelegatedDecisionMade:
    """An officer decided within their own authority, away from any agenda (S1; DOMAIN.md, A1).

    ``one_off_pence`` is None in what was stored before it was kept; ``consequence`` as for the panel's refusal, and
    None where it is agreed.
    """

    ruling: Ruling
    outcome: Literal["AGREED", "NOT_AGREED"]
    limit_weekly_pence: int
    reasons: tuple[Private, ...]
    needed: tuple[Private, ...]
    budget: Budget | None
    one_off_pence: int | None = None
    limit_one_off_pence: int | None = None
    limit_yearly_pence: int | None = None
    consequence: Private | None = None


Decision = Agreed | Deferred | NotAgreed | DelegatedDecisionMade

# Commands -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PanelsWords:
    """What the chair records; ``weekly_pence`` is the cost that the panel states, if it states one."""

    outcome: str
    reasons: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    further_work: tuple[WorkAsked, ...] = ()
    reason_codes: tuple[str, ...] = ()
    next_sitting_on: date | None = None
    review_on: date | None = None
    no_review_because: str | None = None
    meets_outcomes: bool | None = None
    meets_assessed_needs: bool | None = None
    weekly_pence: int | None = None


@dataclass(frozen=True)
class DecideByPanel:
    """Record what the panel decided; ``item`` is None when the application is not being heard now.

    ``settings`` are those that the route names.
    """

    by: By
    at: datetime
    decision: UUID
    item: BeingHeard | None
    settings: Settings
    words: PanelsWords


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


# Rules ----------------------------------------------------------------------------------------------------------


def by_panel(command: DecideByPanel, case: Case, concerned: Concerned, route: Route) -> Decision:
    """What the panel decided. Raises Refused."""
    item, words = command.item, command.words
    if item is None or item.opened_at >= command.at:
        raise wrong_state(
            "ITEM_NOT_OPEN", "A panel decides while it hears the application, in an open and quorate sitting (S3 #11)."
        )
    if not item.records(command.by):
        raise not_allowed("ROLE_NOT_ALLOWED", "Only the chair or vice chair records what the panel decided.")
    _require_not_own(command.by, concerned)
    if route.route in ELSEWHERE:
        # It may be heard for the sake of an emergency's ratification; that decides nothing about what was asked for.
        raise rule_broken(
            "OTHER_FORUM", "This application was routed elsewhere, so no panel decides it here.", route=route.route
        )
    if words.weekly_pence is not None and words.weekly_pence != case.weekly_pence:
        raise rule_broken(
            "PLAN_AMENDMENT",
            "A panel agrees, defers or does not agree the plan; it may not change what the plan costs (10.85).",
            plan_weekly_pence=case.weekly_pence,
            stated_weekly_pence=words.weekly_pence,
        )
    form, ruling = Form(concerned.person), _ruling(command, case, concerned)
    match words.outcome:
        case "AGREED":
            because = form.review("/review_on", words.review_on, words.no_review_because)
            reasons = form.texts(words.reasons)
            form.refuse_if_failing()
            if words.review_on is not None:
                terms.require_ahead("/review_on", words.review_on, command.at)
            budget = terms.budget(case, command.settings)
            return Agreed(ruling, item.sitting, reasons, budget, words.review_on, because)
        case "DEFERRED":
            reasons = form.sentences("/reasons", words.reasons, "REASONS_MISSING", "Say why it is deferred")
            work = form.further_work("/further_work", words.further_work, command.decision)
            form.refuse_if_failing()
            forum = terms.forum_of(route, command.settings)
            returns_on = terms.next_sitting_on(forum, item.on, words.next_sitting_on)
            return Deferred(ruling, item.sitting, reasons, work, returns_on)
        case "NOT_AGREED":
            reasons, needed = form.refusal(words.reasons, words.needed)
            form.refuse_if_failing()
            guards = Guards({COST_ONLY: terms.cost_only_level(command.settings, case.kind)})
            _require_more_than_cost(words, guards)
            return NotAgreed(
                ruling=ruling,
                sitting=item.sitting,
                reasons=reasons,
                needed=needed,
                reason_codes=words.reason_codes,
                meets_outcomes=words.meets_outcomes,
                meets_assessed_needs=words.meets_assessed_needs,
                warned=guards.warned,
                consequence=case.consequence,
            )
        case _:
            raise rule_broken("OUTCOME_UNKNOWN", f"An outcome is exactly {', '.join(OUTCOMES)} (S4 appendix).")


def by_delegation(command: DecideByDelegation, case: Case, concerned: Concerned, route: Route) -> Decision:
    """What one officer decided within their own authority, judged at this moment. Raises Refused."""
    _require_not_own(command.by, concerned)
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
    form, ruling = Form(concerned.person), _ruling(command, case, concerned)
    match command.outcome:
        case "AGREED":
            reasons, needed, budget = form.texts(command.reasons), (), terms.budget(case, command.settings)
        case "NOT_AGREED":
            reasons, needed = form.refusal(command.reasons, command.needed)
            budget = None
            form.refuse_if_failing()
        case _:
            raise rule_broken("OUTCOME_UNKNOWN", "A delegated decision is exactly AGREED or NOT_AGREED.")
    return DelegatedDecisionMade(
        ruling=ruling,
        outcome=command.outcome,
        limit_weekly_pence=limit.weekly_pence or 0,
        reasons=reasons,
        needed=needed,
        budget=budget,
        one_off_pence=case.one_off_pence,
        limit_one_off_pence=limit.one_off_pence,
        limit_yearly_pence=limit.yearly_pence,
        consequence=case.consequence if command.outcome == "NOT_AGREED" else None,
    )


def _require_not_own(by: By, concerned: Concerned) -> None:
    """Whoever asks for it does not decide it, in whichever role (S0; A6). Raises Refused."""
    if by.actor == concerned.originator:
        raise not_allowed("SELF_APPROVAL", "Nobody decides their own application (S0).")


def _ruling(command: DecideByPanel | DecideByDelegation, case: Case, concerned: Concerned) -> Ruling:
    return Ruling(
        decision=command.decision,
        application=case.application,
        decided_by=command.by.actor,
        decided_role=command.by.role,
        decided_at=command.at,
        settings_version=command.settings.version,
        weekly_pence=case.weekly_pence,
        concerned=concerned,
    )


def _require_more_than_cost(words: PanelsWords, guards: Guards) -> None:
    """A plan that meets outcomes and needs is not refused for its cost alone: adults (10.85); children are warned.

    Without any code nobody could tell why such a plan is refused, so naming none is no way round.
    """
    meets = words.meets_outcomes is True and words.meets_assessed_needs is True
    if not meets or set(words.reason_codes) - {COST}:
        return
    if not words.reason_codes:
        if guards.levels[COST_ONLY] != "refuse":
            return
        sentence = "The plan meets outcomes and assessed needs: name the code of each reason to refuse it."
        raise rule_broken(
            "REASON_CODES_MISSING", sentence, failing=[Failing("/reason_codes", "REASON_CODES_MISSING", sentence)]
        )
    if guards.refuses(COST_ONLY):
        raise rule_broken(
            COST_ONLY, "The plan meets outcomes and assessed needs, so cost alone is no reason to refuse it (10.85)."
        )
