"""The family of the person: who belongs to it, who holds parental responsibility, and what each thinks and wishes."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from councils.settings import Settings
from councils.texts import says_something
from ledger.decider import Acting, Failing, Private
from services.intake.applications.domain.events import ApplicationEvent
from services.intake.applications.domain.form_events import (
    FamilyMember,
    FamilyMemberNamed,
    GuardPassed,
    ParentalResponsibilityStated,
    Relationship,
    VoiceRecorded,
    private,
)
from services.intake.applications.domain.officers import Officers, judged
from services.intake.applications.domain.requirements import broken
from services.intake.applications.domain.state import State

MOST_RELATIVES = 50
"""People in one family: as many as a form may begin with."""


@dataclass(frozen=True)
class Relative:
    """Somebody in the family, as the social worker names them."""

    party: str
    relationship: Relationship
    name: str
    has_parental_responsibility: bool


def family_member(one: Relative) -> FamilyMember:
    """Somebody in the family as an event holds them: the name is sealed as their own."""
    return FamilyMember(one.party, one.relationship, Private(one.party, one.name), one.has_parental_responsibility)


@dataclass(frozen=True)
class NameFamilyMember:
    """Add somebody to the family, or correct what is said of them under the same id."""

    part: ClassVar = "family"
    member: Relative


def name_family_member(command: NameFamilyMember, state: State, acting: Acting[Settings]) -> list[ApplicationEvent]:
    """One more of the family, or one of them described anew."""
    known = {member.party for member in state.family}
    if command.member.party not in known and len(known) >= MOST_RELATIVES:
        raise broken(Failing("/party", "FAMILY_FULL", f"A family has at most {MOST_RELATIVES} people."))
    return [FamilyMemberNamed(family_member(command.member))]


@dataclass(frozen=True)
class StateParentalResponsibility:
    """Say that the council or nobody holds parental responsibility, and why; None takes that back.

    ``manager`` is the officer from whom the council's view comes; ``officers`` are the council's as heard.
    """

    part: ClassVar = "parental_responsibility"
    held_by: Literal["COUNCIL", "NOBODY"] | None
    reason: str | None
    manager: str | None = None
    officers: Officers | None = None


def state_parental_responsibility(
    command: StateParentalResponsibility, state: State, acting: Acting[Settings]
) -> list[ApplicationEvent]:
    """The council by an order, or nobody, holds it; and why (S4 §13)."""
    held_by, reason = command.held_by, command.reason
    if held_by is None:
        return [] if state.parental_responsibility is None else [ParentalResponsibilityStated(None, None)]
    if reason is None or not says_something(reason):
        sentence = "Say why no relative holds parental responsibility."
        raise broken(Failing("/reason", "PR_REASON_MISSING", sentence))
    manager = command.manager if held_by == "COUNCIL" else None
    named = {} if manager is None else {"manager": manager}
    nobody, warnings = judged(command.officers, named, acting.settings, state.begun.kind)
    if nobody:
        raise broken(*nobody)
    stated = ParentalResponsibilityStated(held_by, Private(state.begun.person, reason), manager)
    return [stated, *(GuardPassed(passed, command.part) for passed in warnings)]


@dataclass(frozen=True)
class RecordVoice:
    """Write down somebody's views, or why they could not be had; a child's beside their age and understanding."""

    part: ClassVar = "voices"
    party: str
    views: str | None
    why_not_obtainable: str | None
    age_years: int | None = None
    understanding: str | None = None


def record_voice(command: RecordVoice, state: State, acting: Acting[Settings]) -> list[ApplicationEvent]:
    """The views of somebody of the family, or why they could not be had (S4 §13); the council's is the person's."""
    party, views, why_not = command.party, command.views, command.why_not_obtainable
    council = state.parental_responsibility.manager if state.parental_responsibility else None
    if party not in {state.begun.person, council, *(member.party for member in state.family)}:
        raise broken(Failing("/party", "UNKNOWN_PARTY", "Nobody by this id belongs to this application."))
    if not any(says_something(text) for text in (views, why_not) if text):
        raise broken(Failing("/views", "VIEWS_EMPTY", "Write down the views, or why they could not be had."))
    age = None if command.age_years is None else str(command.age_years)
    of = state.begun.person if party == council else party
    said = (private(of, text) for text in (views, why_not, age, command.understanding))
    return [VoiceRecorded(party, *said)]
