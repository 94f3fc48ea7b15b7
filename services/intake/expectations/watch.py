"""The watch on cut-offs: notices, within a minute, which expected applications were not received (S4 §5).

Deadlines are fields: what is missing follows from when each application was received and from the cut-off that it is
held to, and not from when the watch looks. The event records that the alarm was raised, once for each sitting.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

import structlog

from bus.rounds import Books, Rounds
from ledger.book import Book
from ledger.rows import Context
from services.intake.expectations import commands

log = structlog.get_logger(__name__)

OPERATION = UUID("4a5f0a5e-52c1-4d0a-9d34-2f5b1f6c7e21")
"""Namespace of the watch's own command ids. That the alarm is raised once is the sitting's own stream's to say."""


@dataclass(frozen=True)
class Watch:
    """Goes round the councils; ``every`` seconds, far below the minute that is promised.

    A council is looked at when its book grew, or when the next cut-off has passed at which something is missing.
    What was received at the cut-off, its last byte included, may be on its way into the ledger for some seconds yet: it
    waits 2 s at most for a connection or a lock, and 5 s for a statement. So a sitting is looked at only ``settle``
    seconds later, and nobody is told that such a one is missing.
    """

    book: Book
    now: Callable[[], datetime]
    every: float = 5.0
    settle: float = 25.0

    async def run(self, books: Books) -> None:
        """Watch until cancelled."""
        rounds = Rounds(books, self.now)
        while True:
            await rounds.go(self._look)
            await asyncio.sleep(self.every)  # until the next round

    async def look(self, council: str) -> int:
        """Raise the alarm for every sitting of one council that needs it now; returns how many."""
        noticed, _ = await self._notice(council)
        return noticed

    async def _look(self, council: str) -> datetime | None:
        _, due = await self._notice(council)
        return due

    async def _notice(self, council: str) -> tuple[int, datetime | None]:
        now, settle = self.now(), timedelta(seconds=self.settle)
        async with self.book.reading(council) as reader:
            overdue, due = await commands.overdue_sittings(reader, now - settle)
        for forum, sitting_on, cut_off_at in overdue:
            await commands.notice_not_received(
                self.book, self._context(council, forum, sitting_on, now), forum, sitting_on, cut_off_at
            )
            log.info("expected applications not received", council=council)
        return len(overdue), due + settle if due else None

    def _context(self, council: str, forum: str, sitting_on: date, now: datetime) -> Context:
        command = uuid5(OPERATION, f"{council}:{forum}:{sitting_on.isoformat()}:{now.isoformat()}")
        return Context(
            council=council,
            actor="service:intake",
            role="service",
            received_at=now,
            now=now,
            command_id=command,
            correlation_id=command,
        )
