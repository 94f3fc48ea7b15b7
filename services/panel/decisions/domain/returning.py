"""An inaccurate or incomplete application goes back to its originator."""

from dataclasses import dataclass
from datetime import date, datetime

from councils.settings import Settings
from ledger.decider import By, not_allowed
from services.panel.decisions.domain.events import DeferredToSitting, Event, Returned
from services.panel.decisions.domain.state import State, require_in_hands
from services.panel.known.domain.terms import forum_of, require_ahead, require_sitting_day
from services.panel.known.domain.wording import Form
from services.panel.sittings.domain.requirements import ADMINISTRATOR


@dataclass(frozen=True)
class ReturnToOriginator:
    """Send an application back; ``defer_to`` names the sitting at which its place is kept."""

    by: By
    at: datetime
    reasons: tuple[str, ...]
    defer_to: date | None
    settings: Settings


def return_to_originator(command: ReturnToOriginator, state: State) -> list[Event]:
    if command.by.role not in (ADMINISTRATOR, "chair", "vice_chair"):
        raise not_allowed("ROLE_NOT_ALLOWED", "Only the panel administrator or the chair returns an application.")
    require_in_hands(state)
    case, person = state.known.case, state.known.concerned.person
    form = Form(person)
    reasons = form.sentences("/reasons", command.reasons, "REASONS_MISSING", "Say why it is returned")
    form.refuse_if_failing()
    if command.defer_to is not None:
        require_sitting_day(forum_of(state.known.route, command.settings), command.defer_to)
        require_ahead("/defer_to", command.defer_to, command.at)
    returned = Returned(
        application=case.application,
        returned_by=command.by.actor,
        role=command.by.role,
        returned_at=command.at,
        reasons=reasons,
        defer_to=command.defer_to,
    )
    kept = [] if command.defer_to is None else [DeferredToSitting(case.application, command.defer_to)]
    return [returned, *kept]
