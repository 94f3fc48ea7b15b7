"""The routes of tasks: what must be done, and saying that it was done."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.answers import CommandAnswer, answered
from edge.calls import Command, Reading
from edge.lists import listed
from edge.me import MeShown, What, waits
from edge.me import me as answer_me
from edge.need_to_know import narrowed
from services.notify.tasks import read
from services.notify.tasks.commands import complete_task
from services.notify.tasks.forms import DoneForm, TasksAsked, TasksShown

routes = APIRouter(prefix="/councils/{council}", tags=["notify"])


@routes.get("/me", summary="Who I am, and which tasks wait for me", response_model=MeShown)
async def me(call: Reading) -> Response:
    call.whose()
    async with call.reading() as reader:
        found = await read.open_tasks(reader, call.context.actor)
    await call.log_read("me", call.context.actor)
    address = f"/notify/councils/{call.context.council}/tasks?application="
    mine = [
        waits(What(one["kind"]), f"{address}{one['application']}", one["opened_at"], one["application"] or None)
        for one in found
    ]
    return answer_me(call, mine)


@routes.get("/tasks", summary="Tasks, open ones first", response_model=TasksShown)
async def list_tasks(call: Reading, asked: Annotated[TasksAsked, Query()]) -> Response:
    page_asked = asked.asked(call)
    async with call.reading() as reader:
        page = await read.TASKS.page(reader, page_asked, narrowed(call.whose()))
    await call.log_read("tasks", asked.application or "")
    return listed(call, asked, "tasks", page)


@routes.post(
    "/tasks/{task}/done", summary="Say when and how each of the family was informed", response_model=CommandAnswer
)
async def task_done(call: Command, task: UUID, form: DoneForm) -> Response:
    return answered(await complete_task(call, task, form.command()))
