"""Panel put together: what it stores, folds, publishes and hears."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from ledger.changes import Change
from ledger.recorded import Heard, Recorded
from services.hosting import Host, Service
from services.panel.decisions import read as decisions
from services.panel.decisions.alarms import Alarms
from services.panel.decisions.follow import POLICIES
from services.panel.decisions.routes import routes as decisions_routes
from services.panel.known import read as known
from services.panel.publishing import publish
from services.panel.reports.routes import routes as reports_routes
from services.panel.sittings import read as sittings
from services.panel.sittings.routes import routes as sittings_routes
from services.panel.stored import STORED


def project(recorded: Recorded) -> Sequence[Change]:
    """What one row changes in the read models."""
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
    routers=(sittings_routes, decisions_routes, reports_routes),
    hears=("intake.events", "routing.events", "record.events"),
    follow=POLICIES,
    oldest=known.oldest_waiting,
    tasks=tasks,
)
