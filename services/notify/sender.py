"""The post: takes wanted messages to a mail server and records what it said.

A message may leave twice when the process dies between the server's yes and our record of it; both copies then carry
the same Message-ID, made from the message's id, by which a receiver knows them as one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol
from uuid import UUID, uuid5

import aiosmtplib
import structlog

from ledger.book import Book, Desk
from ledger.decider import Private
from ledger.rows import Context
from ledger.sealed import from_sealed_json
from ledger.vault import Erased, Vault
from services.notify import projections
from services.notify.domain.message import MESSAGE, Command, MessageWanted, NoteFailed, NoteSent
from services.notify.letters import render

log = structlog.get_logger(__name__)

OPERATION = UUID("6d9bbd0c-6b36-4b4e-9e2e-0d4a4f5a8f11")
"""Namespace of the sender's own command ids."""


@dataclass(frozen=True)
class Mailbox:
    """Where mail is handed over, and who it comes from."""

    host: str
    port: int
    sender: str
    domain: str


class Post(Protocol):
    """Hands one message to a mail server and returns what the server said."""

    async def __call__(self, message: EmailMessage) -> str:
        """Raises aiosmtplib.SMTPException or OSError."""
        ...


def smtp_post(mailbox: Mailbox) -> Post:
    """A post over SMTP; 30 s for the whole conversation."""

    async def post(message: EmailMessage) -> str:
        _, reply = await aiosmtplib.send(message, hostname=mailbox.host, port=mailbox.port, timeout=30)
        return reply

    return post


@dataclass(frozen=True)
class Sender:
    """Sends what is due, council by council."""

    book: Book
    vault: Vault
    post: Post
    mailbox: Mailbox
    base_url: str
    now: Callable[[], datetime]
    councils: Callable[[], Awaitable[list[str]]]
    every: float = 0.25

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            sent = 0
            for council in await self.councils():
                sent += await self.send_due(council)
            if not sent:
                await asyncio.sleep(self.every)

    async def send_due(self, council: str) -> int:
        """Try every message of one council that is due now; returns how many were tried."""
        async with self.book.reading(council) as reader:
            due = await projections.due_messages(reader, self.now())
            name = await projections.council_name(reader)
        tried = 0
        for message in due:
            tried += await self._send(council, message, name)
        return tried

    async def _send(self, council: str, message: str, council_name: str) -> int:
        stream = f"message-{message}"
        async with self.book.unit_of_work(self._context(council, message, "read")) as desk:
            rows = await desk.work.stream(stream)
            wanted = self.book.codec.decode_row(rows[0])
            attempt = len(rows)
            address = await self._address(desk, wanted)
        if address is None:
            return 0  # the officer's appointment has not been heard yet: it stays wanted
        try:
            envelope = await self._envelope(council, wanted, address, council_name)
        except Erased:
            await self._note(council, stream, attempt, NoteFailed("ERASED", permanent=True, at=self.now()))
            return 1
        outcome: Command
        try:
            reply = await self.post(envelope)
            content = self.vault.fingerprint(council, envelope.as_bytes()).hex()
            outcome = NoteSent(str(envelope["Message-ID"]), reply, content, self.now())
        except aiosmtplib.SMTPResponseException as refused:
            outcome = NoteFailed(f"SMTP_{refused.code}", permanent=500 <= refused.code < 600, at=self.now())
        except (aiosmtplib.SMTPException, OSError) as broken:
            outcome = NoteFailed(type(broken).__name__, permanent=False, at=self.now())
        await self._note(council, stream, attempt, outcome)
        log.info("message tried", council=council, code=type(outcome).__name__)
        return 1

    async def _note(self, council: str, stream: str, attempt: int, outcome: Command) -> None:
        async with self.book.unit_of_work(self._context(council, stream, str(attempt))) as desk:
            await desk.carry_out(MESSAGE, stream, outcome)

    async def _address(self, desk: Desk, wanted: MessageWanted) -> Private | None:
        if wanted.officer is None:
            return wanted.address
        sealed = await projections.email_of(desk, wanted.officer)
        return from_sealed_json(sealed) if sealed else None

    async def _envelope(self, council: str, wanted: MessageWanted, to: Private, council_name: str) -> EmailMessage:
        quoted = {
            name: [await self.vault.unseal(council, piece) for piece in pieces]
            for name, pieces in wanted.quoted.items()
        }
        link = f"{self.base_url}/panel/councils/{council}/decisions/{wanted.application}"
        facts = {"link": link, "council_name": council_name, **wanted.facts}
        letter = render(wanted.letter, facts, quoted)
        envelope = EmailMessage()
        envelope["From"] = self.mailbox.sender
        envelope["To"] = await self.vault.unseal(council, to)
        envelope["Subject"] = letter.subject
        envelope["Message-ID"] = f"<{wanted.message}@{self.mailbox.domain}>"
        envelope["Date"] = format_datetime(self.now())
        envelope.set_content(letter.text)
        return envelope

    def _context(self, council: str, what: str, attempt: str) -> Context:
        now = self.now()
        command = uuid5(OPERATION, f"{council}:{what}:{attempt}")
        return Context(
            council=council,
            actor="service:notify",
            role="service",
            received_at=now,
            now=now,
            command_id=command,
            correlation_id=command,
        )
