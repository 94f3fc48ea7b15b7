"""What is done to officers: each function loads, decides and appends."""

from dataclasses import dataclass
from datetime import date, datetime

from edge.calls import Call, VersionedCall
from ledger.rows import Outcome
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


async def appoint_officer(call: Call, appointment: Appointment) -> Outcome:
    """Give a person of the council a role."""
    command = AppointOfficer(
        call.by,
        appointment.officer,
        appointment.role,
        appointment.team,
        appointment.service,
        appointment.name,
        appointment.email,
    )
    async with call.book.unit_of_work(call.context) as unit:
        return await unit.carry_out(OFFICER, officer.stream(appointment.officer), command)


async def change_role(call: VersionedCall, appointment: Appointment) -> Outcome:
    """Give an officer another role, place or address."""
    command = ChangeRole(
        call.by,
        appointment.officer,
        appointment.role,
        appointment.team,
        appointment.service,
        appointment.name,
        appointment.email,
        call.context.received_at,
    )
    async with call.book.unit_of_work(call.context) as unit:
        return await unit.carry_out(OFFICER, officer.stream(appointment.officer), command, expected=call.version)


@dataclass(frozen=True)
class Grant:
    """Up to how many pence a week (and a year, and once), from when, and until when if an end is known."""

    limit_weekly_pence: int
    from_at: datetime
    until_at: datetime | None
    limit_one_off_pence: int | None = None
    limit_yearly_pence: int | None = None


async def grant_authority(call: VersionedCall, name: str, grant: Grant) -> Outcome:
    """Let an officer decide alone up to a limit, never more than the settings in force then give to their role.

    Where none are in force yet, the newest that were published bind already; before there are any, nothing does.
    """
    async with call.book.unit_of_work(call.context) as unit:
        begun = await settings.in_force(unit, max(grant.from_at, call.context.received_at))
        command = GrantAuthority(
            call.by,
            name,
            grant.limit_weekly_pence,
            grant.from_at,
            grant.until_at,
            grant.limit_one_off_pence,
            grant.limit_yearly_pence,
            begun or await settings.newest(unit),
        )
        return await unit.carry_out(OFFICER, officer.stream(name), command, expected=call.version)


async def end_authority(call: VersionedCall, name: str) -> Outcome:
    """Take an officer's authority back from the moment the request arrived."""
    command = EndAuthority(call.by, name, call.context.received_at)
    async with call.book.unit_of_work(call.context) as unit:
        return await unit.carry_out(OFFICER, officer.stream(name), command, expected=call.version)


async def record_training(
    call: VersionedCall, name: str, course: str, completed_on: date, valid_until: date | None
) -> Outcome:
    """Keep that an officer completed a course."""
    command = RecordTraining(call.by, name, course, completed_on, valid_until)
    async with call.book.unit_of_work(call.context) as unit:
        return await unit.carry_out(OFFICER, officer.stream(name), command, expected=call.version)


async def acknowledge_terms(call: Call, version: int) -> Outcome:
    """Keep that the caller has read a version of the settings."""
    async with call.book.unit_of_work(call.context) as unit:
        published = frozenset(await settings.versions(unit))
        command = AcknowledgeTerms(call.by, call.context.actor, version, published)
        return await unit.carry_out(OFFICER, officer.stream(call.context.actor), command)
