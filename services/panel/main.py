"""Panel put together: what it stores, folds, tells and hears."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from ledger.recorded import Heard, Recorded
from ledger.rows import Change
from services.hosting import Host, Service
from services.panel.decisions import read as decisions
from services.panel.decisions.alarms import Alarms
from services.panel.decisions.follow import REACTS, react
from services.panel.decisions.routes import out_of_panel_router
from services.panel.decisions.routes import router as decisions_router
from services.panel.known import read as known
from services.panel.publishing import publish
from services.panel.reports.routes import routes as reports_routes
from services.panel.sittings import read as sittings
from services.panel.sittings.routes import router as sittings_router
from services.panel.stored import STORED


def project(recorded: Recorded) -> Sequence[Change]:
    """The statements that keep the read models in step with one row."""
    if isinstance(recorded, Heard):
        return known.changes(recorded)
    stream, _, identity = recorded.row.stream.partition("-")
    part = sittings if stream == "sitting" else decisions
    return part.changes(recorded, UUID(identity))


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
    routers=(sittings_router, decisions_router, out_of_panel_router, reports_routes),
    hears=("intake.events", "routing.events", "record.events"),
    react=react,
    oldest=known.oldest_waiting,
    reacts=REACTS,
    tasks=tasks,
)
