"""Takes in other services' trails for the record: every row is checked against its digests before it is kept.

A trail is not heard into a ledger (that would publish it again); ``keep`` stores its rows where the record wants them,
in the same transaction as the trail's head and the next offsets. A row whose leaf or chain is wrong is never kept: it
is parked as FAILED, and what follows it behind it. Once the service's relay has sent a row again that does follow, the
trail goes on by itself, because the chain proves the order. What ``keep`` cannot read because it is NewerThanMe is not
at fault: the council waits for a newer release, everything before it being kept.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog

from bus import attempts, held, parked
from bus.access import KafkaAccess
from bus.failures import is_infrastructure
from bus.keyless import park_keyless
from bus.message import Place
from bus.offsets import GapFound, Record, Save
from bus.retries import Retries
from bus.subscription import Subscription
from bus.trail import NotATrail, read_trail
from bus.watchdog import Reading
from ledger.proof.leaf import FIRST_CHAIN, chain_step, leaf_hash
from ledger.rows import Head, Lane, Mark, Row
from ledger.steps import step
from ledger.store import NewerThanMe

log = structlog.get_logger(__name__)

Keep = Callable[[Any, str, str, Sequence[Row], Sequence[Mark]], Awaitable[None]]
"""``keep(connection, council, service, rows, marks)``: store verified rows, in order, and marks that they fulfil."""

ChainAt = Callable[[Any, str, str, Lane, int], Awaitable[bytes | None]]
"""``chain_at(connection, council, service, lane, position)``: the chain up to a row kept earlier, or None."""

AT_ONCE = 200
"""Messages; the most that one transaction keeps."""

_NO_COUNCIL = parked.NO_COUNCIL.encode()
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('trail ' || $1, 0))"
_HEADS = "SELECT source, lane, epoch, position, recorded_at, chain FROM bus.trail_head WHERE council = $1"
_KEEP_HEAD = """
    INSERT INTO bus.trail_head (council, source, lane, epoch, position, recorded_at, chain)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (council, source, lane) DO UPDATE SET epoch = excluded.epoch, position = excluded.position,
        recorded_at = excluded.recorded_at, chain = excluded.chain
"""


class Tampered(Exception):
    """A row's leaf or chain is not what its columns give, or its time went back."""


class _Missing(Exception):
    """Rows before this one have not arrived."""

    def __init__(self, source: str, expected: int, row: Row) -> None:
        super().__init__(f"row {expected} of the {row.lane} is missing before row {row.position}")
        self.lane = row.lane
        self.expected = expected
        self.found = row.position
        self.place = _place(row, source)


@dataclass
class _Trails:
    """What one transaction knows of a council's trails, and what it is going to keep."""

    heads: dict[tuple[str, str], Head]
    moved: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    rows: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    marks: dict[str, list[Mark]] = field(default_factory=dict[str, list[Mark]])


class TrailConsumer:
    """The record's reader of ``topics`` (`intake.trail`, ...). The source of a topic is the first part of its name.

    ``chain_at`` is asked when a service was restored and its new epoch begins before the end that we have seen;
    without it such a trail is taken for tampered with.
    """

    def __init__(
        self,
        service: str,
        topics: Sequence[str],
        keep: Keep,
        *,
        pool: asyncpg.Pool,
        access: KafkaAccess,
        prefix: str = "",
        instance: str = "",
        chain_at: ChainAt | None = None,
        backoff: Sequence[float] = parked.BACKOFF,
    ) -> None:
        self.service = service
        self._pool = pool
        self._keep = keep
        self._chain_at = chain_at
        self._backoff = tuple(backoff)
        self._sources = {f"{prefix}{topic}": topic.partition(".")[0] for topic in topics}
        self._subscription = Subscription(
            access, list(self._sources), self._take_in, pool=pool, group=f"{prefix}{service}", instance=instance
        )
        self.retries = Retries(pool, self.attempt, asyncio.Event())

    async def run(self) -> None:
        """Read until cancelled. Raises WrongPassword or BrokerUnreachable when Kafka cannot be reached at the start."""
        await self._subscription.run()

    async def reading(self) -> Reading:
        """Progress and lag over the partitions assigned to this member."""
        return await self._subscription.reading()

    async def attempt(self, council: str, id_: int) -> None:
        """One try of a parked trail message, if it is its turn. Raises infrastructure errors."""
        async with parked.entered(self._pool, council) as connection:
            await connection.execute(_LOCK, council)
            tried = await attempts.take_up(connection, council, id_)
            if tried is None:
                return
            trails = await self._trails(connection, council)
            try:
                await self._verify(connection, council, tried.source, _entry_of(tried.value, council), trails)
                async with connection.transaction():
                    await self._store(connection, council, trails)
            except (NotATrail, Tampered) as problem:
                await attempts.failed_for_good(connection, council, tried, str(problem))
            except NewerThanMe:
                await attempts.too_new(connection, council, tried, parked.WAITING_SECONDS)
            except Exception as problem:
                if is_infrastructure(problem):
                    raise
                await attempts.failed_again(connection, council, tried, _reason(problem), self._backoff)
            else:
                await attempts.done(connection, council, tried)

    async def _take_in(self, council: str | None, records: Sequence[Record], save: Save | None) -> None:
        if council is None:
            # What a service gave up without knowing its council stands in its access lane, under a name of its own.
            given_up = [record for record in records if record.key == _NO_COUNCIL]
            strays = [record for record in records if record.key != _NO_COUNCIL]
            await park_keyless(self._pool, strays, self._sources, None if given_up else save)
            council, records = parked.NO_COUNCIL, given_up
        for first in range(0, len(records), AT_ONCE):
            some = records[first : first + AT_ONCE]
            last = save if first + AT_ONCE >= len(records) else None
            try:
                halt = await self._take_council(council, some, last, careful=False)
            except Exception as problem:
                if is_infrastructure(problem):
                    raise
                # Storing failed, and the whole transaction with it: again, row by row behind savepoints.
                halt = await self._take_council(council, some, last, careful=True)
            if halt is not None:
                raise halt

    async def _take_council(
        self, council: str, records: Sequence[Record], save: Save | None, *, careful: bool
    ) -> Exception | None:
        """One transaction. Returns what stops the council's reading for now; what came before that is kept."""
        async with parked.entered(self._pool, council) as connection:
            await connection.execute(_LOCK, council)
            trails = await self._trails(connection, council)
            fronts = await parked.fronts(connection, council)
            halt: Exception | None = None
            for record in records:
                if (record.topic, record.partition, record.offset) in fronts.dropped:
                    continue
                source = self._sources[record.topic]
                try:
                    entry = _entry_of(record.value, council)
                    accepted = await self._verify(connection, council, source, entry, trails)
                    if isinstance(entry, Row):
                        name = _sequence(source, entry.lane)
                        await held.release(connection, record, fronts, council, _place(entry, source), name)
                    if accepted and careful:
                        accepted = await self._store_alone(connection, council, record, source, trails, fronts)
                    if accepted and isinstance(entry, Row):
                        name = _sequence(source, entry.lane)
                        self._subscription.came(council, name, entry.position, fronts.dropped)
                except NotATrail as problem:
                    if await held.set_aside(connection, record, council, source, str(problem)):
                        log.error("message_aside", service=self.service, council=council, topic=record.topic,
                                  position=record.offset, reason=str(problem))  # fmt: skip
                except Tampered as problem:
                    log.error("trail_refused", service=self.service, council=council, topic=record.topic,
                              position=record.offset, reason=str(problem))  # fmt: skip
                    await self._park(connection, record, council, source, parked.FAILED, str(problem), fronts)
                except _Missing as missing:
                    name = _sequence(source, missing.lane)
                    if fronts.blocks(source, source):
                        await self._park(connection, record, council, source, parked.BEHIND, str(missing), fronts)
                    elif not self._subscription.holds(council, name, missing.expected, missing.found):
                        halt = GapFound(council, name, missing.expected, missing.found, record)
                        break
                    else:
                        await held.note(connection, record, parked.MISSING, parked.GAP, missing.place, name, fronts)
                except NewerThanMe as newer:
                    place = _place(_entry_of(record.value, council), source)
                    await held.note(connection, record, parked.NEWER, parked.TOO_NEW, place, source, fronts)
                    halt = newer
                    break
            step("before_heard_row")
            await self._store(connection, council, trails)
            step("after_heard_row")
            if save is not None and halt is None:
                await save(connection)
            return halt

    async def _verify(self, connection: Any, council: str, source: str, entry: Row | Mark, trails: _Trails) -> bool:
        """Whether the message is new and follows; notes it for keeping. Raises Tampered, _Missing."""
        if isinstance(entry, Mark):
            head = trails.heads.get((source, "book"))
            if entry.position > (head.position if head else 0):
                return False  # It speaks of rows that have not arrived; the next mark will speak of them again.
            trails.marks.setdefault(source, []).append(entry)
            return True
        head = trails.heads.get((source, entry.lane))
        chain = FIRST_CHAIN
        if head is not None:
            if entry.epoch < head.epoch or (entry.epoch == head.epoch and entry.position <= head.position):
                return False
            chain = head.chain
        reached = head.position if head else 0
        if entry.position > reached + 1:
            raise _Missing(source, reached + 1, entry)
        if entry.position <= reached:
            # A new epoch: the service was restored to before our end, and goes on from there.
            chain = await self._earlier_chain(connection, council, source, entry, trails)
        elif head is not None and entry.recorded_at <= head.recorded_at:
            raise Tampered(f"row {entry.position} was recorded before the one in front of it")
        if leaf_hash(entry) != entry.leaf:
            raise Tampered(f"the leaf of row {entry.position} is not what its columns give")
        if chain_step(chain, entry.leaf) != entry.chain:
            raise Tampered(f"the chain at row {entry.position} does not follow")
        trails.heads[source, entry.lane] = Head(
            council, entry.lane, entry.epoch, entry.position, entry.recorded_at, entry.chain
        )
        trails.moved.add((source, entry.lane))
        trails.rows.setdefault(source, []).append(entry)
        return True

    async def _earlier_chain(self, connection: Any, council: str, source: str, row: Row, trails: _Trails) -> bytes:
        if row.position == 1:
            return FIRST_CHAIN
        for noted in reversed(trails.rows.get(source, [])):  # What came in this very batch is not kept yet.
            if (noted.lane, noted.position) == (row.lane, row.position - 1):
                return noted.chain
        found = None
        if self._chain_at is not None:
            found = await self._chain_at(connection, council, source, row.lane, row.position - 1)
        if found is None:
            raise Tampered(f"nothing is known of the row before {row.position}, where epoch {row.epoch} begins")
        return found

    async def _trails(self, connection: Any, council: str) -> _Trails:
        found = await connection.fetch(_HEADS, council)
        return _Trails(
            {
                (row["source"], row["lane"]): Head(
                    council, row["lane"], row["epoch"], row["position"], row["recorded_at"], row["chain"]
                )
                for row in found
            }
        )

    async def _store(self, connection: Any, council: str, trails: _Trails) -> None:
        """Keep what was verified since the last time."""
        for source in sorted({*trails.rows, *trails.marks}):
            rows, marks = trails.rows.get(source, []), trails.marks.get(source, [])
            await self._keep(connection, council, source, rows, marks)
        for source, lane in sorted(trails.moved):
            head = trails.heads[source, lane]
            await connection.execute(
                _KEEP_HEAD, council, source, lane, head.epoch, head.position, head.recorded_at, head.chain
            )
        trails.rows.clear()
        trails.marks.clear()
        trails.moved.clear()

    async def _store_alone(
        self, connection: Any, council: str, record: Record, source: str, trails: _Trails, fronts: parked.Fronts
    ) -> bool:
        try:
            async with connection.transaction():
                await self._store(connection, council, trails)
        except Exception as problem:
            if is_infrastructure(problem):
                raise
            fresh = await self._trails(connection, council)
            trails.heads, trails.rows, trails.marks, trails.moved = fresh.heads, {}, {}, set()
            if isinstance(problem, NewerThanMe):
                raise
            await self._park(connection, record, council, source, parked.PARKED, _reason(problem), fronts)
            return False
        return True

    async def _park(
        self, connection: Any, record: Record, council: str, source: str, state: str, reason: str, fronts: parked.Fronts
    ) -> None:
        await held.release(connection, record, fronts, council)
        wait = self._backoff[0] if state == parked.PARKED else 0.0
        await parked.park(connection, record, council=council, source=source, subject=source, state=state,
                          reason=reason, type_="trail", wait=wait)  # fmt: skip
        fronts.add(source, source, state, stops=False)


def _entry_of(value: bytes | None, council: str) -> Row | Mark:
    entry = read_trail(value or b"")
    if entry.council != council:
        raise NotATrail("its council is not the one of its key")
    return entry


def _sequence(source: str, lane: str) -> str:
    """How a lane of a service's trail is called where something of it is missing."""
    return f"{source} {lane}"


def _place(entry: Row | Mark, source: str) -> Place:
    return Place(entry.council, source, entry.epoch, entry.position, source, "trail")


def _reason(problem: Exception) -> str:
    return str(problem) if isinstance(problem, _Missing) else f"keeping it failed with {type(problem).__name__}"
