"""Intake put together: what it stores, folds, tells and hears."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from ledger.drafts import Drafts
from ledger.files import PostgresFiles
from services.hosting import Host, Service
from services.intake.api import router
from services.intake.consumers import REACTS, react
from services.intake.documents.api import UPLOADS, attachments_router, drafts_router
from services.intake.documents.janitor import Janitor
from services.intake.projections import oldest_waiting, project
from services.intake.publishing import publish
from services.intake.stored import STORED
from services.intake.watch import Watch


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
    routers=(router, attachments_router, drafts_router),
    hears=("routing.events", "panel.events"),
    react=react,
    oldest=oldest_waiting,
    reacts=REACTS,
    tasks=tasks,
    keeps=True,
    uploads=UPLOADS,
)
