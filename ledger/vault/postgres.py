"""The vault's own database, where every person's data keys lie wrapped, and a minute's memory of them."""

from collections.abc import Callable, Iterable, Sequence

import asyncpg

from ledger.pg.commit import Connection, council_transaction
from ledger.vault.vault import DataKeys, Erased, Sealing

CACHE_SECONDS = 60.0
"""The longest that a process may still open text after its person's keys were destroyed elsewhere."""

_CACHED_PEOPLE = 10_000


class PostgresVault(Sealing):
    """The vault's own database, shared by the services, each with its role. One instance per process."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        wrapping_key: bytes,
        random: Callable[[int], bytes],
        monotonic: Callable[[], float],
        former_keys: Sequence[bytes] = (),
    ) -> None:
        super().__init__(wrapping_key, random, former_keys)
        self._pool = pool
        self._monotonic = monotonic
        self._cache: dict[tuple[str, str], tuple[float, DataKeys]] = {}

    async def _keys(self, council: str, person: str, *, fresh: bool = False) -> DataKeys:
        cached = self._cache.get((council, person))
        if cached is not None and not fresh and self._monotonic() < cached[0]:
            return cached[1]
        self._cache.pop((council, person), None)
        # The age of a cached key counts from before it was read: a key destroyed meanwhile is not kept longer for that.
        until = self._monotonic() + CACHE_SECONDS
        async with council_transaction(self._pool, council, readonly=True) as connection:
            kept = await _kept(connection, council, person)
        return self._remember(council, person, until, self._unwrapped(council, person, kept))

    async def _first_key(self, council: str, person: str, wrapped: bytes) -> DataKeys:
        until = self._monotonic() + CACHE_SECONDS
        async with council_transaction(self._pool, council) as connection:
            await connection.execute(
                "INSERT INTO vault.person_key (council, person, key_id, wrapped) VALUES ($1, $2, 1, $3)"
                " ON CONFLICT (council, person, key_id) DO NOTHING",
                council,
                person,
                wrapped,
            )
            kept = await _kept(connection, council, person)
        return self._remember(council, person, until, self._unwrapped(council, person, kept))

    async def meet(self, council: str, people: Iterable[str]) -> None:
        unknown = sorted({person for person in people if (council, person) not in self._cache})
        if not unknown:
            return
        made = [self._new_key(council, person, 1) for person in unknown]
        until = self._monotonic() + CACHE_SECONDS
        async with council_transaction(self._pool, council) as connection:
            await connection.execute(
                "INSERT INTO vault.person_key (council, person, key_id, wrapped)"
                " SELECT $1, made.person, 1, made.wrapped"
                " FROM unnest($2::text[], $3::bytea[]) AS made (person, wrapped)"
                " ON CONFLICT (council, person, key_id) DO NOTHING",
                council,
                unknown,
                made,
            )
            rows = await connection.fetch(
                "SELECT person, key_id, wrapped FROM vault.person_key WHERE council = $1 AND person = ANY($2::text[])",
                council,
                unknown,
            )
        kept: dict[str, dict[int, bytes | None]] = {}
        for row in rows:
            kept.setdefault(row["person"], {})[row["key_id"]] = row["wrapped"]
        for person, keys in kept.items():
            # Whoever was erased is told so where something is sealed for them, not here for everybody else.
            if None not in keys.values():
                self._remember(council, person, until, self._unwrapped(council, person, keys))

    def _remember(self, council: str, person: str, until: float, keys: DataKeys) -> DataKeys:
        if keys:
            if len(self._cache) >= _CACHED_PEOPLE:
                self._cache.pop(next(iter(self._cache)))
            self._cache[council, person] = (until, keys)
        return keys

    async def destroy(self, council: str, person: str) -> None:
        self._cache.pop((council, person), None)
        async with council_transaction(self._pool, council) as connection:
            await _lock_person(connection, council, person)
            # The row that remembers a person who never had a key; where there is one, this does nothing.
            await connection.execute(
                "INSERT INTO vault.person_key (council, person, key_id, wrapped, destroyed_at)"
                " VALUES ($1, $2, 1, NULL, clock_timestamp()) ON CONFLICT (council, person, key_id) DO NOTHING",
                council,
                person,
            )
            await connection.execute(
                "UPDATE vault.person_key SET wrapped = NULL, destroyed_at = clock_timestamp()"
                " WHERE council = $1 AND person = $2 AND destroyed_at IS NULL",
                council,
                person,
            )
        self._cache.pop((council, person), None)

    async def erased(self, council: str, people: Iterable[str]) -> set[str]:
        asked = sorted(set(people))
        if not asked:
            return set()
        async with council_transaction(self._pool, council, readonly=True) as connection:
            found = await connection.fetch(
                "SELECT DISTINCT person FROM vault.person_key"
                " WHERE council = $1 AND person = ANY($2::text[]) AND destroyed_at IS NOT NULL",
                council,
                asked,
            )
        return {row["person"] for row in found}

    async def rotate(self, council: str) -> int:
        async with council_transaction(self._pool, council, readonly=True) as connection:
            people = await connection.fetch(
                "SELECT DISTINCT person FROM vault.person_key WHERE council = $1 AND destroyed_at IS NULL", council
            )
        rotated = 0
        for found in people:
            rotated += await self._rotate_person(council, found["person"])
        return rotated

    async def _rotate_person(self, council: str, person: str) -> bool:
        async with council_transaction(self._pool, council) as connection:
            await _lock_person(connection, council, person)
            kept = await _kept(connection, council, person)
            try:
                keys = self._unwrapped(council, person, kept)
            except Erased:
                return False
            for key_id, data_key in keys.items():
                await connection.execute(
                    "UPDATE vault.person_key SET wrapped = $4 WHERE council = $1 AND person = $2 AND key_id = $3",
                    council,
                    person,
                    key_id,
                    self._wrap(council, person, key_id, data_key),
                )
            newest = max(keys) + 1
            await connection.execute(
                "INSERT INTO vault.person_key (council, person, key_id, wrapped) VALUES ($1, $2, $3, $4)",
                council,
                person,
                newest,
                self._new_key(council, person, newest),
            )
        self._cache.pop((council, person), None)
        return True


async def _lock_person(connection: Connection, council: str, person: str) -> None:
    """Destroying and rotating one person's keys take turns: no key may be made beside their destruction."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1 || ':' || $2, 0))", council, person)


async def _kept(connection: Connection, council: str, person: str) -> dict[int, bytes | None]:
    rows = await connection.fetch(
        "SELECT key_id, wrapped FROM vault.person_key WHERE council = $1 AND person = $2", council, person
    )
    return {row["key_id"]: row["wrapped"] for row in rows}
