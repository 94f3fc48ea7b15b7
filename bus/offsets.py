"""Knows how far a member of a consumer group has read, and what keeps it from counting as read.

The offsets that count are kept in PostgreSQL, beside what was made of the messages. They never pass a message that is
missing or newer than this release, so that a restart reads from there again.
"""

import re
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from aiokafka import ConsumerRecord, TopicPartition

Record = ConsumerRecord[Any, Any]
Save = Callable[[Any], Awaitable[None]]
"""Stores the batch's next offsets through the given connection, inside the caller's transaction."""

_COUNCIL = re.compile(rb"[a-z0-9][a-z0-9_-]{0,63}")

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
        self.found = found
        self.partition = TopicPartition(record.topic, record.partition)
        self.offset = record.offset


@dataclass
class _Gap:
    """Where the first message behind a gap lies, what is missing, and the nearest of those that were left out."""

    partition: TopicPartition
    offset: int
    expected: int
    nearest: int


class Offsets:
    """The partitions of one member: the offsets saved, the messages missing, the councils left out."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._saved: dict[TopicPartition, int] = {}
        self._gaps: dict[tuple[str, str], _Gap] = {}
        self._newer: dict[str, dict[TopicPartition, int]] = {}
        self._again: dict[TopicPartition, int] = {}

    @property
    def position(self) -> int:
        """All offsets saved, taken together."""
        return sum(self._saved.values())

    def lag(self, ends: Mapping[TopicPartition, int]) -> int:
        """How many messages are still to come before these ends."""
        return sum(max(end - self._saved.get(partition, 0), 0) for partition, end in ends.items())

    def troubles(self) -> tuple[str, ...]:
        """One phrase for each council whose messages cannot go on."""
        missing = (
            f"council {council} waits for message {gap.expected} of {source}"
            for (council, source), gap in self._gaps.items()
        )
        return (*missing, *(f"council {council} sent what is newer than this release" for council in self._newer))

    def found(self, gap: GapFound) -> None:
        """A message is missing."""
        self._gaps[gap.council, gap.source] = _Gap(gap.partition, gap.offset, gap.expected, gap.found)

    def holds(self, council: str, source: str, expected: int, found: int) -> bool:
        """Whether this very gap was found before, and reading from the beginning did not fill it."""
        gap = self._gaps.get((council, source))
        if gap is None or gap.expected != expected:
            return False
        gap.nearest = min(gap.nearest, found)
        return True

    def came(self, council: str, source: str, sequence: int, dropped: Container[tuple[str, int, int]] = ()) -> None:
        """A message has come in its turn. Where it fills a gap, what was left out behind that is read again.

        A gap behind which only messages from far ahead stand moves on with it, until one of them is the next, or an
        operator has ``dropped`` the first of them.
        """
        gap = self._gaps.get((council, source))
        if gap is None:
            return
        if gap.nearest > sequence + 1 and (gap.partition.topic, gap.partition.partition, gap.offset) not in dropped:
            gap.expected = sequence + 1
            return
        del self._gaps[council, source]
        self._again[gap.partition] = min(self._again.get(gap.partition, gap.offset), gap.offset)

    def again(self) -> Mapping[TopicPartition, int]:
        """Where to read again because a gap was closed; asked once, after the batch that closed it is stored."""
        where, self._again = self._again, {}
        return where

    def leaves_out(self, council: str | None) -> bool:
        """Whether a council waits for a newer release."""
        return council in self._newer

    def leave_out(self, council: str, records: Iterable[Record]) -> None:
        """Remember where a council's messages begin that wait for a newer release."""
        first = self._newer.setdefault(council, {})
        for record in records:
            first.setdefault(TopicPartition(record.topic, record.partition), record.offset)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These partitions are no longer ours, or begin anew: nothing that was found in them counts.

        A council's key leads to the same partition of every topic: its first messages are read again together.
        """
        these = set(partitions)
        for partition in these:
            self._saved.pop(partition, None)
            self._again.pop(partition, None)
        self._gaps = {key: gap for key, gap in self._gaps.items() if gap.partition not in these}
        self._newer = {council: first for council, first in self._newer.items() if not these & first.keys()}

    async def load(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where to read on in partitions just assigned."""
        async with self._pool.acquire(timeout=2) as connection:
            # every council: offsets belong to partitions, which hold many.
            found = await connection.fetch(_SAVED, sorted({partition.topic for partition in partitions}))
        saved = {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in found}
        begin = {partition: saved.get(partition, 0) for partition in partitions}
        self._saved.update(begin)
        return begin

    def saving(self, after: Mapping[TopicPartition, int]) -> Save:
        """What stores a batch's next offsets."""

        async def save(connection: Any) -> None:
            pinned = self._pinned(after)
            await connection.executemany(_SAVE, [(tp.topic, tp.partition, offset) for tp, offset in pinned.items()])

        return save

    async def save_alone(self, after: Mapping[TopicPartition, int]) -> None:
        """Store the offsets of a batch whose last council is left out: no transaction of its own holds them."""
        async with self._pool.acquire(timeout=2) as connection:
            await self.saving(after)(connection)
        self.saved(after)

    def saved(self, after: Mapping[TopicPartition, int]) -> None:
        """A batch's next offsets are stored."""
        self._saved.update(self._pinned(after))

    def _pinned(self, after: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """The next offsets, kept from passing a gap, what was left out behind one, or what is too new."""
        pinned = dict(after)
        kept = [(gap.partition, gap.offset) for gap in self._gaps.values()] + list(self._again.items())
        kept += [place for first in self._newer.values() for place in first.items()]
        for partition, offset in kept:
            if partition in pinned:
                pinned[partition] = min(pinned[partition], offset)
        return pinned


def council_of(record: Record) -> str | None:
    """The Kafka key, which is the council; None when it is missing or cannot be one."""
    key = record.key or b""
    return key.decode() if _COUNCIL.fullmatch(key) else None


def next_offsets(records: Iterable[Record]) -> dict[TopicPartition, int]:
    """Where to read on after these records."""
    after: dict[TopicPartition, int] = {}
    for record in records:
        partition = TopicPartition(record.topic, record.partition)
        after[partition] = max(after.get(partition, 0), record.offset + 1)
    return after
