"""One open transaction on PostgreSQL, as units of work and screens see it: every statement names its council."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from ledger.changes import Change
from ledger.envelope import Enveloped, enveloped
from ledger.meters import APPEND
from ledger.pg.applying import run_changes
from ledger.pg.commit import savepoint
from ledger.rows import BOOK, MAX_PAYLOAD, Context, Draft, Hearing, Lane, Outcome, Outgoing, Row, RowKind
from ledger.store import CommandReused, StaleVersion, TooLarge

_COLUMNS = (
    "council, lane, epoch, position, kind, stream, version, source, source_epoch, source_sequence, id, name, schema,"
    " received_at, recorded_at, actor, role, command_id, correlation_id, cause, payload, leaf, chain"
)

_TAKE_UP = """
    SELECT o.fingerprint, o.answer, o.first_position, o.last_position, s.*
    FROM (VALUES (true)) AS always
    LEFT JOIN ledger.outcome o ON o.council = $1 AND o.lane = $2 AND o.command_id IN ($3, $6)
    LEFT JOIN LATERAL ledger.stream($1, $2, $4, $5) AS s ON o.command_id IS NULL
    ORDER BY s.version
"""
_SETTLE = (
    "WITH settled AS (INSERT INTO ledger.outcome"
    " (council, lane, command_id, fingerprint, answer, first_position, last_position)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING true)"
)
_SEQUENCES = "SELECT events_sequence, decisions_sequence FROM ledger.head WHERE council = $1 AND lane = 'book'"
_REUSED = "This command id was already used with another body."
_APPEND = (
    "SELECT a.epoch, a.position, a.recorded_at, a.leaf, a.chain, h.events_sequence, h.decisions_sequence"
    " FROM ledger.append"
    "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) AS a"
    " LEFT JOIN ledger.head h ON h.council = $1 AND h.lane = 'book'"
)
# A statement outside of a transaction is one. The council is named first, because the append takes its name from there.
_APPEND_ALONE = (
    "SELECT a.epoch, a.position, a.recorded_at, a.leaf, a.chain"
    " FROM set_config('panelbook.council', $1, true) AS named, set_config('synchronous_commit', 'off', true) AS quick,"
    " ledger.append(named, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) AS a"
)


class PostgresReader:
    """A look at one council: see :class:`ledger.store.Reader`."""

    def __init__(self, council: str, connection: asyncpg.Connection) -> None:
        self.council = council
        self.connection = connection

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Rows of a query; the council is $1 by itself, ``args`` follow from $2."""
        return await self.connection.fetch(sql, self.council, *args)


class PostgresTransaction:
    """One open transaction: see :class:`ledger.store.Transaction`."""

    def __init__(
        self, service: str, connection: asyncpg.Connection, context: Context, lane: Lane, *, alone: bool = False
    ) -> None:
        """``alone`` is for one append that is a transaction of its own, in one statement."""
        self.lane: Lane = lane
        self._alone = alone
        self._service = service
        self._connection = connection
        self._context = context
        self._last_row: Row | None = None
        self._settled: list[tuple[Context, Outcome]] = []
        self._sequences: dict[str, int] | None = None

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

    async def outcome(self) -> Outcome | None:
        """The outcome this command id already has, or None. Raises CommandReused on another fingerprint."""
        found = await _outcome(self._connection, self._context, self.lane)
        if found is None:
            return None
        fingerprint, outcome = found
        if not self._context.says(fingerprint):
            raise CommandReused(_REUSED)
        return outcome

    async def stream(self, stream: str, since: int = 1) -> list[Row]:
        """The decided rows of one stream of this lane from a version on, oldest first."""
        found = await self._connection.fetch(
            f"SELECT {_COLUMNS} FROM ledger.stream($1, $2, $3, $4)",
            self._context.council,
            self.lane,
            stream,
            since,
        )
        return [Row(*row) for row in found]

    async def take_up(self, stream: str, since: int = 1) -> tuple[Outcome | None, list[Row]]:
        """What :meth:`outcome` and :meth:`stream` say, in one round trip; no rows where there is an outcome."""
        named, earlier = self._context.known_as
        found = await self._connection.fetch(_TAKE_UP, self._context.council, self.lane, named, stream, since, earlier)
        fingerprint, answer, first_position, last_position = found[0][:4]
        if fingerprint is None:
            return None, [Row(*row[4:]) for row in found if row["position"] is not None]
        if not self._context.says(fingerprint):
            raise CommandReused(_REUSED)
        return Outcome(answer, first_position, last_position), []

    async def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The newest version of each stream that has one."""
        found = await self._connection.fetch(
            "SELECT stream, version FROM ledger.versions($1, $2, $3)",
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
            "SELECT source, source_epoch, source_sequence FROM ledger.heard($1, $2, $3, $4)",
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
        await self.conclude([(row, event, self._context) for row, event in outgoing])

    async def conclude(
        self, outgoing: Sequence[tuple[Row, Outgoing, Context]], settled: tuple[Context, Outcome] | None = None
    ) -> None:
        """Publish, each event as its own context has it, and settle one command, in one statement.

        Raises CommandReused when the command has an outcome.
        """
        if outgoing and self._sequences is None:
            head = await self._connection.fetchrow(_SEQUENCES, self._context.council)
            assert head is not None  # Opening the unit of work made it.
            self._sequences = {"events": head["events_sequence"], "decisions": head["decisions_sequence"]}
        begun = ""
        asked: list[str] = []
        args: list[Any] = [self._context.council]
        if settled is not None:
            context, outcome = settled
            begun = _SETTLE
            asked.append("(SELECT true FROM settled)")
            args += (self.lane, context.command_id, context.fingerprint, outcome.answer,
                     outcome.first_position, outcome.last_position)  # fmt: skip
        for lane, after in (self._sequences or {}).items():
            sent = [one for one in outgoing if one[1].lane == lane]
            if sent:
                first = len(args) + 1
                asked.append(f"ledger.publish($1, {', '.join(f'${first + n}' for n in range(7))})")
                args += (lane, after, *self._published(sent, after))
        if not asked:
            return
        found = await self._connection.fetchrow(f"{begun} SELECT {', '.join(asked)}", *args)
        if self._sequences is not None:
            for _, event, _ in outgoing:
                self._sequences[event.lane] += 1
        if settled is not None:
            if found is None or not found[0]:
                raise CommandReused("This command already has an outcome.")
            self._settled.append(settled)

    def _published(self, sent: Sequence[tuple[Row, Outgoing, Context]], after: int) -> tuple[list[Any], ...]:
        """What the outbox holds of events of one lane: positions, types, subjects, headers and values."""
        made: list[Enveloped] = [
            enveloped(self._service, row, event, after + number, context)
            for number, (row, event, context) in enumerate(sent, 1)
        ]
        return (
            [row.position for row, _, _ in sent],
            [event.type for _, event, _ in sent],
            [event.subject for _, event, _ in sent],
            [msgspec.json.encode(envelope.headers).decode() for envelope in made],
            [envelope.value for envelope in made],
        )

    async def change(self, changes: Iterable[Change]) -> None:
        """Write what projections asked for; each row once, and statements with the same text together."""
        await run_changes(self._connection, self._context.council, changes)

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Read from a read model inside this transaction; ``$1`` is the council."""
        return await self._connection.fetch(sql, self._context.council, *args)

    async def settle(self, outcome: Outcome) -> None:
        """Keep this command's outcome, for commands without events too. Raises CommandReused when it has one."""
        await self.conclude([], (self._context, outcome))

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the transaction that is undone alone when it raises; the exception goes on."""
        before = self._last_row, list(self._settled), self._sequences and dict(self._sequences)
        try:
            async with savepoint(self._connection):
                yield
        except BaseException:
            self._last_row, self._settled, self._sequences = before
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
        correlations: list[UUID],
    ) -> list[Row]:
        if not given:
            return []
        if any(len(draft.payload) > MAX_PAYLOAD for draft in given):
            raise TooLarge(f"A row's payload may hold {MAX_PAYLOAD} bytes at most.")
        context = self._context
        try:
            with APPEND.labels(self._service).time():
                stored = await self._connection.fetch(
                    _APPEND_ALONE if self._alone else _APPEND,
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
            taken = getattr(problem, "constraint_name", "") == "row_stream"
            if taken or getattr(problem, "sqlstate", "") == "PB412":
                raise StaleVersion("A draft does not follow the newest version of its stream.") from problem
            raise
        rows = [
            Row(context.council, self.lane, epoch, position, kind, stream, version, source, source_epoch,
                source_sequence, draft.id, draft.name, draft.schema, context.received_at, recorded_at, context.actor,
                context.role, context.command_id, correlation, cause, draft.payload, leaf, chained)
            for draft, stream, version, source, source_epoch, source_sequence, correlation,
                (epoch, position, recorded_at, leaf, chained, *_)
            in zip(given, streams, versions, *places, correlations, stored, strict=True)
        ]  # fmt: skip
        self._last_row = rows[-1]
        if self.lane == BOOK and not self._alone:
            self._sequences = {"events": stored[0]["events_sequence"], "decisions": stored[0]["decisions_sequence"]}
        return rows


async def rows_of(connection: asyncpg.Connection, context: Context, lane: Lane, drafts: Sequence[Draft]) -> list[Row]:
    """The rows that these drafts of one command have become, in order; none where they were not stored."""
    found = await connection.fetch(
        f"SELECT {_COLUMNS} FROM ledger.row WHERE council = $1 AND lane = $2 AND command_id = $3 AND kind = 'decided'"
        " AND (stream, version, id) IN (SELECT * FROM unnest($4::text[], $5::integer[], $6::uuid[])) ORDER BY position",
        context.council,
        lane,
        context.command_id,
        [draft.stream for draft in drafts],
        [draft.version for draft in drafts],
        [draft.id for draft in drafts],
    )
    return [Row(*row) for row in found]


async def rows_after(connection: asyncpg.Connection, council: str, lane: Lane, after: int, limit: int) -> list[Row]:
    """Rows of one council's lane after a position, in order, at most ``limit``."""
    found = await connection.fetch(
        f"SELECT {_COLUMNS} FROM ledger.row WHERE council = $1 AND lane = $2 AND position > $3"
        " ORDER BY position LIMIT $4",
        council,
        lane,
        after,
        limit,
    )
    return [Row(*row) for row in found]


async def _outcome(connection: asyncpg.Connection, context: Context, lane: Lane) -> tuple[bytes, Outcome] | None:
    found = await connection.fetchrow(
        "SELECT fingerprint, answer, first_position, last_position FROM ledger.outcome"
        " WHERE council = $1 AND lane = $2 AND command_id IN ($3, $4)",
        context.council,
        lane,
        *context.known_as,
    )
    return None if found is None else (found[0], Outcome(found[1], found[2], found[3]))


def _places(hearings: Sequence[Hearing]) -> tuple[list[str], list[int], list[int]]:
    return (
        [hearing.source for hearing in hearings],
        [hearing.source_epoch for hearing in hearings],
        [hearing.source_sequence for hearing in hearings],
    )
