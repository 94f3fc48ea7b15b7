"""A subscriber as another system would write it: one council's credential, every decision, once, in order."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from bus.access import KafkaAccess


@dataclass(frozen=True)
class Decision:
    """One thin decision event, as its council's topic holds it."""

    sequence: int
    event: dict[str, Any]


async def decisions(access: KafkaAccess, council: str, *, group: str, after: int = 0) -> AsyncIterator[Decision]:
    """Every decision event of a council after a sequence, waiting for more at the end.

    The topic may repeat an event after a crash of ours; its dense sequence says so, and the repetition is left out.
    Raises aiokafka.errors.TopicAuthorizationFailedError when the credential is another council's.
    """
    consumer = access.reader(
        f"council.{council}.decisions", group_id=group, auto_offset_reset="earliest", enable_auto_commit=False
    )
    try:
        await consumer.start()
        async for message in consumer:
            event = json.loads(message.value or b"{}")
            if event["sequence"] > after:
                after = event["sequence"]
                yield Decision(after, event)
    finally:
        await consumer.stop()
