"""Lets one of a service's workers do what must be done once: whoever holds a lock in the service's database.

The lock belongs to a session of PostgreSQL and not to a lease: it is free at once when the process that holds it dies
or its connection goes, and nobody has to judge by a clock whether somebody else is still alive.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import structlog
from prometheus_client import Gauge

from ledger.pg.commit import LOST

log = structlog.get_logger(__name__)

ACTIVE = Gauge(
    "panelbook_worker_active",
    "1 in the one worker of a service that carries its rows (relay) or does what is done once (tasks).",
    ("service", "part"),
)

_TRY = "SELECT pg_try_advisory_lock(hashtextextended('panelbook ' || $1, 0))"
_ANSWER_SECONDS = 3.0


class SessionLock:
    """A lock by its name in one service's database; every process that asks for it there competes for it.

    ``pool`` lends a connection for as long as the lock is held. ``every`` is seconds: how often a free lock is looked
    for, and how often the connection of a held one is asked whether it still lives.
    """

    def __init__(self, pool: asyncpg.Pool, name: str, *, every: float = 1.0) -> None:
        self.name = name
        self.held = False
        self.taken = False
        """Whether another process held it when it was last asked for."""
        self._pool = pool
        self._every = every

    async def run(self, body: Callable[[], Awaitable[Any]]) -> None:
        """Run ``body`` to its end once the lock is ours. If the lock is lost it is cancelled, and runs again later.

        What ``body`` raises is raised. An absent database is waited for.
        """
        while True:
            work: asyncio.Future[Any] | None = None
            try:
                async with self._pool.acquire(timeout=_ANSWER_SECONDS) as connection:
                    self.taken = not await connection.fetchval(_TRY, self.name)
                    if not self.taken:
                        work = asyncio.ensure_future(body())
                        await self._hold(connection, work)
            except LOST as problem:
                log.info("session_lock_waits", where=self.name, fault=type(problem).__name__)
            if work is not None and not work.cancelled():
                return work.result()
            await asyncio.sleep(self._every)  # until the next round

    async def _hold(self, connection: Any, work: "asyncio.Future[Any]") -> None:
        """Return when ``work`` has ended; raise what says that the connection has."""
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _: gone.set())
        lost = asyncio.ensure_future(gone.wait())
        self.held = True
        try:
            while not work.done():
                await asyncio.wait({work, lost}, timeout=self._every, return_when=asyncio.FIRST_COMPLETED)
                await connection.execute("SELECT 1", timeout=_ANSWER_SECONDS)
        finally:
            self.held = False
            for task in (work, lost):
                task.cancel()
            await asyncio.wait({work, lost})
            # The lock goes with its connection, whatever state that is in.
            connection.terminate()
