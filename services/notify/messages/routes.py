"""The routes of messages: what was sent, and what waits."""

from fastapi import APIRouter
from starlette.responses import Response

from edge.commands import Narrow, Purpose, ReadingContext, shown
from services.hosting import Host
from services.notify.messages import read
from services.notify.messages.forms import MessagesShown


def router(host: Host) -> APIRouter:
    """The routes of one council's messages."""
    routes = APIRouter(prefix="/councils/{council}", tags=["notify"])

    @routes.get(
        "/messages",
        summary="What was sent and what waits, newest first; no content, no address",
        response_model=MessagesShown,
    )
    async def list_messages(context: ReadingContext, purpose: Purpose, application: Narrow = None) -> Response:
        async with host.book.reading(context.council) as reader:
            found = await read.messages(reader, application)
        await host.access.read(context, "messages", application or "", purpose)
        return shown({"messages": found})

    return routes
