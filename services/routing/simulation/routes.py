"""The JSON route on which a draft scheme is tried on past applications."""

from fastapi import APIRouter
from starlette.responses import Response

from edge.commands import ReadingContext, shown
from services.hosting import Host
from services.routing.simulation import commands
from services.routing.simulation.commands import Draft
from services.routing.simulation.forms import SimulationForm, SimulationShown


def router(host: Host) -> APIRouter:
    """The simulation's route for one process."""
    routes = APIRouter(prefix="/councils/{council}", tags=["routing"])

    @routes.post("/simulations", response_model=SimulationShown, summary="What a draft would have done to past cases")
    async def try_draft(form: SimulationForm, context: ReadingContext) -> Response:
        draft = Draft(form.settings, form.scheme)
        answer = await commands.try_draft(
            host.book, context.council, context.role, context.now, draft, form.from_at, form.until_at
        )
        await host.access.read(context, "simulation", "", "simulation")
        return shown(answer)

    return routes
