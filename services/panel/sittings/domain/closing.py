"""The end of a sitting, and the signature of its minutes, after which nothing in it changes."""

from dataclasses import dataclass
from datetime import datetime

from ledger.decider import By, wrong_state
from services.panel.sittings.domain.events import Event, MinutesSigned, SittingClosed
from services.panel.sittings.domain.requirements import ADMINISTRATOR, require_role, require_stage
from services.panel.sittings.domain.state import State


@dataclass(frozen=True)
class CloseSitting:
    """End the sitting."""

    by: By
    at: datetime


def close(command: CloseSitting, state: State) -> list[Event]:
    require_role(command.by, (*state.scheduled.chair_roles, ADMINISTRATOR))
    require_stage(state, "open", "SITTING_NOT_OPEN", "Only an open sitting can be closed.")
    if state.open_item is not None:
        raise wrong_state("ITEM_STILL_OPEN", "An application is still being heard; close it first.")
    return [SittingClosed(closed_by=command.by.actor, closed_at=command.at)]


@dataclass(frozen=True)
class SignMinutes:
    """Sign the minutes of a closed sitting."""

    by: By
    at: datetime


def sign(command: SignMinutes, state: State) -> list[Event]:
    require_role(command.by, state.scheduled.chair_roles)
    require_stage(state, "closed", "SITTING_NOT_CLOSED", "The minutes are signed after the sitting has closed.")
    return [MinutesSigned(signed_by=command.by.actor, role=command.by.role, signed_at=command.at)]
