"""Re-derives everything that a ledger promises from its rows alone, and names the first row that breaks a promise."""

from bisect import bisect_right
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from ledger.proof.leaf import FIRST_CHAIN, chain_step, leaf_hash
from ledger.proof.merkle import CompactRange
from ledger.rows import BOOK, Head, Lane, Row
from ledger.store import Ledger


@dataclass(frozen=True)
class Verified:
    """What was re-derived without finding anything broken.

    ``unheard`` counts sequences that a source has used, below the newest heard of it, and that have not been heard:
    events still parked, which a service does not know yet. They break nothing.
    """

    positions: int
    root: bytes
    chain: bytes
    unheard: int


class Broken(Exception):
    """The first position at which the rows are not what was promised, and what is wrong there.

    ``what`` begins with a word to search for: COUNCIL, GAP, LEAF, CHAIN, EPOCH, TIME, VERSION, HEARD or HEAD.
    """

    def __init__(self, position: int, what: str) -> None:
        super().__init__(f"position {position}: {what}")
        self.position = position
        self.what = what


class Verification:
    """One lane of one council, row by row. :meth:`take` every row in order, then :meth:`end` with the head."""

    def __init__(self, council: str, lane: Lane = BOOK) -> None:
        self.council = council
        self.lane: Lane = lane
        self.position = 0
        self.chain = FIRST_CHAIN
        self._epoch = 1
        self._recorded_at: datetime | None = None
        self._versions: dict[str, int] = {}
        self._heard: dict[tuple[str, int], _Sequences] = {}
        self._tree = CompactRange()

    def take(self, row: Row) -> None:
        """The next row. Raises Broken; after that the verification is over."""
        position = self.position + 1
        if (row.council, row.lane) != (self.council, self.lane):
            raise Broken(position, f"COUNCIL the row belongs to {row.council} {row.lane}")
        if row.position != position:
            raise Broken(position, f"GAP the row found here says position {row.position}")
        leaf = leaf_hash(row)
        if row.leaf != leaf:
            raise Broken(position, "LEAF the columns are not those that the leaf was made of")
        chain = chain_step(self.chain, leaf)
        if row.chain != chain:
            raise Broken(position, "CHAIN the row does not follow from the rows before it")
        if row.epoch < self._epoch:
            raise Broken(position, f"EPOCH {row.epoch} after {self._epoch}")
        if self._recorded_at is not None and row.recorded_at <= self._recorded_at:
            raise Broken(position, "TIME recorded no later than the row before it")
        if row.kind == "decided":
            self._decided(row)
        else:
            self._hear(row)
        self.position, self.chain = position, chain
        self._epoch, self._recorded_at = row.epoch, row.recorded_at
        self._tree.append(leaf)

    @property
    def root(self) -> bytes:
        """The Merkle root over the rows taken so far."""
        return self._tree.root()

    def end(self, head: Head) -> Verified:
        """Compare with the head. Raises Broken with the last position found, or the first one missing."""
        if (head.council, head.lane) != (self.council, self.lane):
            raise Broken(self.position, f"HEAD belongs to {head.council} {head.lane}")
        if head.position > self.position:
            raise Broken(self.position + 1, f"GAP the head says that there are rows up to {head.position}")
        if head.position < self.position:
            raise Broken(self.position, f"HEAD says that the last row is {head.position}")
        if head.chain != self.chain:
            raise Broken(self.position, "HEAD holds another chain than the rows lead to")
        if head.epoch < self._epoch:
            raise Broken(self.position, f"HEAD says epoch {head.epoch} after {self._epoch}")
        if self._recorded_at is not None and head.recorded_at != self._recorded_at:
            raise Broken(self.position, "HEAD says another time than the last row")
        unheard = sum(heard.missing(since_first=epoch == 1) for (_, epoch), heard in self._heard.items())
        return Verified(self.position, self.root, self.chain, unheard)

    def _decided(self, row: Row) -> None:
        expected = self._versions.get(row.stream, 0) + 1
        if row.version != expected:
            raise Broken(row.position, f"VERSION {row.version} of its stream where {expected} comes next")
        if (row.source, row.source_epoch, row.source_sequence) != ("", 0, 0):
            raise Broken(row.position, "HEARD a decided row names a source")
        self._versions[row.stream] = expected

    def _hear(self, row: Row) -> None:
        if row.kind != "heard" or row.version != 0:
            raise Broken(row.position, "VERSION a heard row has none")
        sequences = self._heard.setdefault((row.source, row.source_epoch), _Sequences())
        if not row.source or row.source_sequence < 1:
            raise Broken(row.position, "HEARD without its source and sequence")
        if not sequences.add(row.source_sequence):
            raise Broken(row.position, f"HEARD {row.source} {row.source_epoch}/{row.source_sequence} a second time")


class _Sequences:
    """Numbers heard of one source, as runs of neighbours: nearly always one run, however many there are."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, number: int) -> bool:
        """Take a number; False if it was there."""
        at = bisect_right(self._starts, number)
        if at and number <= self._ends[at - 1]:
            return False
        joins_before = bool(at) and self._ends[at - 1] == number - 1
        joins_after = at < len(self._starts) and self._starts[at] == number + 1
        if joins_before and joins_after:
            self._ends[at - 1] = self._ends.pop(at)
            del self._starts[at]
        elif joins_before:
            self._ends[at - 1] = number
        elif joins_after:
            self._starts[at] = number
        else:
            self._starts.insert(at, number)
            self._ends.insert(at, number)
        return True

    def missing(self, since_first: bool) -> int:
        """How many numbers lie between the runs, and with ``since_first`` between 1 and the first run too.

        A source's later epochs go on where a restore found it, not at 1.
        """
        before = self._starts[0] - 1 if since_first else 0
        return before + sum(start - end - 1 for end, start in zip(self._ends, self._starts[1:], strict=False))


async def verify(rows: AsyncIterator[Row], head: Head) -> Verified:
    """Verify every row of the head's lane, from the first to the head. Raises Broken.

    The rows must end with the head: read the head first and stop there (:func:`verify_ledger`), or let nobody write.
    """
    verification = Verification(head.council, head.lane)
    async for row in rows:
        verification.take(row)
    return verification.end(head)


async def verify_ledger(ledger: Ledger, council: str, lane: Lane = BOOK) -> Verified:
    """Verify one council's lane as it stands now, beside writers: later rows are left out. Raises Broken."""
    head = await ledger.head(council, lane)
    verification = Verification(council, lane)
    rows = ledger.every_row(council, lane)
    while verification.position < head.position:
        row = await anext(rows, None)
        if row is None:
            break
        verification.take(row)
    return verification.end(head)
