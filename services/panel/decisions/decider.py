"""The stream `decision-<application>`: its commands and their rules put together."""

from typing import Any, assert_never
from uuid import UUID

from ledger.decider import Acting, Decider
from services.panel.decisions.domain.by_delegation import DecideByDelegation, by_delegation
from services.panel.decisions.domain.by_panel import DecideByPanel, by_panel
from services.panel.decisions.domain.court import FilePlanWithCourt, file_plan
from services.panel.decisions.domain.events import Event
from services.panel.decisions.domain.out_of_panel.alarms import RaiseAlarm, raise_alarm
from services.panel.decisions.domain.out_of_panel.conflicts import (
    FindAuthorityConflict,
    FindSelfApproval,
    find_authority_conflict,
    find_self_approval,
)
from services.panel.decisions.domain.out_of_panel.deciding import DecideOutOfPanel, decide_out_of_panel
from services.panel.decisions.domain.out_of_panel.following_sitting import SetRatification, set_ratification
from services.panel.decisions.domain.out_of_panel.ratifying import NoteReplacement, Ratify, note_replacement, ratify
from services.panel.decisions.domain.receiving import (
    Receive,
    ReceiveFurtherInformation,
    TakeOutFamilyMember,
    receive,
    receive_further_information,
    take_out_family_member,
)
from services.panel.decisions.domain.returning import ReturnToOriginator, return_to_originator
from services.panel.decisions.domain.state import State, evolve
from services.panel.decisions.domain.withdrawing import AgreeWithdrawal, Withdraw, agree_withdrawal, withdraw

Command = (
    Receive
    | ReceiveFurtherInformation
    | TakeOutFamilyMember
    | ReturnToOriginator
    | AgreeWithdrawal
    | Withdraw
    | DecideByPanel
    | DecideByDelegation
    | FilePlanWithCourt
    | DecideOutOfPanel
    | Ratify
    | NoteReplacement
    | RaiseAlarm
    | SetRatification
    | FindAuthorityConflict
    | FindSelfApproval
)


def decide(command: Command, state: State, acting: Acting[Any]) -> list[Event]:
    """What one command leads to. Raises Refused."""
    match command:
        case Receive():
            return receive(command, state, acting)
        case ReceiveFurtherInformation():
            return receive_further_information(command, state, acting)
        case TakeOutFamilyMember():
            return take_out_family_member(command, state, acting)
        case ReturnToOriginator():
            return return_to_originator(command, state, acting)
        case AgreeWithdrawal():
            return agree_withdrawal(command, state, acting)
        case Withdraw():
            return withdraw(command, state, acting)
        case DecideByPanel():
            return by_panel(command, state, acting)
        case DecideByDelegation():
            return by_delegation(command, state, acting)
        case FilePlanWithCourt():
            return file_plan(command, state, acting)
        case DecideOutOfPanel():
            return decide_out_of_panel(command, state, acting)
        case Ratify():
            return ratify(command, state, acting)
        case NoteReplacement():
            return note_replacement(command, state, acting)
        case RaiseAlarm():
            return raise_alarm(command, state, acting)
        case SetRatification():
            return set_ratification(command, state, acting)
        case FindAuthorityConflict():
            return find_authority_conflict(command, state, acting)
        case FindSelfApproval():
            return find_self_approval(command, state, acting)
        case _:
            assert_never(command)


DECIDER: Decider[Command, State, Event] = Decider(State(), evolve, decide)


def stream(application: UUID) -> str:
    """The stream of what becomes of one application."""
    return f"decision-{application}"
