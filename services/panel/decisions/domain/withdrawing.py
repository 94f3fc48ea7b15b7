"""An application is withdrawn in agreement with its service manager (S4 §5)."""

from dataclasses import dataclass
from typing import Any

from ledger.decider import Acting, Private, not_allowed
from services.panel.decisions.domain.events import Event, WithdrawalAgreed, Withdrawn
from services.panel.decisions.domain.ruling import require_not_own
from services.panel.decisions.domain.state import State, require_in_hands
from services.panel.known.domain.requirements import require
from services.panel.known.domain.wording import no_sentence


@dataclass(frozen=True)
class AgreeWithdrawal:
    """Agree, as the service manager, to a withdrawal."""

    reason: str


def agree_withdrawal(command: AgreeWithdrawal, state: State, acting: Acting[Any]) -> list[Event]:
    """Agreed by the application's own service manager, once. Raises Refused."""
    concerned = state.known.concerned
    if acting.by.role != "service_manager" or acting.by.actor != concerned.service_manager:
        raise not_allowed("NOT_THE_SERVICE_MANAGER", "Only the application's own service manager agrees (S4 §5).")
    require_not_own(acting.by, state)
    require_in_hands(state)
    if state.agreed_by:
        return []
    reason = _reason(concerned.person, command.reason, "Say why it may be withdrawn", acting)
    return [WithdrawalAgreed(state.known.case.application, acting.by.actor, acting.at, reason)]


@dataclass(frozen=True)
class Withdraw:
    """Withdraw the application from panel."""

    reason: str


def withdraw(command: Withdraw, state: State, acting: Acting[Any]) -> list[Event]:
    """Withdrawn by its originator or team manager, after the agreement. Raises Refused."""
    concerned = state.known.concerned
    if acting.by.actor not in (concerned.originator, concerned.team_manager):
        raise not_allowed("NOT_THE_ORIGINATOR", "Only its social worker or team manager withdraws an application.")
    require_in_hands(state)
    if not state.agreed_by:
        raise not_allowed(
            "WITHDRAWAL_NOT_AGREED", "An application is withdrawn only in agreement with its service manager (S4 §5)."
        )
    if acting.by.actor == state.agreed_by:
        raise not_allowed("SELF_APPROVAL", "Whoever agreed to the withdrawal does not withdraw it themself.")
    reason = _reason(concerned.person, command.reason, "Say why it is withdrawn", acting)
    return [Withdrawn(state.known.case.application, acting.by.actor, acting.at, state.agreed_by, reason)]


def _reason(person: str, text: str, ask: str, acting: Acting[Any]) -> Private:
    require(acting.settings, no_sentence("/reason", text, "REASONS_MISSING", ask))
    return Private(person, text)
