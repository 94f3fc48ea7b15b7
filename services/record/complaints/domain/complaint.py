"""One complaint, opened by a disagreement; there is no other way to record a family's disagreement (DOMAIN F1)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Literal, assert_never

from councils.calendar import months_after, working_days_after
from ledger.decider import By, Decider, Failing, Private, rule_broken, without_acting

ACKNOWLEDGE_WITHIN = 3
"""Working days in which an adult complaint is acknowledged (SI 2009/309 reg 13)."""

EXPLAIN_AFTER_MONTHS = 6
"""Months after which an unanswered adult complaint is owed a written explanation (SI 2009/309 reg 14)."""


class Stage(StrEnum):
    """Which procedure the complaint runs under."""

    STAGE_ONE = "STAGE_ONE"
    ADULT = "ADULT"


class Relationship(StrEnum):
    """Who disagrees. Staff are not here: a worker's own disagreement goes to the Team Manager (DOMAIN F2)."""

    PERSON = "person"
    CHILD = "child"
    YOUNG_PERSON = "young_person"
    PARENT = "parent"
    CARER = "carer"
    ADVOCATE = "advocate"


STAFF = frozenset({"social_worker", "team_manager", "service_manager", "officer"})


# --- Events ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ComplaintOpened:
    """A family disagreed. "They should be viewed as a Stage One complaint without exception" (S4 §8)."""

    complaint: str
    application: str
    decision: str | None
    stage: Stage
    received_on: date
    due_on: date
    extendable_to: date | None
    acknowledge_by: date | None
    from_party: str
    relationship: Relationship
    words: Private
    recorded_by: str
    team_manager: str


Event = ComplaintOpened


# --- Commands -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clocks:
    """The council's days for a Stage One complaint, from the settings version in force (SI 2006/1738 reg 14)."""

    stage_one: int
    stage_one_extended: int


@dataclass(frozen=True)
class Disagreement:
    """What somebody of the family said, as it was handed in."""

    application: str
    from_party: str
    relationship: str
    received_on: date
    words: str


@dataclass(frozen=True)
class RecordDisagreement:
    """Somebody of the family disagrees with a decision; ``received_on`` is day 0 of every clock."""

    complaint: str
    application: str
    decision: str | None
    person: Literal["child", "adult"]
    clocks: Clocks
    received_on: date
    today: date
    from_party: str
    relationship: str
    words: Private
    team_manager: str
    by: By


Command = RecordDisagreement


# --- State ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Complaint:
    """What the rules need to know of a complaint."""

    id: str = ""
    stage: Stage | None = None
    due_on: date | None = None


def evolve(state: Complaint, event: Event) -> Complaint:
    """Fold one event."""
    match event:
        case ComplaintOpened():
            return replace(state, id=event.complaint, stage=event.stage, due_on=event.due_on)
        case _:
            assert_never(event)


def decide(command: Command, state: Complaint) -> Sequence[Event]:
    """What follows from a command, or why it is refused."""
    match command:
        case RecordDisagreement():
            return [] if state.id else [_open(command)]
        case _:
            assert_never(command)


def _open(command: RecordDisagreement) -> ComplaintOpened:
    failing: list[Failing] = []
    if command.relationship in STAFF:
        raise rule_broken(
            "STAFF_DISAGREEMENT",
            "An officer's own disagreement goes to the Team Manager, and a presenter's is recorded as a challenge."
            " Record here what the family said.",
        )
    if command.relationship not in set(Relationship):
        failing.append(
            Failing("/relationship", "RELATIONSHIP_UNKNOWN", "Say who disagrees: " + ", ".join(Relationship) + ".")
        )
    if not (command.words.text or "").strip() and not command.words.box:
        failing.append(Failing("/words", "WORDS_MISSING", "Say in their own words what they disagree with."))
    if command.received_on > command.today:
        failing.append(Failing("/received_on", "IN_THE_FUTURE", "The day of receipt cannot lie ahead."))
    if failing:
        raise rule_broken("FORM_INCOMPLETE", "The disagreement cannot be recorded like this.", failing=failing)
    child = command.person == "child"
    received = command.received_on
    return ComplaintOpened(
        complaint=command.complaint,
        application=command.application,
        decision=command.decision,
        stage=Stage.STAGE_ONE if child else Stage.ADULT,
        received_on=received,
        due_on=working_days_after(received, command.clocks.stage_one)
        if child
        else months_after(received, EXPLAIN_AFTER_MONTHS),
        extendable_to=working_days_after(received, command.clocks.stage_one_extended) if child else None,
        acknowledge_by=None if child else working_days_after(received, ACKNOWLEDGE_WITHIN),
        from_party=command.from_party,
        relationship=Relationship(command.relationship),
        words=command.words,
        recorded_by=command.by.actor,
        team_manager=command.team_manager,
    )


COMPLAINT: Decider[Command, Complaint, Event] = Decider(Complaint(), evolve, without_acting(decide))
