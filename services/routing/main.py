"""Routing put together: what it stores, folds, tells and hears."""

from collections.abc import Sequence
from pathlib import Path

from ledger.changes import Change
from ledger.recorded import Recorded
from services.hosting import Service
from services.routing.officers import read as officers
from services.routing.officers.routes import routes as officer_routes
from services.routing.publishing import publish
from services.routing.routes import read as ways
from services.routing.routes.follow import POLICIES
from services.routing.routes.routes import routes as way_routes
from services.routing.settings import read as settings
from services.routing.settings.routes import routes as settings_routes
from services.routing.simulation import read as past
from services.routing.simulation.routes import routes as simulation_routes
from services.routing.stored import STORED


def _project(recorded: Recorded) -> Sequence[Change]:
    return [change for part in (settings, officers, ways, past) for change in part.project(recorded)]


SERVICE = Service(
    name="routing",
    summary="Schemes of delegation, officers' authority, and which route an application takes and why.",
    folder=Path(__file__).parent,
    stored=STORED,
    project=_project,
    publish=publish,
    routers=(settings_routes, officer_routes, way_routes, simulation_routes),
    hears=("intake.events", "panel.events"),
    follow=POLICIES,
)
