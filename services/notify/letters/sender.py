"""The sender: takes wanted messages to a mail server and records what it said.

A message may leave twice when the process dies between the server's yes and our record of it; both copies then carry
the same Message-ID, made from the message's id, by which a receiver knows them as one.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

import aiosmtplib
import msgspec
import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from bus.failures import is_infrastructure
from bus.rounds import Books, Rounds
from ledger.book import Book
from ledger.codec.sealed import from_sealed_json
from ledger.decider import Private, Refused
from ledger.rows import Context, Row
from ledger.steps import step
from ledger.traces import following, recorded
from ledger.unit_of_work import UnitOfWork, prepared
from ledger.vault.vault import Erased, Vault
from services.notify.letters import read
from services.notify.letters.envelope import Enclosed, Mailbox, NoAddress, Post, enclose
from services.notify.letters.wording import render
from services.notify.messages.domain.message import (
    ATTEMPTS,
    ERASED,
    MESSAGE,
    Command,
    MessageWanted,
    NoteFailed,
    NoteSent,
)

log = structlog.get_logger(__name__)

GIVEN_UP = Counter("panelbook_messages_given_up", "Letters that will not be tried again, by their name.", ("letter",))

OPERATION = UUID("6d9bbd0c-6b36-4b4e-9e2e-0d4a4f5a8f11")
"""Namespace of the sender's own command ids."""

EVIDENCE_LENGTH = 200
"""Characters kept of what a mail server said."""

_ADDRESS = re.compile(r"\S*@\S*")


@dataclass(frozen=True)
class _Letter:
    """A wanted message on its way: which try it is, and whom it goes to."""

    wanted: MessageWanted
    attempt: int
    address: Private
    correlation: UUID
    traceparent: str


@dataclass(frozen=True)
class Sender:
    """Sends what is due, council by council: where the book grew, or a message's time has come.

    ``every`` is seconds from one round to the next; while something is sent the rounds follow each other at once.
    """

    book: Book
    vault: Vault
    post: Post
    mailbox: Mailbox
    base_url: str
    now: Callable[[], datetime]
    every: float = 0.25

    async def run(self, books: Books) -> None:
        """Send until cancelled."""
        rounds, sent = Rounds(books, self.now), 0

        async def look(council: str) -> datetime | None:
            nonlocal sent
            tried, due = await self._send_due(council)
            sent += tried
            return due

        while True:
            sent = 0
            await rounds.go(look)
            if not sent:
                await asyncio.sleep(self.every)  # until the next round

    async def send_due(self, council: str) -> int:
        """Try every message of one council that is due now; returns how many were tried.

        A message that cannot be made or is not taken is noted as failed and holds up no other. Raises what says that
        a database is away: then nothing is anybody's fault, and no try is counted.
        """
        sent, _ = await self._send_due(council)
        return sent

    async def _send_due(self, council: str) -> tuple[int, datetime | None]:
        async with self.book.reading(council) as reader:
            wanted = await read.wanted_messages(reader)
            name = await read.council_name(reader) if wanted else ""
        now = self.now()
        due = [message for message, due_at in wanted if due_at <= now]
        for message in due:
            await self._send(council, message, name)
        return len(due), next((due_at for _, due_at in wanted[len(due) :]), None)

    async def _send(self, council: str, message: str, council_name: str) -> None:
        letter = await self._letter(council, message)
        with following(
            f"send {letter.wanted.letter}",
            letter.traceparent,
            service="notify",
            council=council,
            kind=SpanKind.CLIENT,
        ):
            outcome = await self._try(council, letter, council_name)
            await self._note(council, letter, outcome)
        log.info("message tried", council=council, code=type(outcome).__name__)

    async def _letter(self, council: str, message: str) -> _Letter:
        async with self.book.unit_of_work(self._context(council, message, "read")) as unit:
            rows = await unit.transaction.stream(f"message-{message}")
            wanted = self.book.codec.decode_row(rows[0])
            # Every try leaves one row, so that a try cut short by a crash is made again under its own number.
            address = wanted.address or from_sealed_json(await read.email_of(unit, wanted.officer or ""))
            return _Letter(wanted, len(rows), address, rows[0].correlation_id, await self._trace(unit, rows[0]))

    async def _trace(self, unit: UnitOfWork, wanted: Row) -> str:
        """The ``traceparent`` of the event that this message follows from; looked for only where spans are taken."""
        event = await read.event_behind(unit, wanted.position, wanted.cause) if recorded() else None
        return "" if event is None else str(msgspec.json.decode(event).get("traceparent", ""))

    async def _try(self, council: str, letter: _Letter, council_name: str) -> Command:
        try:
            enclosed = await self._enclose(council, letter, council_name)
        except Erased:
            return NoteFailed(ERASED, permanent=True)
        except NoAddress:
            return NoteFailed("NO_ADDRESS", permanent=True)
        except Exception as problem:
            if is_infrastructure(problem):
                raise
            # The name only: what a parser or a template stumbled over is somebody's text.
            return NoteFailed(type(problem).__name__, permanent=False)
        try:
            step("before_post")
            reply = await self.post(enclosed)
            step("after_post")
        except (aiosmtplib.SMTPException, OSError, ValueError) as problem:
            return self._failed(problem)
        evidence = _ADDRESS.sub("(address)", reply)[:EVIDENCE_LENGTH]
        content = self.vault.fingerprint(council, enclosed.content).hex()
        return NoteSent(enclosed.message_id, evidence, content)

    def _failed(self, problem: Exception) -> NoteFailed:
        if isinstance(problem, aiosmtplib.SMTPRecipientsRefused):
            problem = problem.recipients[0]
        if isinstance(problem, aiosmtplib.SMTPNotSupported):  # Its letters are none that this server ever takes.
            return NoteFailed(type(problem).__name__, permanent=True)
        if not isinstance(problem, aiosmtplib.SMTPResponseException):
            return NoteFailed(type(problem).__name__, permanent=False)
        # A 5xx about this recipient or this content is final. About our greeting or our address it is our own fault.
        about_this = isinstance(problem, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
        return NoteFailed(f"SMTP_{problem.code}", permanent=about_this and 500 <= problem.code < 600)

    async def _note(self, council: str, letter: _Letter, outcome: Command) -> None:
        context = self._context(council, letter.wanted.message, str(letter.attempt), letter.correlation)
        try:
            await self.book.carry_out(context, MESSAGE, f"message-{letter.wanted.message}", prepared(outcome))
        except Refused as refused:
            # Another sender was faster and has given it up: its word stands.
            log.info("try not noted", council=council, code=refused.code)
        else:
            if isinstance(outcome, NoteFailed) and (outcome.permanent or letter.attempt >= ATTEMPTS):
                GIVEN_UP.labels(letter.wanted.letter).inc()

    async def _enclose(self, council: str, letter: _Letter, council_name: str) -> Enclosed:
        wanted = letter.wanted
        quoted = {
            name: [await self.vault.unseal(council, piece) for piece in pieces]
            for name, pieces in wanted.quoted.items()
        }
        path = wanted.facts.get("path", f"/panel/councils/{council}/decisions/{wanted.application}")
        facts = {"link": f"{self.base_url}{path}", "council_name": council_name, **wanted.facts}
        rendered = render(wanted.letter, facts, quoted)
        recipient = await self.vault.unseal(council, letter.address)
        return enclose(self.mailbox, recipient, wanted.message, rendered, self.now())

    def _context(self, council: str, message: str, step: str, correlation: UUID | None = None) -> Context:
        now = self.now()
        command = uuid5(OPERATION, f"{council}:{message}:{step}")
        return Context(
            council=council,
            actor="service:notify",
            role="service",
            received_at=now,
            now=now,
            command_id=command,
            correlation_id=correlation or command,
        )
