"""Reads topics in batches so that nothing is lost: own offsets, raw bytes, and a rewind on every way out but success.

FastStream acknowledges before handling by default and moves on when a handler raises (TRAPS, "FastStream and aiokafka"
1-3 and 12). So the subscription is a batch with manual acknowledgement and a parser of our own; the offsets that count
are kept in PostgreSQL and sought on assignment; Kafka's are committed for dashboards only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Container, Iterable, Sequence
from typing import Any

import asyncpg
import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError
from faststream.kafka.message import KafkaAckableMessage
from faststream.middlewares import AckPolicy

from bus.access import KafkaAccess
from bus.coverage import Coverage
from bus.failures import is_infrastructure
from bus.offsets import GapFound, Offsets, Record, Save, council_of, next_offsets
from bus.watchdog import Reading
from ledger.store import NewerThanMe

log = structlog.get_logger(__name__)

Handle = Callable[[str | None, Sequence[Record], Save | None], Awaitable[None]]
"""Handles one council's records of a batch in one transaction; with a Save, the offsets too."""

MAX_RECORDS = 2000

SESSION_MS = 6_000
"""How long a member may say nothing before its partitions are given to others; the least that brokers allow."""

_POLL_MS = 50
_WAITS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


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
        self._group = group
        self._offsets = Offsets(pool)
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
        position = self._offsets.position
        troubles = (*self._offsets.troubles(), *((self._trouble,) if self._trouble else ()))
        if consumer is None:
            return Reading(position, None, troubles)
        assigned = consumer.assignment()
        subscribed = {topic: consumer.partitions_for_topic(topic) for topic in self._topics}
        try:
            unread, whole = await self._coverage.look(subscribed, assigned)
            ends = await asyncio.wait_for(consumer.end_offsets(list(assigned)), 5) if assigned else {}
        except (KafkaError, OSError):
            return Reading(position, None, troubles)
        lag = self._offsets.lag(ends)
        return Reading(position, lag if assigned or whole else None, (*troubles, *unread))

    def holds(self, council: str, source: str, expected: int, found: int) -> bool:
        """Whether this very gap was found before, and reading from the beginning did not fill it.

        Then the caller leaves out what comes behind the gap, and others go on; the saved offset stays before it.
        """
        return self._offsets.holds(council, source, expected, found)

    def came(self, council: str, source: str, sequence: int, dropped: Container[tuple[str, int, int]] = ()) -> None:
        """A message has come in its turn, and may fill a gap."""
        self._offsets.came(council, source, sequence, dropped)

    async def seek(self, assigned: Iterable[TopicPartition]) -> None:
        """Go to the saved offsets of partitions just assigned; tries until the database answers."""
        partitions = list(assigned)
        self._offsets.forget(partitions)
        tries = 0
        while partitions and not self._stopping.is_set():
            try:
                for partition, offset in (await self._offsets.load(partitions)).items():
                    self._seek_one(partition, offset)
                return
            except Exception as problem:
                if not is_infrastructure(problem):
                    raise
                await self._pause(problem, tries)
                tries += 1

    def forget(self, revoked: Iterable[TopicPartition]) -> None:
        """Partitions that are no longer ours count no more."""
        self._offsets.forget(revoked)

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
            for partition, offset in self._offsets.again().items():
                self._seek_one(partition, offset)
            return
        if isinstance(problem, GapFound):
            log.error("gap_found", service=self._group, council=problem.council, reason=str(problem))
            self._offsets.found(problem)
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
        offsets = next_offsets(records)
        for left, (council, theirs) in zip(range(len(councils) - 1, -1, -1), councils.items(), strict=True):
            save = self._offsets.saving(offsets) if left == 0 and delayed is None else None
            if council is not None and self._offsets.leaves_out(council):
                self._offsets.leave_out(council, theirs)
                continue
            try:
                await self._handle(council, theirs, save)
                unsaved = save is None
            except Exception as problem:
                if is_infrastructure(problem):
                    return problem
                if isinstance(problem, NewerThanMe) and council is not None:
                    log.error("newer_than_this_release", service=self._group, council=council)
                    self._offsets.leave_out(council, theirs)
                    continue
                # A gap can be mended at once by reading again; the rest can only be waited for.
                delayed = delayed if isinstance(delayed, GapFound) else problem
        if delayed is None and unsaved:
            try:
                await self._offsets.save_alone(offsets)
            except Exception as problem:
                return problem
        elif delayed is None:
            self._offsets.saved(offsets)
        return delayed

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
