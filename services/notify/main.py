"""Notify's composition root."""

from collections.abc import Awaitable, Callable, Sequence
from email.utils import parseaddr
from functools import partial
from pathlib import Path

from ledger.changes import Change
from ledger.recorded import Recorded
from services import settings
from services.hosting import Host, Service
from services.notify.letters import follow as letters
from services.notify.letters import read as recipients
from services.notify.letters.envelope import Mailbox, smtp_post
from services.notify.letters.sender import Sender
from services.notify.messages import read as messages
from services.notify.messages import routes as message_routes
from services.notify.publishing import publish
from services.notify.stored import STORED
from services.notify.tasks import follow as tasks
from services.notify.tasks import read as task_list
from services.notify.tasks import routes as task_routes


def project(recorded: Recorded) -> Sequence[Change]:
    """The changes that keep every part's read models in step with one row."""
    return [
        *settings.heard(recorded),
        *recipients.project(recorded),
        *messages.project(recorded),
        *task_list.project(recorded),
    ]


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
    follow=(*letters.POLICIES, *tasks.POLICIES),
    oldest=messages.oldest_waiting,
    tasks=sending,
)
