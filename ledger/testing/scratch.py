"""Shows that tampering is found: copies a council's rows aside, alters one byte there, and verifies the copy."""

from dataclasses import fields

import asyncpg

from ledger.proof.verify import Broken, Verification
from ledger.rows import BOOK, Head, Lane, Row

_COLUMNS = ", ".join(field.name for field in fields(Row))


async def find_altered_byte(connection: asyncpg.Connection, council: str, position: int, lane: Lane = BOOK) -> Broken:
    """Alter one byte of the payload at ``position`` in a temporary copy, and return what verification says of it.

    The ledger itself is only read; the copy is gone when the connection closes. Raises ValueError when verification
    finds nothing, which would be a defect of ours.
    """
    await connection.execute(
        f"CREATE TEMP TABLE scratch AS SELECT {_COLUMNS} FROM ledger.row WHERE council = $1 AND lane = $2",
        council,
        lane,
    )
    await connection.execute(
        "UPDATE scratch SET payload = set_byte(payload, 0, get_byte(payload, 0) # 1)"
        " WHERE council = $1 AND position = $2",
        council,
        position,
    )
    found = await connection.fetch(f"SELECT {_COLUMNS} FROM scratch WHERE council = $1 ORDER BY position", council)
    rows = [Row(*row) for row in found]
    verification = Verification(council, lane)
    try:
        for row in rows:
            verification.take(row)
        last = rows[-1]
        verification.end(Head(council, lane, last.epoch, last.position, last.recorded_at, last.chain))
    except Broken as broken:
        return broken
    raise ValueError("an altered byte was not found")
