"""What is done to officers: each function loads, decides and appends."""

from dataclasses import dataclass
from datetime import date, datetime

from edge.commands import by
from ledger.book import Book
from ledger.rows import Context, Outcome
from services.routing.officers.domain import officer
from services.routing.officers.domain.officer import (
    OFFICER,
    AcknowledgeTerms,
    AppointOfficer,
    ChangeRole,
    EndAuthority,
    GrantAuthority,
    RecordTraining,
)
from services.routing.settings import read as settings


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


async def change_role(book: Book, context: Context, expected: int, appointment: Appointment) -> Outcome:
    """Give an officer another role, place or address."""
    command = ChangeRole(
        by(context),
        appointment.officer,
        appointment.role,
        appointment.team,
        appointment.service,
        appointment.name,
        appointment.email,
        context.received_at,
    )
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(OFFICER, officer.stream(appointment.officer), command, expected=expected)


@dataclass(frozen=True)
class Grant:
    """Up to how many pence a week (and a year, and once), from when, and until when if an end is known."""

    limit_weekly_pence: int
    from_at: datetime
    until_at: datetime | None
    limit_one_off_pence: int | None = None
    limit_yearly_pence: int | None = None


async def grant_authority(book: Book, context: Context, expected: int, name: str, grant: Grant) -> Outcome:
    """Let an officer decide alone up to a limit, never more than the settings in force then give to their role.

    Where none are in force yet, the newest that were published bind already; before there are any, nothing does.
    """
    async with book.unit_of_work(context) as desk:
        begun = await settings.in_force(desk, max(grant.from_at, context.received_at))
        command = GrantAuthority(
            by(context),
            name,
            grant.limit_weekly_pence,
            grant.from_at,
            grant.until_at,
            grant.limit_one_off_pence,
            grant.limit_yearly_pence,
            begun or await settings.newest(desk),
        )
        return await desk.carry_out(OFFICER, officer.stream(name), command, expected=expected)


async def end_authority(book: Book, context: Context, expected: int, name: str) -> Outcome:
    """Take an officer's authority back from the moment the request arrived."""
    command = EndAuthority(by(context), name, context.received_at)
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(OFFICER, officer.stream(name), command, expected=expected)


async def record_training(
    book: Book, context: Context, expected: int, name: str, course: str, completed_on: date, valid_until: date | None
) -> Outcome:
    """Keep that an officer completed a course."""
    command = RecordTraining(by(context), name, course, completed_on, valid_until)
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(OFFICER, officer.stream(name), command, expected=expected)


async def acknowledge_terms(book: Book, context: Context, version: int) -> Outcome:
    """Keep that the caller has read a version of the settings."""
    async with book.unit_of_work(context) as desk:
        published = frozenset(await settings.versions(desk))
        command = AcknowledgeTerms(by(context), context.actor, version, published)
        return await desk.carry_out(OFFICER, officer.stream(context.actor), command)
