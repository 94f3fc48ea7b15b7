"""What officers do with tasks: say that they are done."""

from uuid import UUID

from edge.calls import VersionedCall
from ledger.rows import Outcome
from ledger.unit_of_work import prepared
from services.notify.tasks.domain.task import TASK, CompleteTask


async def complete_task(call: VersionedCall, task: UUID, command: CompleteTask) -> Outcome:
    """Say that a family was informed. Raises Refused NOT_FOUND, NOT_YOUR_TASK, TASK_DONE, TASK_INCOMPLETE."""
    return await call.book.carry_out(call.context, TASK, f"task-{task}", prepared(command), expected=call.version)
