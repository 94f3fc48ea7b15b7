"""Keeps the tokens of names beside a service's ledger, and up to which row they were made."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import asyncpg

from ledger.pg.commit import council_transaction
from ledger.pg.ledger import WAIT_SECONDS


@dataclass(frozen=True)
class Made:
    """Up to which row of a council's book tokens were made, and what tells under which key."""

    mark: bytes
    epoch: int
    position: int


Tokens = Mapping[str, Mapping[str, Collection[bytes]]]
"""By application and person."""


class Names:
    """The tokens in a service's own database, under the row-level security of their council."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def made(self, council: str) -> Made | None:
        """How far they are made; None before the first."""
        async with council_transaction(self._pool, council, readonly=True, wait=WAIT_SECONDS) as connection:
            found = await connection.fetchrow(
                "SELECT mark, epoch, position FROM kept.name_mark WHERE council = $1", council
            )
        return Made(**dict(found)) if found else None

    async def keep(self, council: str, made: Made, tokens: Tokens, *, anew: bool = False) -> None:
        """Put an application's tokens in place of those that it had; ``anew`` in place of the whole council's."""
        rows = [
            (token, application, person)
            for application, people in tokens.items()
            for person, some in people.items()
            for token in some
        ]
        async with council_transaction(self._pool, council, wait=WAIT_SECONDS) as connection:
            if anew:
                await connection.execute("DELETE FROM kept.name_token WHERE council = $1", council)
            else:
                # Alone: beside another condition it would be looked up in every row, and not in the index.
                await connection.execute(
                    "DELETE FROM kept.name_token WHERE council = $1 AND application = ANY($2::text[])",
                    council,
                    list(tokens),
                )
            await connection.execute(
                "INSERT INTO kept.name_token (council, token, application, person) SELECT $1, one.token,"
                " one.application, one.person FROM unnest($2::bytea[], $3::text[], $4::text[])"
                " AS one (token, application, person) ON CONFLICT DO NOTHING",
                council,
                [token for token, _, _ in rows],
                [application for _, application, _ in rows],
                [person for _, _, person in rows],
            )
            await connection.execute(
                "INSERT INTO kept.name_mark (council, mark, epoch, position) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT (council) DO UPDATE SET mark = excluded.mark, epoch = excluded.epoch,"
                " position = excluded.position",
                council,
                made.mark,
                made.epoch,
                made.position,
            )

    async def people(self, council: str) -> list[str]:
        """Everybody of whom there are tokens."""
        async with council_transaction(self._pool, council, readonly=True, wait=WAIT_SECONDS) as connection:
            found = await connection.fetch("SELECT DISTINCT person FROM kept.name_token WHERE council = $1", council)
        return [row["person"] for row in found]

    async def forget(self, council: str, people: Collection[str]) -> int:
        """Take somebody's tokens away; how many there were."""
        async with council_transaction(self._pool, council, wait=WAIT_SECONDS) as connection:
            gone = await connection.fetch(
                "DELETE FROM kept.name_token WHERE council = $1 AND person = ANY($2::text[]) RETURNING 1",
                council,
                list(people),
            )
        return len(gone)
