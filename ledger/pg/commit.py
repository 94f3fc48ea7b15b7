"""Transactions in few round trips, whose locks are free again before the disk has them (docs/adr/0019).

A unit of work commits asynchronously: COMMIT gives the head lock back at once, and the next command of the council need
not wait for the disk. Nobody is told anything until :class:`Durability` has seen the log on disk up to there, once for
all who wait at that moment. The log is written in order, so a crash takes away a tail of what nobody was told.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

_ON_DISK = "SELECT pg_logical_emit_message(true, 'panelbook', '')"
"""An empty record in the log, committed synchronously: once it is answered, everything before it is on disk, and on
the synchronous standby if there is one."""

LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a statement raises when its connection, or the server behind it, is gone or of no more use.

asyncpg says that its own protocol has failed when a server dies at a bad moment: no fault of the statement.
"""

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

_UNWRITTEN = "SELECT WHERE pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()"


class Durability:
    """Sees to it, for everybody in this process who waits at the same time, that what was committed is on disk."""

    def __init__(self) -> None:
        self._committed = 0
        self._on_disk = 0
        self._writing: asyncio.Future[None] | None = None

    async def reach(self, connection: Any) -> None:
        """Return once everything committed before this call is on disk.

        One of those who wait writes for all of them, through its own ``connection``, which must be outside of a
        transaction. Raises what the database raises to this one; the others then try for themselves.
        """
        self._committed += 1
        mine = self._committed
        while self._on_disk < mine:
            if self._writing is not None:
                # Who writes now may have begun before our COMMIT: look again afterwards.
                await asyncio.shield(self._writing)
                continue
            writing = self._writing = asyncio.get_running_loop().create_future()
            covered = self._committed
            try:
                await put_on_disk(connection)
                self._on_disk = max(self._on_disk, covered)
            finally:
                self._writing = None
                writing.set_result(None)


async def put_on_disk(connection: Any) -> None:
    """Return once everything that was committed on this server before the call is on disk."""
    await connection.execute(_ON_DISK)


async def begin(connection: asyncpg.Connection, council: str, lane: str) -> None:
    """Open a unit of work: the transaction, the council's name for row-level security, and the head's lock."""
    opened = f"SELECT ledger.open({_literal(council)}, {_literal(lane)})"
    await connection.execute(f"BEGIN; SET LOCAL synchronous_commit = off; {opened};")


async def begin_reading(connection: asyncpg.Connection, council: str) -> None:
    """Open a look at one moment of one council."""
    named = f"SELECT set_config('panelbook.council', {_literal(council)}, true)"
    await connection.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {named};")


async def commit(connection: asyncpg.Connection) -> None:
    """End a unit of work. Raises InFailedSQLTransactionError when one of its statements failed and nobody said so."""
    if await connection.execute("COMMIT;") != "COMMIT":
        raise asyncpg.InFailedSQLTransactionError("A statement failed and was passed over; nothing was stored.")


async def end_reading(connection: asyncpg.Connection) -> bool:
    """End a look; whether it may have seen what is not on disk yet."""
    return await connection.execute(f"COMMIT; {_UNWRITTEN};") != "SELECT 0"


async def roll_back(connection: asyncpg.Connection) -> None:
    """Undo an open transaction. A lost connection undoes it by itself."""
    # What went wrong first is what the caller must hear of.
    with suppress(*LOST):
        if not is_gone(connection):
            await connection.execute("ROLLBACK;")


@asynccontextmanager
async def council_transaction(
    pool: asyncpg.Pool, council: str, *, readonly: bool = False, wait: float | None = None
) -> AsyncIterator[Connection]:
    """A transaction beside the ledger, under the row-level security of one council.

    Raises TimeoutError when the pool has no connection within ``wait`` seconds.
    """
    async with pool.acquire(timeout=wait) as connection, connection.transaction(readonly=readonly):
        await connection.execute("SELECT set_config('panelbook.council', $1, true)", council)
        yield connection


@asynccontextmanager
async def savepoint(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A part of an open transaction that is undone alone when it raises; the exception goes on."""
    await connection.execute("SAVEPOINT part;")
    try:
        yield
    except BaseException:
        with suppress(*LOST):
            if not is_gone(connection):
                await connection.execute("ROLLBACK TO part; RELEASE part;")
        raise
    await connection.execute("RELEASE part;")


def is_gone(connection: asyncpg.Connection) -> bool:
    """Whether the connection is lost."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool takes a lost connection out of its proxy, which then answers nothing at all.
        return True


def _literal(text: str) -> str:
    """A text as SQL writes it (standard_conforming_strings is on by default and nothing here turns it off)."""
    return "'" + text.replace("'", "''") + "'"
