"""Beginning an application: by hand, or from an assessment already held, of which nothing is asked again (B7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from councils.guards import Warned
from councils.settings import Settings
from ledger.decider import Acting, Failing, Private, not_allowed, wrong_state
from services.intake.applications.domain.assessment import AssessmentHeld
from services.intake.applications.domain.events import ApplicationEvent, ApplicationStarted, AssessmentTaken
from services.intake.applications.domain.family import Relative, family_member
from services.intake.applications.domain.form_events import BudgetIndicated, CostsGiven, SectionCompleted
from services.intake.applications.domain.officers import Officers, judged
from services.intake.applications.domain.requirements import broken
from services.intake.applications.domain.state import State


@dataclass(frozen=True)
class StartApplication:
    """Begin an application of one of the council's kinds.

    ``officers`` are the council's as far as they are heard of; None for a past case, whose officers may have gone.
    """

    application: str
    kind: str
    person: str
    person_name: str
    born_on: date
    contact_email: str | None
    miles: float | None
    team: str
    team_manager: str
    service: str
    service_manager: str
    family: tuple[Relative, ...]
    officers: Officers | None = None


@dataclass(frozen=True)
class StartFromAssessment:
    """Begin an application from an assessment already held: what it says is not asked again (B7).

    ``officers`` as in :class:`StartApplication`.
    """

    application: str
    kind: str
    assessment: AssessmentHeld
    miles: float | None
    team: str
    team_manager: str
    service: str
    service_manager: str
    family: tuple[Relative, ...]
    officers: Officers | None = None


def start(command: StartApplication, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """Begin an application with what the social worker says of the person."""
    if state.started is not None:
        raise wrong_state("ALREADY_STARTED", "This application has been begun already.")
    person, email = command.person, command.contact_email
    return [
        _started(
            command,
            acting,
            _may_start(command, acting),
            person=person,
            person_name=Private(person, command.person_name),
            born_on=Private(person, command.born_on.isoformat()),
            contact_email=None if email is None else Private(person, email),
        )
    ]


def start_from_assessment(
    command: StartFromAssessment, state: State, acting: Acting[Settings]
) -> Sequence[ApplicationEvent]:
    """Begin an application with person, needs, outcomes and costs as the assessment has them."""
    held = command.assessment
    warnings = _may_start(command, acting)
    taken: list[tuple[str, ApplicationEvent]] = [
        ("needs", SectionCompleted("needs", held.needs)),
        ("outcomes", SectionCompleted("outcomes", held.outcomes)),
    ]
    if held.analysis is not None:
        taken.append(("analysis", SectionCompleted("analysis", held.analysis)))
    if held.indicative_weekly_pence is not None:
        taken.append(("indicative_budget", BudgetIndicated(held.indicative_weekly_pence)))
    if held.weekly_pence is not None:
        taken.append(("costs", CostsGiven(held.weekly_pence, held.one_off_pence)))
    started = _started(
        command,
        acting,
        warnings,
        person=held.person,
        person_name=held.person_name,
        born_on=held.born_on,
        contact_email=held.contact_email,
    )
    parts = ("person", *(part for part, _ in taken))
    return [started, AssessmentTaken(held.assessment, held.assessed_on, parts), *(event for _, event in taken)]


def _may_start(command: StartApplication | StartFromAssessment, acting: Acting[Settings]) -> tuple[Warned, ...]:
    by = acting.by
    if by.role != "social_worker":
        raise not_allowed("NOT_A_SOCIAL_WORKER", "Only a social worker may start an application.")
    if by.team != command.team:
        raise not_allowed("NOT_YOUR_TEAM", "An application is started in the social worker's own team.")
    parties = [relative.party for relative in command.family]
    failing = [
        Failing(f"/family/{index}/party", "PARTY_TWICE", "This person is in the family already.")
        for index, party in enumerate(parties)
        if party in parties[:index]
    ]
    if command.kind not in acting.settings.kinds:
        known = ", ".join(acting.settings.kinds)
        failing.append(Failing("/kind", "UNKNOWN_KIND", f"This council knows these kinds of application: {known}."))
    named = {"team_manager": command.team_manager, "service_manager": command.service_manager}
    nobody, warnings = judged(command.officers, named, acting.settings, command.kind)
    failing += nobody
    if failing:
        raise broken(*failing)
    return warnings


def _started(
    command: StartApplication | StartFromAssessment,
    acting: Acting[Settings],
    warnings: tuple[Warned, ...],
    *,
    person: str,
    person_name: Private,
    born_on: Private,
    contact_email: Private | None,
) -> ApplicationStarted:
    return ApplicationStarted(
        application=command.application,
        kind=command.kind,
        person=person,
        person_name=person_name,
        born_on=born_on,
        contact_email=contact_email,
        miles=command.miles,
        originator=acting.by.actor,
        team=command.team,
        team_manager=command.team_manager,
        service=command.service,
        service_manager=command.service_manager,
        family=tuple(map(family_member, command.family)),
        settings_version=acting.settings.version,
        started_at=acting.at,
        warnings=warnings,
    )
