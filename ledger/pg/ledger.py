"""The ledger in PostgreSQL: one transaction per unit of work, one SQL function that appends (schema.sql)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import cast

import asyncpg
import msgspec

from ledger.changes import Change
from ledger.meters import COMMIT, LOCK_WAIT
from ledger.pg.applying import run_changes
from ledger.pg.commit import LOST, Durability, begin, begin_reading, commit, end_reading, is_gone, roll_back
from ledger.pg.failures import AWAY, OF_NO_MORE_USE
from ledger.pg.transaction import PostgresReader, PostgresTransaction, rows_after, rows_of
from ledger.proof.leaf import FIRST_CHAIN
from ledger.rows import BOOK, Context, Draft, Head, Lane, Mark, Reached, Row
from ledger.steps import step
from ledger.store import Busy, Unknown

WAIT_SECONDS = 2.0
"""How long a caller waits for a connection of the pool, as long as for a lock (DESIGN: 2 s, then 503)."""

_PAGE = 1000
_UNANSWERED = (TimeoutError, asyncpg.InternalClientError)


async def connect_pool(dsn: str, *, min_size: int = 1, max_size: int = 10, application: str) -> asyncpg.Pool:
    """A pool whose connections give up in time: locks 2 s, statements 5 s, idle in transaction 5 s.

    JSON columns come and go as Python values. ``application`` names the process in the server's own views. With a
    ``min_size`` of 0 the server may still be away: whoever asks first then waits for it, and is Busy until it is there.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=min_size,
        max_size=max_size,
        init=_prepare_connection,
        reset=_leave_as_it_is,
        command_timeout=15,
        server_settings={
            "application_name": application,
            "lock_timeout": "2s",
            "statement_timeout": "5s",
            "idle_in_transaction_session_timeout": "5s",
            "timezone": "UTC",
            # A machine that is gone says nothing: its connections, and the locks on them, are given up after 20 s.
            "tcp_keepalives_idle": "10",
            "tcp_keepalives_interval": "5",
            "tcp_keepalives_count": "2",
        },
    )


async def known_councils(pool: asyncpg.Pool) -> list[str]:
    """Every council with a book in this service. Only the relay's role sees more than one council."""
    # every council: whoever goes round all of them must first know which there are
    found = await pool.fetch("SELECT council FROM ledger.head WHERE lane = 'book' ORDER BY council")
    return [row[0] for row in found]


async def known_books(pool: asyncpg.Pool) -> dict[str, Reached]:
    """Every council with a book in this service, and how far it reaches; for the relay's role, as above."""
    # every council: whoever goes round all of them must first know in which something happened
    found = await pool.fetch("SELECT council, epoch, position FROM ledger.head WHERE lane = 'book' ORDER BY council")
    return {row[0]: (row[1], row[2]) for row in found}


class PostgresLedger:
    """A service's ledger in its own database, through a pool of its app role."""

    def __init__(self, service: str, pool: asyncpg.Pool) -> None:
        self.service = service
        self._pool = pool
        self._durability = Durability()

    @asynccontextmanager
    async def transaction(self, context: Context, lane: Lane = BOOK) -> AsyncIterator["PostgresTransaction"]:
        """One transaction, COMMIT included: see :class:`ledger.store.Transaction`.

        Raises Busy when the database or a lock takes too long, and when the connection is lost: then nothing was
        stored. A lost answer to COMMIT is looked into, so a stored command is never reported as lost.
        """
        lost: BaseException
        async with self._connection() as connection:
            work = PostgresTransaction(self.service, connection, context, lane)
            try:
                with _busy(connection):
                    with LOCK_WAIT.labels(self.service).time():
                        await begin(connection, context.council, lane)
                    step("after_lock")
                    yield work
            except BaseException:
                await roll_back(connection)
                raise
            committed = False
            try:
                step("before_commit")
                with COMMIT.labels(self.service).time():
                    await commit(connection)
                    committed = True
                    step("before_disk")
                    await self._durability.reach(connection)
                step("after_commit")
                return
            except LOST as problem:
                if not committed and not is_gone(connection) and not isinstance(problem, _UNANSWERED):
                    await roll_back(connection)
                    if isinstance(problem, AWAY):
                        raise Busy("COMMIT took longer than its limit; nothing was stored.") from problem
                    raise
                lost = problem
        try:
            stored = await self._was_stored(work)
        except Busy:
            raise Unknown("The connection was lost at COMMIT; the same command id will tell how it ended.") from lost
        if not stored:
            raise Busy("The connection was lost before COMMIT; nothing was stored.") from lost

    async def append(self, context: Context, drafts: Sequence[Draft], lane: Lane = BOOK) -> list[Row]:
        """One append that is a transaction of its own, in one round trip: see :class:`ledger.store.Ledger`.

        Raises Busy and Unknown as a unit of work does: an append whose answer is lost is looked for.
        """
        lost: BaseException
        async with self._connection() as connection:
            work = PostgresTransaction(self.service, connection, context, lane, alone=True)
            rows: list[Row] | None = None
            try:
                step("before_commit")
                rows = await work.append(drafts)
                step("before_disk")
                await self._durability.reach(connection)
                step("after_commit")
                return rows
            except LOST as problem:
                if rows is None and not is_gone(connection) and not isinstance(problem, _UNANSWERED):
                    if isinstance(problem, AWAY):
                        raise Busy("The append took longer than its limit; nothing was stored.") from problem
                    raise
                lost = problem
        try:
            async with self._connection() as connection:
                with _busy(connection):
                    # Whoever waits for the head lock finds the lost statement over.
                    async with connection.transaction():
                        await connection.execute("SELECT ledger.open($1, $2)", context.council, lane)
                        rows = await rows_of(connection, context, lane, drafts)
                    if rows:
                        await self._durability.reach(connection)
        except Busy:
            raise Unknown("The connection was lost at an append, and nobody can say how it ended.") from lost
        if not rows:
            raise Busy("The connection was lost before the append; nothing was stored.") from lost
        return rows

    async def enlist(self, council: str) -> None:
        """Open a council's book before its first row, so that marks cover it from now on. Safe to repeat."""
        async with self._connection() as connection:
            with _busy(connection):
                async with connection.transaction():
                    await connection.execute("SELECT ledger.open($1, 'book')", council)

    async def head(self, council: str, lane: Lane = BOOK) -> Head:
        """The end of one council's lane; position 0 for a council without rows."""
        async with self.reading(council) as reader:
            found = await reader.connection.fetchrow(
                "SELECT epoch, position, recorded_at, chain FROM ledger.head WHERE council = $1 AND lane = $2",
                council,
                lane,
            )
        if found is None:
            return Head(council, lane, 1, 0, datetime(1970, 1, 1, tzinfo=UTC), FIRST_CHAIN)
        return Head(council, lane, *found)

    async def rows(self, council: str, after: int = 0, limit: int = 1000, lane: Lane = BOOK) -> list[Row]:
        """Rows after a position, in order, at most ``limit``."""
        async with self.reading(council) as reader:
            return await rows_after(reader.connection, council, lane, after, limit)

    async def every_row(self, council: str, lane: Lane = BOOK) -> AsyncIterator[Row]:
        """Every row of one council's lane in order, a thousand at a time and without holding a transaction open."""
        after = 0
        while page := await self.rows(council, after, _PAGE, lane):
            for row in page:
                yield row
            after = page[-1].position

    async def mark(self, now: datetime) -> list[Mark]:
        """Promise for every council that no later row will carry a ``recorded_at`` up to the mark's moment.

        Waits until no unit of work is open. Raises Busy when one stays open too long.
        """
        async with self._connection() as connection:
            with _busy(connection):
                found = await connection.fetch(
                    "SELECT council, epoch, position, moment FROM ledger.make_marks($1) ORDER BY council", now
                )
        return [Mark(*mark) for mark in found]

    async def refold(self, council: str, fold: Callable[[Sequence[Row]], Sequence[Change]]) -> int:
        """Empty the council's read models and fold its whole book again: see :class:`ledger.store.Ledger`."""
        folded = 0
        async with self._connection() as connection:
            with _busy(connection):
                async with connection.transaction():
                    await connection.execute("SET LOCAL statement_timeout = 0")
                    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                    await connection.execute("SELECT ledger.open($1, 'book')", council)
                    tables = await connection.fetch(
                        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'read'"
                    )
                    for (table,) in tables:
                        await connection.execute(f"DELETE FROM {table} WHERE council = $1", council, timeout=3600)
                    folded = await self._fold_into(connection, council, fold)
        return folded

    async def _fold_into(
        self, connection: asyncpg.Connection, council: str, fold: Callable[[Sequence[Row]], Sequence[Change]]
    ) -> int:
        """Fold a whole book that nobody can write to now; a page is read and folded while the one before is written."""
        folded = 0
        writing: asyncio.Task[None] | None = None
        async with self.reading(council, shown=False) as reader:
            await reader.connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            try:
                while page := await rows_after(reader.connection, council, BOOK, folded, _PAGE):
                    changes = fold(page)
                    folded = page[-1].position
                    if writing is not None:
                        await writing
                    writing = asyncio.create_task(run_changes(connection, council, changes))
            finally:
                # A transaction is not left while one of its statements is still on its way.
                if writing is not None:
                    await writing
        return folded

    async def _was_stored(self, work: "PostgresTransaction") -> bool:
        """Whether a transaction whose COMMIT got no answer is there; waits for its head lock, so it is over by then."""
        async with self._connection() as connection:
            with _busy(connection):
                async with connection.transaction():
                    await connection.execute("SELECT ledger.open($1, $2)", work.context.council, work.lane)
                    stored = await work.is_stored(connection)
                if stored:
                    await self._durability.reach(connection)
                return stored

    @asynccontextmanager
    async def reading(self, council: str, *, shown: bool = True) -> AsyncIterator["PostgresReader"]:
        """A read-only transaction over one council's read models: see :class:`ledger.store.Reader`. Raises Busy."""
        async with self._connection() as connection:
            with _busy(connection):
                try:
                    await begin_reading(connection, council)
                    yield PostgresReader(council, connection)
                except BaseException:
                    await roll_back(connection)
                    raise
                # Nothing may be shown that a crash could still take away. What a command is decided from is not shown:
                # its own rows stand behind in the log, and reach the disk with it or not at all.
                if await end_reading(connection) and shown:
                    await self._durability.reach(connection)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            connection = await self._pool.acquire(timeout=WAIT_SECONDS)
        except (TimeoutError, OSError, *AWAY) as problem:
            raise Busy("No connection to the database in time; nothing was stored.") from problem
        try:
            # The pool hands out a proxy with every method of a connection.
            yield cast(asyncpg.Connection, connection)
        except Busy as busy:
            if isinstance(busy.__cause__, OF_NO_MORE_USE):
                await self._pool.expire_connections()
            raise
        finally:
            await self._pool.release(connection)


async def _leave_as_it_is(connection: asyncpg.Connection) -> None:
    """Nothing of ours outlives its transaction, so a connection given back needs no round trip of cleaning.

    But where whoever used it was cancelled between two statements: the next one must not begin in their transaction.
    """
    if connection.is_in_transaction():
        try:
            await connection.execute("ROLLBACK")
        except LOST:
            # Whoever gives it back is told of their own fault, not of this one; the pool makes another.
            connection.terminate()


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    # What we are told must be on disk. A server that was told otherwise is overruled; one that asks for more is not.
    await connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda value: msgspec.json.encode(value).decode(),
            decoder=msgspec.json.decode,
        )


@contextmanager
def _busy(connection: asyncpg.Connection) -> Iterator[None]:
    """What means "too long, or gone" leaves as Busy; every other error as it is."""
    try:
        yield
    except (*AWAY, TimeoutError) as problem:
        raise Busy("The database took longer than its limit; nothing was stored.") from problem
    except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError) as problem:
        if not is_gone(connection) and not isinstance(problem, asyncpg.InternalClientError):
            raise
        raise Busy("The connection to the database was lost; nothing was stored.") from problem
