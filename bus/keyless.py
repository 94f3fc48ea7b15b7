"""Keeps messages that name no council for an operator: no council can be stopped for them."""

from collections.abc import Mapping, Sequence

import asyncpg

from bus import parked
from bus.offsets import Record, Save


async def park_keyless(
    pool: asyncpg.Pool, records: Sequence[Record], sources: Mapping[str, str], save: Save | None
) -> None:
    """Park records whose key names no council, and save the offsets with them; ``sources`` are by topic."""
    async with parked.entered(pool, parked.NO_COUNCIL) as connection:
        for record in records:
            await parked.park(
                connection, record, council=parked.NO_COUNCIL, source=sources[record.topic],
                subject=parked.nameless(record), state=parked.FAILED, reason="its key names no council",
            )  # fmt: skip
        if save is not None:
            await save(connection)
