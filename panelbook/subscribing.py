"""A subscriber as another system would write it: one council's credential, every decision, once, in order."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import KafkaConnectionError

from bus.access import KafkaAccess


@dataclass(frozen=True)
class Decision:
    """One thin decision event, as its council's topic holds it, and its place there."""

    epoch: int
    sequence: int
    event: dict[str, Any]


async def decisions(
    access: KafkaAccess, council: str, *, group: str, after: tuple[int, int] = (0, 0)
) -> AsyncGenerator[Decision, None]:
    """Every decision event of a council after an epoch and sequence, waiting for more at the end.

    The topic may repeat an event after a crash of ours; its dense sequence says so, and the repetition is left out. A
    higher epoch (a database was restored) begins a new count wherever its first event says.
    Raises aiokafka.errors.TopicAuthorizationFailedError when the credential is another council's, WrongPassword or
    BrokerUnreachable when there is no way in.
    """
    consumer = access.reader(
        f"council.{council}.decisions", group_id=group, auto_offset_reset="earliest", enable_auto_commit=False
    )
    try:
        try:
            await consumer.start()
        except KafkaConnectionError as problem:
            raise await access.explain(problem) from problem
        async for message in consumer:
            event = json.loads(message.value or b"{}")
            place = (event["epoch"], event["sequence"])
            if place > after:
                after = place
                yield Decision(*place, event)
    finally:
        await consumer.stop()
