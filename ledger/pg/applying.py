"""Writes on PostgreSQL what projections asked for, many rows at a time."""

from collections.abc import Iterable
from typing import Any

import asyncpg

from ledger.changes import Batch, Change, Pending, Write, batches, text

AT_ONCE = 50
"""How many rows one INSERT writes. More save little, and their text would no longer be kept prepared."""

_WIDEST = 32_767 // AT_ONCE
_ALL_COLUMNS = """
    SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


async def run_changes(connection: asyncpg.Connection, council: str, changes: Iterable[Change]) -> None:
    """Write what projections asked for; each row once, and statements with the same text together."""
    merged = Pending(changes).take()
    replaced = {one.table.name for one in merged if isinstance(one, Write) and one.kind == "replace"}
    columns = {name: await _columns(connection, name) for name in sorted(replaced)}
    for batch in batches(merged, columns):
        await _run(connection, council, batch)


async def _columns(connection: asyncpg.Connection, table: str) -> tuple[str, ...]:
    found: Any = await connection.fetchval(_ALL_COLUMNS, table)
    return tuple(found)


async def _run(connection: asyncpg.Connection, council: str, batch: Batch) -> None:
    arguments, shape = batch.args, batch.shape
    if shape is not None and len(arguments) >= AT_ONCE and shape.width < _WIDEST:
        whole = len(arguments) // AT_ONCE * AT_ONCE
        several = [
            (council, *(value for args in arguments[first : first + AT_ONCE] for value in args))
            for first in range(0, whole, AT_ONCE)
        ]
        await connection.executemany(text(shape, AT_ONCE), several)
        arguments = arguments[whole:]
    if len(arguments) == 1:
        await connection.execute(batch.sql, council, *arguments[0])
    elif arguments:
        await connection.executemany(batch.sql, [(council, *args) for args in arguments])
