"""One function for every command of intake: load, decide, append."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid5

from councils.facts import Facts
from councils.scheme import Preview, preview
from councils.settings import Settings
from edge.commands import by
from ledger.book import Book
from ledger.decider import not_found, not_ready, rule_broken
from ledger.rows import Context, Outcome
from ledger.store import Reader
from services.intake.applications.decider import APPLICATION, ApplicationCommand, stream
from services.intake.applications.domain import assessment
from services.intake.applications.domain.abandoning import AbandonApplication, AgreeAbandonment
from services.intake.applications.domain.announcing import ExpectApplication
from services.intake.applications.domain.assessment import ASSESSMENT, HoldAssessment
from services.intake.applications.domain.editing import Edit
from services.intake.applications.domain.events import ApplicationEvent, ApplicationSubmitted, FurtherInformationGiven
from services.intake.applications.domain.family import Relative
from services.intake.applications.domain.further_information import GiveFurtherInformation
from services.intake.applications.domain.signing import AgreeApplication, AnswerComment, SignApplication
from services.intake.applications.domain.starting import StartApplication, StartFromAssessment
from services.intake.applications.domain.state import State
from services.intake.applications.domain.submitting import SubmitApplication
from services.intake.applications.queries import settings_in_force


async def start(book: Book, context: Context, command: StartApplication) -> Outcome:
    """Begin an application."""
    async with book.unit_of_work(context) as unit:
        return await unit.carry_out(APPLICATION, stream(command.application), command)


@dataclass(frozen=True)
class Beginning:
    """What is said of an application that begins from an assessment: nothing that the assessment says."""

    kind: str
    miles: float | None
    team: str
    team_manager: str
    service: str
    service_manager: str
    family: tuple[Relative, ...]


async def start_from_assessment(book: Book, context: Context, held: str, begun: Beginning) -> Outcome:
    """Begin an application from an assessment already held. Raises Refused NOT_FOUND where there is none."""
    settings = await settings_now(book, context)
    async with book.unit_of_work(context) as unit:
        loaded = await unit.load(ASSESSMENT, assessment.stream(held))
        if loaded.state.assessment is None:
            raise not_found()
        application = new_id(context)
        command = StartFromAssessment(
            by=by(context),
            settings=settings,
            application=application,
            kind=begun.kind,
            assessment=loaded.state.assessment,
            miles=begun.miles,
            team=begun.team,
            team_manager=begun.team_manager,
            service=begun.service,
            service_manager=begun.service_manager,
            family=begun.family,
            at=context.received_at,
        )
        return await unit.carry_out(APPLICATION, stream(application), command)


async def hold_assessment(book: Book, context: Context, command: HoldAssessment) -> Outcome:
    """Take an assessment in."""
    async with book.unit_of_work(context) as unit:
        return await unit.carry_out(ASSESSMENT, assessment.stream(command.assessment), command)


def new_id(context: Context, what: str = "application") -> str:
    """The id of what a command creates: the same for the same command."""
    return str(uuid5(context.command_id, what))


async def settings_now(book: Book, context: Context) -> Settings:
    """The council's settings in force when a request was received, as far as intake has heard.

    Raises Refused SETTINGS_NOT_HERE (503) while it has heard of none.
    """
    async with book.reading(context.council, shown=False) as reader:
        return await settings_of(reader, context.received_at)


async def settings_of(reader: Reader, at: datetime) -> Settings:
    """The council's settings in force at a moment. Raises Refused SETTINGS_NOT_HERE (503)."""
    settings = await settings_in_force(reader, at)
    if settings is None:
        raise not_ready("SETTINGS_NOT_HERE", "The council's settings have not reached this service yet. Try again.")
    return settings


async def edit(book: Book, context: Context, expected: int, application: str, command: Edit) -> Outcome:
    """Write a part of the form."""
    return await _carry_out(book, context, expected, application, command)


async def sign(book: Book, context: Context, expected: int, application: str, comments: tuple[str, ...]) -> Outcome:
    """Sign as the manager of the application's team."""
    command = SignApplication(by(context), await settings_now(book, context), comments)
    return await _carry_out(book, context, expected, application, command)


async def answer_comment(
    book: Book, context: Context, expected: int, application: str, comment: str, answer: str
) -> Outcome:
    """Answer one of the team manager's comments."""
    return await _carry_out(book, context, expected, application, AnswerComment(by(context), comment, answer))


async def agree(book: Book, context: Context, expected: int, application: str) -> Outcome:
    """Agree as the manager of the application's service."""
    command = AgreeApplication(by(context), await settings_now(book, context))
    return await _carry_out(book, context, expected, application, command)


async def expect(book: Book, context: Context, expected: int, application: str, sitting_on: date) -> Outcome:
    """Announce the application for a sitting."""
    command = ExpectApplication(by(context), await settings_now(book, context), sitting_on, context.received_at)
    return await _carry_out(book, context, expected, application, command)


async def agree_abandonment(book: Book, context: Context, expected: int, application: str, reason: str) -> Outcome:
    """Agree, as the manager of the application's service, that it is given up."""
    return await _carry_out(book, context, expected, application, AgreeAbandonment(by(context), reason))


async def abandon(book: Book, context: Context, expected: int, application: str, reason: str) -> Outcome:
    """Give the application up."""
    settings = await settings_now(book, context)
    command = AbandonApplication(by(context), settings, reason, context.received_at)
    return await _carry_out(book, context, expected, application, command)


async def submit(book: Book, context: Context, expected: int, application: str, sitting_on: date | None) -> Outcome:
    """Hand the application in; the answer adds the sitting, its cut-off, and when the application was received."""
    settings = await settings_now(book, context)
    command = SubmitApplication(by(context), settings, sitting_on, context.received_at)

    def answer(_: State, events: Sequence[ApplicationEvent]) -> dict[str, Any]:
        return {key: value for event in events for key, value in _receipt(event).items()}

    return await _carry_out(book, context, expected, application, command, answer)


def _receipt(event: ApplicationEvent) -> dict[str, Any]:
    if not isinstance(event, ApplicationSubmitted):
        return {}
    return {
        "sitting_on": event.sitting_on,
        "forum": event.forum,
        "cut_off_at": event.cut_off_at,
        "received_at": event.received_at,
        "settings_version": event.settings_version,
        "warnings": event.warnings,
    }


async def give_further_information(
    book: Book, context: Context, expected: int, application: str, command: GiveFurtherInformation
) -> Outcome:
    """Answer what a deferral asked for; the answer adds the sitting, its cut-off, and whether that had passed."""

    def answer(_: State, events: Sequence[ApplicationEvent]) -> dict[str, Any]:
        return {key: value for event in events for key, value in _receipt_of_answers(event).items()}

    return await _carry_out(book, context, expected, application, command, answer)


def _receipt_of_answers(event: ApplicationEvent) -> dict[str, Any]:
    if not isinstance(event, FurtherInformationGiven):
        return {}
    return {
        "sitting_on": event.sitting_on,
        "cut_off_at": event.cut_off_at,
        "received_at": event.received_at,
        "late": event.late,
    }


def _nothing_more(_: State, __: Sequence[ApplicationEvent]) -> dict[str, Any]:
    return {}


async def _carry_out(
    book: Book,
    context: Context,
    expected: int,
    application: str,
    command: ApplicationCommand,
    answer: Callable[[State, Sequence[ApplicationEvent]], dict[str, Any]] = _nothing_more,
) -> Outcome:
    async with book.unit_of_work(context) as unit:
        return await unit.carry_out(APPLICATION, stream(application), command, expected=expected, answer=answer)


def preview_of(settings: Settings, found: dict[str, Any], at: datetime) -> Preview:
    """Where a draft would go if it were received at that moment; ``found`` is the application as it is read.

    Raises Refused COST_MISSING while nothing is known of the cost, and UNKNOWN_KIND.
    """
    if found["weekly_pence"] is None:
        raise rule_broken("COST_MISSING", "Say what the support costs; then it can be said where this would go.")
    if found["kind"] not in settings.kinds:
        raise rule_broken("UNKNOWN_KIND", "The council no longer takes applications of this kind.")
    return preview(settings, Facts.read({**found, **(found["circumstances"] or {})}), at)
