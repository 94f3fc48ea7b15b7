"""The routes of sittings that need nothing but the sitting, and of its agenda."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.answers import CommandAnswer, answered, shown
from edge.calls import Command, Creation, Reading
from edge.forms import NoWords
from edge.lists import listed
from ledger.decider import not_found
from services.panel.sittings import commands, read
from services.panel.sittings.domain.closing import CloseSitting, SignMinutes
from services.panel.sittings.domain.hearing import CloseItem
from services.panel.sittings.forms import SittingForm, SittingsAsked, SittingShown, SittingsShown

routes = APIRouter(prefix="/councils/{council}", tags=["sittings"])


@routes.post("/sittings", status_code=201, response_model=CommandAnswer)
async def schedule_sitting(call: Creation, form: SittingForm) -> Response:
    """Put a sitting of a forum in the calendar."""
    outcome = await commands.schedule_sitting(call, form.forum, form.on)
    return answered(outcome, location=f"sittings/{outcome.answer['id']}")


@routes.post("/sittings/{sitting}/items/{application}/closing", response_model=CommandAnswer)
async def close_item(call: Command, sitting: UUID, application: UUID, _: NoWords) -> Response:
    """Finish hearing one application."""
    return answered(await commands.carry_out(call, sitting, CloseItem(application)))


@routes.post("/sittings/{sitting}/closing", response_model=CommandAnswer)
async def close_sitting(call: Command, sitting: UUID, _: NoWords) -> Response:
    """End the sitting; what it left unratified is told to the chair and the directors."""
    return answered(await commands.carry_out(call, sitting, CloseSitting()))


@routes.post("/sittings/{sitting}/minutes/signature", response_model=CommandAnswer)
async def sign_minutes(call: Command, sitting: UUID, _: NoWords) -> Response:
    """Sign the minutes; nothing in the sitting changes any more."""
    return answered(await commands.carry_out(call, sitting, SignMinutes()))


@routes.get("/sittings", response_model=SittingsShown)
async def list_sittings(call: Reading, asked: Annotated[SittingsAsked, Query()]) -> Response:
    """Every sitting, newest first."""
    page_asked = asked.asked(call)
    async with call.reading() as reader:
        page = await read.SITTINGS.page(reader, page_asked)
    await call.log_read("sittings", asked.forum or "")
    return listed(call, asked, "sittings", page)


@routes.get("/sittings/{sitting}", response_model=SittingShown)
async def show_sitting(call: Reading, sitting: UUID) -> Response:
    """One sitting with its agenda."""
    async with call.reading() as reader:
        found = await read.sitting(reader, sitting)
    if found is None:
        raise not_found()
    await call.log_read("sitting", str(sitting))
    return shown(found, version=found["version"])
