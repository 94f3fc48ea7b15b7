"""Keeps sealed files beside the ledger, whose events name them by fingerprint and digest.

A file is stored before the event that names it, in a transaction of its own, so that its bytes travel while nobody
waits for the council's head lock; the event's transaction then takes hold of it. A crash in between leaves a file that
nothing holds, which :meth:`FileStore.sweep` takes away later.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg

from ledger.codec.sealed_file import SealedFile, digest_of
from ledger.pg.commit import Connection, council_transaction
from ledger.pg.ledger import WAIT_SECONDS
from ledger.store import Busy

ABANDONED_SECONDS = 3600
"""A file that nothing has held or asked for this long was left behind; no upload takes nearly as long."""


@dataclass(frozen=True)
class Place:
    """Whose a file is, and what it was sealed for."""

    person: str
    stream: str
    field: str


@dataclass(frozen=True)
class Kept:
    """A sealed file without its pieces. ``size`` is that of its content in bytes, ``digest`` that of its ciphertext."""

    place: Place
    size: int
    head: bytes
    pieces: int
    digest: bytes


class Fetching(Protocol):
    """An open transaction over one council, as :class:`ledger.book.UnitOfWork` is."""

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Rows of a statement; the council is $1 by itself."""
        ...


class FileStore(Protocol):
    """A store of sealed files. What it is given is ciphertext, and it knows no key."""

    async def put(self, council: str, fingerprint: bytes, place: Place, size: int, sealed: SealedFile) -> Kept:
        """Store a file, unless there is one of that fingerprint already: what is kept then."""
        ...

    async def find(self, council: str, fingerprint: bytes) -> Kept | None:
        """The file of that fingerprint; it is not swept away in the next hour."""
        ...

    async def piece(self, council: str, fingerprint: bytes, number: int) -> bytes | None:
        """One sealed piece of a file, or None where there is none."""
        ...

    async def digest(self, council: str, fingerprint: bytes) -> bytes | None:
        """SHA-256 of what is kept now, computed anew; None where there is nothing."""
        ...

    async def sweep(self, council: str, abandoned_seconds: float = ABANDONED_SECONDS) -> int:
        """Take away what nothing has held or asked for in that time; how many files."""
        ...


class PostgresFiles:
    """A store of files in the service's own database, under the row-level security of its council."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def put(self, council: str, fingerprint: bytes, place: Place, size: int, sealed: SealedFile) -> Kept:
        """Store a file with every piece or not at all; whoever brings the same at once waits and finds it."""
        async with self._transaction(council) as connection:
            new = await connection.fetchval(
                "INSERT INTO kept.file (council, fingerprint, person, stream, field, size, head, pieces, digest)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (council, fingerprint) DO NOTHING"
                " RETURNING true",
                council,
                fingerprint,
                place.person,
                place.stream,
                place.field,
                size,
                sealed.head,
                len(sealed.pieces),
                sealed.digest,
            )
            for number, piece in enumerate(sealed.pieces if new else ()):
                await connection.execute(
                    "INSERT INTO kept.piece (council, fingerprint, number, sealed) VALUES ($1, $2, $3, $4)",
                    council,
                    fingerprint,
                    number,
                    piece,
                )
        kept = await self.find(council, fingerprint)
        if kept is None:
            raise Busy("The file was swept away in the same moment; nothing was stored.")
        return kept

    async def find(self, council: str, fingerprint: bytes) -> Kept | None:
        """The file of that fingerprint; its time without use begins anew."""
        async with self._transaction(council) as connection:
            found = await connection.fetchrow(
                "UPDATE kept.file SET touched_at = clock_timestamp() WHERE council = $1 AND fingerprint = $2"
                " RETURNING person, stream, field, size, head, pieces, digest",
                council,
                fingerprint,
            )
        if found is None:
            return None
        person, stream, field, *rest = found
        return Kept(Place(person, stream, field), *rest)

    async def piece(self, council: str, fingerprint: bytes, number: int) -> bytes | None:
        """One sealed piece of a file, or None where there is none."""
        async with self._transaction(council) as connection:
            return await connection.fetchval(
                "SELECT sealed FROM kept.piece WHERE council = $1 AND fingerprint = $2 AND number = $3",
                council,
                fingerprint,
                number,
            )

    async def digest(self, council: str, fingerprint: bytes) -> bytes | None:
        """SHA-256 of what is kept now, computed anew from head and pieces."""
        async with self._transaction(council) as connection:
            found = await connection.fetchrow(
                "SELECT f.head, array_agg(p.sealed ORDER BY p.number) FROM kept.file f"
                " LEFT JOIN kept.piece p ON p.council = f.council AND p.fingerprint = f.fingerprint"
                " WHERE f.council = $1 AND f.fingerprint = $2 GROUP BY f.head",
                council,
                fingerprint,
            )
        return None if found is None else digest_of(found[0], tuple(piece for piece in found[1] if piece is not None))

    async def sweep(self, council: str, abandoned_seconds: float = ABANDONED_SECONDS) -> int:
        """Take away what nothing has held or asked for in that time; how many files.

        A command that takes hold of a file meanwhile writes its row, and the row is judged anew after that.
        """
        async with self._transaction(council) as connection:
            gone = await connection.fetch(
                "DELETE FROM kept.file WHERE council = $1 AND holds = 0"
                " AND touched_at < clock_timestamp() - make_interval(secs => $2) RETURNING 1",
                council,
                abandoned_seconds,
            )
        return len(gone)

    def _transaction(self, council: str) -> AbstractAsyncContextManager[Connection]:
        return council_transaction(self._pool, council, wait=WAIT_SECONDS)


async def take_hold(unit: Fetching, fingerprint: bytes) -> None:
    """Count one more event that names a file, in the transaction that stores the event. Raises Busy when it is gone."""
    held = await unit.fetch(
        "UPDATE kept.file SET holds = holds + 1, touched_at = clock_timestamp()"
        " WHERE council = $1 AND fingerprint = $2 RETURNING holds",
        fingerprint,
    )
    if not held:
        raise Busy("The file was swept away in the same moment; nothing was stored.")


async def let_go(unit: Fetching, fingerprint: bytes) -> None:
    """Count one event less that names a file, in the transaction that says so; the sweep takes it when none is left."""
    await unit.fetch(
        "UPDATE kept.file SET holds = holds - 1, touched_at = clock_timestamp()"
        " WHERE council = $1 AND fingerprint = $2 RETURNING holds",
        fingerprint,
    )
