"""The routes of tasks: what must be done, and saying that it was done."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from edge.commands import CommandAnswer, CommandContext, Narrow, Purpose, ReadingContext, Version, answered, shown
from services.hosting import Host
from services.notify.tasks import read
from services.notify.tasks.commands import complete_task
from services.notify.tasks.domain.task import Informed
from services.notify.tasks.forms import DoneForm, TasksShown


def router(host: Host) -> APIRouter:
    """The routes of one council's tasks."""
    routes = APIRouter(prefix="/councils/{council}", tags=["notify"])

    @routes.get("/tasks", summary="Tasks, open ones first", response_model=TasksShown)
    async def list_tasks(
        context: ReadingContext, purpose: Purpose, owner: Narrow = None, application: Narrow = None
    ) -> Response:
        async with host.book.reading(context.council) as reader:
            found = await read.tasks(reader, owner, application)
        await host.access.read(context, "tasks", application or "", purpose)
        return shown({"tasks": found})

    @routes.post(
        "/tasks/{task}/done", summary="Say when and how each of the family was informed", response_model=CommandAnswer
    )
    async def task_done(task: UUID, form: DoneForm, context: CommandContext, version: Version) -> Response:
        informed = [Informed(one.party, one.method, one.on) for one in form.informed]
        return answered(await complete_task(host.book, context, str(task), informed, version))

    return routes
