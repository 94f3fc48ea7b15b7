"""Verifies every service's own ledger, and holds each against the copy that record keeps of it."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from edge.deployment import from_environment
from ledger.pg.files import PostgresFiles
from ledger.pg.ledger import PostgresLedger, connect_pool, known_councils
from ledger.proof.verify import Broken, Verification, Verified
from ledger.rows import ACCESS, BOOK, Lane
from panelbook.catalogue import CATALOGUE
from panelbook.local_deployment import SERVICES
from services.hosting import open_host
from services.intake.documents.attachments import damaged
from services.record.proof.read import Proven, prove_copies

LANES: tuple[Lane, ...] = (BOOK, ACCESS)

Copies = Mapping[tuple[str, str, Lane], Proven]
"""What record's copy of each council, service and lane proves to be."""


@dataclass(frozen=True)
class Checked:
    """One lane of one council in one service: what verification said of it, and how many rows record has a copy of."""

    service: str
    council: str
    lane: Lane
    verified: Verified | None
    broken: Broken | None
    copied: int


@asynccontextmanager
async def _ledger(environment: Mapping[str, str], service: str) -> AsyncIterator[tuple[PostgresLedger, list[str]]]:
    # The relay's role: it may read every council and write nothing of the ledger.
    dsn = environment[f"PANELBOOK_POSTGRES_{service.upper()}_RELAY"]
    async with await connect_pool(dsn, max_size=2, application="verify") as pool:
        yield PostgresLedger(service, pool), await known_councils(pool)


async def verify_services(environment: Mapping[str, str], council: str | None = None) -> list[Checked]:
    """Every lane of every council, or of one, in every service. Reads only; rows written meanwhile are left out.

    Two witnesses must agree: the service's own rows, and the rows that record copied from its trail. A copy may lag
    behind; it may not differ, and it may not hold rows that the service has lost. A council that one service knows is
    looked for in all of them; of one that none knows there is nothing to tell.
    """
    checked: list[Checked] = []
    async with AsyncExitStack() as stack:
        ledgers = [await stack.enter_async_context(_ledger(environment, service)) for service in SERVICES]
        known = {one for _, councils in ledgers for one in councils}
        asked = sorted(known if council is None else known & {council})
        copies = await _copies(environment, asked)
        for ledger, _ in ledgers:
            for one in asked:
                checked.extend([await _check(ledger, one, lane, copies) for lane in LANES])
    return checked


async def damaged_files(environment: Mapping[str, str], councils: Collection[str]) -> list[tuple[str, str]]:
    """Council and attachment of every file whose kept bytes are gone, or are not those that intake's book names."""
    async with open_host(CATALOGUE["intake"], from_environment(environment), max_size=2) as host:
        files = PostgresFiles(host.pool)
        return [(council, one) for council in sorted(councils) for one in await damaged(host.book, files, council)]


async def _copies(environment: Mapping[str, str], councils: list[str]) -> Copies:
    async with open_host(CATALOGUE["record"], from_environment(environment), max_size=2) as host:
        return {
            (council, proven.service, proven.lane): proven
            for council in councils
            for proven in await prove_copies(host.book, council)
        }


async def _check(ledger: PostgresLedger, council: str, lane: Lane, copies: Copies) -> Checked:
    copy = copies.get((council, ledger.service, lane))
    copied = copy.positions if copy else 0
    try:
        verified = await _verify(ledger, council, lane, copy)
    except Broken as broken:
        return Checked(ledger.service, council, lane, None, broken, copied)
    return Checked(ledger.service, council, lane, verified, None, copied)


async def _verify(ledger: PostgresLedger, council: str, lane: Lane, copy: Proven | None) -> Verified:
    if copy is not None and copy.broken_at is not None:
        raise Broken(copy.broken_at, f"COPY {copy.what}")
    head = await ledger.head(council, lane)
    if copy is not None and copy.positions > head.position:
        raise Broken(head.position + 1, f"COPY holds rows up to {copy.positions} that the service has lost")
    verification = Verification(council, lane)
    rows = ledger.every_row(council, lane)
    while verification.position < head.position:
        row = await anext(rows, None)
        if row is None:
            break
        verification.take(row)
        if copy is not None and verification.position == copy.positions and verification.root.hex() != copy.root:
            raise Broken(verification.position, "COPY differs from what the service holds now")
    return verification.end(head)
