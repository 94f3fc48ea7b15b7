"""One function for every command of intake: load, decide, append."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid5

from councils.calendar import cut_off
from councils.scheme import Facts, Preview, preview
from councils.settings import Settings
from edge.commands import by
from ledger.book import Book, Desk
from ledger.decider import Decider, Waiting, not_found, not_ready, rule_broken
from ledger.rows import Context, Outcome, Row
from ledger.store import Reader
from services.intake.domain import assessment, expected
from services.intake.domain.application import APPLICATION, State, stream
from services.intake.domain.assessment import ASSESSMENT, HoldAssessment
from services.intake.domain.commands import (
    AbandonApplication,
    AgreeAbandonment,
    AgreeApplication,
    AnswerComment,
    ApplicationCommand,
    Edit,
    ExpectApplication,
    GiveFurtherInformation,
    HeardFromPanel,
    Relative,
    SignApplication,
    StartApplication,
    StartFromAssessment,
    SubmitApplication,
)
from services.intake.domain.events import ApplicationEvent, ApplicationSubmitted, FurtherInformationGiven
from services.intake.domain.expected import EXPECTED, NoticeNotReceived
from services.intake.expectations.projections import awaited, expected_at, sittings_awaited
from services.intake.projections import settings_in_force, settings_turn_at


async def start(book: Book, context: Context, command: StartApplication) -> Outcome:
    """Begin an application."""
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(APPLICATION, stream(command.application), command)


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
    async with book.unit_of_work(context) as desk:
        loaded = await desk.load(ASSESSMENT, assessment.stream(held))
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
        return await desk.carry_out(APPLICATION, stream(application), command)


async def hold_assessment(book: Book, context: Context, command: HoldAssessment) -> Outcome:
    """Take an assessment in."""
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(ASSESSMENT, assessment.stream(command.assessment), command)


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


async def settings_heard(desk: Desk) -> Settings | None:
    """The council's settings in force as a heard event is followed, or None while none have been heard."""
    return await settings_in_force(desk, desk.context.received_at)


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
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(APPLICATION, stream(application), command, expected=expected, answer=answer)


async def hear_from_panel(desk: Desk, application: str, command: HeardFromPanel) -> list[Row]:
    """Follow what panel did, inside the unit of work that heard of it. Raises Waiting."""
    loaded = await desk.load(APPLICATION, stream(application))
    if loaded.state.started is None:
        raise Waiting("this application is not in the ledger yet")
    return await desk.record(loaded, APPLICATION.decide(command, loaded.state))


# --- What follows from a draft, and who is missing --------------------------------------------------------------


def preview_of(settings: Settings, found: dict[str, Any], at: datetime) -> Preview:
    """Where a draft would go if it were received at that moment; ``found`` is the application as it is read.

    Raises Refused COST_MISSING while nothing is known of the cost, and UNKNOWN_KIND.
    """
    if found["weekly_pence"] is None:
        raise rule_broken("COST_MISSING", "Say what the support costs; then it can be said where this would go.")
    if found["kind"] not in settings.kinds:
        raise rule_broken("UNKNOWN_KIND", "The council no longer takes applications of this kind.")
    return preview(settings, Facts.read({**found, **(found["circumstances"] or {})}), at)


@dataclass(frozen=True)
class Expectations:
    """Who is expected at a sitting and what was received, beside its cut-off and when the chair was told."""

    forum: str
    sitting_on: date
    cut_off_at: datetime
    expected: list[dict[str, Any]]
    noticed_at: datetime | None


async def expectations(reader: Reader, sitting_on: date, at: datetime) -> Expectations:
    """The list for one sitting, compared now. Raises Refused SITTING_NOT_ASKED_FOR, SETTINGS_NOT_HERE."""
    settings = await settings_of(reader, at)
    if settings.submitted_to is None:
        raise rule_broken("SITTING_NOT_ASKED_FOR", "This council names no sitting at submission.")
    forum = settings.submitted_to
    found, noticed_at = await expected_at(reader, forum, sitting_on, settings.expected.counts)
    return Expectations(forum, sitting_on, cut_off(settings.forums[forum], sitting_on), found, noticed_at)


async def overdue_sittings(reader: Reader, at: datetime) -> tuple[list[tuple[str, date, datetime]], datetime | None]:
    """Sittings whose cut-off, which is named, has passed with something missing of which nobody was told yet.

    And the next moment at which there may be more: a later cut-off, or other settings that come into force.
    """
    settings, turns = await settings_in_force(reader, at), await settings_turn_at(reader, at)
    if settings is None:
        return [], turns
    awaited = await sittings_awaited(reader, settings.expected.counts)
    cut_offs = {(forum, on): cut_off(settings.forums[forum], on) for forum, on in awaited if forum in settings.forums}
    to_come = [moment for moment in (turns, *cut_offs.values()) if moment is not None and moment >= at]
    passed = [(forum, on, moment) for (forum, on), moment in cut_offs.items() if moment < at]
    return passed, min(to_come, default=None)


async def notice_not_received(
    book: Book, context: Context, forum: str, sitting_on: date, cut_off_at: datetime
) -> Outcome:
    """Record, once, who was expected at a sitting and had not been received at its cut-off.

    The cut-off is the one that passed: settings that came into force since may not even have that forum.
    """
    async with book.unit_of_work(context) as desk:
        settings = await settings_of(desk, context.received_at)
        found, _ = await expected_at(desk, forum, sitting_on, settings.expected.counts)
        command = NoticeNotReceived(forum, sitting_on, cut_off_at, context.received_at, tuple(map(awaited, found)))
        decider: Decider[NoticeNotReceived, expected.Noticed, expected.ExpectedNotReceived] = EXPECTED
        return await desk.carry_out(decider, expected.stream(forum, sitting_on), command)
