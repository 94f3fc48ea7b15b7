"""How a task is shown, and what is said when it is done."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from edge.forms import Day, Form, Identifier
from edge.lists import Narrow, OfMoments, PageShown
from services.notify.tasks.domain.task import CompleteTask, Informed, Kind


class InformedForm(Form):
    """One person was told: how, in one word such as visit, telephone or letter, and on which day."""

    party: Identifier
    method: Identifier
    on: Day


class DoneForm(
    Form, json_schema_extra={"example": {"informed": [{"party": "p-1c22d4", "method": "visit", "on": "2026-10-20"}]}}
):
    """Evidence for everybody who must be informed (DOMAIN D13)."""

    informed: Annotated[tuple[InformedForm, ...], Field(min_length=1, max_length=50)]

    def command(self) -> CompleteTask:
        """The command that the form makes."""
        return CompleteTask(tuple([Informed(one.party, one.method, one.on) for one in self.informed]))


class TaskShown(BaseModel):
    """A task, and how and when each of the family was informed."""

    task: UUID
    kind: Kind
    application: UUID
    decision: UUID
    owner: str
    parties: tuple[str, ...]
    state: Literal["open", "done", "closed"]
    opened_at: datetime
    done_at: datetime | None
    informed: tuple[InformedForm, ...]
    version: int


class TasksAsked(OfMoments):
    """Which tasks are listed; the days are those on which they were opened."""

    task: Narrow = None
    owner: Narrow = None
    application: Narrow = None
    decision: Narrow = None
    kind: Narrow = None
    state: Narrow = None
    team: Narrow = None


class TasksShown(PageShown):
    """Tasks, open ones first."""

    tasks: tuple[TaskShown, ...]
