"""What a panel makes of a decision outside it, and what takes the place of what it did not ratify."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.decider import By, Private, not_allowed, rule_broken, wrong_state
from services.panel.decisions.domain.events import Event, NotRatified, Ratified, ReplacementInPlace
from services.panel.decisions.domain.out_of_panel.requirements import require_not_own
from services.panel.decisions.domain.state import Made, State
from services.panel.known.domain.case import Concerned
from services.panel.known.domain.wording import Form
from services.panel.sittings.domain.state import BeingHeard

ARRANGING = ("social_worker", "team_manager", "service_manager", "head_of_service", "director_csw")
"""Who may say that other support is in place while no application says whose officers those are; our default."""


@dataclass(frozen=True)
class Ratify:
    """Record what the panel, which is hearing it, makes of a decision outside it."""

    by: By
    at: datetime
    decision: UUID
    item: BeingHeard | None
    outcome: str
    reasons: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()


def ratify(command: Ratify, state: State) -> list[Event]:
    """The panel's word on it, recorded by the chair while the application is heard. Raises Refused."""
    outside, item = state.elsewhere.of(command.decision), command.item
    made = outside.made
    if item is None or item.opened_at >= command.at:
        raise wrong_state("ITEM_NOT_OPEN", "A panel ratifies while it hears the application, in an open sitting.")
    if not item.records(command.by):
        raise not_allowed("ROLE_NOT_ALLOWED", "Only the chair or vice chair records what the panel decided.")
    require_not_own(command.by, state.concerned)
    if outside.outcome != "waiting":
        raise wrong_state("ALREADY_RATIFIED", "The panel has already said what it makes of this decision.")
    form = Form(made.person)
    match command.outcome:
        case "RATIFIED":
            reasons = form.texts(command.reasons)
            said = (made.application, made.decision, item.sitting, command.by.actor, command.by.role, command.at)
            return [Ratified(*said, reasons)]
        case "NOT_RATIFIED":
            reasons, needed = form.refusal(command.reasons, command.needed)
            form.refuse_if_failing()
            said = (made.application, made.decision, item.sitting, command.by.actor, command.by.role, command.at)
            return [NotRatified(*said, reasons, needed)]
        case _:
            raise rule_broken("OUTCOME_UNKNOWN", "A panel's word on such a decision is RATIFIED or NOT_RATIFIED.")


@dataclass(frozen=True)
class NoteReplacement:
    """Note that other support is in place."""

    by: By
    at: datetime
    decision: UUID
    words: str


def note_replacement(command: NoteReplacement, state: State) -> list[Event]:
    """Support goes on until something else is in its place; nothing where that was noted before. Raises Refused."""
    outside = state.elsewhere.of(command.decision)
    made = outside.made
    _require_arranging(command.by, made, state.concerned)
    if outside.outcome != "not_ratified":
        raise wrong_state(
            "NOTHING_TO_REPLACE", "Only what a panel did not ratify is replaced.", outcome=outside.outcome
        )
    if outside.replaced:
        return []
    if not command.words.strip():
        raise rule_broken("REPLACEMENT_MISSING", "Say which support is in place now.")
    words = Private(made.person, command.words.strip())
    return [ReplacementInPlace(made.application, made.decision, command.by.actor, command.at, words)]


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
