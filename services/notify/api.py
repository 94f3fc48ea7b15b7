"""Notify's routes: what was sent, what must be done, and saying that it was done."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from edge.commands import CommandAnswer, CommandContext, Narrow, Purpose, ReadingContext, Version, answered, shown
from edge.forms import Day, Form, Identifier
from services.hosting import Host
from services.notify import projections
from services.notify.domain.task import Informed
from services.notify.handlers import complete_task


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


class MessageShown(BaseModel):
    """A message without its content and its address."""

    message: UUID
    letter: str
    application: UUID
    officer: str | None
    state: str
    attempts: int
    due_at: datetime
    wanted_at: datetime
    sent_at: datetime | None
    message_id: str | None


class MessagesShown(BaseModel):
    """Messages, newest first."""

    messages: tuple[MessageShown, ...]


class TaskShown(BaseModel):
    """A task, and how and when each of the family was informed."""

    task: UUID
    kind: str
    application: UUID
    decision: UUID
    owner: str
    parties: tuple[str, ...]
    state: str
    opened_at: datetime
    done_at: datetime | None
    informed: tuple[InformedForm, ...]
    version: int


class TasksShown(BaseModel):
    """Tasks, open ones first."""

    tasks: tuple[TaskShown, ...]


def router(host: Host) -> APIRouter:
    """The routes of one council's messages and tasks."""
    routes = APIRouter(prefix="/councils/{council}", tags=["notify"])

    @routes.get(
        "/messages",
        summary="What was sent and what waits, newest first; no content, no address",
        response_model=MessagesShown,
    )
    async def list_messages(context: ReadingContext, purpose: Purpose, application: Narrow = None) -> Response:
        async with host.book.reading(context.council) as reader:
            found = await projections.messages(reader, application)
        await host.access.read(context, "messages", application or "", purpose)
        return shown({"messages": found})

    @routes.get("/tasks", summary="Tasks, open ones first", response_model=TasksShown)
    async def list_tasks(
        context: ReadingContext, purpose: Purpose, owner: Narrow = None, application: Narrow = None
    ) -> Response:
        async with host.book.reading(context.council) as reader:
            found = await projections.tasks(reader, owner, application)
        await host.access.read(context, "tasks", application or "", purpose)
        return shown({"tasks": found})

    @routes.post(
        "/tasks/{task}/done", summary="Say when and how each of the family was informed", response_model=CommandAnswer
    )
    async def task_done(task: UUID, form: DoneForm, context: CommandContext, version: Version) -> Response:
        informed = [Informed(one.party, one.method, one.on) for one in form.informed]
        return answered(await complete_task(host.book, context, str(task), informed, version))

    return routes
