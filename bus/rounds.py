"""Which councils a worker's task looks at in its next round: whose book grew since, or where something falls due now.

What a task looks for follows from a council's read models and the time. So a book that has not grown needs no look
before the next due moment: while nothing happens, a round over every council is one small statement.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.rows import Reached

AT_LATEST_SECONDS = 300.0
"""Real seconds after which a council is looked at in any case: a newer release may read the same book otherwise."""

Books = Callable[[], Awaitable[Mapping[str, Reached]]]
"""How far every council's book reaches."""

Look = Callable[[str], Awaitable[datetime | None]]
"""Looks at one council; returns the moment from which it is to be looked at again though its book did not grow."""


@dataclass(frozen=True)
class _Seen:
    reached: Reached
    due: datetime | None
    until: float


class Rounds:
    """Remembers, for one task, how far each council's book reached when it was looked at, and what is due next."""

    def __init__(
        self,
        books: Books,
        now: Callable[[], datetime],
        *,
        at_latest: float = AT_LATEST_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``now`` is the service's clock, by which things fall due."""
        self._books = books
        self._now = now
        self._at_latest = at_latest
        self._monotonic = monotonic
        self._seen: dict[str, _Seen] = {}

    async def go(self, look: Look) -> None:
        """Look at each council that needs it.

        What ``look`` raises is raised, and the council is looked at again in the next round.
        """
        for council, reached in (await self._books()).items():
            if not self._needs(council, reached):
                continue
            due = await look(council)
            # The book as it stood before the look: what came meanwhile is a reason to look again.
            self._seen[council] = _Seen(reached, due, self._monotonic() + self._at_latest)

    def _needs(self, council: str, reached: Reached) -> bool:
        seen = self._seen.get(council)
        if seen is None or seen.reached != reached or self._monotonic() >= seen.until:
            return True
        return seen.due is not None and self._now() >= seen.due
