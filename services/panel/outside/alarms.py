"""Goes round the councils and says what fell due and did not happen; support goes on meanwhile (E5, E7).

What is due is a field of the read model, so nothing is lost while this does not run: it is late, and says since when.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID, uuid5

from ledger.book import Book
from ledger.rows import Context
from services.panel.domain.out_of_panel import Alarm
from services.panel.outside.handlers import raise_alarm
from services.panel.outside.projections import fallen_due

OPERATION = UUID("0b1f6f1a-6a3a-4a0e-8a55-2f0a7a0f9d31")
"""Namespace of the command ids of alarms: the same due thing always has the same one."""

ROUND_SECONDS = 1.0


@dataclass(frozen=True)
class Alarms:
    """The round and what it needs."""

    book: Book
    now: Callable[[], datetime]
    councils: Callable[[], Awaitable[list[str]]]

    async def run(self) -> None:
        """Go round until cancelled."""
        while True:
            for council in await self.councils():
                await self.round(council)
            await asyncio.sleep(ROUND_SECONDS)

    async def round(self, council: str) -> int:
        """Raise every alarm that one council is owed now; returns how many were looked at."""
        now = self.now()
        async with self.book.reading(council) as reader:
            due = await fallen_due(reader, now)
        for application, made, code, fell_due_at in due:
            context = self._context(council, f"{made}:{code}:{fell_due_at.isoformat()}", now)
            await raise_alarm(self.book, context, application, made, cast(Alarm, code), fell_due_at)
        return len(due)

    def _context(self, council: str, what: str, now: datetime) -> Context:
        command = uuid5(OPERATION, f"{council}:{what}")
        return Context(
            council=council,
            actor="service:panel",
            role="service",
            received_at=now,
            now=now,
            command_id=command,
            correlation_id=command,
        )
