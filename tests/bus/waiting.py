"""What tests of the consumer wait for."""

from collections.abc import Awaitable, Callable
from typing import Any

from bus import parked
from tests.bus.conftest import Service, Stage
from tests.bus.toy import SWINDON


def heard(panel: Service, *numbers: int, council: str = SWINDON) -> Callable[[], Awaitable[bool]]:
    """Holds once exactly these notes are heard, in this order."""

    async def holds() -> bool:
        return await panel.numbers(council) == list(numbers)

    return holds


def read_up_to(panel: Service, stage: Stage, offset: int, topic: str = "intake.events", partition: int = 0):
    """Holds once everything before an offset is dealt with."""

    async def holds() -> bool:
        sql = "SELECT next_offset FROM bus.consumer_offset WHERE topic = $1 AND partition = $2"
        return (await panel.pool.fetchval(sql, f"{stage.prefix}{topic}", partition) or 0) >= offset

    return holds


def states(panel: Service, *wanted: str) -> Callable[[], Awaitable[Any]]:
    """Holds once the parked messages are in exactly these states, in order; gives the messages."""

    async def holds() -> Any:
        found = await parked.list_parked(panel.pool, dropped=True)
        return found or [None] if [one.state for one in found] == list(wanted) else None

    return holds


async def troubles(consumer) -> tuple[str, ...]:
    return (await consumer.reading()).troubles
