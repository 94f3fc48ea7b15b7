"""What record holds is what the services wrote, or the first position that is not is named."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid5

import asyncpg
import pytest

from ledger.pg.transaction import PostgresReader
from ledger.proof.leaf import chain_step, leaf_hash
from ledger.proof.verify import verify_ledger
from services.record.history.decoding import SERVICES
from services.record.history.follow import chain_at
from services.record.history.read import copied_rows, keep_rows
from tests.services.house import SHROPSHIRE, SWINDON
from tests.services.record.town import COMPLAINTS, WORKER, Cases, Town

pytestmark = [pytest.mark.connected, pytest.mark.asyncio(loop_scope="module")]


async def verification(town: Town, council: str = SWINDON) -> dict[str, Any]:
    answer = await town.ask("record", "GET", "verification", council=council, **COMPLAINTS)
    assert answer.status_code == 200, answer.text
    return answer.json()


def lane(found: dict[str, Any], service: str, lane: str = "book") -> dict[str, Any]:
    return next(one for one in found["lanes"] if (one["service"], one["lane"]) == (service, lane))


@asynccontextmanager
async def tampered(town: Town, what: str) -> AsyncIterator[None]:
    """One statement of somebody with every right, who also puts the triggers to sleep; undone afterwards."""
    connection = await asyncpg.connect(town.record.database.admin_dsn)
    try:
        await connection.execute("set session_replication_role = replica")
        await connection.execute("create table public.kept as select * from copy.row")
        await connection.execute(what)
        yield
        await connection.execute("delete from copy.row")
        await connection.execute("insert into copy.row select * from public.kept")
        await connection.execute("drop table public.kept")
    finally:
        await connection.close()


async def test_every_lane_proves_to_what_its_own_service_proves(town: Town, cases: Cases) -> None:
    for council in (SWINDON, SHROPSHIRE):
        found = await verification(town, council)
        assert found["verified"] is True
        assert {(one["service"], one["lane"]) for one in found["lanes"]} == {
            (service, lane) for service in SERVICES for lane in ("book", "access")
        }
        for service in ("intake", "routing", "panel", "notify"):
            own = await verify_ledger(town.houses[service].host.ledger, council)
            copied = lane(found, service)
            assert (copied["positions"], copied["root"]) == (own.positions, own.root.hex())
            assert copied["chain"] == own.chain.hex()
        assert found["events"] == sum(one["positions"] for one in found["lanes"])


@pytest.mark.parametrize(
    ("what", "position", "word"),
    [
        ("update copy.row set actor = 'somebody else' where {where} and position = 3", 3, "LEAF"),
        ("update copy.row set payload = set_byte(payload, 9, 65) where {where} and position = 4", 4, "LEAF"),
        ("delete from copy.row where {where} and position = 5", 5, "GAP"),
        ("delete from copy.row where {where} and position >= 12", 12, "GAP"),
        ("delete from copy.row where {where}", 1, "GAP"),
        ("update copy.row set chain = sha256(chain) where {where} and position = 6", 6, "CHAIN"),
    ],
)
async def test_a_copy_that_was_tampered_with_is_named(
    town: Town, cases: Cases, what: str, position: int, word: str
) -> None:
    where = f"council = '{SWINDON}' and service = 'panel' and lane = 'book'"
    async with tampered(town, what.format(where=where)):
        found = await verification(town)
        assert found["verified"] is False
        broken = lane(found, "panel")
        assert (broken["broken_at"], broken["what"].split()[0], broken["root"]) == (position, word, "")
        assert [one["service"] for one in found["lanes"] if one["broken_at"] is not None] == ["panel"]
        assert (await verification(town, SHROPSHIRE))["verified"] is True
    assert (await verification(town))["verified"] is True


@pytest.mark.parametrize("statement", ["update copy.row set actor = ''", "delete from copy.row", "truncate copy.row"])
async def test_copies_are_append_only_even_for_their_owner(town: Town, cases: Cases, statement: str) -> None:
    connection = await asyncpg.connect(town.record.database.admin_dsn)
    try:
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_proof_is_for_those_who_review_cases(town: Town, cases: Cases) -> None:
    answer = await town.ask("record", "GET", "verification", **WORKER)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_rows_that_a_restore_took_from_their_service_stay_as_evidence_and_break_no_proof(
    town: Town, cases: Cases
) -> None:
    connection = await asyncpg.connect(town.record.database.admin_dsn)
    try:
        await connection.execute("select set_config('panelbook.council', $1, false)", SWINDON)
        before = await copied_rows(PostgresReader(SWINDON, connection), "routing", "book")
        lost = before[-1]
        chain = await chain_at(connection, SWINDON, "routing", "book", lost.position - 1)
        assert chain is not None
        assert chain == before[-2].chain
        anew = replace(lost, epoch=lost.epoch + 1, id=uuid5(lost.id, "after the restore"))
        leaf = leaf_hash(anew)
        await keep_rows(connection, "routing", SWINDON, [replace(anew, leaf=leaf, chain=chain_step(chain, leaf))])
        found = await verification(town)
        assert found["verified"] is True
        assert lane(found, "routing")["positions"] == lost.position
        after = await copied_rows(PostgresReader(SWINDON, connection), "routing", "book")
        assert [row.epoch for row in after[-2:]] == [lost.epoch, lost.epoch + 1]
    finally:
        await connection.execute("set session_replication_role = replica")
        await connection.execute("delete from copy.row where council = $1 and epoch > 1", SWINDON)
        await connection.close()
