"""The routes of messages: what was sent, and what waits."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.calls import Reading
from edge.lists import listed
from edge.need_to_know import narrowed
from services.notify.messages import read
from services.notify.messages.forms import MessagesAsked, MessagesShown

routes = APIRouter(prefix="/councils/{council}", tags=["notify"])


@routes.get(
    "/messages",
    summary="What was sent and what waits, newest first; no content, no address",
    response_model=MessagesShown,
)
async def list_messages(call: Reading, asked: Annotated[MessagesAsked, Query()]) -> Response:
    page_asked = asked.asked(call)
    async with call.reading() as reader:
        page = await read.MESSAGES.page(reader, page_asked, narrowed(call.whose()))
    await call.log_read("messages", asked.application or "")
    return listed(call, asked, "messages", page)
