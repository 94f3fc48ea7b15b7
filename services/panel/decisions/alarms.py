"""Says, council by council, what fell due and did not happen; support goes on meanwhile (E5, E7).

What is due is a field of the read model, so nothing is lost while this does not run: it is late, and says since when.
A council is looked at when its book grew or its next due moment has come, so an alarm comes one round late at most.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID, uuid5

from bus.rounds import Books, Rounds
from ledger.book import Book
from ledger.rows import Context
from services.panel.decisions.commands import raise_alarm
from services.panel.decisions.domain.events import Alarm
from services.panel.decisions.domain.out_of_panel.alarms import RaiseAlarm
from services.panel.decisions.read import dues

OPERATION = UUID("0b1f6f1a-6a3a-4a0e-8a55-2f0a7a0f9d31")
"""Namespace of the command ids of alarms: the same due thing always has the same one."""


@dataclass(frozen=True)
class Alarms:
    """The round and what it needs; ``every`` seconds, which is how late an alarm may be."""

    book: Book
    now: Callable[[], datetime]
    every: float = 2.0

    async def run(self, books: Books) -> None:
        """Go round until cancelled."""
        rounds = Rounds(books, self.now)
        while True:
            await rounds.go(self._look)
            await asyncio.sleep(self.every)  # until the next round

    async def round(self, council: str) -> int:
        """Raise every alarm that one council is owed now; returns how many were looked at."""
        raised, _ = await self._raise(council)
        return raised

    async def _look(self, council: str) -> datetime | None:
        _, due = await self._raise(council)
        return due

    async def _raise(self, council: str) -> tuple[int, datetime | None]:
        now = self.now()
        async with self.book.reading(council) as reader:
            to_come = await dues(reader)
        fallen = [due for due in to_come if due[3] < now]
        for application, made, code, fell_due_at in fallen:
            context = self._context(council, f"{made}:{code}:{fell_due_at.isoformat()}", now)
            alarm = RaiseAlarm(made, cast(Alarm, code), fell_due_at)
            await raise_alarm(self.book, context, application, alarm)
        return len(fallen), next((due[3] for due in to_come[len(fallen) :]), None)

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
