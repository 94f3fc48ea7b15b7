"""Tells whether every partition of the topics that a service hears is read by one of its workers."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import KafkaError

from bus.access import KafkaAccess

UNREAD_SECONDS = 10.0
"""How long a partition may be nobody's: after a death its session ends and the group shares out anew."""

_ANSWER_SECONDS = 5.0


class Coverage:
    """Compares what one consumer group subscribes to with what its members have been assigned."""

    def __init__(self, access: KafkaAccess, group: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._access = access
        self._group = group
        self._monotonic = monotonic
        self._admin: AIOKafkaAdminClient | None = None
        self._unread_since: dict[str, float] = {}

    async def look(
        self, subscribed: Mapping[str, Iterable[int] | None], own: Iterable[TopicPartition]
    ) -> tuple[Sequence[str], bool]:
        """What has been nobody's for too long, one phrase each; and whether nothing is nobody's just now.

        ``subscribed`` gives each topic's partitions, None for a topic that the brokers do not have. The group is asked
        only when ``own`` is not everything. Raises KafkaError and OSError when it cannot be asked.
        """
        read = set(own)
        wanted = {TopicPartition(topic, one) for topic, partitions in subscribed.items() for one in partitions or ()}
        if wanted - read:
            read |= await self._assigned()
        unread: dict[str, set[int]] = {topic: set() for topic, partitions in subscribed.items() if not partitions}
        for topic, partition in wanted - read:
            unread.setdefault(topic, set()).add(partition)
        now = self._monotonic()
        self._unread_since = {topic: self._unread_since.get(topic, now) for topic in unread}
        late = {topic: unread[topic] for topic, since in self._unread_since.items() if now - since >= UNREAD_SECONDS}
        return [_phrase(topic, partitions) for topic, partitions in sorted(late.items())], not unread

    async def close(self) -> None:
        """Let go of the connection to the brokers."""
        admin, self._admin = self._admin, None
        if admin is not None:
            await admin.close()

    async def _assigned(self) -> set[TopicPartition]:
        """What the group's members have between them; nothing while they share out anew."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                if self._admin is None:
                    self._admin = AIOKafkaAdminClient(**self._access.client_settings())
                    await self._admin.start()
                found: Any = await self._admin.describe_consumer_groups([self._group])
        except (KafkaError, OSError):
            with suppress(KafkaError, OSError):
                await self.close()
            raise
        members = [member for answer in found for group in answer.groups for member in group[5]]
        return {
            partition
            for *_, assignment in members
            if assignment
            for partition in ConsumerProtocolMemberAssignment.decode(assignment).partitions()
        }


def _phrase(topic: str, partitions: Iterable[int]) -> str:
    numbers = ", ".join(str(one) for one in sorted(partitions))
    return f"no worker reads partitions {numbers} of {topic}" if numbers else f"there is no topic {topic}"
