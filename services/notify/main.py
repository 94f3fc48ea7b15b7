"""Notify's composition root."""

from collections.abc import Awaitable, Callable, Sequence
from email.utils import parseaddr
from functools import partial
from pathlib import Path

from ledger.recorded import Heard, Recorded
from ledger.rows import Change
from ledger.unit_of_work import UnitOfWork
from services.hosting import Host, Service
from services.notify.letters import follow as letters
from services.notify.letters import read as recipients
from services.notify.letters.sender import Mailbox, Sender, smtp_post
from services.notify.messages import read as messages
from services.notify.messages import routes as message_routes
from services.notify.publishing import publish
from services.notify.stored import STORED
from services.notify.tasks import follow as tasks
from services.notify.tasks import read as task_list
from services.notify.tasks import routes as task_routes


def project(recorded: Recorded) -> Sequence[Change]:
    """The statements that keep every part's read models in step with one row."""
    return [*recipients.project(recorded), *messages.project(recorded), *task_list.project(recorded)]


async def react(unit: UnitOfWork, heard: Heard) -> None:
    """Everything that follows from one heard event: messages and tasks."""
    await letters.react(unit, heard)
    await tasks.react(unit, heard)


def sending(host: Host) -> dict[str, Callable[[], Awaitable[None]]]:
    """What the worker does besides hearing: sending."""
    name, port = host.deployment.smtp
    sender = host.deployment.mail_from
    mailbox = Mailbox(name, port, sender, parseaddr(sender)[1].rpartition("@")[2])
    post = Sender(
        book=host.book,
        vault=host.vault,
        post=smtp_post(mailbox),
        mailbox=mailbox,
        base_url=host.deployment.base_url,
        now=host.clock.now,
    )
    return {"sender": partial(post.run, host.books)}


SERVICE = Service(
    name="notify",
    summary="Everything that must reach someone by a time, with evidence.",
    folder=Path(__file__).parent,
    stored=STORED,
    project=project,
    publish=publish,
    routers=(message_routes.routes, task_routes.routes),
    hears=("intake.events", "routing.events", "panel.events", "record.events"),
    react=react,
    oldest=messages.oldest_waiting,
    reacts=letters.REACTS,
    tasks=sending,
)
