"""The stream `task-<id>`: a named officer must tell somebody something in person, with evidence for each of them.

A decision opens one for the family, a letter that was given up one for whoever must tell its recipient another way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, assert_never

from councils.calendar import london_date
from ledger.decider import Acting, Decider, Failing, not_allowed, not_found, rule_broken, wrong_state

Kind = Literal["INFORM_FAMILY", "TELL_ANOTHER_WAY"]
"""What a task is for."""

INFORM_FAMILY: Kind = "INFORM_FAMILY"
TELL_ANOTHER_WAY: Kind = "TELL_ANOTHER_WAY"


# --- Events ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Informed:
    """One party was told: how, and on which day."""

    party: str
    method: str
    on: date


@dataclass(frozen=True)
class TaskOpened:
    """Its owner must inform the parents or carers and the young person of a decision (S4 §8), or tell somebody
    another way what a letter did not (``decision`` is then the event that the letter followed from)."""

    task: str
    kind: str
    application: str
    decision: str
    owner: str
    parties: tuple[str, ...]
    opened_at: datetime


@dataclass(frozen=True)
class TaskDone:
    """Everybody was informed; who did it, when, and how is kept for each party (DOMAIN D13)."""

    task: str
    application: str
    informed: tuple[Informed, ...]
    done_by: str
    done_at: datetime


@dataclass(frozen=True)
class PartyTakenOut:
    """One party does not belong to the family; ``parties`` are left, and with none it is over (B12)."""

    task: str
    application: str
    party: str
    parties: tuple[str, ...]


Event = TaskOpened | TaskDone | PartyTakenOut


# --- State ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """What the rules need to know of a task."""

    id: str = ""
    application: str = ""
    owner: str = ""
    parties: tuple[str, ...] = ()
    done: bool = False


def evolve(state: Task, event: Event) -> Task:
    """Fold one event."""
    match event:
        case TaskOpened():
            return replace(
                state, id=event.task, application=event.application, owner=event.owner, parties=event.parties
            )
        case TaskDone():
            return replace(state, done=True)
        case PartyTakenOut():
            return replace(state, parties=event.parties)
        case _:
            assert_never(event)


# --- Commands and their rules ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenTask:
    """Ask an officer to tell somebody; asking again for the same thing changes nothing."""

    task: str
    application: str
    decision: str
    owner: str
    parties: tuple[str, ...]
    kind: str = INFORM_FAMILY


def open_task(command: OpenTask, state: Task, at: datetime) -> Sequence[Event]:
    """One task for each decision, and for each letter given up."""
    if state.id:
        return []
    return [
        TaskOpened(
            command.task, command.kind, command.application, command.decision, command.owner, command.parties, at
        )
    ]


@dataclass(frozen=True)
class CompleteTask:
    """Say that it is done, with date, method and person for each party."""

    informed: tuple[Informed, ...]


def complete_task(command: CompleteTask, state: Task, acting: Acting[None]) -> Sequence[Event]:
    """Done only by its owner, only once, and only with evidence for everybody who must be informed (DOMAIN D13)."""
    if not state.id:
        raise not_found()
    if not state.parties:
        raise wrong_state("TASK_CLOSED", "Nobody is left who must be told: they were named in error.")
    if state.done:
        raise wrong_state("TASK_DONE", "This task is already done.")
    if acting.by.actor != state.owner:
        raise not_allowed("NOT_YOUR_TASK", "Only the allocated worker can say that the family was informed.")
    today = london_date(acting.at)
    said = {informed.party for informed in command.informed}
    failing = [
        Failing(f"/informed/{party}", "PARTY_NOT_INFORMED", "Say when and how this person was informed.")
        for party in state.parties
        if party not in said
    ]
    for index, informed in enumerate(command.informed):
        if informed.party not in state.parties:
            failing.append(
                Failing(f"/informed/{index}/party", "PARTY_UNKNOWN", "This person is not on the application.")
            )
        if informed.on > today:
            failing.append(
                Failing(f"/informed/{index}/on", "IN_THE_FUTURE", "The day they were informed cannot lie ahead.")
            )
    if failing:
        raise rule_broken(
            "TASK_INCOMPLETE",
            "The task is done only with date, method and person for everybody who must be informed.",
            failing=failing,
        )
    return [TaskDone(state.id, state.application, command.informed, acting.by.actor, acting.at)]


@dataclass(frozen=True)
class TakePartyOut:
    """Somebody who was to be told does not belong to the family."""

    party: str


def take_party_out(command: TakePartyOut, state: Task) -> Sequence[Event]:
    """Nobody need tell them; what was done stays as it was said."""
    if state.done or command.party not in state.parties:
        return []
    left = tuple(party for party in state.parties if party != command.party)
    return [PartyTakenOut(state.id, state.application, command.party, left)]


@dataclass(frozen=True)
class Relative:
    """Somebody whom a decision names, as far as it says who must be told of it."""

    party: str
    relationship: str
    has_parental_responsibility: bool


def to_inform(person: str, adult: bool, family: Sequence[Relative]) -> tuple[str, ...]:
    """Whom a decision is told in person (S4 §8): an adult themself.

    Else the child or young person, every parent and carer named, and every holder of parental responsibility.
    """
    if adult:
        return (person,)
    family_named = tuple(
        one.party
        for one in family
        if one.party == person or one.relationship in ("parent", "carer") or one.has_parental_responsibility
    )
    return family_named if person in family_named else (person, *family_named)


# --- The decider ----------------------------------------------------------------------------------------------


Command = OpenTask | CompleteTask | TakePartyOut


def decide(command: Command, state: Task, acting: Acting[None]) -> Sequence[Event]:
    """What follows from a command, or why it is refused."""
    match command:
        case OpenTask():
            return open_task(command, state, acting.at)
        case CompleteTask():
            return complete_task(command, state, acting)
        case TakePartyOut():
            return take_party_out(command, state)
        case _:
            assert_never(command)


TASK: Decider[Command, Task, Event] = Decider(Task(), evolve, decide)
