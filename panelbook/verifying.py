"""Verifies every service's own ledger, and holds each against the copy that record keeps of it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ledger.postgres import PostgresLedger, connect_pool, known_councils
from ledger.rows import ACCESS, BOOK, Lane
from ledger.verify import Broken, Verified, verify_ledger
from panelbook.world import SERVICES

LANES: tuple[Lane, ...] = (BOOK, ACCESS)


@dataclass(frozen=True)
class Checked:
    """One lane of one council in one service, and what verification said of it."""

    service: str
    council: str
    lane: Lane
    verified: Verified | None
    broken: Broken | None


@asynccontextmanager
async def _ledger(environment: Mapping[str, str], service: str) -> AsyncIterator[tuple[PostgresLedger, list[str]]]:
    # The relay's role: it may read every council and write nothing of the ledger.
    dsn = environment[f"PANELBOOK_POSTGRES_{service.upper()}_RELAY"]
    pool = await connect_pool(dsn, max_size=2, application="verify")
    try:
        yield PostgresLedger(service, pool), await known_councils(pool)
    finally:
        await pool.close()


async def verify_services(environment: Mapping[str, str], council: str | None = None) -> list[Checked]:
    """Every lane of every council, or of one, in every service. Reads only; rows written meanwhile are left out."""
    checked: list[Checked] = []
    for service in SERVICES:
        async with _ledger(environment, service) as (ledger, councils):
            for one in councils if council is None else [council]:
                checked.extend([await _check(ledger, one, lane) for lane in LANES])
    return checked


async def _check(ledger: PostgresLedger, council: str, lane: Lane) -> Checked:
    try:
        return Checked(ledger.service, council, lane, await verify_ledger(ledger, council, lane), None)
    except Broken as broken:
        return Checked(ledger.service, council, lane, None, broken)
