"""Whoever owns the server can change a row, but not unseen: verification names the first position that is wrong."""

import asyncpg
import pytest

from ledger.pg.ledger import PostgresLedger
from ledger.proof.verify import Broken, verify_ledger
from tests.databases import MakeDatabase, MakePool
from tests.ledger.given import COUNCIL, a_context, a_draft, a_hearing

pytestmark = pytest.mark.connected


@pytest.mark.parametrize(
    ("tampering", "position", "what"),
    [
        ("UPDATE ledger.row SET payload = 'y' WHERE position = 3", 3, "LEAF"),
        ("UPDATE ledger.row SET actor = 'somebody' WHERE position = 1", 1, "LEAF"),
        ("UPDATE ledger.row SET recorded_at = recorded_at + interval '1 microsecond' WHERE position = 4", 4, "LEAF"),
        ("UPDATE ledger.row SET payload = 'y', leaf = sha256('y') WHERE position = 3", 3, "LEAF"),
        ("UPDATE ledger.row SET leaf = (SELECT leaf FROM ledger.row WHERE position = 4) WHERE position = 2", 2, "LEAF"),
        ("UPDATE ledger.row SET chain = sha256('y') WHERE position = 5", 5, "CHAIN"),
        ("DELETE FROM ledger.row WHERE position = 2", 2, "GAP"),
        ("DELETE FROM ledger.row WHERE position = 6", 6, "GAP"),
        ("UPDATE ledger.row SET position = 7 - position + 100 WHERE position IN (2, 5)", 2, "GAP"),
        ("UPDATE ledger.head SET chain = sha256('y')", 6, "HEAD"),
        ("UPDATE ledger.head SET recorded_at = recorded_at + interval '1 microsecond'", 6, "HEAD"),
    ],
)
async def test_a_tampered_book_is_found_at_its_first_wrong_position(
    service_database: MakeDatabase, service_pool: MakePool, tampering: str, position: int, what: str
) -> None:
    database = await service_database("intake")
    ledger = PostgresLedger("intake", await service_pool(database))
    async with ledger.transaction(a_context()) as work:
        await work.append([a_draft(version=n) for n in (1, 2, 3)])
        await work.hear([a_hearing(n) for n in (1, 2)])
        await work.append([a_draft(version=4)])
    assert (await verify_ledger(ledger, COUNCIL)).positions == 6

    superuser = await asyncpg.connect(database.admin_dsn)
    await superuser.execute("ALTER TABLE ledger.row DISABLE TRIGGER append_only")
    await superuser.execute(tampering)
    await superuser.close()
    with pytest.raises(Broken) as broken:
        await verify_ledger(ledger, COUNCIL)
    assert (broken.value.position, broken.value.what.split()[0]) == (position, what)
