"""The use cases of applications and assessments: what a command needs is read, its stream decides, and it is stored."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from uuid import uuid5

from councils.facts import Facts
from councils.scheme import Preview, preview
from councils.settings import Settings
from edge.calls import Call, VersionedCall
from ledger.decider import Acting, At, not_found, rule_broken
from ledger.rows import Context, Outcome
from ledger.unit_of_work import UnitOfWork, no_extras, prepared
from services import officers, settings
from services.intake.applications.decider import APPLICATION, ApplicationCommand, stream
from services.intake.applications.domain import assessment
from services.intake.applications.domain.assessment import ASSESSMENT, AssessmentHeld, HoldAssessment
from services.intake.applications.domain.events import (
    ApplicationEvent,
    ApplicationSubmitted,
    FurtherInformationGiven,
    codes_at_warn,
)
from services.intake.applications.domain.family import StateParentalResponsibility
from services.intake.applications.domain.further_information import GiveFurtherInformation
from services.intake.applications.domain.officers import Officers
from services.intake.applications.domain.starting import StartApplication, StartFromAssessment
from services.intake.applications.domain.state import State
from services.intake.applications.domain.submitting import SubmitApplication

C = TypeVar("C")
Start = TypeVar("Start", StartApplication, StartFromAssessment)


def under_settings(command: C) -> Callable[[UnitOfWork, State], Awaitable[tuple[C, Acting[Settings]]]]:
    """A command that is decided under the settings in force when it was received. Raises Refused SETTINGS_NOT_HERE."""

    async def prepare(unit: UnitOfWork, state: State) -> tuple[C, Acting[Settings]]:
        return command, unit.acting(await settings.required_in_force(unit, unit.context.received_at))

    return prepare


async def start(call: Call, command: StartApplication) -> Outcome:
    """Begin an application, with managers who are officers as far as is heard here (I3)."""

    async def prepare(unit: UnitOfWork, state: State) -> tuple[StartApplication, Acting[Settings]]:
        return await under_settings(await _naming(unit, command))(unit, state)

    return await call.book.carry_out(call.context, APPLICATION, stream(command.application), prepare)


async def _naming(unit: UnitOfWork, command: Start) -> Start:
    return replace(command, officers=await _officers(unit, (command.team_manager, command.service_manager)))


async def _officers(unit: UnitOfWork, named: Sequence[str]) -> Officers:
    known = await officers.appointed(unit, named)
    return Officers(known or frozenset(), known is not None)


async def start_from_assessment(
    call: Call, held: str, begin: Callable[[str, AssessmentHeld], StartFromAssessment]
) -> Outcome:
    """Begin an application from an assessment already held. Raises Refused NOT_FOUND where there is none."""
    application = new_id(call.context)

    async def prepare(unit: UnitOfWork, state: State) -> tuple[StartFromAssessment, Acting[Settings]]:
        loaded = await unit.load(ASSESSMENT, assessment.stream(held))
        if loaded.state.assessment is None:
            raise not_found()
        command = await _naming(unit, begin(application, loaded.state.assessment))
        return await under_settings(command)(unit, state)

    return await call.book.carry_out(call.context, APPLICATION, stream(application), prepare)


async def hold_assessment(call: Call, command: HoldAssessment) -> Outcome:
    """Take an assessment in."""
    name = assessment.stream(command.assessment)
    return await call.book.carry_out(call.context, ASSESSMENT, name, prepared(command))


def new_id(context: Context, what: str = "application") -> str:
    """The id of what a command creates: the same for the same command."""
    return str(uuid5(context.command_id, what))


async def carry_out(
    call: VersionedCall,
    application: str,
    command: ApplicationCommand,
    answer: Callable[[State, Sequence[ApplicationEvent]], dict[str, Any]] = no_extras,
) -> Outcome:
    """Anything that is asked of an application that has begun: editing, signing, agreeing, announcing, giving up."""
    prepare = under_settings(command)
    name = stream(application)
    return await call.book.carry_out(call.context, APPLICATION, name, prepare, expected=call.version, answer=answer)


async def state_parental_responsibility(
    call: VersionedCall, application: str, command: StateParentalResponsibility
) -> Outcome:
    """Say who holds parental responsibility where no relative does; the manager named for the council is an officer."""

    async def prepare(unit: UnitOfWork, state: State) -> tuple[StateParentalResponsibility, Acting[Settings]]:
        named = () if command.manager is None else (command.manager,)
        return await under_settings(replace(command, officers=await _officers(unit, named)))(unit, state)

    return await call.book.carry_out(call.context, APPLICATION, stream(application), prepare, expected=call.version)


async def submit(call: VersionedCall, application: str, command: SubmitApplication) -> Outcome:
    """Hand the application in; the answer adds the sitting, its cut-off, and when the application was received."""
    return await carry_out(call, application, command, _receipt)


async def give_further_information(call: VersionedCall, application: str, command: GiveFurtherInformation) -> Outcome:
    """Answer what a deferral asked for; the answer adds the sitting, its cut-off, and whether that had passed."""
    return await carry_out(call, application, command, _receipt)


def _receipt(_: State, events: Sequence[ApplicationEvent]) -> dict[str, Any]:
    for event in events:
        match event:
            case ApplicationSubmitted():
                names = ("sitting_on", "forum", "cut_off_at", "received_at", "settings_version")
                return {name: getattr(event, name) for name in names} | {"warnings": codes_at_warn(event.warnings)}
            case FurtherInformationGiven():
                names = ("sitting_on", "cut_off_at", "received_at", "late")
                return {name: getattr(event, name) for name in names}
            case _:
                pass
    return {}


def preview_of(settings: Settings, found: dict[str, Any], at: At) -> Preview:
    """Where a draft would go if it were received at that moment; ``found`` is the application as it is read.

    Raises Refused COST_MISSING while nothing is known of the cost, and UNKNOWN_KIND.
    """
    if found["weekly_pence"] is None:
        raise rule_broken("COST_MISSING", "Say what the support costs; then it can be said where this would go.")
    if found["kind"] not in settings.kinds:
        raise rule_broken("UNKNOWN_KIND", "The council no longer takes applications of this kind.")
    return preview(settings, Facts.read({**found, **(found["circumstances"] or {})}), at)
