"""The stream `complaint-<id>`: there is no other way to record a family's disagreement (DOMAIN F1)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Literal, assert_never

from councils.calendar import london_date, months_after, working_days_after
from councils.settings import Settings
from councils.texts import says_something
from ledger.decider import Acting, Decider, Failing, Private, rule_broken

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


# --- Commands and their rules ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Disagreement:
    """What somebody of the family said, as it was handed in; ``received_on`` is day 0 of every clock."""

    application: str
    from_party: str
    relationship: str
    received_on: date
    words: Private


@dataclass(frozen=True)
class Case:
    """What record knows of the application that a disagreement is about."""

    decision: str | None
    person: Literal["child", "adult"]
    team_manager: str


@dataclass(frozen=True)
class RecordDisagreement:
    """Somebody of the family disagrees with a decision."""

    complaint: str
    said: Disagreement
    case: Case


def record_disagreement(command: RecordDisagreement, acting: Acting[Settings]) -> ComplaintOpened:
    """A child's is a Stage One complaint (SI 2006/1738 reg 14), an adult's has the clocks of SI 2009/309."""
    said, case = command.said, command.case
    _must_be_the_familys(said, london_date(acting.at))
    child, received, days = case.person == "child", said.received_on, acting.settings.complaints
    return ComplaintOpened(
        complaint=command.complaint,
        application=said.application,
        decision=case.decision,
        stage=Stage.STAGE_ONE if child else Stage.ADULT,
        received_on=received,
        due_on=working_days_after(received, days.stage_one) if child else months_after(received, EXPLAIN_AFTER_MONTHS),
        extendable_to=working_days_after(received, days.stage_one_extended) if child else None,
        acknowledge_by=None if child else working_days_after(received, ACKNOWLEDGE_WITHIN),
        from_party=said.from_party,
        relationship=Relationship(said.relationship),
        words=said.words,
        recorded_by=acting.by.actor,
        team_manager=case.team_manager,
    )


def _must_be_the_familys(said: Disagreement, today: date) -> None:
    if said.relationship in STAFF:
        raise rule_broken(
            "STAFF_DISAGREEMENT",
            "An officer's own disagreement goes to the Team Manager, and a presenter's is recorded as a challenge."
            " Record here what the family said.",
        )
    failing: list[Failing] = []
    if said.relationship not in set(Relationship):
        failing.append(
            Failing("/relationship", "RELATIONSHIP_UNKNOWN", "Say who disagrees: " + ", ".join(Relationship) + ".")
        )
    if not says_something(said.words.text or "") and not said.words.box:
        failing.append(Failing("/words", "WORDS_MISSING", "Say in their own words what they disagree with."))
    if said.received_on > today:
        failing.append(Failing("/received_on", "IN_THE_FUTURE", "The day of receipt cannot lie ahead."))
    if failing:
        raise rule_broken("FORM_INCOMPLETE", "The disagreement cannot be recorded like this.", failing=failing)


# --- The decider ----------------------------------------------------------------------------------------------


Command = RecordDisagreement


def decide(command: Command, state: Complaint, acting: Acting[Settings]) -> Sequence[Event]:
    """What follows from a command, or why it is refused."""
    match command:
        case RecordDisagreement():
            return [] if state.id else [record_disagreement(command, acting)]
        case _:
            assert_never(command)


COMPLAINT: Decider[Command, Complaint, Event] = Decider(Complaint(), evolve, decide)
