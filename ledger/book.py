"""The one way services write: load, decide, record, project, publish and settle in one transaction."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import uuid5

import msgspec

from ledger.decider import Decider, Kind, Refused, not_found
from ledger.gathering import merged, regrouped
from ledger.rows import BOOK, Change, Context, Draft, Hearing, Lane, Outcome, Outgoing, Row
from ledger.store import Ledger, Reader, UnitOfWork

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")


FOLDED_STREAMS = 512
"""How many streams' states a process keeps (docs/adr/0021), so that a command folds only what is new."""


@dataclass(frozen=True)
class Decided:
    """A decided row with its event, personal content sealed."""

    row: Row
    event: Any


@dataclass(frozen=True)
class Heard:
    """A heard row with the public event that it holds; ``data`` keeps sealed members as they came."""

    row: Row
    type: str
    subject: str
    data: dict[str, Any]


Told = Decided | Heard


@dataclass(frozen=True, slots=True)
class Ready:
    """Events of one stream as they will be stored, sealed and encoded: stored name, schema number and payload."""

    stream: str
    sealed: tuple[Any, ...]
    encoded: tuple[tuple[str, int, bytes], ...]


class Encoding(Protocol):
    """What a book needs of :class:`ledger.codec.Codec`."""

    def encode(self, event: object) -> tuple[str, int, bytes]:
        """Stored name, schema number and payload of a sealed event."""
        ...

    def decode_row(self, row: Row) -> Any:
        """The event of a decided row. Raises NewerThanMe."""
        ...


class Sealing(Protocol):
    """What a book needs of :class:`ledger.vault.Vault`."""

    async def seal_event(self, council: str, stream: str, event: Any) -> Any:
        """The event with every clear Private sealed."""
        ...


@dataclass(frozen=True, slots=True)
class _Folded:
    """The state that a stream had at one of its rows, named by its version and its leaf."""

    decider: object
    version: int
    leaf: bytes
    state: Any


class _Folds:
    """States of the streams that were taken up last. They hold what rows hold: personal text is sealed in them."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Lane, str], _Folded] = {}

    def of(self, council: str, lane: Lane, stream: str, decider: object) -> _Folded | None:
        """The newest state known of a stream, if this decider folded it."""
        kept = self._kept.get((council, lane, stream))
        return kept if kept is not None and kept.decider is decider else None

    def keep(self, council: str, lane: Lane, stream: str, folded: _Folded) -> None:
        """Remember a state; the one that was remembered longest ago makes room."""
        self._kept.pop((council, lane, stream), None)
        if len(self._kept) >= FOLDED_STREAMS:
            del self._kept[next(iter(self._kept))]
        self._kept[council, lane, stream] = folded


@dataclass(frozen=True)
class Loaded(Generic[S]):
    """A stream as it stands: its folded state, its newest version (0 when it has no event), and when that came."""

    stream: str
    version: int
    state: S
    position: int = 0
    recorded_at: datetime | None = None


def no_extras(state: Any, events: Sequence[Any]) -> dict[str, Any]:
    """The usual answer holds nothing beyond what every answer holds."""
    return {}


class Book:
    """One service's ledger together with what its rows mean: codec, vault, projections and public events."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        codec: Encoding,
        vault: Sealing,
        project: Callable[[Told], Sequence[Change]],
        publish: Callable[[Decided], Sequence[Outgoing]],
    ) -> None:
        self.ledger = ledger
        self.codec = codec
        self.vault = vault
        self.project = project
        self.publish = publish
        self.folds = _Folds()

    @asynccontextmanager
    async def unit_of_work(self, context: Context, lane: Lane = BOOK) -> AsyncIterator["Desk"]:
        """A desk over one transaction; leaving it without an exception commits. Raises Busy.

        Rows of the lane ``access`` are stored only: they reach no projection and no public topic.
        """
        async with self.ledger.unit_of_work(context, lane) as work:
            yield Desk(self, work)

    def reading(self, council: str, *, shown: bool = True) -> AbstractAsyncContextManager[Reader]:
        """A look at one council's read models that takes no lock, for screens and lists. Raises Busy.

        ``shown=False`` is for what a command is decided from: it need not be on disk before the command is.
        """
        return self.ledger.reading(council, shown=shown)

    async def make_ready(self, council: str, stream: str, events: Sequence[Any]) -> Ready:
        """Seal and encode events for :meth:`Desk.record_new`, while no lock is held. Raises Erased."""
        sealed = tuple([await self.vault.seal_event(council, stream, event) for event in events])
        return Ready(stream, sealed, tuple(self.codec.encode(event) for event in sealed))

    def read(self, row: Row) -> Told:
        """What a row tells. Raises NewerThanMe."""
        return read_heard(row) if row.kind == "heard" else Decided(row, self.codec.decode_row(row))


class Desk:
    """One open unit of work, in the words of deciders."""

    def __init__(self, book: Book, work: UnitOfWork) -> None:
        self.work = work
        self._book = book

    @property
    def context(self) -> Context:
        """Who acts. A consumer sets it anew for each heard event, within the same council."""
        return self.work.context

    @context.setter
    def context(self, context: Context) -> None:
        self.work.context = context

    @property
    def council(self) -> str:
        """Whose book this is: a desk can be read from like any :class:`ledger.store.Reader`."""
        return self.work.context.council

    async def outcome(self) -> Outcome | None:
        """The outcome this command id already has, or None. Raises CommandReused on another fingerprint."""
        return await self.work.outcome()

    async def load(self, decider: Decider[C, S, E], stream: str, *, expected: int | None = None) -> Loaded[S]:
        """The stream's state and version.

        With ``expected`` (the caller's If-Match) it must have that version: raises Refused NOT_FOUND for a stream
        without events, STALE_VERSION for another version.
        """
        kept = self._book.folds.of(self.council, self.work.lane, stream, decider)
        rows = await self.work.stream(stream, kept.version if kept else 1)
        return await self._loaded(decider, stream, expected, kept, rows)

    async def _loaded(
        self, decider: Decider[C, S, E], stream: str, expected: int | None, kept: _Folded | None, rows: list[Row]
    ) -> Loaded[S]:
        """A stream from its rows since the one whose state is ``kept``; from all of them if that one is not there."""
        if kept is not None and (not rows or rows[0].leaf != kept.leaf):
            # Its COMMIT failed, or the database is an older one than it was: what was folded is not what is stored.
            kept, rows = None, await self.work.stream(stream)
        version = rows[-1].version if rows else 0
        if expected is not None and expected != version:
            if not rows:
                raise not_found()
            raise Refused(
                Kind.STALE_VERSION,
                "STALE_VERSION",
                "Somebody has changed this record since you read it. Read it again, then decide.",
                facts={"expected": expected, "version": version},
            )
        if not rows:
            return Loaded(stream, 0, decider.fold([]))
        new = rows if kept is None else rows[1:]
        state = decider.fold((self._book.codec.decode_row(row) for row in new), kept.state if kept else None)
        last = rows[-1]
        folded = _Folded(decider, version, last.leaf, state)
        self._book.folds.keep(self.council, self.work.lane, stream, folded)
        return Loaded(stream, version, state, last.position, last.recorded_at)

    async def record(self, target: Loaded[Any] | str, events: Sequence[Any]) -> list[Row]:
        """Store events of one stream, with their projections and public events.

        Behind the version that was loaded (raises StaleVersion if the stream has moved on within this unit), or behind
        the newest when only the stream is named.
        """
        return await self.record_all([(target, events)])

    async def record_all(self, batch: Iterable[tuple[Loaded[Any] | str, Sequence[Any]]]) -> list[Row]:
        """Store events of any number of streams in one append; else as :meth:`record`."""
        told = [(target, events) for target, events in batch if events]
        named = {target for target, _ in told if isinstance(target, str)}
        newest: dict[str, int] = await self.work.versions(sorted(named)) if named else {}
        ready: list[tuple[Ready, int]] = []
        for target, events in told:
            stream = target if isinstance(target, str) else target.stream
            version = newest.get(stream, 0) if isinstance(target, str) else target.version
            ready.append((await self._book.make_ready(self.council, stream, events), version))
            newest[stream] = version + len(events)
        return await self._record(ready, apart=False)

    async def record_new(self, batch: Iterable[Ready]) -> list[Row]:
        """Store the first events of streams that have nothing to do with each other, for imports, in one append.

        So what the projections write for each may be brought together (:mod:`ledger.gathering`). Raises StaleVersion
        where a stream has events already.
        """
        return await self._record([(one, 0) for one in batch], apart=True)

    async def _record(self, batch: Sequence[tuple[Ready, int]], *, apart: bool) -> list[Row]:
        """Append what is ready behind the version named for each, and tell projections and publishing."""
        drafts = [
            Draft(one.stream, version, uuid5(self.context.command_id, f"{one.stream}/{version}"), *encoded)
            for one, before in batch
            for version, encoded in enumerate(one.encoded, before + 1)
        ]
        if not drafts:
            return []
        rows = await self.work.append(drafts)
        if self.work.lane == BOOK:
            sealed = (event for one, _ in batch for event in one.sealed)
            decided = [Decided(row, event) for row, event in zip(rows, sealed, strict=True)]
            await self.work.change(self._changes(decided, apart=apart))
            await self.work.publish([(one.row, event) for one in decided for event in self._book.publish(one)])
        return rows

    def _changes(self, decided: Sequence[Decided], *, apart: bool) -> list[Change]:
        if not apart:
            return [change for one in decided for change in self._book.project(one)]
        streams: dict[str, list[Change]] = {}
        for one in decided:
            streams.setdefault(one.row.stream, []).extend(self._book.project(one))
        return regrouped(map(merged, streams.values()))

    async def hear(self, hearings: Sequence[Hearing]) -> list[Heard]:
        """Store heard events with their projections; returns only those not heard before."""
        heard = [read_heard(row) for row in await self.work.hear(hearings)]
        await self.work.change([change for one in heard for change in self._book.project(one)])
        return heard

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Read from a read model inside this transaction; ``$1`` is the council, ``args`` follow."""
        return await self.work.fetch(sql, *args)

    async def settle(self, answer: Mapping[str, Any], rows: Sequence[Row]) -> Outcome:
        """Keep the command's outcome: ``answer`` as JSON has it, with the positions of its rows (0, 0 without any)."""
        positions = [row.position for row in rows]
        as_json = msgspec.json.decode(msgspec.json.encode(answer))
        outcome = Outcome(as_json, min(positions, default=0), max(positions, default=0))
        await self.work.settle(outcome)
        return outcome

    async def carry_out(
        self,
        decider: Decider[C, S, E],
        stream: str,
        command: C,
        *,
        expected: int | None = None,
        answer: Callable[[S, Sequence[E]], Mapping[str, Any]] = no_extras,
    ) -> Outcome:
        """One command on one stream, once: the same command id gets the identical outcome again.

        The answer holds ``id``, ``version``, ``position`` and ``recorded_at`` of the stream's newest row, the stored
        names of the new ``events``, and what ``answer`` adds from the new state and events. Raises Refused,
        CommandReused.
        """
        kept = self._book.folds.of(self.council, self.work.lane, stream, decider)
        known, rows = await self.work.take_up(stream, kept.version if kept else 1)
        if known is not None:
            return known
        loaded = await self._loaded(decider, stream, expected, kept, rows)
        events = decider.decide(command, loaded.state)
        rows = await self.record(loaded, events)
        state = decider.fold(events, loaded.state)
        last = rows[-1] if rows else loaded
        usual = {
            "id": subject_of(stream),
            "version": last.version,
            "position": last.position,
            "recorded_at": last.recorded_at,
            "events": [row.name for row in rows],
        }
        return await self.settle({**usual, **answer(state, events)}, rows)


def subject_of(stream: str) -> str:
    """The id in a stream's name: ``application-<uuid>`` gives the uuid, ``settings`` itself."""
    _, dash, identity = stream.partition("-")
    return identity if dash else stream


def read_heard(row: Row) -> Heard:
    """The public event (CloudEvents, structured JSON) that a heard row holds."""
    event = msgspec.json.decode(row.payload)
    return Heard(row, event["type"], event.get("subject", ""), event.get("data") or {})


async def rebuild(book: Book, councils: Iterable[str]) -> int:
    """Empty every read model of these councils and fold each council's whole book again; returns the rows folded.

    Each council is one transaction: readers see its old tables until the new ones stand. Raises NewerThanMe, and then
    leaves the council's tables as they were.
    """

    def fold(rows: Sequence[Row]) -> list[Change]:
        return [change for row in rows for change in book.project(book.read(row))]

    return sum([await book.ledger.refold(council, fold) for council in councils])
