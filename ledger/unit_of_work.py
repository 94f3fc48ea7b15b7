"""One open unit of work, in the words of deciders: load, decide, record, and what follows, stored all or nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Protocol, TypeVar
from uuid import UUID, uuid5

import msgspec
import structlog

from ledger.changes import Change, Pending, tables_of
from ledger.decider import Acting, Decider, Kind, Refused, Waiting
from ledger.following import News, Policies, Policy, Root, Running
from ledger.loaded import Folded, Folds, Loaded, Ready
from ledger.meters import CONSEQUENCES_REFUSED
from ledger.recorded import Decided, Heard, Recorded, read_heard
from ledger.rows import BOOK, Context, Draft, Hearing, Outcome, Outgoing, Row
from ledger.store import Ledger, Transaction

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")

_log = structlog.get_logger("ledger")


Prepare = Callable[["UnitOfWork", S], Awaitable[tuple[C, Acting[Any]]]]
"""Reads what a command needs beside its stream's state; gives the command, and under what it is decided."""


def prepared(command: C, settings: Any = None) -> Callable[[UnitOfWork, Any], Awaitable[tuple[C, Acting[Any]]]]:
    """For a command that needs nothing but its own stream."""

    async def prepare(unit: UnitOfWork, state: Any) -> tuple[C, Acting[Any]]:
        return command, unit.acting(settings)

    return prepare


def no_extras(state: Any, events: Sequence[Any]) -> dict[str, Any]:
    """The usual answer holds nothing beyond what every answer holds."""
    return {}


class Encoding(Protocol):
    """What a book needs of :class:`ledger.codec.codec.Codec`."""

    def encode(self, event: object) -> tuple[str, int, bytes]:
        """Stored name, schema number and payload of a sealed event."""
        ...

    def decode_row(self, row: Row) -> Any:
        """The event of a decided row. Raises NewerThanMe."""
        ...


class Meaning(Protocol):
    """What a unit of work needs of its :class:`ledger.book.Book`: what rows mean, and what comes of them."""

    ledger: Ledger
    codec: Encoding
    policies: Policies
    folds: Folds
    project: Callable[[Recorded], Sequence[Change]]
    publish: Callable[[Decided], Sequence[Outgoing]]

    async def make_ready(self, council: str, stream: str, events: Sequence[Any]) -> Ready:
        """Events sealed and encoded."""
        ...


class UnitOfWork:
    """One transaction over one council's book: what it reads it reads once, and what it writes it writes once."""

    def __init__(self, book: Meaning, transaction: Transaction) -> None:
        self.transaction = transaction
        self._book = book
        self._streams: dict[str, tuple[object, Loaded[Any]]] = {}
        self._newest: dict[str, int] = {}
        self._unsettled: UUID | None = None
        self._pending = Pending()
        self._outgoing: list[tuple[Row, Outgoing, Context]] = []
        self._settled: tuple[Context, Outcome] | None = None
        self._news: list[News] = []
        self._running: Running | None = None

    @property
    def context(self) -> Context:
        """Who acts. A consumer sets it anew for each heard event, within the same council."""
        return self.transaction.context

    @context.setter
    def context(self, context: Context) -> None:
        self.transaction.context = context

    @property
    def council(self) -> str:
        """Whose book this is: a unit of work can be read from like any :class:`ledger.store.Reader`."""
        return self.transaction.context.council

    def acting(self, settings: Any = None) -> Acting[Any]:
        """Who acts and when, as the context says, under these settings."""
        return Acting(self.context.by, self.context.received_at, settings)

    # --- Reading ----------------------------------------------------------------------------------------------

    async def outcome(self) -> Outcome | None:
        """The outcome this command id already has, or None. Raises CommandReused on another fingerprint."""
        if self._unsettled == self.context.command_id:
            return None
        if self._settled is not None:
            await self._conclude()
        known = await self.transaction.outcome()
        if known is None:
            self._unsettled = self.context.command_id
        return known

    async def load(self, decider: Decider[C, S, E], stream: str, *, expected: int | None = None) -> Loaded[S]:
        """The stream's state and version, read once in a unit of work.

        With ``expected`` (the caller's If-Match) it must have that version: raises Refused as :meth:`Loaded.require`.
        """
        loaded = self._kept(decider, stream)
        if loaded is None:
            kept = self._book.folds.of(self.council, self.transaction.lane, stream, decider)
            rows = await self.transaction.stream(stream, kept.version if kept else 1)
            loaded = await self._folded(decider, stream, kept, rows)
        loaded.require(expected)
        return loaded

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Read from a read model inside this transaction; ``$1`` is the council, ``args`` follow.

        What is pending of the tables that the text names is written before.
        """
        if self._pending and (changes := self._pending.take(tables_of(sql))):
            await self.transaction.change(changes)
        return await self.transaction.fetch(sql, *args)

    def _kept(self, decider: object, stream: str) -> Loaded[Any] | None:
        its_decider, loaded = self._streams.get(stream, (None, None))
        return loaded if its_decider is decider else None

    async def _folded(self, decider: Decider[C, S, E], stream: str, kept: Folded | None, rows: list[Row]) -> Loaded[S]:
        """A stream from its rows since the one whose state is ``kept``; from all of them if that one is not there."""
        if kept is not None and (not rows or rows[0].leaf != kept.leaf):
            # Its COMMIT failed, or the database is an older one than it was: what was folded is not what is stored.
            kept, rows = None, await self.transaction.stream(stream)
        loaded: Loaded[S] = Loaded(stream, 0, decider.initial)
        if rows:
            new = rows if kept is None else rows[1:]
            state = decider.fold((self._book.codec.decode_row(row) for row in new), kept.state if kept else None)
            last = rows[-1]
            folded = Folded(decider, last.version, last.leaf, state)
            self._book.folds.keep(self.council, self.transaction.lane, stream, folded)
            loaded = Loaded(stream, last.version, state, last.position, last.recorded_at)
        self._streams[stream] = (decider, loaded)
        return loaded

    # --- Recording --------------------------------------------------------------------------------------------

    async def record(self, target: Loaded[Any] | str, events: Sequence[Any]) -> list[Row]:
        """Store events of one stream, with their projections and public events.

        Behind the version that was loaded (raises StaleVersion if the stream has moved on within this unit), or behind
        the newest when only the stream is named.
        """
        return await self.record_all([(target, events)])

    async def record_all(self, batch: Iterable[tuple[Loaded[Any] | str, Sequence[Any]]]) -> list[Row]:
        """Store events of any number of streams in one append; else as :meth:`record`."""
        given = [(target, events) for target, events in batch if events]
        named = {target for target, _ in given if isinstance(target, str)}
        newest = {stream: self._newest[stream] for stream in named & self._newest.keys()}
        if unknown := sorted(named - newest.keys()):
            newest |= await self.transaction.versions(unknown)
        ready: list[tuple[Ready, int]] = []
        for target, events in given:
            stream = target if isinstance(target, str) else target.stream
            version = newest.get(stream, 0) if isinstance(target, str) else target.version
            ready.append((await self._book.make_ready(self.council, stream, events), version))
            newest[stream] = version + len(events)
        return await self._record(ready)

    async def record_new(self, batch: Iterable[Ready]) -> list[Row]:
        """Store the first events of streams that have nothing to do with each other, for imports, in one append.

        Raises StaleVersion where a stream has events already.
        """
        return await self._record([(one, 0) for one in batch])

    async def decide(self, decider: Decider[C, S, E], stream: str, command: C, acting: Acting[Any]) -> list[Row]:
        """Load one stream, decide, and record. Raises Refused.

        Inside of a policy it does not: what a rule refuses is kept as what could not be done, and nothing is recorded.
        """
        loaded = await self.load(decider, stream)
        try:
            events = decider.decide(command, loaded.state, acting)
        except Refused as refused:
            if self._running is None:
                raise
            await self._could_not(self._running, stream, refused)
            return []
        return await self.record(loaded, events)

    async def hear(self, hearings: Sequence[Hearing]) -> list[Heard]:
        """Store heard events with their projections; returns only those not heard before."""
        heard = [read_heard(row) for row in await self.transaction.hear(hearings)]
        for one in heard:
            self._pending.add(self._book.project(one))
            self._announce(one)
        return heard

    async def _record(self, batch: Sequence[tuple[Ready, int]]) -> list[Row]:
        """Append what is ready behind the version named for each, and tell projections, publishing and policies."""
        drafts = [
            Draft(one.stream, version, self._id(one.stream, version), *encoded)
            for one, before in batch
            for version, encoded in enumerate(one.encoded, before + 1)
        ]
        if not drafts:
            return []
        if self._running is not None:
            self._running.count(len(drafts))
        rows = await self.transaction.append(drafts)
        sealed = (event for one, _ in batch for event in one.sealed)
        decided = [Decided(row, event) for row, event in zip(rows, sealed, strict=True)]
        for one in decided:
            self._newest[one.row.stream] = one.row.version
            if one.row.stream in self._streams:
                self._fold_further(one)
        if self.transaction.lane == BOOK:
            for one in decided:
                self._pending.add(self._book.project(one))
            context = self.context
            self._outgoing += [(one.row, event, context) for one in decided for event in self._book.publish(one)]
            for one in decided:
                self._announce(one)
        return rows

    def _id(self, stream: str, version: int) -> UUID:
        if self._running is not None:
            return self._running.policy.id_of(self._running.news.recorded.row, stream, version)
        return uuid5(self.context.command_id, f"{stream}/{version}")

    def _fold_further(self, decided: Decided) -> None:
        decider, loaded = self._streams[decided.row.stream]
        assert isinstance(decider, Decider)
        row, state = decided.row, decider.evolve(loaded.state, decided.event)
        self._streams[row.stream] = (decider, Loaded(row.stream, row.version, state, row.position, row.recorded_at))

    # --- What follows -----------------------------------------------------------------------------------------

    def _announce(self, recorded: Recorded) -> None:
        """Keep a row from which something follows."""
        policies = self._book.policies.of(recorded)
        running = self._running
        if running is not None and isinstance(recorded, Decided):
            if type(recorded.event) not in running.policy.leads_to:
                raise TypeError(f"{running.policy.name} does not say that it leads to {type(recorded.event).__name__}.")
            if policies:
                self._news.append(running.follow_up(recorded, self.context, policies))
        elif policies:
            self._news.append(News(recorded, self.context, Root(recorded), policies=policies))

    async def follow(self, news: Sequence[News] = ()) -> None:
        """Do what follows from what was recorded, and from that, until nothing follows. Raises Endless.

        A unit of work does so by itself at its end, and before a command is answered. ``news`` are rows recorded
        earlier (:func:`ledger.following.unfinished`). Raises Waiting when what was heard came too early.
        """
        if self._running is not None:
            return
        self._news[:0] = news
        try:
            while self._news:
                one = self._news.pop(0)
                for policy in one.policies:
                    await self._run(policy, one)
        finally:
            self._news.clear()

    async def _run(self, policy: Policy, news: News) -> None:
        before = self.context
        self.context, self._running = news.context, Running(policy, news)
        try:
            await policy.run(self, news.recorded)
        except Refused as refused:
            if refused.kind is Kind.NOT_READY and isinstance(news.root.recorded, Heard):
                raise Waiting(refused.code) from refused
            await self._could_not(self._running, "", refused)
        finally:
            self.context, self._running = before, None

    async def _could_not(self, running: Running, stream: str, refused: Refused) -> None:
        """Keep that a rule refused what was to follow, as the outcome of a command that nobody gave."""
        service, row = self._book.ledger.service, running.news.recorded.row
        CONSEQUENCES_REFUSED.labels(service, refused.code).inc()
        _log.info(
            "consequence_refused", service=service, council=self.council, code=refused.code, where=running.policy.name
        )
        named = uuid5(row.id, f"{running.policy.name}/{stream}/refused")
        kept, self.context = self.context, replace(self.context, command_id=named, fingerprint=b"")
        try:
            if await self.transaction.outcome() is None:
                answer = {"refused": refused.code, "status": int(refused.kind), "sentence": refused.sentence}
                await self.transaction.settle(
                    Outcome({**answer, "policy": running.policy.name, "stream": stream}, row.position, row.position)
                )
        finally:
            self.context = kept

    # --- Settling ---------------------------------------------------------------------------------------------

    async def settle(self, answer: Mapping[str, Any], rows: Sequence[Row]) -> Outcome:
        """Keep the command's outcome: ``answer`` as JSON has it, with the positions of its rows (0, 0 without any)."""
        if self._settled is not None:
            await self._conclude()
        positions = [row.position for row in rows]
        as_json = msgspec.json.decode(msgspec.json.encode(answer))
        outcome = Outcome(as_json, min(positions, default=0), max(positions, default=0))
        self._settled, self._unsettled = (self.context, outcome), None
        return outcome

    async def carry_out(
        self,
        decider: Decider[C, S, E],
        stream: str,
        prepare: Prepare[S, C],
        *,
        expected: int | None = None,
        answer: Callable[[S, Sequence[E]], Mapping[str, Any]] = no_extras,
    ) -> Outcome:
        """One command on one stream, once: the same command id gets the identical outcome again.

        ``prepare`` is called once, after the outcome was looked for and the stream read, and reads what else is needed.
        The answer holds ``id``, ``version``, ``position`` and ``recorded_at`` of the stream's newest row when all that
        follows is done, the stored names of the command's own ``events``, and what ``answer`` adds from the state then
        and these events. Raises Refused, CommandReused.
        """
        known, loaded = await self._take_up(decider, stream)
        if known is not None:
            return known
        loaded.require(expected)
        command, acting = await prepare(self, loaded.state)
        loaded = await self.load(decider, stream)
        events = decider.decide(command, loaded.state, acting)
        rows = await self.record(loaded, events)
        await self.follow()
        now = await self.load(decider, stream)
        usual = {
            "id": subject_of(stream),
            "version": now.version,
            "position": now.position,
            "recorded_at": now.recorded_at,
            "events": [row.name for row in rows],
        }
        return await self.settle({**usual, **answer(now.state, events)}, rows)

    async def _take_up(self, decider: Decider[C, S, E], stream: str) -> tuple[Outcome | None, Loaded[S]]:
        """What :meth:`outcome` and :meth:`load` say, with one look at what neither has read yet."""
        nothing: Loaded[S] = Loaded(stream, 0, decider.initial)
        if self._unsettled == self.context.command_id or self._settled is not None or self._kept(decider, stream):
            known = await self.outcome()
            return (known, nothing) if known is not None else (None, await self.load(decider, stream))
        kept = self._book.folds.of(self.council, self.transaction.lane, stream, decider)
        known, rows = await self.transaction.take_up(stream, kept.version if kept else 1)
        if known is not None:
            return known, nothing
        self._unsettled = self.context.command_id
        return None, await self._folded(decider, stream, kept, rows)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the unit of work that is undone alone when it raises; the exception goes on."""
        await self._write()
        before = dict(self._streams), dict(self._newest), list(self._news), self.context
        try:
            async with self.transaction.savepoint():
                yield
                await self._write()
        except BaseException:
            self._streams, self._newest, self._news, self.context = before
            self._pending, self._outgoing, self._settled, self._unsettled = Pending(), [], None, None
            raise

    async def close(self) -> None:
        """Do what still follows, and write what is pending."""
        await self.follow()
        await self._write()

    async def _write(self) -> None:
        if self._pending:
            await self.transaction.change(self._pending.take())
        await self._conclude()

    async def _conclude(self) -> None:
        if self._outgoing or self._settled is not None:
            outgoing, settled = self._outgoing, self._settled
            self._outgoing, self._settled = [], None
            await self.transaction.conclude(outgoing, settled)


def subject_of(stream: str) -> str:
    """The id in a stream's name: ``application-<uuid>`` gives the uuid, ``settings`` itself."""
    _, dash, identity = stream.partition("-")
    return identity if dash else stream
