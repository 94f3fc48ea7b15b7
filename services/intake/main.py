"""Intake's composition root."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from bus.rounds import Rounds
from ledger.changes import Change
from ledger.pg.drafts import Drafts
from ledger.pg.files import PostgresFiles
from ledger.pg.names import Names
from ledger.recorded import Recorded
from services.hosting import Host, Service
from services.intake.applications import follow, part_routes, reading
from services.intake.applications import read as applications
from services.intake.applications import routes as application_routes
from services.intake.documents import read as documents
from services.intake.documents import routes as document_routes
from services.intake.documents.attachments import Shelf
from services.intake.documents.janitor import Janitor
from services.intake.documents.scanner import scanner_of
from services.intake.expectations import read as expectations
from services.intake.expectations import routes as expectation_routes
from services.intake.expectations.watch import Watch
from services.intake.publishing import publish
from services.intake.search import routes as search_routes
from services.intake.search.indexing import Indexing
from services.intake.stored import STORED


def project(recorded: Recorded) -> Sequence[Change]:
    """What keeps the read models of every part in step with one row."""
    return [*applications.project(recorded), *documents.project(recorded), *expectations.project(recorded)]


def resources(host: Host) -> Sequence[object]:
    """What the routes share: the store of files with its scanner, and that of drafts."""
    return (Shelf(PostgresFiles(host.pool), scanner_of(host.deployment.clamd)), Drafts(host.pool))


def tasks(host: Host) -> dict[str, Callable[[], Awaitable[None]]]:
    """What the worker does besides hearing: it watches the cut-offs, and tidies up after forms."""
    watch = partial(Watch(book=host.book, now=host.clock.now).run, host.books)
    indexing = Indexing(host.book, host.vault, Names(host.pool))
    files, drafts = PostgresFiles(host.pool), Drafts(host.pool)
    janitor = Janitor(host.book, files, drafts, host.clock.now, host.councils, indexing.forget_erased)
    names = partial(indexing.run, Rounds(host.books, host.clock.now))
    return {"watch": watch, "janitor": janitor.run, "names": names}


SERVICE = Service(
    name="intake",
    summary="Applications: one form from first draft to submission, and further information for a deferral.",
    folder=Path(__file__).parent,
    stored=STORED,
    project=project,
    publish=publish,
    follow=follow.POLICIES,
    routers=(
        application_routes.routes,
        part_routes.routes,
        reading.routes,
        expectation_routes.routes,
        document_routes.routes,
        document_routes.draft_routes,
        search_routes.routes,
    ),
    hears=("routing.events", "panel.events"),
    oldest=applications.oldest_waiting,
    tasks=tasks,
    keeps=True,
    uploads=document_routes.UPLOADS,
    resources=resources,
)
