"""Panel put together: what it stores, folds, tells and hears."""

from pathlib import Path

from services.hosting import Service
from services.panel.api import router
from services.panel.consumers import REACTS, react
from services.panel.projections import oldest_waiting, project
from services.panel.publishing import publish
from services.panel.stored import STORED

SERVICE = Service(
    name="panel",
    summary="Sittings and decisions: by a panel that hears an application, or within delegated authority.",
    folder=Path(__file__).parent,
    stored=STORED,
    project=project,
    publish=publish,
    routers=(router,),
    hears=("intake.events", "routing.events", "record.events"),
    react=react,
    oldest=oldest_waiting,
    reacts=REACTS,
)
