"""What a panel makes of a decision outside it, and what takes the place of what it did not ratify."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from councils.texts import says_something
from ledger.decider import Acting, By, Private, not_allowed, rule_broken, wrong_state
from services.panel.decisions.domain.events import Event, NotRatified, Ratified, ReplacementInPlace
from services.panel.decisions.domain.requirements.words import needed_missing, reasons_missing
from services.panel.decisions.domain.ruling import after_opening, require_heard, require_not_own
from services.panel.decisions.domain.state import Made, State
from services.panel.known.domain.case import Concerned
from services.panel.known.domain.requirements import require
from services.panel.known.domain.wording import private
from services.panel.sittings.domain.state import BeingHeard

ARRANGING = ("social_worker", "team_manager", "service_manager", "head_of_service", "director_csw")
"""Who may say that other support is in place while no application says whose officers those are; our default."""


Ratification = Literal["waiting", "ratified", "not_ratified"]
"""Whether the panel has said its word on a decision outside it."""

WORDS = ("RATIFIED", "NOT_RATIFIED")
"""What a panel can say of a decision outside it."""


@dataclass(frozen=True)
class Ratify:
    """Record what the panel, which is hearing it, makes of a decision outside it.

    ``originator`` is who began its draft, where we heard of one.
    """

    decision: UUID
    sitting: UUID
    outcome: str
    reasons: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    item: BeingHeard | None = None
    originator: str | None = None


def ratify(command: Ratify, state: State, acting: Acting[Any]) -> list[Event]:
    """The panel's word on it, recorded by the chair while the application is heard. Raises Refused."""
    outside = state.elsewhere.of(command.decision)
    sentence = "A panel ratifies while it hears the application, in an open sitting."
    item, made = require_heard(command.item, acting, sentence), outside.made
    acting = after_opening(item, acting)
    require_not_own(acting.by, state, command.originator)
    if acting.by.actor == made.decided_by:
        raise not_allowed("SELF_APPROVAL", "Whoever made the decision does not record its ratification (S4 §5).")
    if outside.outcome != "waiting":
        raise wrong_state("ALREADY_RATIFIED", "The panel has already said what it makes of this decision.")
    reasons = private(made.person, command.reasons)
    said = (made.application, made.decision, item.sitting, acting.by.actor, acting.by.role, acting.at, reasons)
    match command.outcome:
        case "RATIFIED":
            return [Ratified(*said)]
        case "NOT_RATIFIED":
            require(acting.settings, (*reasons_missing(command.reasons), *needed_missing(command.needed)))
            return [NotRatified(*said, private(made.person, command.needed))]
        case _:
            raise rule_broken("OUTCOME_UNKNOWN", f"A panel's word on such a decision is {' or '.join(WORDS)}.")


@dataclass(frozen=True)
class NoteReplacement:
    """Note that other support is in place."""

    decision: UUID
    words: str


def note_replacement(command: NoteReplacement, state: State, acting: Acting[Any]) -> list[Event]:
    """Support goes on until something else is in its place; nothing where that was noted before. Raises Refused."""
    outside = state.elsewhere.of(command.decision)
    made = outside.made
    _require_arranging(acting.by, made, state.concerned)
    if outside.outcome != "not_ratified":
        raise wrong_state(
            "NOTHING_TO_REPLACE", "Only what a panel did not ratify is replaced.", outcome=outside.outcome
        )
    if outside.replaced:
        return []
    if not says_something(command.words):
        raise rule_broken("REPLACEMENT_MISSING", "Say which support is in place now.")
    words = Private(made.person, command.words)
    return [ReplacementInPlace(made.application, made.decision, acting.by.actor, acting.at, words)]


def _require_arranging(by: By, made: Made, concerned: Concerned | None) -> None:
    """Support ends with a replacement, so its own officers note one, or whoever decided. Raises Refused (E4)."""
    if concerned is None:
        its_own = by.role in ARRANGING
    else:
        its_own = by.actor in (concerned.originator, concerned.team_manager, concerned.service_manager)
    if not its_own and by.actor != made.decided_by:
        raise not_allowed(
            "NOT_THE_ORIGINATOR", "Its social worker, its managers, or whoever decided it notes what is in place now."
        )
