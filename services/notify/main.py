"""Notify's composition root."""

from collections.abc import Awaitable, Callable
from email.utils import parseaddr
from functools import partial
from pathlib import Path

from services.hosting import Host, Service
from services.notify.api import router
from services.notify.consumers import REACTS, react
from services.notify.projections import oldest_waiting, project
from services.notify.publishing import publish
from services.notify.sender import Mailbox, Sender, smtp_post
from services.notify.stored import STORED


def tasks(host: Host) -> dict[str, Callable[[], Awaitable[None]]]:
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
    routers=(router,),
    hears=("intake.events", "routing.events", "panel.events", "record.events"),
    react=react,
    oldest=oldest_waiting,
    reacts=REACTS,
    tasks=tasks,
)
