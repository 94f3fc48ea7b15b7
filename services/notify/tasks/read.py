"""Tasks as they are listed, open ones first."""

from collections.abc import Sequence
from typing import Any

import msgspec

from ledger.recorded import Decided, Recorded
from ledger.rows import Change
from ledger.store import Reader
from services.notify.tasks.domain.task import TaskDone, TaskOpened


def project(recorded: Recorded) -> Sequence[Change]:
    """The statements that keep the list of tasks in step with one row."""
    match recorded:
        case Decided(row, TaskOpened() as opened):
            return [
                Change(
                    "insert into read.task (council, task, kind, application, decision, owner, parties, state,"
                    " opened_at, informed, version) values ($1, $2, $3, $4, $5, $6, $7, 'open', $8, '[]', $9)",
                    (
                        opened.task,
                        opened.kind,
                        opened.application,
                        opened.decision,
                        opened.owner,
                        list(opened.parties),
                        opened.opened_at,
                        row.version,
                    ),
                )
            ]
        case Decided(row, TaskDone() as done):
            return [
                Change(
                    "update read.task set state = 'done', done_at = $3, informed = $4, version = $5"
                    " where council = $1 and task = $2",
                    (done.task, done.done_at, msgspec.to_builtins(done.informed), row.version),
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
