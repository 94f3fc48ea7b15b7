"""The stream `assessment-<id>`: an assessment already held, from which applications are begun (S2 #11, S3 #5).

What it says is not asked again: an application takes person, needs, outcomes and costs from it as they stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from councils.settings import Settings
from ledger.decider import Acting, Decider, Private, not_allowed
from services.intake.applications.domain.form_events import private


@dataclass(frozen=True)
class AssessmentHeld:
    """The council holds an assessment of a person; money in pence, None where it says nothing."""

    assessment: str
    person: str
    person_name: Private
    born_on: Private
    contact_email: Private | None
    assessed_on: date
    needs: Private
    outcomes: Private
    analysis: Private | None
    indicative_weekly_pence: int | None
    weekly_pence: int | None
    one_off_pence: int
    held_by: str
    held_at: datetime


@dataclass(frozen=True)
class HoldAssessment:
    """Take an assessment in, as the council's case system has it."""

    assessment: str
    person: str
    person_name: str
    born_on: date
    contact_email: str | None
    assessed_on: date
    needs: str
    outcomes: str
    analysis: str | None
    indicative_weekly_pence: int | None
    weekly_pence: int | None
    one_off_pence: int


@dataclass(frozen=True)
class Held:
    """The assessment, once it is held."""

    assessment: AssessmentHeld | None = None


def evolve(_: Held, event: AssessmentHeld) -> Held:
    """An assessment is held once and never changes."""
    return Held(event)


def decide(command: HoldAssessment, state: Held, acting: Acting[Settings]) -> Sequence[AssessmentHeld]:
    """Only a social worker takes an assessment in."""
    if acting.by.role != "social_worker":
        raise not_allowed("NOT_A_SOCIAL_WORKER", "Only a social worker may take an assessment in.")
    if state.assessment is not None:
        return []

    return [
        AssessmentHeld(
            assessment=command.assessment,
            person=command.person,
            person_name=Private(command.person, command.person_name),
            born_on=Private(command.person, command.born_on.isoformat()),
            contact_email=private(command.person, command.contact_email),
            assessed_on=command.assessed_on,
            needs=Private(command.person, command.needs),
            outcomes=Private(command.person, command.outcomes),
            analysis=private(command.person, command.analysis),
            indicative_weekly_pence=command.indicative_weekly_pence,
            weekly_pence=command.weekly_pence,
            one_off_pence=command.one_off_pence,
            held_by=acting.by.actor,
            held_at=acting.at,
        )
    ]


ASSESSMENT: Decider[HoldAssessment, Held, AssessmentHeld] = Decider(Held(), evolve, decide)


def stream(assessment: str) -> str:
    """The stream of one assessment."""
    return f"assessment-{assessment}"
