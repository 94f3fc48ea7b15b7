"""The end of a sitting, and the signature of its minutes, after which nothing in it changes."""

from dataclasses import dataclass
from typing import Any

from ledger.decider import Acting, wrong_state
from services.panel.sittings.domain.events import Event, MinutesSigned, SittingClosed
from services.panel.sittings.domain.requirements import ADMINISTRATOR, require_role, require_stage
from services.panel.sittings.domain.state import State


@dataclass(frozen=True)
class CloseSitting:
    """End the sitting."""


def close(command: CloseSitting, state: State, acting: Acting[Any]) -> list[Event]:
    """Closed when nothing is being heard any more, by a chair or whoever opened it as one. Raises Refused."""
    if acting.by.actor != state.opened_by:
        require_role(acting.by, (*state.scheduled.chair_roles, ADMINISTRATOR))
    require_stage(state, "open", "SITTING_NOT_OPEN", "Only an open sitting can be closed.")
    if state.open_item is not None:
        raise wrong_state("ITEM_STILL_OPEN", "An application is still being heard; close it first.")
    return [SittingClosed(closed_by=acting.by.actor, closed_at=acting.at)]


@dataclass(frozen=True)
class SignMinutes:
    """Sign the minutes of a closed sitting."""


def sign(command: SignMinutes, state: State, acting: Acting[Any]) -> list[Event]:
    """Signed after the sitting has closed, by a chair or whoever opened it as one. Raises Refused."""
    if acting.by.actor != state.opened_by:
        require_role(acting.by, state.scheduled.chair_roles)
    require_stage(state, "closed", "SITTING_NOT_CLOSED", "The minutes are signed after the sitting has closed.")
    return [MinutesSigned(signed_by=acting.by.actor, role=acting.by.role, signed_at=acting.at)]
