"""Makes the tokens of names from what the worker reads in the book, and forgets those of whoever was erased."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bus.rounds import Rounds
from ledger.book import Book
from ledger.pg.names import Made, Names
from ledger.rows import BOOK
from ledger.vault.vault import Vault
from services.intake.search import read
from services.intake.search.domain.words import words_of
from services.intake.search.tokens import mark, tokens


@dataclass(frozen=True)
class Indexing:
    """Goes round the councils whose book grew."""

    book: Book
    vault: Vault
    names: Names
    every: float = 2.0

    async def run(self, rounds: Rounds) -> None:
        """Make tokens until cancelled."""
        while True:
            await rounds.go(self._look)
            await asyncio.sleep(self.every)  # until the next round

    async def _look(self, council: str) -> datetime | None:
        await self.make(council)
        return None

    async def make(self, council: str) -> int:
        """Make the tokens of all that the book has and that has none yet; of how many applications.

        All are made anew after a restore that began another epoch, and where the deployment has another key.
        """
        head = await self.book.ledger.head(council, BOOK)
        made = await self.names.made(council)
        key = mark(self.vault, council)
        anew = made is None or (made.mark, made.epoch) != (key, head.epoch) or made.position > head.position
        position, count = 0 if made is None or anew else made.position, 0
        while anew or position < head.position:
            async with self.book.reading(council, shown=False) as reader:
                found, position = await read.named_since(reader, position)
            some = {one["application"]: await self._tokens(council, one) for one in found}
            await self.names.keep(council, Made(key, head.epoch, position), some, anew=anew)
            anew, count = False, count + len(some)
        return count

    async def forget_erased(self, council: str) -> int:
        """Take away the tokens of whoever was erased; how many there were."""
        gone = await self.vault.erased(council, await self.names.people(council))
        return await self.names.forget(council, gone) if gone else 0

    async def _tokens(self, council: str, named: Mapping[str, Any]) -> dict[str, list[bytes]]:
        """The tokens of everybody whom an application names."""
        everybody = [{"party": named["person"], "name": named["person_name"]}, *named["family"]]
        clear = await self.vault.unseal_all(council, [(one["party"], one["name"]) for one in everybody])
        words: dict[str, set[str]] = {}
        for party, name in clear:
            words.setdefault(party, set()).update(words_of(name or ""))
        return {party: tokens(self.vault, council, some) for party, some in words.items() if some}
