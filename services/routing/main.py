"""Routing put together: what it stores, folds, tells and hears."""

from pathlib import Path

from services.hosting import Service
from services.routing.api import router
from services.routing.consumers import REACTS, react
from services.routing.projections import project
from services.routing.publishing import publish
from services.routing.stored import STORED

SERVICE = Service(
    name="routing",
    summary="Schemes of delegation, officers' authority, and which route an application takes and why.",
    folder=Path(__file__).parent,
    stored=STORED,
    project=project,
    publish=publish,
    routers=(router,),
    hears=("intake.events", "panel.events"),
    react=react,
    reacts=REACTS,
)
