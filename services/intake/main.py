"""Intake put together: what it stores, folds, tells and hears."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from ledger.pg.drafts import Drafts
from ledger.pg.files import PostgresFiles
from ledger.recorded import Recorded
from ledger.rows import Change
from services.hosting import Host, Service
from services.intake.applications import read as applications
from services.intake.applications.follow import REACTS, react
from services.intake.applications.queries import oldest_waiting
from services.intake.applications.routes import router as applications_router
from services.intake.documents import read as documents
from services.intake.documents.janitor import Janitor
from services.intake.documents.routes import UPLOADS, attachments_router, drafts_router
from services.intake.expectations import read as expectations
from services.intake.expectations.routes import router as expectations_router
from services.intake.expectations.watch import Watch
from services.intake.publishing import publish
from services.intake.stored import STORED


def project(recorded: Recorded) -> Sequence[Change]:
    """The statements that keep the read models of every part in step with one row."""
    return [*applications.project(recorded), *documents.project(recorded), *expectations.project(recorded)]


def tasks(host: Host) -> dict[str, Callable[[], Awaitable[None]]]:
    """What the worker does besides hearing: it watches the cut-offs, and tidies up after forms."""
    watch = partial(Watch(book=host.book, now=host.clock.now).run, host.books)
    janitor = Janitor(host.book, PostgresFiles(host.pool), Drafts(host.pool), host.clock.now, host.councils)
    return {"watch": watch, "janitor": janitor.run}


SERVICE = Service(
    name="intake",
    summary="Applications: one form from first draft to submission, and further information for a deferral.",
    folder=Path(__file__).parent,
    stored=STORED,
    project=project,
    publish=publish,
    routers=(applications_router, expectations_router, attachments_router, drafts_router),
    hears=("routing.events", "panel.events"),
    react=react,
    oldest=oldest_waiting,
    reacts=REACTS,
    tasks=tasks,
    keeps=True,
    uploads=UPLOADS,
)
