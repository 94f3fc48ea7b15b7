"""A reader that follows the book while many write sees every position once, in order, whatever is rolled back."""

import asyncio
from dataclasses import dataclass

import pytest

from ledger.proof.leaf import FIRST_CHAIN, chain_step, leaf_hash
from ledger.rows import Row
from ledger.store import Ledger
from ledger.testing.memory import MemoryLedger
from tests.ledger.given import COUNCIL, NOW, a_context, a_draft

WRITERS = 8


class RolledBack(Exception):
    """A writer changed its mind after appending."""


@dataclass
class Tail:
    """Follows the book from its first row, checking each page against the one before."""

    ledger: Ledger
    last: Row | None = None
    seen: int = 0
    pages: int = 0

    async def follow(self, rows: int) -> None:
        """Read until ``rows`` rows were seen; fails on a gap, a repetition, a time or a chain out of order."""
        while self.seen < rows:
            page = await self.ledger.rows(COUNCIL, after=self.seen, limit=5000)
            self.pages += bool(page)
            for row in page:
                self._check(row)

    def _check(self, row: Row) -> None:
        before = self.last
        assert row.position == self.seen + 1
        assert before is None or row.recorded_at > before.recorded_at
        assert row.chain == chain_step(before.chain if before else FIRST_CHAIN, row.leaf)
        self.seen = row.position
        self.last = row


async def write(ledger: Ledger, writer: int, batches: int, size: int) -> int:
    """Store ``batches`` batches; after every third, append another one and roll it back. Returns the rollbacks."""
    rolled_back = 0
    for batch in range(batches):
        drafts = [a_draft(f"application-{writer}-{batch}-{n % 50}", n // 50 + 1, b"x" * 200) for n in range(size)]
        async with ledger.transaction(a_context(now=NOW)) as work:
            await work.append(drafts)
        if batch % 3 == 0:
            try:
                async with ledger.transaction(a_context(now=NOW)) as work:
                    await work.append([a_draft(f"given-up-{writer}-{batch}", n + 1) for n in range(size // 5)])
                    raise RolledBack
            except RolledBack:
                rolled_back += 1
    return rolled_back


async def tail_beside_writers(ledger: Ledger, rows: int, size: int) -> None:
    batches = rows // WRITERS // size
    tail = Tail(ledger)
    rolled_back, *_ = await asyncio.gather(
        asyncio.gather(*(write(ledger, writer, batches, size) for writer in range(WRITERS))), tail.follow(rows)
    )
    assert sum(rolled_back) == WRITERS * -(-batches // 3)
    assert tail.pages > WRITERS, "the reader did not run beside the writers"
    head = await ledger.head(COUNCIL)
    assert tail.last is not None
    assert (head.position, head.chain) == (rows, tail.last.chain)
    assert leaf_hash(tail.last) == tail.last.leaf
    assert await ledger.rows(COUNCIL, after=rows) == []


@pytest.mark.connected
async def test_a_tail_beside_8_writers_sees_100000_rows_once_and_in_order(intake_ledger: Ledger) -> None:
    await tail_beside_writers(intake_ledger, 100_000, 250)


async def test_a_tail_in_memory_sees_every_row_once_and_in_order() -> None:
    await tail_beside_writers(MemoryLedger("intake"), 4000, 50)
