"""The JSON route on which a draft scheme is tried on past applications."""

from fastapi import APIRouter
from starlette.responses import Response

from edge.answers import shown
from edge.calls import Reading
from services.routing.simulation import commands
from services.routing.simulation.forms import SimulationForm, SimulationShown

routes = APIRouter(prefix="/councils/{council}", tags=["routing"])


@routes.post("/simulations", response_model=SimulationShown, summary="What a draft would have done to past cases")
async def try_draft(call: Reading, form: SimulationForm) -> Response:
    answer = await commands.try_draft(call, form.draft(), form.from_at, form.until_at)
    await call.log_read("simulation")
    return shown(answer)
