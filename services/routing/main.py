"""Routing put together: what it stores, folds, tells and hears."""

from collections.abc import Sequence
from pathlib import Path

from ledger.book import Told
from ledger.rows import Change
from services.hosting import Service
from services.routing.api import router
from services.routing.consumers import REACTS, react
from services.routing.past import api as simulations
from services.routing.past import projections as past
from services.routing.projections import project
from services.routing.publishing import publish
from services.routing.stored import STORED


def _project(told: Told) -> Sequence[Change]:
    return [*project(told), *past.project(told)]


SERVICE = Service(
    name="routing",
    summary="Schemes of delegation, officers' authority, and which route an application takes and why.",
    folder=Path(__file__).parent,
    stored=STORED,
    project=_project,
    publish=publish,
    routers=(router, simulations.router),
    hears=("intake.events", "panel.events"),
    react=react,
    reacts=REACTS,
)
