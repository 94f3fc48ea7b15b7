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


About = Literal["DECISION", "DELAY_OR_CONDUCT"]
"""What a complaint is about: a decision, or what came before one, when there was none yet (PANEL.md, §5)."""

NAMED_LATER = frozenset({Relationship.PARENT, Relationship.YOUNG_PERSON})
"""Whom no form may name and who are taken all the same, with their name: they become a party."""

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
    about: About
    reason: Private | None
    party_name: Private | None


@dataclass(frozen=True)
class DisagreementRepeated:
    """Somebody said the same again, in the same words: it belongs to the complaint that these words opened."""

    complaint: str
    received_on: date
    recorded_by: str


Event = ComplaintOpened | DisagreementRepeated


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
        case DisagreementRepeated():
            return state
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
    reason: Private | None = None
    name: Private | None = None


@dataclass(frozen=True)
class Case:
    """What record knows of the application that a disagreement is about."""

    decision: str | None
    person: Literal["child", "adult"]
    team_manager: str
    decided_on: date | None = None
    parties: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RecordDisagreement:
    """Somebody of the family disagrees with a decision."""

    complaint: str
    said: Disagreement
    case: Case


def record_disagreement(command: RecordDisagreement, acting: Acting[Settings]) -> ComplaintOpened:
    """A child's is a Stage One complaint (SI 2006/1738 reg 14), an adult's has the clocks of SI 2009/309."""
    said, case = command.said, command.case
    _must_be_the_familys(said, case, london_date(acting.at))
    # About a decision that was not there yet nobody can disagree: it is about what came before.
    about: About = "DECISION" if _of_a_decision(said, case) else "DELAY_OR_CONDUCT"
    child, received, days = case.person == "child", said.received_on, acting.settings.complaints
    return ComplaintOpened(
        complaint=command.complaint,
        application=said.application,
        decision=case.decision if about == "DECISION" else None,
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
        about=about,
        reason=said.reason if about == "DELAY_OR_CONDUCT" else None,
        party_name=said.name if said.from_party not in case.parties else None,
    )


def repeat(command: RecordDisagreement, acting: Acting[Settings]) -> DisagreementRepeated:
    """The same words again are linked, not doubled (PANEL.md, §5), if they are the family's."""
    _must_be_the_familys(command.said, command.case, london_date(acting.at))
    return DisagreementRepeated(command.complaint, command.said.received_on, acting.by.actor)


def _of_a_decision(said: Disagreement, case: Case) -> bool:
    return case.decided_on is not None and said.received_on >= case.decided_on


def _must_be_the_familys(said: Disagreement, case: Case, today: date) -> None:
    """Staff, the future and empty words are refused, and who belongs to no family; the rest is taken (PANEL.md, §5)."""
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
    elif said.from_party not in case.parties and (said.relationship not in NAMED_LATER or said.name is None):
        failing.append(Failing("/from_party", "PARTY_UNKNOWN", _PARTY_UNKNOWN))
    if not says_something(said.words.text or "") and not said.words.box:
        failing.append(Failing("/words", "WORDS_MISSING", "Say in their own words what they disagree with."))
    if said.received_on > today:
        failing.append(Failing("/received_on", "IN_THE_FUTURE", "The day of receipt cannot lie ahead."))
    elif said.reason is None and not _of_a_decision(said, case):
        code = "UNDECIDED" if case.decided_on is None else "BEFORE_DECISION"
        failing.append(Failing("/reason", code, _NOTHING_DECIDED))
    if len(failing) == 1 and failing[0].code in OWN_ANSWERS:
        raise rule_broken(failing[0].code, failing[0].sentence, failing=failing)
    if failing:
        raise rule_broken("FORM_INCOMPLETE", "The disagreement cannot be recorded like this.", failing=failing)


OWN_ANSWERS = frozenset({"PARTY_UNKNOWN", "UNDECIDED", "BEFORE_DECISION"})
"""What is answered under its own code where nothing else is wrong."""

_PARTY_UNKNOWN = (
    "Nobody of this id is on the application. A parent or a young person whom no form names is taken with their name;"
    " an advocate is recorded under the party whom they speak for."
)
_NOTHING_DECIDED = (
    "Nothing had been decided on that day: say in reason what the complaint about delay or conduct is about."
)


# --- The decider ----------------------------------------------------------------------------------------------


Command = RecordDisagreement


def decide(command: Command, state: Complaint, acting: Acting[Settings]) -> Sequence[Event]:
    """What follows from a command, or why it is refused."""
    match command:
        case RecordDisagreement():
            return [repeat(command, acting)] if state.id else [record_disagreement(command, acting)]
        case _:
            assert_never(command)


COMPLAINT: Decider[Command, Complaint, Event] = Decider(Complaint(), evolve, decide)
