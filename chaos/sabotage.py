"""Takes one protection away at a time, so that the suite can show that it would notice.

Each is done from outside: by replacing a method in a process of the suite's own making (:mod:`chaos.process`), or by
changing the function or index in the run's own databases. The product holds no switch for any of it.
"""

import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg

from bus import progress, relay
from ledger.migrate import database_dsn
from ledger.pg.ledger import PostgresLedger
from ledger.pg.transaction import PostgresTransaction
from panelbook.local_deployment import SERVICES

LATE_SECONDS = 0.1
"""How far a sabotaged COMMIT or send comes after what should have waited for it."""


_LOOKED_FOR = "ledger.heard("


def _hear_what_was_heard() -> None:
    """A duplicate is handled again: neither its place nor its row is looked for."""
    hear = PostgresTransaction.hear
    if _LOOKED_FOR not in inspect.getsource(hear):
        raise RuntimeError("heard rows are looked for in another way: the sabotage would change nothing")
    missing_before = progress.Progress.missing_before

    async def without_looking(self: PostgresTransaction, hearings: Any) -> Any:
        connection = self._connection
        self._connection = _Forgetful(connection)  # pyright: ignore[reportAttributeAccessIssue]
        try:
            return await hear(self, hearings)
        finally:
            self._connection = connection

    PostgresTransaction.hear = without_looking
    progress.Progress.missing_before = lambda self, place: max(0, missing_before(self, place))


class _Forgetful:
    """A connection that has heard nothing before."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, query: str, *arguments: Any) -> Any:
        return [] if _LOOKED_FOR in query else await self._connection.fetch(query, *arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _send_backwards() -> None:
    """The relay sends what stands in the outbox last thing first."""
    send = relay.Relay._send

    async def backwards(self: relay.Relay, producer: Any, parcel: Any) -> int:
        if parcel.lane in ("events", "decisions"):
            parcel = replace(parcel, messages=parcel.messages[::-1])
        return await send(self, producer, parcel)

    relay.Relay._send = backwards


def _move_the_bookmark_first() -> None:
    """The relay's bookmark moves before the broker has said anything."""
    send = relay.Relay._send

    async def hopeful(self: relay.Relay, producer: Any, parcel: Any) -> int:
        await self._pool.execute(relay._MOVE, [parcel.council], [parcel.lane], [parcel.messages[-1].place])
        await asyncio.sleep(LATE_SECONDS)  # the fault itself: it comes late
        return await send(self, producer, parcel)

    relay.Relay._send = hopeful


def _answer_first() -> None:
    """A command is answered, and committed a little later."""
    begin = PostgresLedger.transaction
    waiting: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def hasty(self: PostgresLedger, *arguments: Any, **named: Any) -> AsyncIterator[PostgresTransaction]:
        opened = begin(self, *arguments, **named)
        work = await opened.__aenter__()
        try:
            yield work
        except BaseException as problem:
            if not await opened.__aexit__(type(problem), problem, problem.__traceback__):
                raise
            return

        async def later() -> None:
            await asyncio.sleep(LATE_SECONDS)  # the fault itself: it comes late
            await opened.__aexit__(None, None, None)

        waiting.add(task := asyncio.create_task(later()))
        task.add_done_callback(waiting.discard)

    PostgresLedger.transaction = hasty


IN_PROCESS: Mapping[str, Callable[[], None]] = {
    "heard-row": _hear_what_was_heard,
    "outbox-order": _send_backwards,
    "bookmark-after-ack": _move_the_bookmark_first,
    "commit-before-answer": _answer_first,
}
"""What is replaced in the processes, by the name of the protection that goes."""


async def _drop_the_heard_key(connection: Any) -> None:
    await connection.execute("DROP INDEX ledger.row_heard")


_LOCK = re.compile(r"FOR (?:NO KEY )?UPDATE(?: OF \w+)?")


async def _lock_no_head(connection: Any) -> None:
    for (function,) in await connection.fetch(
        "SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.pronamespace = 'ledger'::regnamespace"
        " AND p.proname IN ('open', 'append', 'publish')"
    ):
        unlocked, locks = _LOCK.subn("", function)
        if not locks:
            raise RuntimeError("a function of the ledger that should lock its head does not")
        await connection.execute(unlocked)


IN_DATABASE: Mapping[str, Callable[[Any], Awaitable[None]]] = {
    "heard-row": _drop_the_heard_key,
    "head-lock": _lock_no_head,
}
"""What is changed in every service's database, by the name of the protection that goes."""

PROTECTIONS = ("heard-row", "outbox-order", "head-lock", "bookmark-after-ack", "commit-before-answer")


async def change_databases(admin_dsn: str, protection: str) -> None:
    """Take a protection out of every service's database, where that is where it lives."""
    change = IN_DATABASE.get(protection)
    for service in SERVICES if change else ():
        connection = await asyncpg.connect(database_dsn(admin_dsn, f"panelbook_{service}"))
        try:
            assert change is not None
            await change(connection)
        finally:
            await connection.close()
