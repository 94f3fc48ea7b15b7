"""Which of notify's events others may hear: tasks opened and done. Messages stay inside."""

from collections.abc import Sequence

from ledger.book import Decided
from ledger.rows import Outgoing
from services.notify.tasks.domain.task import TaskDone, TaskOpened


def publish(decided: Decided) -> Sequence[Outgoing]:
    """The public events of one stored event."""
    match decided.event:
        case TaskOpened() as opened:
            return [
                Outgoing(
                    "events",
                    "uk.panelbook.notify.task.opened.v1",
                    opened.task,
                    {
                        "task": opened.task,
                        "application": opened.application,
                        "decision": opened.decision,
                        "kind": opened.kind,
                        "owner": opened.owner,
                        "parties": list(opened.parties),
                        "due_on": None,
                    },
                )
            ]
        case TaskDone() as done:
            return [
                Outgoing(
                    "events",
                    "uk.panelbook.notify.task.done.v1",
                    done.task,
                    {
                        "task": done.task,
                        "application": done.application,
                        "informed": [
                            {"party": told.party, "method": told.method, "on": told.on.isoformat()}
                            for told in done.informed
                        ],
                    },
                )
            ]
        case _:
            return []
