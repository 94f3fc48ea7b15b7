"""An application is withdrawn in agreement with its service manager (S4 §5)."""

from dataclasses import dataclass
from datetime import datetime

from ledger.decider import By, not_allowed
from services.panel.decisions.domain.events import Event, WithdrawalAgreed, Withdrawn
from services.panel.decisions.domain.state import State, require_in_hands
from services.panel.known.domain.wording import sentence


@dataclass(frozen=True)
class AgreeWithdrawal:
    """Agree, as the service manager, to a withdrawal."""

    by: By
    at: datetime
    reason: str


def agree_withdrawal(command: AgreeWithdrawal, state: State) -> list[Event]:
    concerned = state.known.concerned
    if command.by.role != "service_manager" or command.by.actor != concerned.service_manager:
        raise not_allowed("NOT_THE_SERVICE_MANAGER", "Only the application's own service manager agrees (S4 §5).")
    require_in_hands(state)
    if state.agreed_by:
        return []
    reason = sentence(concerned.person, "/reason", command.reason, "REASONS_MISSING", "Say why it may be withdrawn")
    return [WithdrawalAgreed(state.known.case.application, command.by.actor, command.at, reason)]


@dataclass(frozen=True)
class Withdraw:
    """Withdraw the application from panel."""

    by: By
    at: datetime
    reason: str


def withdraw(command: Withdraw, state: State) -> list[Event]:
    concerned = state.known.concerned
    if command.by.actor not in (concerned.originator, concerned.team_manager):
        raise not_allowed("NOT_THE_ORIGINATOR", "Only its social worker or team manager withdraws an application.")
    require_in_hands(state)
    if not state.agreed_by:
        raise not_allowed(
            "WITHDRAWAL_NOT_AGREED", "An application is withdrawn only in agreement with its service manager (S4 §5)."
        )
    reason = sentence(concerned.person, "/reason", command.reason, "REASONS_MISSING", "Say why it is withdrawn")
    application = state.known.case.application
    return [Withdrawn(application, command.by.actor, command.at, state.agreed_by, reason)]
