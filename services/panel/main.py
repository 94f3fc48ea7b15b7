"""Panel put together: what it stores, folds, tells and hears."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from services.hosting import Host, Service
from services.panel.api import router
from services.panel.consumers import REACTS, react
from services.panel.outside.alarms import Alarms
from services.panel.outside.api import router as outside_router
from services.panel.projections import oldest_waiting, project
from services.panel.publishing import publish
from services.panel.reports import routes as reports
from services.panel.stored import STORED


def tasks(host: Host) -> dict[str, Callable[[], Awaitable[None]]]:
    """What the worker does besides hearing: it says what is overdue."""
    return {"alarms": partial(Alarms(host.book, host.clock.now).run, host.books)}


SERVICE = Service(
    name="panel",
    summary="Sittings and decisions: by a panel that hears an application, by one officer alone, or out of panel.",
    folder=Path(__file__).parent,
    stored=STORED,
    project=project,
    publish=publish,
    routers=(router, outside_router, reports.routes),
    hears=("intake.events", "routing.events", "record.events"),
    react=react,
    oldest=oldest_waiting,
    reacts=REACTS,
    tasks=tasks,
)
