"""Keeps what somebody is writing before it becomes an event: every save a version, sealed, and never a ledger row."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from ledger.decider import Private
from ledger.pg.commit import Connection, council_transaction
from ledger.pg.ledger import WAIT_SECONDS
from ledger.store import StaleVersion

KEPT_VERSIONS = 100
"""Saves kept of one field; older ones make room, as typing goes on."""


@dataclass(frozen=True)
class Draft:
    """One save of a field of a stream's form. ``text`` is sealed for that stream and field; None once it is cleared."""

    stream: str
    field: str
    version: int
    text: Private | None
    saved_by: str
    saved_at: datetime
    command_id: UUID


class Drafts:
    """The drafts in a service's own database, under the row-level security of their council."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def versions(self, council: str, stream: str, field: str) -> list[Draft]:
        """Every save that is kept of a field, oldest first; the newest may be cleared."""
        async with self._transaction(council) as connection:
            found = await connection.fetch(
                "SELECT version, person, box, saved_by, saved_at, command_id FROM kept.draft"
                " WHERE council = $1 AND stream = $2 AND field = $3 ORDER BY version",
                council,
                stream,
                field,
            )
        return [_draft(stream, field, row) for row in found]

    async def version(self, council: str, stream: str, field: str, version: int | None = None) -> Draft | None:
        """One save of a field, the newest when none is named; None where there is none."""
        async with self._transaction(council) as connection:
            found = await connection.fetchrow(
                "SELECT version, person, box, saved_by, saved_at, command_id FROM kept.draft"
                " WHERE council = $1 AND stream = $2 AND field = $3 AND ($4::integer IS NULL OR version = $4)"
                " ORDER BY version DESC LIMIT 1",
                council,
                stream,
                field,
                version,
            )
        return None if found is None else _draft(stream, field, found)

    async def save(self, council: str, draft: Draft) -> None:
        """Keep a save. Raises StaleVersion when that version, or a later one, is there already."""
        assert draft.text is not None, "what is saved has a text"
        async with self._transaction(council) as connection:
            saved = await connection.fetchval(
                "INSERT INTO kept.draft (council, stream, field, version, person, box, saved_by, saved_at, command_id)"
                " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9"
                " WHERE NOT EXISTS (SELECT FROM kept.draft"
                "                   WHERE council = $1 AND stream = $2 AND field = $3 AND version > $4)"
                " ON CONFLICT DO NOTHING RETURNING true",
                council,
                draft.stream,
                draft.field,
                draft.version,
                draft.text.person,
                draft.text.box,
                draft.saved_by,
                draft.saved_at,
                draft.command_id,
            )
            if not saved:
                raise StaleVersion("Somebody has saved this draft meanwhile.")
            await connection.execute(
                "DELETE FROM kept.draft WHERE council = $1 AND stream = $2 AND field = $3 AND version <= $4",
                council,
                draft.stream,
                draft.field,
                draft.version - KEPT_VERSIONS,
            )

    async def clear(self, council: str, streams: Sequence[str]) -> int:
        """Take the text out of every draft of these streams; how many saves. The numbers go on from where they were."""
        async with self._transaction(council) as connection:
            gone = await connection.fetch(
                "DELETE FROM kept.draft d WHERE d.council = $1 AND d.stream = ANY($2) AND EXISTS ("
                " SELECT FROM kept.draft n WHERE n.council = d.council AND n.stream = d.stream AND n.field = d.field"
                " AND n.version > d.version) RETURNING 1",
                council,
                list(streams),
            )
            emptied = await connection.fetch(
                "UPDATE kept.draft SET box = NULL WHERE council = $1 AND stream = ANY($2) AND box IS NOT NULL"
                " RETURNING 1",
                council,
                list(streams),
            )
        return len(gone) + len(emptied)

    def _transaction(self, council: str) -> AbstractAsyncContextManager[Connection]:
        return council_transaction(self._pool, council, wait=WAIT_SECONDS)


def _draft(stream: str, field: str, row: Any) -> Draft:
    version, person, box, saved_by, saved_at, command_id = row
    text = None if box is None else Private(person, None, box, stream, field)
    return Draft(stream, field, version, text, saved_by, saved_at, command_id)
