"""The stream `officer-<actor>`: who holds which role, up to which amount they may decide alone, what they know."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import assert_never

from councils.authority import granted_within
from councils.settings import Limit, Settings
from ledger.decider import Acting, By, Decider, Failing, Private, not_allowed, not_found, rule_broken, wrong_state

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

    A year's cost and what is paid once have limits of their own where these are named (`councils.authority`). Without
    an end the authority lasts until it is ended; a later grant takes the place of an earlier one.
    """

    officer: str
    limit_weekly_pence: int
    from_at: datetime
    until_at: datetime | None
    limit_one_off_pence: int | None = None
    limit_yearly_pence: int | None = None


@dataclass(frozen=True)
class AuthorityEnded:
    """From this instant on the officer may decide nothing alone."""

    officer: str
    ended_at: datetime


@dataclass(frozen=True)
class TrainingRecorded:
    """The officer completed a course on a day; it is good to the end of its last day, for ever where none is named."""

    officer: str
    course: str
    completed_on: date
    valid_until: date | None
    recorded_by: str


@dataclass(frozen=True)
class TermsAcknowledged:
    """The officer has read that version of the council's settings, and says so (S0; DOMAIN.md, A17)."""

    officer: str
    settings_version: int


OfficerEvent = OfficerAppointed | AuthorityGranted | AuthorityEnded | TrainingRecorded | TermsAcknowledged

# --- Commands -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Appointment:
    officer: str
    role: str
    team: str
    service: str
    name: str
    email: str


class AppointOfficer(_Appointment):
    """Give a person of the council a role."""


class ChangeRole(_Appointment):
    """Give an officer another role, place or address; authority ends with the role that it was granted to."""


@dataclass(frozen=True)
class GrantAuthority:
    """Let an officer decide alone, always up to an amount: there is no grant without one."""

    officer: str
    limit_weekly_pence: int
    from_at: datetime
    until_at: datetime | None
    limit_one_off_pence: int | None = None
    limit_yearly_pence: int | None = None


@dataclass(frozen=True)
class EndAuthority:
    """Take an officer's authority back, at once."""

    officer: str


@dataclass(frozen=True)
class RecordTraining:
    """Keep that an officer completed a course."""

    officer: str
    course: str
    completed_on: date
    valid_until: date | None


@dataclass(frozen=True)
class AcknowledgeTerms:
    """Say, as the officer oneself, that a version of the settings has been read; ``published`` are those there are."""

    officer: str
    settings_version: int
    published: frozenset[int]


Granting = AppointOfficer | ChangeRole | GrantAuthority | EndAuthority
"""What nobody may do for themselves."""

OfficerCommand = Granting | RecordTraining | AcknowledgeTerms

# --- State ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """An officer as appointed, with the grant that stands; no grant means that they have no limit to decide under."""

    appointed: OfficerAppointed | None = None
    authority: AuthorityGranted | None = None
    training: Mapping[str, TrainingRecorded] = field(default_factory=dict[str, TrainingRecorded])
    acknowledged: frozenset[int] = frozenset()


def evolve(state: State, event: OfficerEvent) -> State:
    """The newest appointment, grant and training stand; an ended grant stands no more."""
    match event:
        case OfficerAppointed():
            return replace(state, appointed=event)
        case AuthorityGranted():
            return replace(state, authority=event)
        case AuthorityEnded():
            return replace(state, authority=None)
        case TrainingRecorded():
            return replace(state, training={**state.training, event.course: event})
        case TermsAcknowledged():
            return replace(state, acknowledged=state.acknowledged | {event.settings_version})
        case _:
            assert_never(event)


# --- Rules ----------------------------------------------------------------------------------------------------

TRAINERS = frozenset({"settings_publisher", "panel_administrator"})
"""Who keeps the record of training; our default."""


def decide(command: OfficerCommand, state: State, acting: Acting[Settings | None]) -> Sequence[OfficerEvent]:
    """Roles and limits are given by a settings publisher, and by nobody to themselves (DOMAIN.md, A6).

    A grant is judged by the settings in force when it begins, which say how much each role may have; there may be none.
    """
    match command:
        case AcknowledgeTerms():
            return _acknowledge(command, state, acting.by)
        case RecordTraining():
            return _train(command, state, acting.by)
        case _:
            return _give(command, state, acting)


def _give(command: Granting, state: State, acting: Acting[Settings | None]) -> Sequence[OfficerEvent]:
    if acting.by.actor == command.officer:
        raise not_allowed("OWN_AUTHORITY", "Nobody may change their own role or limit.")
    if acting.by.role != "settings_publisher":
        raise not_allowed(
            "NOT_A_PUBLISHER", "Only a settings publisher may appoint officers or change their authority."
        )
    match command:
        case AppointOfficer():
            if state.appointed is not None:
                raise wrong_state("ALREADY_APPOINTED", "This officer has been appointed already.")
            return [_appointed(command)]
        case ChangeRole():
            return _change_role(command, state, acting.at)
        case GrantAuthority():
            return _grant(command, state, acting.settings)
        case EndAuthority():
            return _end(command, state, acting.at)
        case _:
            assert_never(command)


def _appointed(command: AppointOfficer | ChangeRole) -> OfficerAppointed:
    name, email = Private(command.officer, command.name), Private(command.officer, command.email)
    return OfficerAppointed(command.officer, command.role, command.team, command.service, name, email)


def _change_role(command: ChangeRole, state: State, at: datetime) -> Sequence[OfficerEvent]:
    other_role = _known(state).role != command.role
    ended = [AuthorityEnded(command.officer, at)] if other_role and state.authority is not None else []
    return [*ended, _appointed(command)]


def _grant(command: GrantAuthority, state: State, settings: Settings | None) -> Sequence[OfficerEvent]:
    appointed = _known(state)
    granted = AuthorityGranted(
        command.officer,
        command.limit_weekly_pence,
        command.from_at,
        command.until_at,
        command.limit_one_off_pence,
        command.limit_yearly_pence,
    )
    most = settings.limit(appointed.role) if settings is not None else None
    failing = [*_backwards(granted), *_beyond_role(granted, settings, appointed.role)]
    if failing:
        facts = most.model_dump() if most is not None and failing[-1].code == "ABOVE_ROLE_LIMIT" else {}
        raise rule_broken(failing[0].code, failing[0].sentence, failing=failing, **facts)
    return [] if granted == state.authority else [granted]


def _backwards(granted: AuthorityGranted) -> Iterator[Failing]:
    if granted.until_at is not None and granted.until_at <= granted.from_at:
        yield Failing("/until_at", "PERIOD_BACKWARDS", "The authority would end before it begins.")


def _beyond_role(granted: AuthorityGranted, settings: Settings | None, role: str) -> Iterator[Failing]:
    """No officer is granted more than the scheme of delegation gives to their role (S0; DOMAIN.md, A18)."""
    if settings is None:
        return
    most = settings.limit(role)
    if most == Limit():
        sentence = "The council's settings delegate no amount to this officer's role."
        yield Failing("/limit_weekly_pence", "ROLE_WITHOUT_LIMIT", sentence)
    elif not granted_within(most, limit_of(granted), settings.weeks_per_year):
        sentence = "The council's settings delegate less than that to this officer's role."
        yield Failing("/limit_weekly_pence", "ABOVE_ROLE_LIMIT", sentence)


def limit_of(granted: AuthorityGranted) -> Limit:
    """The amounts of a grant."""
    return Limit(
        weekly_pence=granted.limit_weekly_pence,
        yearly_pence=granted.limit_yearly_pence,
        one_off_pence=granted.limit_one_off_pence,
    )


def _end(command: EndAuthority, state: State, at: datetime) -> Sequence[OfficerEvent]:
    _known(state)
    if state.authority is None:
        raise wrong_state("NO_AUTHORITY", "This officer has no authority that could be ended.")
    return [AuthorityEnded(command.officer, at)]


def _train(command: RecordTraining, state: State, by: By) -> Sequence[OfficerEvent]:
    if by.role not in TRAINERS:
        raise not_allowed("NOT_A_TRAINING_OFFICER", "Training is recorded by whoever keeps the officers' records.")
    if by.actor == command.officer:
        raise not_allowed("OWN_TRAINING", "Nobody records their own training.")
    _known(state)
    if command.valid_until is not None and command.valid_until < command.completed_on:
        raise rule_broken("PERIOD_BACKWARDS", "The training would run out before it was completed.")
    recorded = TrainingRecorded(command.officer, command.course, command.completed_on, command.valid_until, by.actor)
    known = state.training.get(command.course)
    return [] if known is not None and replace(known, recorded_by=by.actor) == recorded else [recorded]


def _acknowledge(command: AcknowledgeTerms, state: State, by: By) -> Sequence[OfficerEvent]:
    if by.actor != command.officer:
        raise not_allowed("NOT_YOURS_TO_ACKNOWLEDGE", "Every officer acknowledges the terms for themselves (S0).")
    _known(state)
    if command.settings_version not in command.published:
        raise not_found()
    if command.settings_version in state.acknowledged:
        return []
    return [TermsAcknowledged(command.officer, command.settings_version)]


def _known(state: State) -> OfficerAppointed:
    if state.appointed is None:
        raise not_found()
    return state.appointed


OFFICER: Decider[OfficerCommand, State, OfficerEvent] = Decider(State(), evolve, decide)


def stream(officer: str) -> str:
    """The stream of one officer."""
    return f"officer-{officer}"
