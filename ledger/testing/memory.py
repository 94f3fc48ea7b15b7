"""The ledger in memory: the same promises, digests and errors as PostgreSQL's, for fast tests and for comparing."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from ledger.changes import Change
from ledger.envelope import Enveloped, enveloped
from ledger.proof.leaf import FIRST_CHAIN, chain_step, leaf_hash
from ledger.rows import (
    BOOK,
    MAX_PAYLOAD,
    Context,
    Draft,
    Head,
    Hearing,
    Lane,
    Mark,
    Outcome,
    Outgoing,
    Row,
)
from ledger.store import Busy, CommandReused, Reader, StaleVersion, TooLarge

WAIT_SECONDS = 2.0
"""How long a unit of work waits for the head lock before Busy, as in PostgreSQL."""

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass
class _Book:
    """One lane of one council; a unit of work changes a copy, and COMMIT puts the copy in its place."""

    head: Head
    rows: list[Row] = field(default_factory=list[Row])
    outbox: dict[str, list[Enveloped]] = field(default_factory=lambda: {"events": [], "decisions": []})
    outcomes: dict[UUID, tuple[bytes, Outcome]] = field(default_factory=dict[UUID, tuple[bytes, Outcome]])
    changes: list[Change] = field(default_factory=list[Change])

    def draft(self) -> "_Book":
        outbox = {lane: list(sent) for lane, sent in self.outbox.items()}
        return _Book(self.head, list(self.rows), outbox, dict(self.outcomes), list(self.changes))


class MemoryLedger:
    """A service's ledger in this process. Read models are kept as the list of changes asked for."""

    def __init__(self, service: str, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self.service = service
        self._wait_seconds = wait_seconds
        self._books: dict[tuple[str, Lane], _Book] = {}
        self._locks: dict[tuple[str, Lane], asyncio.Lock] = {}
        self._floor = _1970
        self._turns = _Turns()

    @asynccontextmanager
    async def transaction(self, context: Context, lane: Lane = BOOK) -> AsyncIterator["MemoryTransaction"]:
        """One transaction over one lane: see :class:`ledger.store.Transaction`."""
        key = (context.council, lane)
        async with self._shared(), self._locked(key):
            work = MemoryTransaction(self.service, self._book(key).draft(), context, lane, self._floor)
            yield work
            self._books[key] = work.book

    async def append(self, context: Context, drafts: Sequence[Draft], lane: Lane = BOOK) -> list[Row]:
        """A unit of work that is nothing but one append."""
        async with self.transaction(context, lane) as work:
            return await work.append(drafts)

    async def enlist(self, council: str) -> None:
        """Open a council's book before its first row. Safe to repeat."""
        self._books.setdefault((council, BOOK), self._book((council, BOOK)))

    async def head(self, council: str, lane: Lane = BOOK) -> Head:
        """The end of one council's lane; position 0 for a council without rows."""
        return self._book((council, lane)).head

    async def rows(self, council: str, after: int = 0, limit: int = 1000, lane: Lane = BOOK) -> list[Row]:
        """Rows after a position, in order, at most ``limit``."""
        await asyncio.sleep(0)  # Writers get their turn beside somebody who follows the book.
        return self._book((council, lane)).rows[after : after + limit]

    async def every_row(self, council: str, lane: Lane = BOOK) -> AsyncIterator[Row]:
        """Every row of one council's lane, in order."""
        for row in self._book((council, lane)).rows:
            yield row

    def reading(self, council: str, *, shown: bool = True) -> AbstractAsyncContextManager[Reader]:
        """Memory has no read models to read."""
        raise NotImplementedError("The ledger in memory keeps no read models.")

    async def mark(self, now: datetime) -> list[Mark]:
        """Promise for every council that no later row will carry a ``recorded_at`` up to the mark's moment."""
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._turns.take(alone=True)
        except TimeoutError as problem:
            raise Busy("A unit of work stayed open too long for a mark.") from problem
        try:
            self._floor = max(self._floor, now)
            heads = [book.head for (_, lane), book in sorted(self._books.items()) if lane == BOOK]
            return [Mark(head.council, head.epoch, head.position, max(self._floor, head.recorded_at)) for head in heads]
        finally:
            self._turns.give_back(alone=True)

    async def refold(self, council: str, fold: Callable[[Sequence[Row]], Sequence[Change]]) -> int:
        """Forget the council's changes and ask for them again, over its whole book; returns the rows folded."""
        key = (council, BOOK)
        async with self._shared(), self._locked(key):
            book = self._book(key).draft()
            book.changes = list(fold(book.rows))
            self._books[key] = book
        return len(book.rows)

    def outbox(self, council: str, lane: str) -> list[Enveloped]:
        """What a relay would send, in order."""
        return list(self._book((council, BOOK)).outbox[lane])

    def changes(self, council: str) -> list[Change]:
        """What the projections asked for, in order."""
        return list(self._book((council, BOOK)).changes)

    def _book(self, key: tuple[str, Lane]) -> _Book:
        return self._books.get(key) or _Book(Head(*key, 1, 0, _1970, FIRST_CHAIN))

    @asynccontextmanager
    async def _shared(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._turns.take(alone=False)
        except TimeoutError as problem:
            raise Busy("A mark is being made.") from problem
        try:
            yield
        finally:
            self._turns.give_back(alone=False)

    @asynccontextmanager
    async def _locked(self, key: tuple[str, Lane]) -> AsyncIterator[None]:
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with asyncio.timeout(self._wait_seconds):
                await lock.acquire()
        except TimeoutError as problem:
            raise Busy("Another unit of work holds the head; nothing was stored.") from problem
        try:
            yield
        finally:
            lock.release()


class _Turns:
    """Many units of work, or one mark, in the order of asking: PostgreSQL's advisory lock, shared and exclusive."""

    def __init__(self) -> None:
        self._units = 0
        self._marking = False
        self._waiting: deque[tuple[bool, asyncio.Future[None]]] = deque()

    async def take(self, *, alone: bool) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((alone, turn))
        self._call_next()
        try:
            await asyncio.sleep(0)  # Others get theirs, as they would while a database works.
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.give_back(alone=alone)
            else:
                self._waiting.remove((alone, turn))
                self._call_next()
            raise

    def give_back(self, *, alone: bool) -> None:
        if alone:
            self._marking = False
        else:
            self._units -= 1
        self._call_next()

    def _call_next(self) -> None:
        while self._waiting and not self._marking:
            alone, turn = self._waiting[0]
            if alone and self._units:
                return
            self._waiting.popleft()
            if alone:
                self._marking = True
            else:
                self._units += 1
            turn.set_result(None)


class MemoryTransaction:
    """One open unit of work on a copy of the book: see :class:`ledger.store.Transaction`."""

    def __init__(self, service: str, book: _Book, context: Context, lane: Lane, floor: datetime) -> None:
        self.lane: Lane = lane
        self.book = book
        self._service = service
        self._context = context
        self._floor = floor

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
    def connection(self) -> Any:
        """Memory has no connection."""
        raise NotImplementedError("The ledger in memory has no database connection.")

    async def outcome(self) -> Outcome | None:
        """The outcome this command id already has, or None. Raises CommandReused on another fingerprint."""
        outcomes = self.book.outcomes
        found = next((outcomes[one] for one in self._context.known_as if one in outcomes), None)
        if found is None:
            return None
        fingerprint, outcome = found
        if not self._context.says(fingerprint):
            raise CommandReused("This command id was already used with another body.")
        return outcome

    async def stream(self, stream: str, since: int = 1) -> list[Row]:
        """The decided rows of one stream of this lane from a version on, oldest first."""
        rows = [row for row in self.book.rows if row.kind == "decided" and row.stream == stream]
        return [row for row in rows if row.version >= since]

    async def take_up(self, stream: str, since: int = 1) -> tuple[Outcome | None, list[Row]]:
        """What outcome and stream say; no rows where there is an outcome."""
        known = await self.outcome()
        return (known, []) if known is not None else (None, await self.stream(stream, since))

    async def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The newest version of each stream that has one."""
        wanted = set(streams)
        return {row.stream: row.version for row in self.book.rows if row.kind == "decided" and row.stream in wanted}

    async def append(self, drafts: Sequence[Draft]) -> list[Row]:
        """Store drafts, of any number of streams, at the next positions. Raises StaleVersion, TooLarge."""
        _check_size(drafts)
        newest = await self.versions([draft.stream for draft in drafts])
        for draft in drafts:
            if draft.version != newest.get(draft.stream, 0) + 1:
                raise StaleVersion("A draft does not follow the newest version of its stream.")
            newest[draft.stream] = draft.version
        context = self._context
        caused = context.cause.recorded_at if context.cause else _1970
        cause = context.cause.id if context.cause else ""
        blank = self._blank(caused)
        return [
            self._store(replace(blank, kind="decided", stream=draft.stream, version=draft.version, id=draft.id,
                                name=draft.name, schema=draft.schema, cause=cause, payload=draft.payload))
            for draft in drafts
        ]  # fmt: skip

    async def hear(self, hearings: Sequence[Hearing]) -> list[Row]:
        """Store heard events not stored before; returns only the rows that are new. Raises TooLarge."""
        _check_size(hearings)
        seen = {(row.source, row.source_epoch, row.source_sequence) for row in self.book.rows if row.kind == "heard"}
        new: list[Hearing] = []
        for hearing in hearings:
            place = (hearing.source, hearing.source_epoch, hearing.source_sequence)
            if place not in seen:
                seen.add(place)
                new.append(hearing)
        blank = self._blank(max((hearing.recorded_at for hearing in new), default=_1970))
        return [
            self._store(replace(blank, kind="heard", stream=hearing.subject, source=hearing.source,
                                source_epoch=hearing.source_epoch, source_sequence=hearing.source_sequence,
                                id=hearing.id, name=hearing.name, schema=hearing.schema,
                                correlation_id=hearing.correlation_id, payload=hearing.payload))
            for hearing in new
        ]  # fmt: skip

    async def publish(self, outgoing: Sequence[tuple[Row, Outgoing]]) -> None:
        """Store public events in the outbox, bytes fixed now, with the next dense sequence of their lane."""
        await self.conclude([(row, event, self._context) for row, event in outgoing])

    async def conclude(
        self, outgoing: Sequence[tuple[Row, Outgoing, Context]], settled: tuple[Context, Outcome] | None = None
    ) -> None:
        """Publish, each event as its own context has it, and settle one command. Raises CommandReused."""
        for row, event, context in outgoing:
            sent = self.book.outbox[event.lane]
            sent.append(enveloped(self._service, row, event, len(sent) + 1, context))
        if settled is not None:
            context, outcome = settled
            if context.command_id in self.book.outcomes:
                raise CommandReused("This command already has an outcome.")
            kept = replace(outcome, answer=msgspec.json.decode(msgspec.json.encode(outcome.answer)))
            self.book.outcomes[context.command_id] = (context.fingerprint, kept)

    async def change(self, changes: Iterable[Change]) -> None:
        """Keep what projections asked for."""
        self.book.changes.extend(changes)

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Memory has no read models to read."""
        raise NotImplementedError("The ledger in memory keeps no read models.")

    async def settle(self, outcome: Outcome) -> None:
        """Keep this command's outcome, for commands without events too. Raises CommandReused when it has one."""
        await self.conclude([], (self._context, outcome))

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the unit that is undone alone when it raises; the exception goes on."""
        before = self.book.draft()
        try:
            yield
        except BaseException:
            self.book = before
            raise

    def _blank(self, caused: datetime) -> Row:
        """A row with everything that the context and the head give, at the head's next position and time."""
        context, head = self._context, self.book.head
        at = max(context.now, head.recorded_at + _MICROSECOND, caused + _MICROSECOND, self._floor + _MICROSECOND)
        return Row(context.council, self.lane, head.epoch, head.position + 1, "decided", "", 0, "", 0, 0, UUID(int=0),
                   "", 0, context.received_at, at, context.actor, context.role, context.command_id,
                   context.correlation_id, "", b"")  # fmt: skip

    def _store(self, row: Row) -> Row:
        head = self.book.head
        at = max(row.recorded_at, head.recorded_at + _MICROSECOND)
        row = replace(row, position=head.position + 1, recorded_at=at)
        leaf = leaf_hash(row)
        row = replace(row, leaf=leaf, chain=chain_step(head.chain, leaf))
        self.book.rows.append(row)
        self.book.head = replace(head, position=row.position, recorded_at=row.recorded_at, chain=row.chain)
        return row


def _check_size(given: Sequence[Draft] | Sequence[Hearing]) -> None:
    if any(len(draft.payload) > MAX_PAYLOAD for draft in given):
        raise TooLarge(f"A row's payload may hold {MAX_PAYLOAD} bytes at most.")
