"""Puts back what a restored database lacks and its service's own topics still hold, byte for byte, or none of it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from ledger.book import Book
from ledger.envelope import enveloped, identity
from ledger.pg.applying import run_changes
from ledger.proof.leaf import FIRST_CHAIN, chain_step, leaf_hash
from ledger.recorded import Decided
from ledger.rows import ACCESS, BOOK, Context, Head, Lane, Mark, Outgoing, Row

_T = TypeVar("_T")
_COLUMNS = tuple(column.name for column in fields(Row))

LANES: tuple[Lane, ...] = (BOOK, ACCESS)
OutLane = Literal["events", "decisions"]
OUT_LANES: tuple[OutLane, ...] = ("events", "decisions")

Place = tuple[int, int]
"""Epoch, and position or sequence."""

_1970 = datetime(1970, 1, 1, tzinfo=UTC)

# every council: whoever takes rows back must first know what each of them has.
_ENDS = """
    SELECT h.council, h.lane, h.epoch, h.position, h.recorded_at, h.chain, coalesce(r.epoch, 1) AS row_epoch,
           h.events_sequence, h.decisions_sequence
    FROM ledger.head h LEFT JOIN ledger.row r
        ON r.council = h.council AND r.lane = h.lane AND r.position = h.position
"""
_APPEND = f"""
    INSERT INTO ledger.row (council, {", ".join(_COLUMNS[1:])})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
"""
_OUTBOX = """
    INSERT INTO ledger.outbox (council, lane, sequence, epoch, position, type, subject, headers, value)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9)
"""
_HEAD = """
    UPDATE ledger.head SET epoch = $3, position = $4, recorded_at = $5, chain = $6, events_sequence = $7,
                           decisions_sequence = $8 WHERE council = $1 AND lane = $2
"""
_MARK = """
    INSERT INTO ledger.mark (council, epoch, position, moment) VALUES ($1, $2, $3, $4)
    ON CONFLICT (council) DO UPDATE SET epoch = excluded.epoch, position = excluded.position, moment = excluded.moment
    WHERE excluded.moment > ledger.mark.moment
"""
_FLOOR = "UPDATE ledger.floor SET moment = greatest(moment, $1)"
_BOOKMARK = """
    INSERT INTO ledger.bookmark (council, lane, reached) VALUES ($1, $2, $3)
    ON CONFLICT (council, lane) DO UPDATE SET reached = greatest(ledger.bookmark.reached, excluded.reached)
"""
_CHAIN = "SELECT epoch, chain FROM ledger.row WHERE council = $1 AND lane = $2 AND position = $3"


class NotThisBook(Exception):
    """The database and what its service once sent do not belong to one history; nothing was changed for the council."""


@dataclass(frozen=True)
class Published:
    """A public event as its topic has it."""

    id: UUID
    epoch: int
    sequence: int
    type: str
    subject: str
    headers: Mapping[str, str]
    value: bytes = field(repr=False)


@dataclass
class LaneKept:
    """One lane as its trail continues the database's ``head``: rows that follow, each checked, and what does not.

    :meth:`take` every row of the trail in the order in which it lies there.
    """

    head: Head
    row_epoch: int = 1
    rows: list[Row] = field(default_factory=list[Row])
    arrived: int = 0
    _newest: Place = (0, 0)

    @property
    def end(self) -> Head:
        """The end that can be reached: the database's own, or the last row that follows it."""
        last = self.rows[-1] if self.rows else None
        if last is None:
            return self.head
        epoch = max(last.epoch, self.head.epoch)
        return Head(last.council, last.lane, epoch, last.position, last.recorded_at, last.chain)

    def take(self, row: Row) -> None:
        """One row. Raises NotThisBook for one that shows the database to be another, or given up since."""
        self._newest = max(self._newest, (row.epoch, row.position))
        if row.position <= self.head.position:
            if row.epoch > self.head.epoch:
                raise NotThisBook(
                    f"Row {row.position} of the {row.lane} was given up by an earlier restore: epoch {row.epoch} began"
                    " there. Put back a dump from before, or from after."
                )
            at_end = (row.epoch, row.position) == (self.row_epoch, self.head.position)
            if at_end and row.chain != self.head.chain:
                raise NotThisBook(f"Row {row.position} of the {row.lane} is not the one that was sent.")
            self.arrived = max(self.arrived, row.position)
            return
        epoch = self.rows[-1].epoch if self.rows else self.head.epoch
        reached = self.rows[-1].position if self.rows else self.head.position
        if row.epoch < epoch or row.position > reached + 1 or (row.epoch == epoch and row.position <= reached):
            return  # Given up before, or a repetition; or it follows something missing, which may come yet.
        index = row.position - self.head.position - 1
        before = self.rows[index - 1] if index else self.head
        follows = row.recorded_at > before.recorded_at and chain_step(before.chain, row.leaf) == row.chain
        if follows and leaf_hash(row) == row.leaf:
            del self.rows[index:]
            self.rows.append(row)
            self.arrived = row.position

    @property
    def missing(self) -> Place | None:
        """The newest place that the trail shows to have been there and that cannot be reached, or None."""
        end = self.rows[-1] if self.rows else None
        reached = (end.epoch, end.position) if end else (self.head.epoch, self.head.position)
        return self._newest if self._newest > reached else None


@dataclass
class CouncilKept:
    """What a service's own topics hold of one council behind its restored database."""

    council: str
    lanes: dict[Lane, LaneKept]
    sequences: dict[OutLane, int]
    published: dict[OutLane, dict[UUID, list[Published]]] = field(
        default_factory=lambda: {lane: {} for lane in OUT_LANES}
    )
    sent: dict[OutLane, int] = field(default_factory=lambda: dict.fromkeys(OUT_LANES, 0))
    newest: dict[OutLane, Place] = field(default_factory=lambda: dict.fromkeys(OUT_LANES, (0, 0)))
    mark: Mark | None = None

    def take_event(self, lane: OutLane, event: Published) -> None:
        """One public event of the council, in the order of its topic; repetitions are known by their place."""
        place = (event.epoch, event.sequence)
        epoch = self.lanes[BOOK].head.epoch
        if event.epoch <= epoch and event.sequence <= self.sequences[lane]:
            self.sent[lane] = max(self.sent[lane], event.sequence)
        elif place > self.newest[lane] and event.epoch >= self.lanes[BOOK].row_epoch:
            self.published[lane].setdefault(event.id, []).append(event)
        self.newest[lane] = max(self.newest[lane], place)

    def take_mark(self, mark: Mark) -> None:
        """One promise of the council's trail."""
        if self.mark is None or mark.moment > self.mark.moment:
            self.mark = mark


@dataclass(frozen=True)
class TakenBack:
    """What became of one lane of one council. ``lost`` says what shows that rows are gone; then the epoch was raised.

    ``known_until`` is the newest moment up to which the service itself said that there was nothing more.
    """

    council: str
    lane: Lane
    rows: int
    epoch: int
    position: int
    recorded_at: datetime
    lost: tuple[str, ...] = ()
    known_until: datetime | None = None


Copied = Callable[[str, Lane], Awaitable[tuple[int, int, bytes] | None]]
"""``copied(council, lane)``: epoch, position and chain of the newest row that record holds a copy of."""


async def ends(connection: asyncpg.Connection) -> dict[str, CouncilKept]:
    """The restored end of every council that the database knows. The connection must see all of them."""
    found: dict[str, CouncilKept] = {}
    for row in await connection.fetch(_ENDS):
        kept = found.setdefault(row["council"], unknown(row["council"]))
        head = Head(*(row[name] for name in ("council", "lane", "epoch", "position", "recorded_at", "chain")))
        kept.lanes[row["lane"]] = LaneKept(head, row["row_epoch"])
        if row["lane"] == BOOK:
            kept.sequences = {"events": row["events_sequence"], "decisions": row["decisions_sequence"]}
    return found


def unknown(council: str) -> CouncilKept:
    """A council that the restored database has never heard of."""
    lanes: dict[Lane, LaneKept] = {lane: LaneKept(Head(council, lane, 1, 0, _1970, FIRST_CHAIN)) for lane in LANES}
    return CouncilKept(council, lanes, dict.fromkeys(OUT_LANES, 0))


async def take_back(
    connection: asyncpg.Connection, book: Book, kept: CouncilKept, copied: Copied | None = None
) -> list[TakenBack]:
    """Put one council's rows back with their public events, read models, marks and bookmarks, in one transaction.

    The epoch of a lane is raised if, and only if, something shows that a row was there which cannot be put back: a
    trail that goes on behind a hole, a public event whose row is not there, or a copy that record holds. Doing it again
    changes nothing. The connection is a superuser's; nobody may write meanwhile. Raises NotThisBook.
    """
    council = kept.council
    async with connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        for lane in LANES:
            if kept.lanes[lane].end.position:
                await _open(connection, kept.lanes[lane])
        for lane in LANES:
            for some in _portions(kept.lanes[lane].rows):
                await connection.executemany(_APPEND, [_columns(row) for row in some])
        recorded = [book.read(row) for row in kept.lanes[BOOK].rows]
        for some in _portions(recorded):
            await run_changes(connection, council, [change for one in some for change in book.project(one)])
        decided = [one for one in recorded if isinstance(one, Decided)]
        reached: dict[OutLane, tuple[int, int]] = {
            lane: await _publish(connection, book, kept, lane, decided) for lane in OUT_LANES
        }
        if kept.mark is not None:
            await _promise(connection, kept, kept.mark)
        found = [await _end(connection, kept, lane, reached, copied) for lane in LANES]
    return [one for one in found if one is not None]


async def _open(connection: asyncpg.Connection, kept: LaneKept) -> None:
    head = kept.head
    opened = await connection.fetchrow("SELECT position, chain FROM ledger.open($1, $2)", head.council, head.lane)
    if opened is None or (opened["position"], opened["chain"]) != (head.position, head.chain):
        raise NotThisBook("Somebody wrote to the book meanwhile. Stop the web process and the worker first.")


async def _bookmark(connection: asyncpg.Connection, council: str, lane: str, reached: int) -> None:
    if reached:
        await connection.execute(_BOOKMARK, council, lane, reached)


async def _publish(
    connection: asyncpg.Connection, book: Book, kept: CouncilKept, lane: OutLane, decided: Sequence[Decided]
) -> tuple[int, int]:
    """Fill the outbox: as the topic has it, and anew what had not been sent. Returns the ends of both.

    Which events a row led to is for the topic to say up to the last one in it: a later release may publish otherwise.
    """
    sequence = kept.sequences[lane]
    sent = kept.sent[lane]
    outgoing = [(one.row, [event for event in book.publish(one) if event.lane == lane]) for one in decided]
    known = kept.published[lane]
    spoken = max((row.position for row, _ in outgoing if identity(row, lane) in known), default=0)
    filled: list[tuple[Any, ...]] = []
    for row, derived in outgoing:
        arrived = known.get(identity(row, lane), [])
        for event in arrived:
            sequence += 1
            if (event.epoch, event.sequence) != (row.epoch, sequence):
                raise NotThisBook(f"Event {event.sequence} of the {lane} is not what row {row.position} led to.")
            filled.append(_outbox(kept.council, lane, row, event))
            sent = sequence
        if row.position >= spoken:
            for event in derived[len(arrived) :]:
                sequence += 1
                filled.append(_outbox(kept.council, lane, row, _anew(book, row, event, sequence)))
    for some in _portions(filled):
        await connection.executemany(_OUTBOX, some)
    await _bookmark(connection, kept.council, lane, sent)
    return sequence, sent


async def _promise(connection: asyncpg.Connection, kept: CouncilKept, mark: Mark) -> None:
    """What was promised holds on: no later row is recorded at or before it."""
    end = kept.lanes[BOOK].end
    if mark.moment > end.recorded_at:
        await connection.execute(_FLOOR, mark.moment)
    await connection.execute(_MARK, kept.council, end.epoch, min(mark.position, end.position), mark.moment)
    microseconds = (mark.moment - _1970) // (datetime.resolution)
    await _bookmark(connection, kept.council, "marks", microseconds)


async def _end(
    connection: asyncpg.Connection,
    kept: CouncilKept,
    lane: Lane,
    reached: Mapping[OutLane, tuple[int, int]],
    copied: Copied | None,
) -> TakenBack | None:
    """Move the lane's head and bookmark, under a higher epoch if rows are gone. None where there never was anything."""
    lane_kept, council = kept.lanes[lane], kept.council
    end = lane_kept.end
    lost: dict[str, Place] = {}
    if lane_kept.missing is not None:
        lost[f"the trail has a row {lane_kept.missing[1]}"] = lane_kept.missing
    if lane == BOOK:
        for out_lane in OUT_LANES:
            newest, (_, sent) = kept.newest[out_lane], reached[out_lane]
            if newest[0] > end.epoch or (newest[0] == end.epoch and newest[1] > sent):
                lost[f"{out_lane} holds {newest[1]}, whose row is gone"] = newest
    copy = await copied(council, lane) if copied is not None else None
    if copy is not None:
        epoch, position, chain = copy
        own = await connection.fetchrow(_CHAIN, council, lane, position)
        if own is not None and own["epoch"] == epoch and own["chain"] != chain:
            raise NotThisBook(f"Record's copy of row {position} of the {lane} is not the row that is here.")
        if (epoch, position) > (end.epoch, end.position):
            lost[f"record has a copy of row {position}"] = (epoch, position)
    if not end.position:
        if not lost:
            return None
        await _open(connection, lane_kept)
    if lost:
        end = replace(end, epoch=max(epoch for epoch, _ in lost.values()) + 1)
    sequences = [reached[out_lane][0] if lane == BOOK else 0 for out_lane in OUT_LANES]
    await connection.execute(_HEAD, council, lane, end.epoch, end.position, end.recorded_at, end.chain, *sequences)
    await _bookmark(connection, council, lane, lane_kept.arrived)
    until = kept.mark.moment if kept.mark is not None and lane == BOOK else None
    return TakenBack(council, lane, len(lane_kept.rows), end.epoch, end.position, end.recorded_at, tuple(lost), until)


def _portions(many: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """A thousand at a time."""
    for first in range(0, len(many), 1000):
        yield many[first : first + 1000]


def _columns(row: Row) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _COLUMNS)


def _outbox(council: str, lane: OutLane, row: Row, event: Published) -> tuple[Any, ...]:
    headers = msgspec.json.encode(dict(event.headers)).decode()
    return council, lane, event.sequence, event.epoch, row.position, event.type, event.subject, headers, event.value


def _anew(book: Book, row: Row, outgoing: Outgoing, sequence: int) -> Published:
    """An event that had not been sent: as it was made, but for the trace of the request, which no row keeps."""
    context = Context(
        row.council, row.actor, row.role, row.received_at, row.recorded_at, row.command_id, row.correlation_id
    )
    made = enveloped(book.ledger.service, row, outgoing, sequence, context)
    return Published(
        identity(row, outgoing.lane), row.epoch, sequence, outgoing.type, outgoing.subject, made.headers, made.value
    )
