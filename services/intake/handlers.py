"""One function for every command of intake: load, decide, append."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid5

from councils.settings import Settings
from edge.commands import by
from ledger.book import Book, Desk
from ledger.decider import Waiting, not_ready
from ledger.rows import Context, Outcome, Row
from services.intake.domain.application import APPLICATION, State, stream
from services.intake.domain.commands import (
    AgreeApplication,
    Edit,
    GiveFurtherInformation,
    HeardFromPanel,
    SignApplication,
    StartApplication,
    SubmitApplication,
)
from services.intake.domain.events import ApplicationEvent, ApplicationSubmitted
from services.intake.projections import settings_in_force


async def start(book: Book, context: Context, command: StartApplication) -> Outcome:
    """Begin an application."""
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(APPLICATION, stream(command.application), command)


def new_id(context: Context) -> str:
    """The id of the application that a command starts: the same for the same command."""
    return str(uuid5(context.command_id, "application"))


async def settings_now(book: Book, context: Context) -> Settings:
    """The council's settings in force when a request was received, as far as intake has heard.

    Raises Refused SETTINGS_NOT_HERE (503) while it has heard of none.
    """
    async with book.reading(context.council) as reader:
        settings = await settings_in_force(reader, context.received_at)
    if settings is None:
        raise not_ready("SETTINGS_NOT_HERE", "The council's settings have not reached this service yet. Try again.")
    return settings


async def edit(book: Book, context: Context, expected: int, application: str, command: Edit) -> Outcome:
    """Indicate the budget, give the costs, mark complexity, complete a section or record a voice."""
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(APPLICATION, stream(application), command, expected=expected)


async def sign(book: Book, context: Context, expected: int, application: str, comments: tuple[str, ...]) -> Outcome:
    """Sign as the manager of the application's team."""
    command = SignApplication(by(context), await settings_now(book, context), comments)
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(APPLICATION, stream(application), command, expected=expected)


async def agree(book: Book, context: Context, expected: int, application: str) -> Outcome:
    """Agree as the manager of the application's service."""
    command = AgreeApplication(by(context), await settings_now(book, context))
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(APPLICATION, stream(application), command, expected=expected)


async def submit(book: Book, context: Context, expected: int, application: str, sitting_on: date | None) -> Outcome:
    """Hand the application in; the answer adds the sitting, its cut-off, and when the application was received."""
    settings = await settings_now(book, context)
    command = SubmitApplication(by(context), settings, sitting_on, context.received_at)

    def answer(_: State, events: Sequence[ApplicationEvent]) -> dict[str, Any]:
        return {key: value for event in events for key, value in _receipt(event).items()}

    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(APPLICATION, stream(application), command, expected=expected, answer=answer)


def _receipt(event: ApplicationEvent) -> dict[str, Any]:
    if not isinstance(event, ApplicationSubmitted):
        return {}
    return {
        "sitting_on": event.sitting_on,
        "forum": event.forum,
        "cut_off_at": event.cut_off_at,
        "received_at": event.received_at,
        "settings_version": event.settings_version,
    }


async def give_further_information(
    book: Book, context: Context, expected: int, application: str, command: GiveFurtherInformation
) -> Outcome:
    """Answer what a deferral asked for."""
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(APPLICATION, stream(application), command, expected=expected)


async def hear_from_panel(desk: Desk, application: str, command: HeardFromPanel) -> list[Row]:
    """Follow what panel did, inside the unit of work that heard of it. Raises Waiting."""
    loaded = await desk.load(APPLICATION, stream(application))
    if loaded.state.started is None:
        raise Waiting("this application is not in the ledger yet")
    return await desk.record(loaded, APPLICATION.decide(command, loaded.state))
