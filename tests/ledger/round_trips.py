"""Counts what a database is asked: each statement of a pool's connections is one way there and back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

_OF_THE_DRIVER = ("typeinfo_tree", "current_setting('jit')")
"""What the driver asks once on every connection, to know the types."""


@asynccontextmanager
async def counted(pool: asyncpg.Pool) -> AsyncIterator[list[str]]:
    """The statements that are sent through a pool while this is open. No connection of it may be in use before."""
    asked: list[str] = []

    def note(query: Any) -> None:
        if not any(own in query.query for own in _OF_THE_DRIVER):
            asked.append(query.query)

    connections: list[Any] = [await pool.acquire() for _ in range(pool.get_max_size())]
    for connection in connections:
        connection.add_query_logger(note)
        await pool.release(connection)
    yield asked
    for connection in [await pool.acquire() for _ in range(pool.get_max_size())]:
        connection.remove_query_logger(note)
        await pool.release(connection)
