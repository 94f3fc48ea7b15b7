"""How a panel that hears an application decides it: agreed, deferred or not agreed (S4 appendix)."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args
from uuid import UUID

from councils.settings import Settings
from ledger.decider import Acting, rule_broken, wrong_state
from services.panel.decisions.domain.events import Agreed, Decision, Deferred, Event, NotAgreed
from services.panel.decisions.domain.requirements.cost import cost_only, reason_codes_missing
from services.panel.decisions.domain.requirements.words import (
    WorkAsked,
    further_work_missing,
    needed_missing,
    owner_missing,
    reasons_missing,
    review_unset,
    work,
)
from services.panel.decisions.domain.ruling import after_opening, budget, require_heard, require_not_own, ruling
from services.panel.decisions.domain.state import State, require_in_hands
from services.panel.known.domain.days import next_sitting_day, not_a_later_sitting, not_a_sitting_day, not_ahead
from services.panel.known.domain.requirements import require
from services.panel.known.domain.terms import forum_of
from services.panel.known.domain.wording import private, private_or_none
from services.panel.sittings.domain.state import BeingHeard

Outcome = Literal["AGREED", "DEFERRED", "NOT_AGREED"]

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""S4 appendix: "Outcome will be agreed, deferred or not agreed"; there is no fourth."""

ELSEWHERE = ("NOT_FUNDED", "COMPLEX_HEALTH_NEEDS_PANEL")
"""Routes that leave a forum nothing to decide: the Director agrees first, or it is another panel's (S4 §6)."""


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

    @property
    def meets(self) -> bool:
        """Whether the plan meets outcomes and assessed needs, as far as the panel says so."""
        return self.meets_outcomes is True and self.meets_assessed_needs is True


@dataclass(frozen=True)
class DecideByPanel:
    """Record what the panel decided at a sitting; ``item`` is None when the application is not being heard now."""

    decision: UUID
    sitting: UUID
    words: PanelsWords
    item: BeingHeard | None = None


def by_panel(command: DecideByPanel, state: State, acting: Acting[Settings]) -> list[Event]:
    """What the panel decided, under the settings that the route names. Raises Refused."""
    require_in_hands(state)
    if command.item is not None and command.item.sitting in state.ruled_at:
        raise wrong_state("ALREADY_DECIDED", "This sitting has deferred the application; a later one hears it.")
    sentence = "A panel decides while it hears the application, in an open and quorate sitting (S3 #11)."
    item, words, received = require_heard(command.item, acting, sentence), command.words, state.known
    acting = after_opening(item, acting)
    require_not_own(acting.by, state)
    if received.route.route in ELSEWHERE:
        # It may be heard for the sake of an emergency's ratification; that decides nothing about what was asked for.
        raise rule_broken(
            "OTHER_FORUM",
            "This application was routed elsewhere, so no panel decides it here.",
            route=received.route.route,
        )
    if words.weekly_pence is not None and words.weekly_pence != received.case.weekly_pence:
        raise rule_broken(
            "PLAN_AMENDMENT",
            "A panel agrees, defers or does not agree the plan; it may not change what the plan costs (10.85).",
            plan_weekly_pence=received.case.weekly_pence,
            stated_weekly_pence=words.weekly_pence,
        )
    match words.outcome:
        case "AGREED":
            return [_agreed(command, item, state, acting)]
        case "DEFERRED":
            return [_deferred(command, item, state, acting)]
        case "NOT_AGREED":
            return [_not_agreed(command, item, state, acting)]
        case _:
            raise rule_broken("OUTCOME_UNKNOWN", f"An outcome is exactly {', '.join(OUTCOMES)} (S4 appendix).")


def _agreed(command: DecideByPanel, item: BeingHeard, state: State, acting: Acting[Settings]) -> Decision:
    words, received = command.words, state.known
    require(
        acting.settings,
        (
            *review_unset(words.review_on, words.no_review_because),
            *not_ahead("/review_on", words.review_on, acting.at),
        ),
    )
    person = received.concerned.person
    return Agreed(
        ruling=ruling(command.decision, received, acting),
        sitting=item.sitting,
        reasons=private(person, words.reasons),
        budget=budget(received.case, acting.settings),
        review_on=words.review_on,
        no_review_because=private_or_none(person, words.no_review_because),
    )


def _deferred(command: DecideByPanel, item: BeingHeard, state: State, acting: Acting[Settings]) -> Decision:
    words, received = command.words, state.known
    forum = forum_of(received.route, acting.settings)
    require(
        acting.settings,
        (
            *reasons_missing(words.reasons, "Say why it is deferred"),
            *further_work_missing(words.further_work),
            *owner_missing(words.further_work),
            *not_a_sitting_day("/next_sitting_on", forum, words.next_sitting_on),
            *not_a_later_sitting("/next_sitting_on", words.next_sitting_on, item.on),
        ),
    )
    person = received.concerned.person
    return Deferred(
        ruling=ruling(command.decision, received, acting),
        sitting=item.sitting,
        reasons=private(person, words.reasons),
        further_work=work(person, words.further_work, command.decision),
        next_sitting_on=words.next_sitting_on or next_sitting_day(forum, item.on),
    )


def _not_agreed(command: DecideByPanel, item: BeingHeard, state: State, acting: Acting[Settings]) -> Decision:
    words, received, settings = command.words, state.known, acting.settings
    warned = require(
        settings,
        (
            *reasons_missing(words.reasons),
            *needed_missing(words.needed),
            *reason_codes_missing(words.meets, words.reason_codes, settings, received.case.kind),
            *cost_only(words.meets, words.reason_codes),
        ),
        kind=received.case.kind,
    )
    person = received.concerned.person
    return NotAgreed(
        ruling=ruling(command.decision, received, acting),
        sitting=item.sitting,
        reasons=private(person, words.reasons),
        needed=private(person, words.needed),
        reason_codes=words.reason_codes,
        meets_outcomes=words.meets_outcomes,
        meets_assessed_needs=words.meets_assessed_needs,
        warned=warned,
        consequence=received.case.consequence,
    )
