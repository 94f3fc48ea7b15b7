"""Keeps messages that name no council for an operator."""

from collections.abc import Mapping, Sequence

import asyncpg

from bus import parked
from bus.held import set_aside
from bus.offsets import Record, Save


async def park_keyless(
    pool: asyncpg.Pool, records: Sequence[Record], sources: Mapping[str, str], save: Save | None
) -> None:
    """Set records aside whose key names no council, and save the offsets with them; ``sources`` are by topic."""
    async with parked.entered(pool, parked.NO_COUNCIL) as connection:
        for record in records:
            await set_aside(connection, record, parked.NO_COUNCIL, sources[record.topic], "its key names no council")
        if save is not None:
            await save(connection)
