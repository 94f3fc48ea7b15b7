"""What leaves: a letter in an envelope, and the mail server that it is handed to."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol

import aiosmtplib

from services.notify.letters.wording import Rendered


@dataclass(frozen=True)
class Mailbox:
    """Where mail is handed over, and who it comes from."""

    host: str
    port: int
    sender: str
    domain: str


@dataclass(frozen=True)
class Enclosed:
    """A message as it leaves: to whom, under which Message-ID, and every byte of it."""

    recipient: str
    message_id: str
    content: bytes


class NoAddress(ValueError):
    """What is kept as an address names no one mailbox, or several."""


class Post(Protocol):
    """Hands one message to a mail server and returns what the server said."""

    async def __call__(self, enclosed: Enclosed) -> str:
        """Raises aiosmtplib.SMTPException or OSError."""
        ...


def smtp_post(mailbox: Mailbox) -> Post:
    """A post over SMTP; 30 s for each step of the conversation."""

    async def post(enclosed: Enclosed) -> str:
        _, reply = await aiosmtplib.send(
            enclosed.content,
            sender=mailbox.sender,
            recipients=[enclosed.recipient],
            hostname=mailbox.host,
            port=mailbox.port,
            timeout=30,
        )
        return reply

    return post


def enclose(mailbox: Mailbox, recipient: str, message: str, letter: Rendered, at: datetime) -> Enclosed:
    """A letter as every byte that leaves. Raises NoAddress."""
    if not recipient.isprintable():
        raise NoAddress
    envelope = EmailMessage(SMTP)
    envelope["From"] = mailbox.sender
    envelope["To"] = recipient
    if [address.addr_spec for address in envelope["To"].addresses] != [recipient] or "@" not in recipient:
        raise NoAddress
    envelope["Subject"] = letter.subject
    envelope["Message-ID"] = f"<{message}@{mailbox.domain}>"
    envelope["Date"] = format_datetime(at)
    envelope["Auto-Submitted"] = "auto-generated"
    envelope.set_content(letter.text)
    return Enclosed(recipient, str(envelope["Message-ID"]), envelope.as_bytes())
