"""The ledger in PostgreSQL: one transaction per unit of work, one SQL function that appends (schema.sql)."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, cast

import asyncpg
import msgspec
from asyncpg.transaction import Transaction

from ledger.envelope import enveloped
from ledger.leaf import FIRST_CHAIN
from ledger.rows import (
    BOOK,
    MAX_PAYLOAD,
    Change,
    Context,
    Draft,
    Head,
    Hearing,
    Lane,
    Mark,
    Outcome,
    Outgoing,
    Row,
    RowKind,
)
from ledger.store import Busy, CommandReused, StaleVersion, TooLarge

WAIT_SECONDS = 2.0
"""How long a caller waits for a connection of the pool, as long as for a lock (DESIGN: 2 s, then 503)."""

_PAGE = 1000
_COLUMNS = (
    "council, lane, epoch, position, kind, stream, version, source, source_epoch, source_sequence, id, name, schema,"
    " received_at, recorded_at, actor, role, command_id, correlation_id, cause, payload, leaf, chain"
)
_BUSY = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


async def connect_pool(dsn: str, *, max_size: int = 10, application: str) -> asyncpg.Pool:
    """A pool whose connections give up in time: locks 2 s, statements 5 s, idle in transaction 5 s.

    JSON columns come and go as Python values. ``application`` names the process in the server's own views.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=max_size,
        init=_prepare_connection,
        command_timeout=15,
        server_settings={
            "application_name": application,
            "lock_timeout": "2s",
            "statement_timeout": "5s",
            "idle_in_transaction_session_timeout": "5s",
            "timezone": "UTC",
        },
    )


async def known_councils(pool: asyncpg.Pool) -> list[str]:
    """Every council with a book in this service. Only the relay's role sees more than one council."""
    found = await pool.fetch("SELECT council FROM ledger.head WHERE lane = 'book' ORDER BY council")
    return [row[0] for row in found]


class PostgresLedger:
    """A service's ledger in its own database, through a pool of its app role."""

    def __init__(self, service: str, pool: asyncpg.Pool) -> None:
        self.service = service
        self._pool = pool

    @asynccontextmanager
    async def unit_of_work(self, context: Context, lane: Lane = BOOK) -> AsyncIterator["PostgresUnit"]:
        """One transaction, COMMIT included: see :class:`ledger.store.UnitOfWork`.

        Raises Busy when the database or a lock takes too long, and when the connection is lost: then nothing was
        stored. A lost answer to COMMIT is looked into, so a stored command is never reported as lost.
        """
        lost: BaseException
        async with self._connection() as connection:
            transaction = connection.transaction()
            with _busy(connection):
                await transaction.start()
                work = PostgresUnit(self.service, connection, context, lane)
                await work.open()
            try:
                with _busy(connection):
                    yield work
                    # A failed statement that somebody swallowed would turn COMMIT into a silent ROLLBACK: ask first.
                    await connection.execute("SELECT")
            except BaseException:
                await _roll_back(connection, transaction)
                raise
            try:
                await transaction.commit()
                return
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
                if not _is_gone(connection) and not isinstance(problem, TimeoutError):
                    if isinstance(problem, _BUSY):
                        raise Busy("COMMIT took longer than its limit; nothing was stored.") from problem
                    raise
                lost = problem
        if not await self._was_stored(work):
            raise Busy("The connection was lost before COMMIT; nothing was stored.") from lost

    async def enlist(self, council: str) -> None:
        """Open a council's book before its first row, so that marks cover it from now on. Safe to repeat."""
        async with self._connection() as connection:
            with _busy(connection):
                async with connection.transaction():
                    await connection.execute("SELECT ledger.open($1, 'book')", council)

    async def head(self, council: str, lane: Lane = BOOK) -> Head:
        """The end of one council's lane; position 0 for a council without rows."""
        async with self._reading(council) as connection:
            found = await connection.fetchrow(
                "SELECT epoch, position, recorded_at, chain FROM ledger.head WHERE council = $1 AND lane = $2",
                council,
                lane,
            )
        if found is None:
            return Head(council, lane, 1, 0, datetime(1970, 1, 1, tzinfo=UTC), FIRST_CHAIN)
        return Head(council, lane, *found)

    async def rows(self, council: str, after: int = 0, limit: int = 1000, lane: Lane = BOOK) -> list[Row]:
        """Rows after a position, in order, at most ``limit``."""
        async with self._reading(council) as connection:
            return await _rows_after(connection, council, lane, after, limit)

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
                    while page := await _rows_after(connection, council, BOOK, folded, _PAGE):
                        await _run_changes(connection, council, fold(page))
                        folded = page[-1].position
        return folded

    async def _was_stored(self, work: "PostgresUnit") -> bool:
        """Whether a transaction whose COMMIT got no answer is there; waits for its head lock, so it is over by then."""
        async with self._connection() as connection:
            with _busy(connection):
                async with connection.transaction():
                    await connection.execute("SELECT ledger.open($1, $2)", work.context.council, work.lane)
                    return await work.is_stored(connection)

    @asynccontextmanager
    async def reading(self, council: str) -> AsyncIterator["PostgresReader"]:
        """A read-only transaction over one council's read models: see :class:`ledger.store.Reader`. Raises Busy."""
        async with self._reading(council) as connection:
            yield PostgresReader(council, connection)

    @asynccontextmanager
    async def _reading(self, council: str) -> AsyncIterator[asyncpg.Connection]:
        async with self._connection() as connection:
            with _busy(connection):
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    await connection.execute("SELECT set_config('panelbook.council', $1, true)", council)
                    yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            connection = await self._pool.acquire(timeout=WAIT_SECONDS)
        except (TimeoutError, OSError, *_BUSY) as problem:
            raise Busy("No connection to the database in time; nothing was stored.") from problem
        try:
            # The pool hands out a proxy with every method of a connection.
            yield cast(asyncpg.Connection, connection)
        finally:
            await self._pool.release(connection)


class PostgresReader:
    """A look at one council: see :class:`ledger.store.Reader`."""

    def __init__(self, council: str, connection: asyncpg.Connection) -> None:
        self.council = council
        self.connection = connection

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Rows of a query; the council is $1 by itself, ``args`` follow from $2."""
        return await self.connection.fetch(sql, self.council, *args)


class PostgresUnit:
    """One open transaction: see :class:`ledger.store.UnitOfWork`."""

    def __init__(self, service: str, connection: asyncpg.Connection, context: Context, lane: Lane) -> None:
        self.lane: Lane = lane
        self._service = service
        self._connection = connection
        self._context = context
        self._last_row: Row | None = None
        self._settled: list[tuple[Context, Outcome]] = []

    @property
    def context(self) -> Context:
        """Who acts; may be set anew within the same council."""
        return self._context

    @context.setter
    def context(self, context: Context) -> None:
        if context.council != self._context.council:
            raise ValueError("A unit of work belongs to one council.")
        self._context = context

    @property
    def connection(self) -> asyncpg.Connection:
        """The transaction's connection, for a caller's own statements. Do not commit on it."""
        return self._connection

    async def open(self) -> None:
        """Name the council for row-level security and lock the head."""
        await self._connection.execute("SELECT ledger.open($1, $2)", self._context.council, self.lane)

    async def outcome(self) -> Outcome | None:
        """The outcome this command id already has, or None. Raises CommandReused on another fingerprint."""
        found = await _outcome(self._connection, self._context, self.lane)
        if found is None:
            return None
        fingerprint, outcome = found
        if fingerprint != self._context.fingerprint:
            raise CommandReused("This command id was already used with another body.")
        return outcome

    async def stream(self, stream: str) -> list[Row]:
        """Every decided row of one stream of this lane, oldest first."""
        found = await self._connection.fetch(
            f"SELECT {_COLUMNS} FROM ledger.row"
            " WHERE council = $1 AND lane = $2 AND stream = $3 AND kind = 'decided' ORDER BY version",
            self._context.council,
            self.lane,
            stream,
        )
        return [Row(*row) for row in found]

    async def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The newest version of each stream that has one."""
        found = await self._connection.fetch(
            "SELECT s.stream, newest.version FROM unnest($3::text[]) AS s(stream) CROSS JOIN LATERAL"
            " (SELECT max(r.version) AS version FROM ledger.row r"
            "  WHERE r.council = $1 AND r.lane = $2 AND r.stream = s.stream AND r.kind = 'decided') newest"
            " WHERE newest.version IS NOT NULL",
            self._context.council,
            self.lane,
            list(streams),
        )
        return dict(found)

    async def append(self, drafts: Sequence[Draft]) -> list[Row]:
        """Store drafts, of any number of streams, at the next positions. Raises StaleVersion, TooLarge."""
        context = self._context
        nothing = [0] * len(drafts)
        return await self._append(
            "decided",
            context.cause.recorded_at if context.cause else None,
            context.cause.id if context.cause else "",
            drafts,
            [draft.stream for draft in drafts],
            [draft.version for draft in drafts],
            ([""] * len(drafts), nothing, nothing),
            [context.correlation_id] * len(drafts),
        )

    async def hear(self, hearings: Sequence[Hearing]) -> list[Row]:
        """Store heard events not stored before; returns only the rows that are new. Raises TooLarge."""
        if not hearings:
            return []
        # The head lock makes looking first safe: nobody else can hear anything for this council meanwhile.
        known = await self._connection.fetch(
            "SELECT h.source, h.source_epoch, h.source_sequence FROM unnest($2::text[], $3::int[], $4::bigint[])"
            " AS h(source, source_epoch, source_sequence) CROSS JOIN LATERAL"
            " (SELECT FROM ledger.row r WHERE r.council = $1 AND r.kind = 'heard' AND r.source = h.source"
            "  AND r.source_epoch = h.source_epoch AND r.source_sequence = h.source_sequence LIMIT 1) known",
            self._context.council,
            *_places(hearings),
        )
        seen = {tuple(place) for place in known}
        new: list[Hearing] = []
        for hearing in hearings:
            place = (hearing.source, hearing.source_epoch, hearing.source_sequence)
            if place not in seen:
                seen.add(place)
                new.append(hearing)
        if not new:
            return []
        return await self._append(
            "heard",
            max(hearing.recorded_at for hearing in new),
            "",
            new,
            [hearing.subject for hearing in new],
            [0] * len(new),
            _places(new),
            [hearing.correlation_id for hearing in new],
        )

    async def publish(self, outgoing: Sequence[tuple[Row, Outgoing]]) -> None:
        """Store public events in the outbox, bytes fixed now, with the next dense sequence of their lane."""
        if not outgoing:
            return
        context = self._context
        head = await self._connection.fetchrow(
            "SELECT events_sequence, decisions_sequence FROM ledger.head WHERE council = $1 AND lane = 'book'",
            context.council,
        )
        assert head is not None  # Opening the unit of work made it.
        for lane in ("events", "decisions"):
            after = head[f"{lane}_sequence"]
            told = [(row, event) for row, event in outgoing if event.lane == lane]
            sent = [enveloped(self._service, row, event, after + n, context) for n, (row, event) in enumerate(told, 1)]
            if told:
                await self._connection.execute(
                    "SELECT ledger.publish($1, $2, $3, $4, $5, $6, $7, $8)",
                    context.council,
                    lane,
                    after,
                    [row.position for row, _ in told],
                    [event.type for _, event in told],
                    [event.subject for _, event in told],
                    [msgspec.json.encode(envelope.headers).decode() for envelope in sent],
                    [envelope.value for envelope in sent],
                )

    async def change(self, changes: Sequence[Change]) -> None:
        """Run a projection's statements, in order; neighbours with the same text travel together."""
        await _run_changes(self._connection, self._context.council, changes)

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Read from a read model inside this transaction; ``$1`` is the council."""
        return await self._connection.fetch(sql, self._context.council, *args)

    async def settle(self, outcome: Outcome) -> None:
        """Keep this command's outcome, for commands without events too. Raises CommandReused when it has one."""
        stored = await self._connection.fetchval(
            "INSERT INTO ledger.outcome"
            " (council, lane, command_id, fingerprint, answer, first_position, last_position)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING true",
            self._context.council,
            self.lane,
            self._context.command_id,
            self._context.fingerprint,
            outcome.answer,
            outcome.first_position,
            outcome.last_position,
        )
        if not stored:
            raise CommandReused("This command already has an outcome.")
        self._settled.append((self._context, outcome))

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the transaction that is undone alone when it raises; the exception goes on."""
        before = self._last_row, list(self._settled)
        try:
            async with self._connection.transaction():
                yield
        except BaseException:
            self._last_row, self._settled = before
            raise

    async def is_stored(self, connection: asyncpg.Connection) -> bool:
        """Whether, seen from another connection, all that this unit appended and settled is there."""
        if self._last_row is None and not self._settled:
            return False
        if self._last_row is not None:
            leaf = await connection.fetchval(
                "SELECT leaf FROM ledger.row WHERE council = $1 AND lane = $2 AND position = $3",
                self._context.council,
                self.lane,
                self._last_row.position,
            )
            if leaf != self._last_row.leaf:
                return False
        for context, outcome in self._settled:
            if await _outcome(connection, context, self.lane) != (context.fingerprint, outcome):
                return False
        return True

    async def _append(
        self,
        kind: RowKind,
        caused: datetime | None,
        cause: str,
        given: Sequence[Draft] | Sequence[Hearing],
        streams: list[str],
        versions: list[int],
        places: tuple[list[str], list[int], list[int]],
        correlations: list[Any],
    ) -> list[Row]:
        if not given:
            return []
        if any(len(draft.payload) > MAX_PAYLOAD for draft in given):
            raise TooLarge(f"A row's payload may hold {MAX_PAYLOAD} bytes at most.")
        context = self._context
        try:
            stored = await self._connection.fetch(
                "SELECT epoch, position, recorded_at, leaf, chain FROM ledger.append"
                "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
                context.council,
                self.lane,
                kind,
                context.received_at,
                context.now,
                caused,
                context.actor,
                context.role,
                context.command_id,
                cause,
                streams,
                versions,
                *places,
                [draft.id for draft in given],
                [draft.name for draft in given],
                [draft.schema for draft in given],
                correlations,
                [draft.payload for draft in given],
            )
        except asyncpg.PostgresError as problem:
            if getattr(problem, "sqlstate", "") == "PB412":
                raise StaleVersion("A draft does not follow the newest version of its stream.") from problem
            raise
        rows = [
            Row(context.council, self.lane, epoch, position, kind, stream, version, source, source_epoch,
                source_sequence, draft.id, draft.name, draft.schema, context.received_at, recorded_at, context.actor,
                context.role, context.command_id, correlation, cause, draft.payload, leaf, chain)
            for draft, stream, version, source, source_epoch, source_sequence, correlation,
                (epoch, position, recorded_at, leaf, chain)
            in zip(given, streams, versions, *places, correlations, stored, strict=True)
        ]  # fmt: skip
        self._last_row = rows[-1]
        return rows


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda value: msgspec.json.encode(value).decode(),
            decoder=msgspec.json.decode,
        )


async def _rows_after(connection: asyncpg.Connection, council: str, lane: Lane, after: int, limit: int) -> list[Row]:
    found = await connection.fetch(
        f"SELECT {_COLUMNS} FROM ledger.row WHERE council = $1 AND lane = $2 AND position > $3"
        " ORDER BY position LIMIT $4",
        council,
        lane,
        after,
        limit,
    )
    return [Row(*row) for row in found]


async def _run_changes(connection: asyncpg.Connection, council: str, changes: Sequence[Change]) -> None:
    for sql, same in groupby(changes, key=attrgetter("sql")):
        arguments = [(council, *change.args) for change in same]
        if len(arguments) == 1:
            await connection.execute(sql, *arguments[0])
        else:
            await connection.executemany(sql, arguments)


async def _outcome(connection: asyncpg.Connection, context: Context, lane: Lane) -> tuple[bytes, Outcome] | None:
    found = await connection.fetchrow(
        "SELECT fingerprint, answer, first_position, last_position FROM ledger.outcome"
        " WHERE council = $1 AND lane = $2 AND command_id = $3",
        context.council,
        lane,
        context.command_id,
    )
    return None if found is None else (found[0], Outcome(found[1], found[2], found[3]))


def _places(hearings: Sequence[Hearing]) -> tuple[list[str], list[int], list[int]]:
    return (
        [hearing.source for hearing in hearings],
        [hearing.source_epoch for hearing in hearings],
        [hearing.source_sequence for hearing in hearings],
    )


def _is_gone(connection: asyncpg.Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool takes a lost connection out of its proxy, which then answers nothing at all.
        return True


async def _roll_back(connection: asyncpg.Connection, transaction: Transaction) -> None:
    # What went wrong first is what the caller must hear of; a broken connection rolls back by itself.
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        if not _is_gone(connection):
            await transaction.rollback()


@contextmanager
def _busy(connection: asyncpg.Connection) -> Iterator[None]:
    """What means "too long, or gone" leaves as Busy; every other error as it is."""
    try:
        yield
    except (*_BUSY, TimeoutError) as problem:
        raise Busy("The database took longer than its limit; nothing was stored.") from problem
    except (OSError, asyncpg.InterfaceError) as problem:
        if not _is_gone(connection):
            raise
        raise Busy("The connection to the database was lost; nothing was stored.") from problem
