"""What fell due and did not happen is said once; nothing stops by itself (S4 §12 NB; E5, E7)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ledger.decider import Acting
from services.panel.decisions.domain.events import Alarm, AlarmRaised, Event
from services.panel.decisions.domain.state import State


@dataclass(frozen=True)
class RaiseAlarm:
    """Say that something is overdue; asked again, nothing follows."""

    decision: UUID
    code: Alarm
    fell_due_at: datetime
    officers: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    sitting: UUID | None = None
    ratify_on: date | None = None


def raise_alarm(command: RaiseAlarm, state: State, acting: Acting[Any]) -> list[Event]:
    """What is met meanwhile, or was said before, is no alarm."""
    outside = state.elsewhere.of(command.decision)
    met = outside.outcome != "waiting" if command.code == "RATIFICATION_OVERDUE" else state.elsewhere.arrived
    if met or (command.code, command.fell_due_at) in outside.alarms:
        return []
    return [
        AlarmRaised(
            application=outside.made.application,
            decision=command.decision,
            code=command.code,
            fell_due_at=command.fell_due_at,
            noticed_at=acting.at,
            officers=command.officers,
            roles=command.roles,
            sitting=command.sitting,
            ratify_on=command.ratify_on,
        )
    ]
