"""One function for every command that needs nothing but its sitting and the council's settings."""

from datetime import date
from uuid import UUID

from edge.calls import Call, VersionedCall
from ledger.decider import Acting
from ledger.rows import Outcome
from ledger.unit_of_work import UnitOfWork, prepared
from services import settings
from services.panel.sittings.decider import DECIDER, Command, sitting_id, stream
from services.panel.sittings.domain.scheduling import ScheduleSitting
from services.panel.sittings.domain.state import State


async def schedule_sitting(call: Call, forum: str, on: date) -> Outcome:
    """Put a sitting in the calendar under the settings in force."""
    identity = sitting_id(call.context.council, forum, on)

    async def prepare(unit: UnitOfWork, _: State) -> tuple[Command, Acting]:
        in_force = await settings.required_in_force(unit, unit.context.received_at)
        return ScheduleSitting(identity, forum, on), unit.acting(in_force)

    return await call.book.carry_out(call.context, DECIDER, stream(identity), prepare)


async def carry_out(call: VersionedCall, sitting: UUID, command: Command) -> Outcome:
    """A command that needs nothing but its sitting."""
    return await call.book.carry_out(call.context, DECIDER, stream(sitting), prepared(command), expected=call.version)
