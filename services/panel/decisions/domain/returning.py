"""An inaccurate or incomplete application goes back to its originator (B5)."""

from dataclasses import dataclass
from datetime import date

from councils.settings import Settings
from ledger.decider import Acting, not_allowed
from services.panel.decisions.domain.events import DeferredToSitting, Event, Returned
from services.panel.decisions.domain.requirements.words import reasons_missing
from services.panel.decisions.domain.state import State, require_in_hands
from services.panel.known.domain.days import not_a_sitting_day, not_ahead
from services.panel.known.domain.requirements import require
from services.panel.known.domain.terms import forum_of
from services.panel.known.domain.wording import private
from services.panel.sittings.domain.requirements import ADMINISTRATOR


@dataclass(frozen=True)
class ReturnToOriginator:
    """Send an application back; ``defer_to`` names the sitting at which its place is kept."""

    reasons: tuple[str, ...]
    defer_to: date | None


def return_to_originator(command: ReturnToOriginator, state: State, acting: Acting[Settings]) -> list[Event]:
    """Returned with reasons, and its place kept where a sitting is named. Raises Refused."""
    if acting.by.role not in (ADMINISTRATOR, "chair", "vice_chair"):
        raise not_allowed("ROLE_NOT_ALLOWED", "Only the panel administrator or the chair returns an application.")
    require_in_hands(state)
    case, on = state.known.case, command.defer_to
    forum = None if on is None else forum_of(state.known.route, acting.settings)
    require(
        acting.settings,
        (
            *reasons_missing(command.reasons, "Say why it is returned"),
            *(() if forum is None else not_a_sitting_day("/defer_to", forum, on)),
            *not_ahead("/defer_to", on, acting.at),
        ),
    )
    returned = Returned(
        application=case.application,
        returned_by=acting.by.actor,
        role=acting.by.role,
        returned_at=acting.at,
        reasons=private(state.known.concerned.person, command.reasons),
        defer_to=on,
    )
    return [returned] if on is None else [returned, DeferredToSitting(case.application, on)]
