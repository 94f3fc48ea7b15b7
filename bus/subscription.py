"""Reads topics in batches so that nothing is lost: own offsets, raw bytes, and a rewind on every way out but success.

FastStream acknowledges before handling by default and moves on when a handler raises (TRAPS, "FastStream and aiokafka"
1-3 and 12). So the subscription is a batch with manual acknowledgement and a parser of our own; the offsets that count
are kept in PostgreSQL and sought on assignment; Kafka's are committed for dashboards only.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import asyncpg
import structlog
from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError
from faststream.kafka.message import KafkaAckableMessage
from faststream.middlewares import AckPolicy

from bus.access import KafkaAccess
from bus.coverage import Coverage
from bus.watchdog import Reading
from ledger.store import Busy, NewerThanMe

log = structlog.get_logger(__name__)

Record = ConsumerRecord[Any, Any]
Save = Callable[[Any], Awaitable[None]]
"""Stores the batch's next offsets through the given connection, inside the caller's transaction."""

Handle = Callable[[str | None, Sequence[Record], Save | None], Awaitable[None]]
"""Handles one council's records of a batch in one transaction; with a Save, the offsets too."""

MAX_RECORDS = 2000

SESSION_MS = 6_000
"""How long a member may say nothing before its partitions are given to others; the least that brokers allow."""

_COUNCIL = re.compile(rb"[a-z0-9][a-z0-9_-]{0,63}")
_POLL_MS = 50
_WAITS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

_SAVED = "SELECT topic, partition, next_offset FROM bus.consumer_offset WHERE topic = ANY($1)"
_SAVE = """
    INSERT INTO bus.consumer_offset (topic, partition, next_offset) VALUES ($1, $2, $3)
    ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset
"""


class GapFound(Exception):
    """An event is missing before this one: the partition is read again from its beginning, and nothing is skipped."""

    def __init__(self, council: str, source: str, expected: int, found: int, record: Record) -> None:
        super().__init__(f"Council {council} waits for {expected} of {source}, and {found} came.")
        self.council = council
        self.source = source
        self.expected = expected
        self.partition = TopicPartition(record.topic, record.partition)
        self.offset = record.offset


def is_infrastructure(problem: BaseException) -> bool:
    """Whether a database or broker was away or too busy: then the event is blameless and is simply tried again.

    asyncpg's complaint about an argument it cannot send is an InterfaceError and a ValueError: that is the event.
    """
    if isinstance(problem, asyncpg.InterfaceError):
        return not isinstance(problem, ValueError)
    return isinstance(
        problem,
        (
            Busy,
            OSError,
            KafkaError,
            asyncpg.InternalClientError,
            asyncpg.PostgresConnectionError,
            asyncpg.InsufficientResourcesError,
            asyncpg.OperatorInterventionError,
            asyncpg.TransactionRollbackError,
            # A lock that is not to be had, or a database that takes no connections.
            asyncpg.ObjectNotInPrerequisiteStateError,
            asyncpg.IdleInTransactionSessionTimeoutError,
        ),
    )


class Subscription:
    """One member of a consumer group on some topics, handing each batch to ``handle`` council by council.

    ``instance`` names the member for good (static membership), so that a restart causes no rebalance: its partitions
    wait for it as long as a session lasts. Without a name a member leaves when it stops, and the others share anew.
    """

    def __init__(
        self,
        access: KafkaAccess,
        topics: Sequence[str],
        handle: Handle,
        *,
        pool: asyncpg.Pool,
        group: str,
        instance: str = "",
    ) -> None:
        self._access = access
        self._topics = tuple(topics)
        self._handle = handle
        self._pool = pool
        self._group = group
        self._saved: dict[TopicPartition, int] = {}
        self._holes: dict[tuple[str, str], GapFound] = {}
        self._newer: dict[str, dict[TopicPartition, int]] = {}
        self._failures = 0
        self._trouble = ""
        self._stopping = asyncio.Event()
        self._coverage = Coverage(access, group)
        self._broker = access.broker()
        self._subscriber = self._broker.subscriber(
            *topics,
            batch=True,
            group_id=group,
            group_instance_id=instance or None,
            # The same partitions of every topic to the same member: it hears all that there is of a council.
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=SESSION_MS // 3,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            max_records=MAX_RECORDS,
            batch_timeout_ms=_POLL_MS,
            max_partition_fetch_bytes=4 * 1024 * 1024,
            listener=_Listener(self),
            parser=self._parse,
            decoder=_as_it_came,
            no_reply=True,
        )
        self._subscriber(self._take)

    async def run(self) -> None:
        """Read until cancelled. Raises WrongPassword or BrokerUnreachable when Kafka cannot be reached at the start."""
        self._stopping.clear()
        try:
            try:
                await self._broker.start()
            except KafkaError as problem:
                raise await self._access.explain(problem) from problem
            await self._stopping.wait()
        finally:
            self._stopping.set()
            await self._broker.stop()
            await self._coverage.close()

    async def reading(self) -> Reading:
        """Offsets saved so far and messages still to come on the partitions assigned; unknown while Kafka is away.

        A member without a partition has nothing to do, as long as the others have all of them.
        """
        consumer = self._subscriber.consumer
        position = sum(self._saved.values())
        troubles = tuple(
            f"council {hole.council} waits for message {hole.expected} of {hole.source}"
            for hole in self._holes.values()
        )
        troubles += tuple(f"council {council} sent what is newer than this release" for council in self._newer)
        troubles += (self._trouble,) if self._trouble else ()
        if consumer is None:
            return Reading(position, None, troubles)
        assigned = consumer.assignment()
        subscribed = {topic: consumer.partitions_for_topic(topic) for topic in self._topics}
        try:
            unread, whole = await self._coverage.look(subscribed, assigned)
            ends = await asyncio.wait_for(consumer.end_offsets(list(assigned)), 5) if assigned else {}
        except (KafkaError, OSError):
            return Reading(position, None, troubles)
        lag = sum(max(end - self._saved.get(tp, 0), 0) for tp, end in ends.items())
        return Reading(position, lag if assigned or whole else None, (*troubles, *unread))

    def holds(self, council: str, source: str, expected: int) -> bool:
        """Whether this very gap was found before, and reading from the beginning did not fill it.

        Then the caller leaves out what comes behind the gap, and others go on; the saved offset stays before it.
        """
        hole = self._holes.get((council, source))
        return hole is not None and hole.expected == expected

    def closed(self, council: str, source: str) -> None:
        """The missing event has come after all."""
        self._holes.pop((council, source), None)

    async def seek(self, assigned: Iterable[TopicPartition]) -> None:
        """Go to the saved offsets of partitions just assigned; tries until the database answers."""
        partitions = set(assigned)
        for key in [key for key, hole in self._holes.items() if hole.partition in partitions]:
            del self._holes[key]
        # A council's key leads to the same partition of every topic: its first messages are read again together.
        for council in [council for council, theirs in self._newer.items() if partitions & theirs.keys()]:
            del self._newer[council]
        tries = 0
        while partitions and not self._stopping.is_set():
            try:
                async with self._pool.acquire(timeout=2) as connection:
                    # every council: offsets belong to partitions, which hold many.
                    found = await connection.fetch(_SAVED, sorted({partition.topic for partition in partitions}))
            except Exception as problem:
                if not is_infrastructure(problem):
                    raise
                await self._pause(problem, tries)
                tries += 1
                continue
            saved = {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in found}
            for partition in partitions:
                self._saved[partition] = saved.get(partition, 0)
                self._seek_one(partition, self._saved[partition])
            return

    def forget(self, revoked: Iterable[TopicPartition]) -> None:
        """Partitions that are no longer ours count no more."""
        for partition in revoked:
            self._saved.pop(partition, None)

    async def _parse(self, records: Sequence[Record]) -> KafkaAckableMessage:
        """The records as they came. The library's parser decodes headers, and loses the whole batch if one will not."""
        consumer = self._subscriber.consumer
        assert consumer is not None  # It read these records.
        return KafkaAckableMessage(
            body=b"", raw_message=tuple(records), consumer=consumer, message_id="", correlation_id=self._group
        )

    async def _take(self, message: Any) -> None:
        records: tuple[Record, ...] = message.raw_message
        try:
            problem = await self._handle_all(records)
        except asyncio.CancelledError:
            self._rewind(records)
            raise
        if problem is None:
            self._failures, self._trouble = 0, ""
            try:
                await message.ack()
            except (KafkaError, IllegalStateError) as commit:
                log.debug("commit_left_out", service=self._group, fault=type(commit).__name__)
            return
        if isinstance(problem, GapFound):
            log.error("gap_found", service=self._group, council=problem.council, reason=str(problem))
            self._holes[problem.council, problem.source] = problem
            self._rewind(records)
            self._seek_one(problem.partition, 0)
            return
        if not is_infrastructure(problem):
            self._trouble = f"the consumer itself failed with {type(problem).__name__}"
        await self._pause(problem, self._failures)
        self._failures += 1
        self._rewind(records)

    async def _handle_all(self, records: Sequence[Record]) -> Exception | None:
        """Every council of a batch; what one council runs into stops neither the others nor is it forgotten.

        A council that sent what is newer than this release waits for another process: its messages are left out from
        there on, and the saved offsets stay before them.
        """
        councils: dict[str | None, list[Record]] = {}
        for record in records:
            councils.setdefault(council_of(record), []).append(record)
        delayed: Exception | None = None
        unsaved = True
        offsets = _next_offsets(records)
        for left, (council, theirs) in zip(range(len(councils) - 1, -1, -1), councils.items(), strict=True):
            save = self._saving(offsets) if left == 0 and delayed is None else None
            if council in self._newer:
                self._leave_out(council, theirs)
                continue
            try:
                await self._handle(council, theirs, save)
                unsaved = save is None
            except Exception as problem:
                if is_infrastructure(problem):
                    return problem
                if isinstance(problem, NewerThanMe) and council is not None:
                    log.error("newer_than_this_release", service=self._group, council=council)
                    self._leave_out(council, theirs)
                    continue
                # A gap can be mended at once by reading again; the rest can only be waited for.
                delayed = delayed if isinstance(delayed, GapFound) else problem
        if delayed is None:
            if unsaved:
                return await self._save_alone(offsets)
            self._saved.update(self._pinned(offsets))
        return delayed

    def _leave_out(self, council: str, records: Sequence[Record]) -> None:
        """Remember where a council's messages begin that wait for a newer release."""
        first = self._newer.setdefault(council, {})
        for record in records:
            first.setdefault(TopicPartition(record.topic, record.partition), record.offset)

    async def _save_alone(self, offsets: Mapping[TopicPartition, int]) -> Exception | None:
        """Store the offsets of a batch whose last council is left out: no transaction of its own holds them."""
        try:
            async with self._pool.acquire(timeout=2) as connection:
                await self._saving(offsets)(connection)
        except Exception as problem:
            return problem
        self._saved.update(self._pinned(offsets))
        return None

    def _saving(self, offsets: Mapping[TopicPartition, int]) -> Save:
        async def save(connection: Any) -> None:
            pinned = self._pinned(offsets)
            await connection.executemany(_SAVE, [(tp.topic, tp.partition, offset) for tp, offset in pinned.items()])

        return save

    def _pinned(self, offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """The next offsets, kept from passing a hole or what is too new: a restart reads from there again."""
        pinned = dict(offsets)
        kept = [(hole.partition, hole.offset) for hole in self._holes.values()]
        kept += [place for theirs in self._newer.values() for place in theirs.items()]
        for partition, offset in kept:
            if partition in pinned:
                pinned[partition] = min(pinned[partition], offset)
        return pinned

    async def _pause(self, problem: Exception, tries: int) -> None:
        seconds = _WAITS[min(tries, len(_WAITS) - 1)]
        # A database error may quote a value: its text stays out of the log.
        log.warning("consumer_waits", service=self._group, fault=type(problem).__name__)
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    def _rewind(self, records: Sequence[Record]) -> None:
        """Back to the first record of each partition of the batch, unless the partition was taken from us meanwhile."""
        first: dict[TopicPartition, int] = {}
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            first[partition] = min(first.get(partition, record.offset), record.offset)
        for partition, offset in first.items():
            self._seek_one(partition, offset)

    def _seek_one(self, partition: TopicPartition, offset: int) -> None:
        consumer = self._subscriber.consumer
        if consumer is not None and partition in consumer.assignment():
            consumer.seek(partition, offset)


class _Listener(ConsumerRebalanceListener):
    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription

    # aiokafka awaits what these two return, and its types forget to say so.

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: Iterable[TopicPartition]
    ) -> None:
        self._subscription.forget(revoked)

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, assigned: Iterable[TopicPartition]
    ) -> None:
        await self._subscription.seek(assigned)


async def _as_it_came(message: Any) -> Any:
    return message


def council_of(record: Record) -> str | None:
    """The Kafka key, which is the council; None when it is missing or cannot be one."""
    key = record.key or b""
    return key.decode() if _COUNCIL.fullmatch(key) else None


def _next_offsets(records: Sequence[Record]) -> dict[TopicPartition, int]:
    after: dict[TopicPartition, int] = {}
    for record in records:
        partition = TopicPartition(record.topic, record.partition)
        after[partition] = max(after.get(partition, 0), record.offset + 1)
    return after
