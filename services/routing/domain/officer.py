"""The stream `officer-<actor>`: who holds which role, and up to which amount they may decide alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from ledger.decider import By, Decider, Private, not_allowed, not_found, rule_broken, wrong_state

# --- Events ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OfficerAppointed:
    """An officer holds a role in a team and a service from now on; name and address are theirs, and sealed."""

    officer: str
    role: str
    team: str
    service: str
    name: Private
    email: Private


@dataclass(frozen=True)
class AuthorityGranted:
    """The officer may decide costs up to and including so many pence a week, within these two instants.

    Without an end the authority lasts until it is ended; a later grant takes the place of an earlier one.
    """

    officer: str
    limit_weekly_pence: int
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True)
class AuthorityEnded:
    """From this instant on the officer may decide nothing alone."""

    officer: str
    ended_at: datetime


OfficerEvent = OfficerAppointed | AuthorityGranted | AuthorityEnded

# --- Commands -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AppointOfficer:
    """Give a person of the council a role."""

    by: By
    officer: str
    role: str
    team: str
    service: str
    name: str
    email: str


@dataclass(frozen=True)
class GrantAuthority:
    """Let an officer decide alone, always up to an amount: there is no grant without one."""

    by: By
    officer: str
    limit_weekly_pence: int
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True)
class EndAuthority:
    """Take an officer's authority back, at once."""

    by: By
    officer: str
    at: datetime


OfficerCommand = AppointOfficer | GrantAuthority | EndAuthority

# --- State ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """An officer as appointed, with the grant that stands; no grant means that they have no limit to decide under."""

    appointed: OfficerAppointed | None = None
    authority: AuthorityGranted | None = None


def evolve(state: State, event: OfficerEvent) -> State:
    """The newest grant stands until it is ended."""
    match event:
        case OfficerAppointed():
            return replace(state, appointed=event)
        case AuthorityGranted():
            return replace(state, authority=event)
        case AuthorityEnded():
            return replace(state, authority=None)
        case _:
            assert_never(event)


# --- Rules ----------------------------------------------------------------------------------------------------


def decide(command: OfficerCommand, state: State) -> Sequence[OfficerEvent]:
    """Appointments and grants are made by a settings publisher, and by nobody for themselves (DOMAIN.md, A6)."""
    if command.by.role != "settings_publisher":
        raise not_allowed(
            "NOT_A_PUBLISHER", "Only a settings publisher may appoint officers or change their authority."
        )
    if command.by.actor == command.officer:
        raise not_allowed("OWN_AUTHORITY", "Nobody may change their own role or limit.")
    match command:
        case AppointOfficer():
            return _appoint(command, state)
        case GrantAuthority():
            return _grant(command, state)
        case EndAuthority():
            return _end(command, state)
        case _:
            assert_never(command)


def _appoint(command: AppointOfficer, state: State) -> Sequence[OfficerEvent]:
    if state.appointed is not None:
        raise wrong_state("ALREADY_APPOINTED", "This officer has been appointed already.")
    name, email = Private(command.officer, command.name), Private(command.officer, command.email)
    return [OfficerAppointed(command.officer, command.role, command.team, command.service, name, email)]


def _grant(command: GrantAuthority, state: State) -> Sequence[OfficerEvent]:
    if state.appointed is None:
        raise not_found()
    if command.until_at is not None and command.until_at <= command.from_at:
        raise rule_broken("PERIOD_BACKWARDS", "The authority would end before it begins.")
    granted = AuthorityGranted(command.officer, command.limit_weekly_pence, command.from_at, command.until_at)
    return [] if granted == state.authority else [granted]


def _end(command: EndAuthority, state: State) -> Sequence[OfficerEvent]:
    if state.appointed is None:
        raise not_found()
    if state.authority is None:
        raise wrong_state("NO_AUTHORITY", "This officer has no authority that could be ended.")
    return [AuthorityEnded(command.officer, command.at)]


OFFICER: Decider[OfficerCommand, State, OfficerEvent] = Decider(State(), evolve, decide)


def stream(officer: str) -> str:
    """The stream of one officer."""
    return f"officer-{officer}"
