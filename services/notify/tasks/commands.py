"""What officers do with tasks: say that they are done."""

from collections.abc import Sequence
from uuid import UUID

from councils.calendar import london_date
from edge.calls import VersionedCall
from ledger.rows import Outcome
from services.notify.tasks.domain.task import TASK, CompleteTask, Informed


async def complete_task(call: VersionedCall, task: UUID, informed: Sequence[Informed]) -> Outcome:
    """Say that a family was informed. Raises Refused NOT_FOUND, NOT_YOUR_TASK, TASK_DONE, TASK_INCOMPLETE."""
    received = call.context.received_at
    command = CompleteTask(tuple(informed), london_date(received), call.by, received)
    async with call.book.unit_of_work(call.context) as unit:
        return await unit.carry_out(TASK, f"task-{task}", command, expected=call.version)
