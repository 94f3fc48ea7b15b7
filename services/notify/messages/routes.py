"""The routes of messages: what was sent, and what waits."""

from fastapi import APIRouter
from starlette.responses import Response

from edge.answers import shown
from edge.calls import Narrow, Reading
from services.notify.messages import read
from services.notify.messages.forms import MessagesShown

routes = APIRouter(prefix="/councils/{council}", tags=["notify"])


@routes.get(
    "/messages",
    summary="What was sent and what waits, newest first; no content, no address",
    response_model=MessagesShown,
)
async def list_messages(call: Reading, application: Narrow = None) -> Response:
    async with call.reading() as reader:
        found = await read.messages(reader, application, call.whose())
    await call.log_read("messages", application or "")
    return shown({"messages": found})
