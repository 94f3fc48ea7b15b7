"""Tries parked messages again, each when its turn and its time have come."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import structlog

from bus import parked
from bus.failures import is_infrastructure
from ledger.store import NewerThanMe

log = structlog.get_logger(__name__)


class Retries:
    """The retry loop of one consumer. ``attempt(council, id)`` makes one try in a transaction of its own.

    ``news`` is set by the consumer when a waiting message may have got what it needs.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        attempt: Callable[[str, int], Awaitable[None]],
        news: asyncio.Event,
        *,
        every: float = 1.0,
    ) -> None:
        self._pool = pool
        self._attempt = attempt
        self._news = news
        self._every = every

    async def run(self) -> None:
        """Try until cancelled. An absent database or a newer event costs a turn and no tries."""
        while True:
            self._news.clear()
            try:
                while messages := await parked.due(self._pool):
                    if await self._round(messages):
                        break
            except Exception as problem:
                if not is_infrastructure(problem):
                    raise
                log.info("retries_wait", fault=type(problem).__name__)
            try:
                await asyncio.wait_for(self._news.wait(), self._every)
            except TimeoutError:
                continue

    async def _round(self, messages: Sequence[tuple[str, int]]) -> set[str]:
        """One try of each. Returns the councils that must wait: whatever keeps one of them keeps no other."""
        waiting: set[str] = set()
        for council, id_ in messages:
            if council in waiting:
                continue
            try:
                await self._attempt(council, id_)
            except Exception as problem:
                if not is_infrastructure(problem) and not isinstance(problem, NewerThanMe):
                    raise
                log.info("retries_wait", council=council, fault=type(problem).__name__)
                waiting.add(council)
        return waiting
