"""The routes of sittings that need nothing but the sitting, and its agenda."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from edge.commands import CommandAnswer, CommandContext, Narrow, Purpose, ReadingContext, Version, answered, by, shown
from edge.forms import NoWords
from ledger.decider import not_found
from services.hosting import Host
from services.panel.sittings import read
from services.panel.sittings.commands import carry_out_sitting
from services.panel.sittings.domain.closing import SignMinutes
from services.panel.sittings.domain.hearing import CloseItem
from services.panel.sittings.forms import SittingShown, SittingsShown


def router(host: Host) -> APIRouter:
    """The routes of one council's sittings."""
    routes = APIRouter(prefix="/councils/{council}")

    @routes.post("/sittings/{sitting}/items/{application}/closing", response_model=CommandAnswer, tags=["sittings"])
    async def close_item(
        context: CommandContext, version: Version, sitting: UUID, application: UUID, _: NoWords
    ) -> Response:
        """Finish hearing one application."""
        command = CloseItem(by(context), application, context.received_at)
        return answered(await carry_out_sitting(host.book, context, version, sitting, command))

    @routes.post("/sittings/{sitting}/minutes/signature", response_model=CommandAnswer, tags=["sittings"])
    async def sign_minutes(context: CommandContext, version: Version, sitting: UUID, _: NoWords) -> Response:
        """Sign the minutes; nothing in the sitting changes any more."""
        command = SignMinutes(by(context), context.received_at)
        return answered(await carry_out_sitting(host.book, context, version, sitting, command))

    @routes.get("/sittings", response_model=SittingsShown, tags=["sittings"])
    async def list_sittings(context: ReadingContext, purpose: Purpose, forum: Narrow = None) -> Response:
        """Every sitting, newest first."""
        async with host.book.reading(context.council) as reader:
            found = await read.sittings(reader, forum)
        await host.access.read(context, "sittings", forum or "", purpose)
        return shown({"sittings": found})

    @routes.get("/sittings/{sitting}", response_model=SittingShown, tags=["sittings"])
    async def show_sitting(context: ReadingContext, purpose: Purpose, sitting: UUID) -> Response:
        """One sitting with its agenda."""
        async with host.book.reading(context.council) as reader:
            found = await read.sitting(reader, sitting)
        if found is None:
            raise not_found()
        await host.access.read(context, "sitting", str(sitting), purpose)
        return shown(found, version=found["version"])

    return routes
