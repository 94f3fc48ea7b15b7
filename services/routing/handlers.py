"""One function for every command of routing: load, decide, append."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from councils.scheme import Facts
from councils.settings import Settings
from edge.commands import by
from ledger.book import Book, Desk
from ledger.rows import Context, Outcome, Row
from services.routing.domain import officer, route
from services.routing.domain.officer import OFFICER, AppointOfficer, EndAuthority, GrantAuthority
from services.routing.domain.route import ROUTE, RouteApplication, RouteChangedCost
from services.routing.domain.settings import SETTINGS, STREAM, PublishSettings, SettingsPublished, State


async def publish_settings(book: Book, context: Context, terms: Mapping[str, Any], in_force_from: datetime) -> Outcome:
    """Publish terms as the next version; the answer adds the number and the beginning of what now is newest."""
    command = PublishSettings(by(context), context.council, context.received_at, terms, in_force_from)

    def answer(state: State, _: Sequence[SettingsPublished]) -> dict[str, Any]:
        return {"settings_version": state.version, "in_force_from": state.in_force_from}

    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(SETTINGS, STREAM, command, answer=answer)


@dataclass(frozen=True)
class Appointment:
    """Who is appointed to what; name and address are sealed as the officer's own."""

    officer: str
    role: str
    team: str
    service: str
    name: str
    email: str


async def appoint_officer(book: Book, context: Context, appointment: Appointment) -> Outcome:
    """Give a person of the council a role."""
    command = AppointOfficer(
        by(context),
        appointment.officer,
        appointment.role,
        appointment.team,
        appointment.service,
        appointment.name,
        appointment.email,
    )
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(OFFICER, officer.stream(appointment.officer), command)


@dataclass(frozen=True)
class Grant:
    """Up to how many pence a week, from when, and until when if an end is known."""

    limit_weekly_pence: int
    from_at: datetime
    until_at: datetime | None


async def grant_authority(book: Book, context: Context, expected: int, name: str, grant: Grant) -> Outcome:
    """Let an officer decide alone up to a limit."""
    command = GrantAuthority(by(context), name, grant.limit_weekly_pence, grant.from_at, grant.until_at)
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(OFFICER, officer.stream(name), command, expected=expected)


async def end_authority(book: Book, context: Context, expected: int, name: str) -> Outcome:
    """Take an officer's authority back from the moment the request arrived."""
    command = EndAuthority(by(context), name, context.received_at)
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(OFFICER, officer.stream(name), command, expected=expected)


async def route_application(
    desk: Desk,
    application: str,
    settings: Settings,
    facts: Facts,
    received_at: datetime,
    sitting_on: date | None,
    times_submitted: int,
) -> list[Row]:
    """Route a submission inside the unit of work that heard of it."""
    loaded = await desk.load(ROUTE, route.stream(application))
    command = RouteApplication(application, settings, facts, received_at, sitting_on, times_submitted)
    return await desk.record(loaded, ROUTE.decide(command, loaded.state))


async def route_changed_cost(
    desk: Desk, application: str, settings: Settings, weekly_pence: int, received_at: datetime
) -> list[Row]:
    """Route again at another cost inside the unit of work that heard of it."""
    loaded = await desk.load(ROUTE, route.stream(application))
    command = RouteChangedCost(application, settings, weekly_pence, received_at)
    return await desk.record(loaded, ROUTE.decide(command, loaded.state))
