"""What is done to officers: one function for each use case."""

from councils.settings import Settings
from edge.calls import Call, VersionedCall
from ledger.decider import Acting
from ledger.rows import Outcome
from ledger.unit_of_work import UnitOfWork, prepared
from services import settings
from services.routing.officers.domain.officer import (
    OFFICER,
    AcknowledgeTerms,
    AppointOfficer,
    ChangeRole,
    EndAuthority,
    GrantAuthority,
    RecordTraining,
    State,
    stream,
)
from services.routing.settings.read import versions


async def appoint_officer(call: Call, command: AppointOfficer) -> Outcome:
    """Give a person of the council a role."""
    return await call.book.carry_out(call.context, OFFICER, stream(command.officer), prepared(command))


async def change_role(call: VersionedCall, command: ChangeRole) -> Outcome:
    """Give an officer another role, place or address."""
    return await _change(call, command)


async def grant_authority(call: VersionedCall, command: GrantAuthority) -> Outcome:
    """Let an officer decide alone up to a limit, never more than the settings in force then give to their role.

    Where none are in force yet, the newest that were published bind already; before there are any, nothing does.
    """

    async def prepare(unit: UnitOfWork, _: State) -> tuple[GrantAuthority, Acting[Settings | None]]:
        begun = await settings.in_force(unit, max(command.from_at, call.context.received_at))
        return command, unit.acting(begun or await settings.newest(unit))

    name = stream(command.officer)
    return await call.book.carry_out(call.context, OFFICER, name, prepare, expected=call.version)


async def end_authority(call: VersionedCall, officer: str) -> Outcome:
    """Take an officer's authority back from the moment the request arrived."""
    return await _change(call, EndAuthority(officer))


async def record_training(call: VersionedCall, command: RecordTraining) -> Outcome:
    """Keep that an officer completed a course."""
    return await _change(call, command)


async def acknowledge_terms(call: Call, version: int) -> Outcome:
    """Keep that the caller has read a version of the settings."""
    officer = call.context.actor

    async def prepare(unit: UnitOfWork, _: State) -> tuple[AcknowledgeTerms, Acting[None]]:
        return AcknowledgeTerms(officer, version, frozenset(await versions(unit))), unit.acting()

    return await call.book.carry_out(call.context, OFFICER, stream(officer), prepare)


async def _change(call: VersionedCall, command: ChangeRole | EndAuthority | RecordTraining) -> Outcome:
    name = stream(command.officer)
    return await call.book.carry_out(call.context, OFFICER, name, prepared(command), expected=call.version)
