"""Derives again what record has copied: every position, leaf, chain and time, service by service and lane by lane."""

from dataclasses import dataclass

from ledger.book import Book
from ledger.proof.verify import Broken, Verification
from ledger.rows import ACCESS, BOOK, Head, Lane, Row
from services.record.history.decoding import SERVICES
from services.record.history.read import Place, copied_rows, marks

LANES: tuple[Lane, ...] = (BOOK, ACCESS)


@dataclass(frozen=True)
class Proven:
    """One lane of one service: how many rows were derived again, their Merkle root and last chain, in hexadecimal.

    ``broken_at`` is the first position that is not what was promised, ``what`` the reason; then there is no root.
    """

    service: str
    lane: Lane
    positions: int
    root: str
    chain: str
    broken_at: int | None = None
    what: str = ""


async def prove_copies(book: Book, council: str) -> list[Proven]:
    """Verify every copied lane of one council; reads the copies a thousand rows at a time."""
    return [await _prove(book, council, service, lane) for service in SERVICES for lane in LANES]


async def _prove(book: Book, council: str, service: str, lane: Lane) -> Proven:
    verification = Verification(council, lane)
    last: Row | None = None
    try:
        while True:
            # A look of its own for every thousand: none holds a transaction open for long.
            async with book.reading(council) as reader:
                after = Place(last.epoch, last.position) if last else None
                rows = await copied_rows(reader, service, lane, after, surviving=True)
                promised = (await marks(reader)).get(service) if lane == BOOK else None
            if not rows:
                break
            for row in rows:
                verification.take(row)
                last = row
        # The copies' own last row cannot tell that rows behind it are gone; the service's newest mark can.
        if promised is not None and promised.position > verification.position:
            raise Broken(verification.position + 1, f"GAP a mark says that there are rows up to {promised.position}")
        if last is None:
            return Proven(service, lane, 0, "", "")
        found = verification.end(Head(council, lane, last.epoch, last.position, last.recorded_at, last.chain))
    except Broken as broken:
        return Proven(service, lane, verification.position, "", "", broken.position, broken.what)
    return Proven(service, lane, found.positions, found.root.hex(), found.chain.hex())
