"""What record does with the trails: it keeps a copy of every row and remembers how far each trail is complete.

Trails are not heard into record's own ledger: its own trail is among them, and hearing that would never end.
"""

from collections.abc import Sequence

import asyncpg

from ledger.book import Encoding
from ledger.pg.transaction import PostgresReader
from ledger.rows import BOOK, Lane, Mark, Row
from services.record.history import read
from services.record.history.decoding import SERVICES, names_application
from services.record.history.read import Place


async def keep(
    own: Encoding,
    connection: asyncpg.Connection,
    council: str,
    service: str,
    rows: Sequence[Row],
    marks: Sequence[Mark],
) -> None:
    """Keep rows already checked against their leaf and chain, and the newest mark, in the reader's transaction.

    ``own`` reads record's own rows.
    """
    if rows:
        await read.keep_rows(connection, service, council, rows)
        await name(own, connection, council, service, rows)
    if marks:
        await read.keep_marks(connection, service, council, marks)


async def name(own: Encoding, connection: read.Connection, council: str, service: str, rows: Sequence[Row]) -> None:
    """Note which applications copied rows speak of."""
    named = [
        (row, application)
        for row in rows
        if row.lane == BOOK and (application := names_application(service, row, own)) is not None
    ]
    await read.name_rows(connection, service, council, named)


async def name_again(own: Encoding, connection: asyncpg.Connection, council: str) -> int:
    """Fold the index of applications of one council anew from record's copies; returns the rows read."""
    reader, folded = PostgresReader(council, connection), 0
    await read.enter(connection, council)
    await read.forget_names(connection, council)
    for service in SERVICES:
        after: Place | None = None
        while rows := await read.copied_rows(reader, service, BOOK, after):
            await name(own, connection, council, service, rows)
            after = Place(rows[-1].epoch, rows[-1].position)
            folded += len(rows)
    return folded


async def chain_at(
    connection: asyncpg.Connection, council: str, service: str, lane: Lane, position: int
) -> bytes | None:
    """The chain that a restored service's new epoch must follow, as record copied it before the restore."""
    return await read.chain_at(PostgresReader(council, connection), service, lane, position)
