"""Tasks as they are listed, open ones first."""

from collections.abc import Sequence
from typing import Any

import msgspec

from ledger.changes import Change, Table
from ledger.recorded import Decided, Recorded
from ledger.store import Reader
from services.notify.tasks.domain.task import TaskDone, TaskOpened

TASK = Table("read.task", key=("task",))


def project(recorded: Recorded) -> Sequence[Change]:
    """The changes that keep the list of tasks in step with one row."""
    match recorded:
        case Decided(row, TaskOpened() as opened):
            return [
                TASK.row(opened.task).insert(
                    kind=opened.kind,
                    application=opened.application,
                    decision=opened.decision,
                    owner=opened.owner,
                    parties=list(opened.parties),
                    state="open",
                    opened_at=opened.opened_at,
                    informed=[],
                    version=row.version,
                )
            ]
        case Decided(row, TaskDone() as done):
            return [
                TASK.row(done.task).set(
                    state="done",
                    done_at=done.done_at,
                    informed=msgspec.to_builtins(done.informed),
                    version=row.version,
                )
            ]
        case _:
            return []


async def tasks(reader: Reader, owner: str | None, application: str | None) -> list[dict[str, Any]]:
    """Tasks, open ones first; ``owner`` and ``application`` narrow the list."""
    found = await reader.fetch(
        "select task, kind, application, decision, owner, parties, state, opened_at, done_at, informed, version"
        " from read.task where council = $1 and ($2::text is null or owner = $2)"
        " and ($3::text is null or application = $3) order by state desc, opened_at, task limit 500",
        owner,
        application,
    )
    return [dict(row) for row in found]
