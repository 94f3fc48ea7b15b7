"""How a panel that hears an application decides it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from councils import calendar
from councils.guards import level_of
from councils.settings import Forum, Settings
from ledger.decider import By, Failing, not_allowed, rule_broken, wrong_state
from services.panel.decisions.domain.events import Agreed, Decision, Deferred, Event, NotAgreed
from services.panel.decisions.domain.ruling import budget, require_not_own, ruling
from services.panel.decisions.domain.state import State, require_in_hands
from services.panel.known.domain.case import Case, Concerned, Route
from services.panel.known.domain.guards import Guards
from services.panel.known.domain.terms import forum_of, require_ahead, require_sitting_day
from services.panel.known.domain.wording import Form, WorkAsked
from services.panel.sittings.domain.state import BeingHeard

OUTCOMES = ("AGREED", "DEFERRED", "NOT_AGREED")
"""S4 appendix: "Outcome will be agreed, deferred or not agreed"; there is no fourth."""


ELSEWHERE = ("NOT_FUNDED", "COMPLEX_HEALTH_NEEDS_PANEL")
"""Routes that leave a forum nothing to decide: the Director agrees first, or it is another panel's (S4 §6)."""


COST = "COST"
"""The reason code that alone never refuses an adult's plan which meets outcomes and needs (D8)."""


COST_ONLY = "COST_ONLY"
"""The guard against refusing for cost alone, as a council's settings name it."""


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


def by_panel(command: DecideByPanel, state: State) -> list[Event]:
    """What the panel decided. Raises Refused."""
    require_in_hands(state)
    item, received = command.item, state.known
    if item is not None and item.sitting in state.ruled_at:
        raise wrong_state("ALREADY_DECIDED", "This sitting has deferred the application; a later one hears it.")
    return [_decided(command, received.case, received.concerned, received.route)]


def _decided(command: DecideByPanel, case: Case, concerned: Concerned, route: Route) -> Decision:
    item, words = command.item, command.words
    if item is None or item.opened_at >= command.at:
        raise wrong_state(
            "ITEM_NOT_OPEN", "A panel decides while it hears the application, in an open and quorate sitting (S3 #11)."
        )
    if not item.records(command.by):
        raise not_allowed("ROLE_NOT_ALLOWED", "Only the chair or vice chair records what the panel decided.")
    require_not_own(command.by, concerned)
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
    form, by, version = Form(concerned.person), command.by, command.settings.version
    said = ruling(command.decision, by, command.at, version, case, concerned)
    match words.outcome:
        case "AGREED":
            because = form.review("/review_on", words.review_on, words.no_review_because)
            reasons = form.texts(words.reasons)
            form.refuse_if_failing()
            if words.review_on is not None:
                require_ahead("/review_on", words.review_on, command.at)
            final = budget(case, command.settings)
            return Agreed(said, item.sitting, reasons, final, words.review_on, because)
        case "DEFERRED":
            reasons = form.sentences("/reasons", words.reasons, "REASONS_MISSING", "Say why it is deferred")
            work = form.further_work("/further_work", words.further_work, command.decision)
            form.refuse_if_failing()
            forum = forum_of(route, command.settings)
            returns_on = next_sitting_on(forum, item.on, words.next_sitting_on)
            return Deferred(said, item.sitting, reasons, work, returns_on)
        case "NOT_AGREED":
            reasons, needed = form.refusal(words.reasons, words.needed)
            form.refuse_if_failing()
            guards = Guards({COST_ONLY: level_of(command.settings, COST_ONLY, case.kind)})
            _require_more_than_cost(words, guards)
            return NotAgreed(
                ruling=said,
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


def next_sitting_on(forum: Forum, after: date, named: date | None) -> date:
    """The later sitting that the chair names, or the forum's next one (D5). Raises Refused."""
    if named is None:
        day = after + calendar.DAY
        while not calendar.is_sitting_day(forum, day):
            day += calendar.DAY
        return day
    require_sitting_day(forum, named)
    if named <= after:
        raise rule_broken("NOT_A_LATER_SITTING", "A deferred application returns to a later sitting than this one.")
    return named
