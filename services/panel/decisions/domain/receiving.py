"""An application comes into panel's hands, changes its route, and is given further information."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ledger.decider import Acting
from services.panel.decisions.domain.events import (
    Event,
    FamilyMemberTakenOut,
    FurtherInformationReceived,
    Received,
    RouteChanged,
)
from services.panel.decisions.domain.state import IN_HANDS, State, require_in_hands
from services.panel.sittings.domain.candidate import Candidate


@dataclass(frozen=True)
class Receive:
    """Take a submitted and routed application into panel's hands."""

    received: Received


def receive(command: Receive, state: State, acting: Acting[Any]) -> list[Event]:
    """Taken once for each submission; another route of what panel has is a fact of its own."""
    received = command.received
    if state.received is None or received.case.times_submitted > state.known.case.times_submitted:
        return [received]
    if state.stage in IN_HANDS and received.route != state.known.route:
        return [RouteChanged(received.case.application, received.route)]
    return []


@dataclass(frozen=True)
class ReceiveFurtherInformation:
    """Note what was given for a deferral's further work."""

    given: FurtherInformationReceived


def receive_further_information(command: ReceiveFurtherInformation, state: State, acting: Acting[Any]) -> list[Event]:
    """What was given for further work. Raises Refused for what is no longer in panel's hands."""
    require_in_hands(state)
    return [command.given]


@dataclass(frozen=True)
class TakeOutFamilyMember:
    """Follow intake: somebody does not belong to the family."""

    application: UUID
    party: str


def take_out_family_member(command: TakeOutFamilyMember, state: State, acting: Acting[Any]) -> list[Event]:
    """Whatever is decided from now on concerns them no more, wherever the application stands."""
    if state.received is None or all(one.party != command.party for one in state.known.concerned.family):
        return []
    return [FamilyMemberTakenOut(command.application, command.party)]


def candidate(application: UUID, state: State) -> Candidate:
    """The application as the agenda sees it. Raises Refused when nothing is left to be heard."""
    if state.stage in ("unknown", "returned"):
        return Candidate(application)
    require_in_hands(state)
    case, route = state.known.case, state.known.route
    return Candidate(application, case.received_at, route.route, route.forum or "", case.complex, state.returns_on)
