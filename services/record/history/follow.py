"""What record does with the trails: it keeps a copy of every row and remembers how far each trail is complete.

Trails are not heard into record's own ledger: its own trail is among them, and hearing that would never end.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ledger.rows import Lane, Mark, Row
from ledger.store import Reader
from ledger.unit import PostgresReader
from services.record.history import projections
from services.record.history.projections import keep_marks, keep_rows


async def keep(
    connection: asyncpg.Connection, council: str, service: str, rows: Sequence[Row], marks: Sequence[Mark]
) -> None:
    """Keep rows already checked against their leaf and chain, and the newest mark, in the reader's transaction."""
    if rows:
        await keep_rows(connection, service, council, rows)
    if marks:
        await keep_marks(connection, service, council, marks)


async def oldest_waiting(reader: Reader) -> dict[str, datetime | None]:
    """Up to when every service's rows have been copied: a history can be asked for as at no later moment."""
    marks = await projections.marks(reader)
    return {"recorded_to_copied": min((mark.moment for mark in marks.values()), default=None)}


async def chain_at(
    connection: asyncpg.Connection, council: str, service: str, lane: Lane, position: int
) -> bytes | None:
    """The chain that a restored service's new epoch must follow, as record copied it before the restore."""
    return await projections.chain_at(PostgresReader(council, connection), service, lane, position)
