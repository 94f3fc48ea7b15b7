"""Which of notify's events others may hear: tasks opened and done. Messages stay inside."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import UNSET, UnsetType

from ledger.recorded import Decided
from ledger.rows import Outgoing
from services.notify.tasks.domain.task import INFORM_FAMILY, TELL_ANOTHER_WAY, TaskDone, TaskOpened
from services.public import Data, Day, Id, Limits, Name, OneOf, Some, Text, outgoing, public


def publish(decided: Decided) -> Sequence[Outgoing]:
    """The public events of one stored event."""
    match decided.event:
        case TaskOpened() as opened:
            data = TaskOpenedV1(
                task=opened.task,
                application=opened.application,
                decision=opened.decision,
                kind=opened.kind,
                owner=opened.owner,
                parties=opened.parties,
                due_on=None,
            )
            return [outgoing(data)]
        case TaskDone() as done:
            informed = [Informed(party=one.party, method=one.method, on=one.on.isoformat()) for one in done.informed]
            return [outgoing(TaskDoneV1(task=done.task, application=done.application, informed=informed))]
        case _:
            return []


class Informed(Data, frozen=True):
    """How and when one party was told."""

    party: Annotated[Text, "Who was told."]
    method: Annotated[Text, "How: in person, by telephone, by letter."]
    on: Annotated[str, Limits({"format": "date"}), "The day on which they were told."]


@public("uk.panelbook.notify.task.done.v1", "A task was done", "{task}")
class TaskDoneV1(Data, frozen=True):
    """Every party was told, each with date and method (S4 §8)."""

    task: Annotated[Id, "The task."]
    application: Annotated[Id, "The application it follows from."]
    informed: Annotated[Some[Informed], "Who was told, how and when."]
    decision: Annotated[Id | UnsetType, "The decision it follows from."] = UNSET
    kind: Annotated[Annotated[str, OneOf(INFORM_FAMILY, TELL_ANOTHER_WAY)] | UnsetType, "What was done."] = UNSET


@public("uk.panelbook.notify.task.opened.v1", "A task was opened", "{task}")
class TaskOpenedV1(Data, frozen=True):
    """Somebody has to do something by a day, and to say that it was done."""

    task: Annotated[Id, "The task."]
    application: Annotated[Id, "The application it follows from."]
    decision: Annotated[Id, "The decision it follows from."]
    kind: Annotated[str, OneOf(INFORM_FAMILY, TELL_ANOTHER_WAY), "What is to be done."]
    owner: Annotated[Name, "The officer who has to do it."]
    parties: Annotated[Sequence[Text], "The parties to be told, by opaque id."]
    due_on: Annotated[Day | None, "By the end of this day, where the council sets one."]
