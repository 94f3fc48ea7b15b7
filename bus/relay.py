"""Carries a service's ledger rows, public events and marks to Kafka: in order, at least once, nothing left out.

Consumers drop what arrives twice, because every message carries its dense place. So the relay needs only two rules:
a bookmark moves after the broker's acknowledgement, and after any send error everything pending is dropped, the
producer thrown away, and sending begins again at the bookmarks (TRAPS, "FastStream and aiokafka" 8 and 13).
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.partitioner import DefaultPartitioner

from bus.access import MAX_BATCH, KafkaAccess
from bus.session_lock import ACTIVE
from bus.trail import trail_bytes
from bus.watchdog import Reading
from ledger.pg.commit import LOST, put_on_disk
from ledger.pg.failures import OF_NO_MORE_USE
from ledger.rows import Mark, Row
from ledger.steps import step

log = structlog.get_logger(__name__)

ROWS_AT_ONCE = 200
"""Messages; the most that one lane of one council sends in one round."""


class HoleInLedger(Exception):
    """A place is missing behind the bookmark: a database was tampered with, and nothing may be sent past it."""


_PAGE_BYTES = 640 * 1024
"""Payloads; with base64 and the columns around them, a page of rows is then what one batch takes, and is read once."""

_REQUEST_BYTES = 8 * 1024 * 1024
"""Payloads sent at once. A request takes a batch of every partition that it finds, and a broker hangs up on one that is
larger than its ``socket.request.max.bytes``; ours have 16 MiB."""

_METADATA_SECONDS = 3.0
_HOLD_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
_ONE_LANE = (
    MessageSizeTooLargeError,
    UnknownTopicOrPartitionError,
    TopicAuthorizationFailedError,
    InvalidTopicError,
    TimeoutError,
    HoleInLedger,
)
"""Errors that concern one topic or message: that lane is held back for a while and the others go on."""

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
LOCK = "SELECT pg_try_advisory_lock(7215640013)"
"""Takes the place of a service's one active relay, until the connection is closed; false while another holds it."""

# every council: the relay carries all their rows, which is what its role is for.
_BEHIND = """
    SELECT lane.council, lane.name, lane.head, coalesce(b.reached, 0) AS reached
    FROM (
        SELECT council, lane AS name, position AS head FROM ledger.head
        UNION ALL SELECT council, 'events', events_sequence FROM ledger.head WHERE lane = 'book'
        UNION ALL SELECT council, 'decisions', decisions_sequence FROM ledger.head WHERE lane = 'book'
        UNION ALL SELECT m.council, 'marks', (extract(epoch FROM m.moment) * 1000000)::bigint FROM ledger.mark m
            LEFT JOIN ledger.bookmark k ON k.council = m.council AND k.lane = 'book'
            WHERE coalesce(k.reached, 0) >= m.position
    ) lane
    LEFT JOIN ledger.bookmark b ON b.council = lane.council AND b.lane = lane.name
    WHERE lane.head > coalesce(b.reached, 0)
    ORDER BY lane.council, lane.name
"""
# A parcel ends at a number of messages or of bytes, whichever comes first, and never before its first message.
_ROWS = """
    SELECT council, lane, epoch, position, kind, stream, version, source, source_epoch, source_sequence, id, name,
           schema, received_at, recorded_at, actor, role, command_id, correlation_id, cause, payload, leaf, chain
    FROM (
        SELECT *, sum(octet_length(payload)) OVER (ORDER BY position) - octet_length(payload) AS before
        FROM ledger.row WHERE council = $1 AND lane = $2 AND position > $3 ORDER BY position LIMIT $4
    ) parcel WHERE before < $5 ORDER BY position
"""
_OUTBOX = """
    SELECT sequence, headers::text, value
    FROM (
        SELECT *, sum(octet_length(value)) OVER (ORDER BY sequence) - octet_length(value) AS before
        FROM ledger.outbox WHERE council = $1 AND lane = $2 AND sequence > $3 ORDER BY sequence LIMIT $4
    ) parcel WHERE before < $5 ORDER BY sequence
"""
_MARK = """
    SELECT m.council, m.epoch, m.position, m.moment FROM ledger.mark m
    LEFT JOIN ledger.bookmark k ON k.council = m.council AND k.lane = 'book'
    WHERE m.council = $1 AND coalesce(k.reached, 0) >= m.position
"""
_MOVE = """
    INSERT INTO ledger.bookmark (council, lane, reached) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
    ON CONFLICT (council, lane) DO UPDATE SET reached = excluded.reached
"""


@dataclass(frozen=True)
class _Message:
    place: int
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class _Parcel:
    """What one lane of one council sends in one round: one Kafka batch, which arrives whole or not at all."""

    council: str
    lane: str
    topic: str
    messages: tuple[_Message, ...]


class Relay:
    """One service's relay. Several may run; a lock in the service's database lets one of them work.

    ``pool`` belongs to the relay role, which may read rows and move bookmarks and nothing else. ``producer`` makes a
    fresh idempotent producer that is not started (`KafkaAccess.producer`). ``prefix`` goes before every topic name.
    """

    def __init__(
        self,
        service: str,
        pool: asyncpg.Pool,
        producer: Callable[[], AIOKafkaProducer],
        *,
        access: KafkaAccess | None = None,
        prefix: str = "",
        poll: float = 0.1,
    ) -> None:
        self.service = service
        self.active = False
        self._pool = pool
        self._make_producer = producer
        self._access = access
        self._prefix = prefix
        self._poll = poll
        self._carried = 0
        self._behind: int | None = None
        self._held: dict[tuple[str, str], tuple[int, float]] = {}

    async def run(self) -> None:
        """Carry until cancelled. Errors of database and broker are waited out; whatever else is wrong is raised."""
        pause = 0.2
        while True:
            try:
                async with self._pool.acquire() as connection:
                    if await connection.fetchval(LOCK):
                        try:
                            await self._carry(connection)
                        finally:
                            await _unlock(connection)
                    self._behind = 0  # Another relay of this service is at work.
            except (*LOST, KafkaError) as problem:
                self._behind = None
                reason = problem
                if isinstance(problem, OF_NO_MORE_USE):
                    await self._pool.expire_connections()
                if isinstance(problem, KafkaError) and self._access is not None:
                    reason = await self._access.explain(problem)
                log.warning("relay_waits", service=self.service, fault=type(reason).__name__, reason=_said(reason))
            finally:
                self.active = False
                ACTIVE.labels(self.service, "relay").set(0)
            await asyncio.sleep(pause)  # before the next try
            pause = min(pause * 2, 5.0) if self._behind is None else 1.0

    async def reading(self) -> Reading:
        """How much was carried since the start, and how much still waits; unknown while the database is away."""
        held = tuple(f"{lane} of council {council} cannot be sent" for council, lane in sorted(self._held))
        return Reading(self._carried, self._behind, held)

    async def _carry(self, connection: Any) -> None:
        """Rounds with one producer after the other, until the database connection, and with it the lock, is lost."""
        self.active = True
        ACTIVE.labels(self.service, "relay").set(1)
        pause = 0.2
        while True:
            producer = self._make_producer()
            try:
                await producer.start()
                while True:
                    sent = await self._round(connection, producer)
                    pause = 0.2
                    if not sent:
                        await asyncio.sleep(self._poll)  # until the next round
            except KafkaError as problem:
                reason = await self._access.explain(problem) if self._access is not None else problem
                log.warning(
                    "relay_begins_again", service=self.service, fault=type(reason).__name__, reason=_said(reason)
                )
            finally:
                await producer.stop()
            await asyncio.sleep(pause)  # before the next try
            pause = min(pause * 2, 5.0)

    async def _round(self, connection: Any, producer: AIOKafkaProducer) -> int:
        """Send what stands behind the bookmarks, then move them. Returns the number of messages acknowledged."""
        now = time.monotonic()
        behind = await connection.fetch(_BEHIND)
        self._behind = sum(lane["head"] - lane["reached"] if lane["name"] != "marks" else 1 for lane in behind)
        parcels: list[_Parcel] = []
        for lane in behind:
            if self._held.get((lane["council"], lane["name"]), (0, 0.0))[1] > now:
                continue
            parcel = await self._parcel(connection, lane["council"], lane["name"], lane["reached"])
            dense = all(message.place == lane["reached"] + n for n, message in enumerate(parcel.messages, 1))
            if not dense and parcel.lane != "marks":
                self._hold_back(parcel, HoleInLedger())
            elif parcel.messages:
                parcels.append(parcel)
        if parcels:
            # The ledger's locks are free before the disk has the rows: what a crash could take away is not sent.
            await put_on_disk(connection)
        moves: list[tuple[str, str, int]] = []
        moved = 0
        failure: BaseException | None = None
        for sent_together in _requests(parcels):
            # Each fate is known before anything else happens, so that no send is left pending behind our back.
            sends = (self._send(producer, parcel) for parcel in sent_together)
            fates = await asyncio.gather(*sends, return_exceptions=True)
            for parcel, fate in zip(sent_together, fates, strict=True):
                if isinstance(fate, BaseException):
                    failure = fate if failure is None or isinstance(failure, _ONE_LANE) else failure
                    self._hold_back(parcel, fate)
                    continue
                self._held.pop((parcel.council, parcel.lane), None)
                moves.append((parcel.council, parcel.lane, parcel.messages[fate - 1].place))
                moved += fate
            if failure is not None and not isinstance(failure, _ONE_LANE):
                break
        if moves:
            step("before_bookmark")
            await connection.execute(_MOVE, *(list(column) for column in zip(*moves, strict=True)))
            step("after_bookmark")
        self._carried += moved
        if isinstance(failure, TimeoutError):
            raise KafkaError("A topic's partitions stayed unknown.") from failure
        if failure is not None:
            raise failure
        return moved

    async def _parcel(self, connection: Any, council: str, lane: str, reached: int) -> _Parcel:
        messages: list[_Message] = []
        if lane in ("book", "access"):
            topic = f"{self._prefix}{self.service}.trail"
            for found in await connection.fetch(_ROWS, council, lane, reached, ROWS_AT_ONCE, _PAGE_BYTES):
                row = Row(*found)
                messages.append(_Message(row.position, trail_bytes(row)))
        elif lane == "marks":
            topic = f"{self._prefix}{self.service}.trail"
            found = await connection.fetchrow(_MARK, council)
            if found is not None:
                mark = Mark(*found)
                return _Parcel(council, lane, topic, (_Message(_microseconds(mark.moment), trail_bytes(mark)),))
        else:
            topic = f"{self._prefix}{self.service}.events"
            if lane == "decisions":
                topic = f"{self._prefix}council.{council}.decisions"
            for sequence, headers, value in await connection.fetch(
                _OUTBOX, council, lane, reached, ROWS_AT_ONCE, _PAGE_BYTES
            ):
                messages.append(_Message(sequence, value, _wire_headers(headers)))
        return _Parcel(council, lane, topic, tuple(messages))

    async def _send(self, producer: AIOKafkaProducer, parcel: _Parcel) -> int:
        """Send as much of the parcel as fits into one batch; returns how many messages the broker acknowledged."""
        key = parcel.council.encode()
        partitions = sorted(await asyncio.wait_for(producer.partitions_for(parcel.topic), _METADATA_SECONDS))
        partition = _partition_of(key, partitions, partitions)
        batch = producer.create_batch()
        size = count = 0
        for message in parcel.messages:
            size += len(message.value)
            if count and size > MAX_BATCH:
                break
            if batch.append(key=key, value=message.value, timestamp=None, headers=list(message.headers)) is None:
                break
            count += 1
        batch.close()
        step("before_send")
        acknowledged = await producer.send_batch(batch, parcel.topic, partition=partition)
        step("before_acknowledgement")
        await acknowledged
        return count

    def _hold_back(self, parcel: _Parcel, fate: BaseException) -> None:
        if not isinstance(fate, _ONE_LANE):
            return
        tries = self._held.get((parcel.council, parcel.lane), (0, 0.0))[0]
        seconds = _HOLD_SECONDS[min(tries, len(_HOLD_SECONDS) - 1)]
        self._held[parcel.council, parcel.lane] = (tries + 1, time.monotonic() + seconds)
        log.error("relay_holds_lane_back", service=self.service, council=parcel.council, where=parcel.lane,
                  topic=parcel.topic, position=parcel.messages[0].place, fault=type(fate).__name__)  # fmt: skip


def _requests(parcels: Iterable[_Parcel]) -> Iterator[list[_Parcel]]:
    """The parcels in their order, as many at a time as go into one request whatever partitions they are for."""
    together: list[_Parcel] = []
    size = 0
    for parcel in parcels:
        heavy = sum(len(message.value) for message in parcel.messages)
        if together and size + heavy > _REQUEST_BYTES:
            yield together
            together, size = [], 0
        together.append(parcel)
        size += heavy
    if together:
        yield together


_partition_of = DefaultPartitioner()


async def _unlock(connection: Any) -> None:
    """Let another relay work. A lost connection has let go already."""
    with suppress(*LOST):
        await connection.execute("SELECT pg_advisory_unlock_all()")


def _wire_headers(headers: str) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value.encode()) for name, value in msgspec.json.decode(headers).items())


def _microseconds(moment: datetime) -> int:
    return (moment - _1970) // timedelta(microseconds=1)


def _said(reason: BaseException) -> str:
    """The text of our own and of Kafka's errors; a database error may quote a value, so it stays a name."""
    return "" if isinstance(reason, asyncpg.PostgresError) else str(reason)
