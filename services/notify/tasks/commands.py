"""What officers do with tasks: say that they are done."""

from collections.abc import Sequence

from councils.calendar import london_date
from edge.commands import by
from ledger.book import Book
from ledger.rows import Context, Outcome
from services.notify.tasks.domain.task import TASK, CompleteTask, Informed


async def complete_task(
    book: Book, context: Context, task: str, informed: Sequence[Informed], expected: int
) -> Outcome:
    """Say that a family was informed. Raises Refused NOT_FOUND, NOT_YOUR_TASK, TASK_DONE, TASK_INCOMPLETE."""
    command = CompleteTask(tuple(informed), london_date(context.received_at), by(context), context.received_at)
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(TASK, f"task-{task}", command, expected=expected)
