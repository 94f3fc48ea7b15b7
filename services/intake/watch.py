"""The watch on cut-offs: notices, within a minute, which expected applications were not received (S4 §5).

Deadlines are fields: whether something is missing is compared when it is read, here as on the chair's list. The event
records that the alarm was raised, once for each sitting.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

import structlog

from ledger.book import Book
from ledger.rows import Context
from services.intake import handlers

log = structlog.get_logger(__name__)

OPERATION = UUID("4a5f0a5e-52c1-4d0a-9d34-2f5b1f6c7e21")
"""Namespace of the watch's own command ids. That the alarm is raised once is the sitting's own stream's to say."""


@dataclass(frozen=True)
class Watch:
    """Goes round the councils; ``every`` seconds, far below the minute that is promised."""

    book: Book
    now: Callable[[], datetime]
    councils: Callable[[], Awaitable[list[str]]]
    every: float = 5.0

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            for council in await self.councils():
                await self.look(council)
            await asyncio.sleep(self.every)

    async def look(self, council: str) -> int:
        """Raise the alarm for every sitting of one council that needs it now; returns how many."""
        now = self.now()
        async with self.book.reading(council) as reader:
            overdue = await handlers.overdue_sittings(reader, now)
        for forum, sitting_on in overdue:
            await handlers.notice_not_received(
                self.book, self._context(council, forum, sitting_on, now), forum, sitting_on
            )
            log.info("expected applications not received", council=council)
        return len(overdue)

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
