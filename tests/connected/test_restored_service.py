"""A service's database is put back from an older dump: its own trail gives back what the dump lacks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import pytest_asyncio

from bus.trail import trail_bytes
from deploy.local.backends import Backends
from deploy.local.processes import RuntimeProblem
from ledger.proof.verify import verify_ledger
from ledger.rows import BOOK
from panelbook.restoring import Restored, take_all_back
from services.record.proof.read import prove_copies
from tests.connected.wired import WiredTown, dump, eventually, lines, look, open_wired_town, put_back, running
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.record.town import WORKER

pytestmark = [pytest.mark.connected, pytest.mark.asyncio(loop_scope="module")]

TABLES = {
    "rows": "select * from ledger.row order by council, lane, position",
    "outbox": "select * from ledger.outbox order by council, lane, sequence",
    "heads": "select * from ledger.head order by council, lane",
    "bookmarks": "select * from ledger.bookmark where lane <> 'marks' order by council, lane",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(
    databases: Databases, backends: Backends, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[WiredTown]:
    async with open_wired_town(databases, backends, tmp_path_factory.mktemp("wired")) as town:
        async with town.work():
            await town.settle_in()
        yield town


async def take_back(town: WiredTown, name: str) -> Restored:
    host = town.houses[name].host
    admin = town.houses[name].database.admin_dsn
    return await take_all_back(host, admin, town.access, town.record.host.book, prefix=town.prefix)


async def stands(house: ServiceHouse) -> dict[str, Any]:
    """Everything that a restore must bring back."""
    found: dict[str, Any] = {name: await lines(house, sql) for name, sql in TABLES.items()}
    return {**found, "read models": await house.read_models()}


async def everything_is_proven(town: WiredTown) -> None:
    """Every ledger verifies, and record's copy of it has the same root."""
    for council in (SWINDON, SHROPSHIRE):
        for proven in await prove_copies(town.record.host.book, council):
            ledger = town.houses[proven.service].host.ledger
            own = await verify_ledger(ledger, council, proven.lane)
            assert proven.what == ""
            assert (proven.positions, proven.root) == (own.positions, own.root.hex() if own.positions else "")


async def heard_of(house: ServiceHouse, source: str) -> list[tuple[Any, ...]]:
    """Places and bytes of what a service has heard of another one in Swindon, in the order of hearing."""
    sql = "select source_epoch, source_sequence, payload from ledger.row where kind = 'heard'"
    return await lines(house, f"{sql} and council = '{SWINDON}' and source = '{source}' order by position")


async def begun(town: WiredTown) -> str:
    """One command, and its application's id."""
    start = {
        "kind": "RESOURCES",
        "person": {"person": f"party-{uuid4()}", "name": "Ash", "born_on": "2014-05-02", "contact_email": None},
        "team": "locality-2",
        "team_manager": "officer-tm",
        "service": "localities",
        "service_manager": "officer-sm",
        "family": [],
    }
    return (await town.does("intake", "POST", "applications", start, **WORKER))["id"]


async def test_a_service_restored_to_an_older_dump_takes_its_rows_back_from_its_own_trail(
    town: WiredTown, tmp_path: Path
) -> None:
    intake = town.houses["intake"]
    async with town.work():
        await town.submitted("Rowan")
        dumped = await dump(intake.database, tmp_path)
        await town.submitted("Wren")
        await town.ask("intake", "GET", "applications", **WORKER)
        await eventually(town.all_copied, "record has a copy of everything")
        await eventually(lambda: all_sent(intake), "everything is sent")
    before = await stands(intake)
    sent = await town.ends("intake.events"), await town.ends("intake.trail")
    await put_back(intake.database, dumped)
    older = await stands(intake)
    assert len(older["rows"]) < len(before["rows"]) - 10
    assert len(older["outbox"]) < len(before["outbox"])

    done = await take_back(town, "intake")
    assert done.refused == {}
    assert {(one.epoch, one.lost) for one in done.lanes} == {(1, ())}
    assert sum(one.rows for one in done.lanes) == len(before["rows"]) - len(older["rows"])
    assert await stands(intake) == before
    again = await take_back(town, "intake")
    assert {one.rows for one in again.lanes} == {0}
    assert await stands(intake) == before

    async with town.work():
        await town.submitted("Hazel")
        await eventually(town.all_copied, "record goes on copying")
    told = await intake.told()
    assert await town.ends("intake.events") - sent[0] == len(told) - len(await lines_of(before, SWINDON))
    for listener in ("routing", "panel", "notify"):
        heard = await heard_of(town.houses[listener], "intake")
        assert [place[:2] for place in heard] == [(1, number) for number in range(1, len(told) + 1)]
    await everything_is_proven(town)


async def all_sent(house: ServiceHouse) -> bool:
    sql = (
        "select count(*) from ledger.head h join ledger.bookmark b using (council) where b.lane = h.lane"
        " and b.reached < h.position or h.lane = 'book' and b.lane = 'events' and b.reached < h.events_sequence"
    )
    return not await look(house, sql)


async def lines_of(before: dict[str, Any], council: str) -> list[Any]:
    return [line for line in before["outbox"] if line[:2] == (council, "events")]


async def test_what_the_trail_lacks_raises_the_epoch_and_everybody_follows(town: WiredTown, tmp_path: Path) -> None:
    routing = town.houses["routing"]
    async with town.work():
        await town.carry()
        await eventually(town.all_copied, "record has a copy of everything")
    dumped = await dump(routing.database, tmp_path)
    officer = {"actor": "officer-pub", "role": "settings_publisher", "team": "csmt"}
    appointed = await appoint(town, "officer-one", officer)
    # The event left, and the database went before its row did.
    event = await lines(routing, f"select headers::text, value from ledger.outbox where council = '{SWINDON}'"
                                 " and lane = 'events' order by sequence desc limit 1")  # fmt: skip
    headers = {name: text.encode() for name, text in msgspec.json.decode(event[0][0]).items()}
    await town.send("routing.events", (SWINDON, event[0][1], headers))
    async with town.work("panel", record=False):
        await eventually(lambda: has_heard(town, "panel", event[0][1]), "panel hears it")
    await put_back(routing.database, dumped)

    done = await take_back(town, "routing")
    lost = {(one.council, one.lane): (one.epoch, one.lost) for one in done.lanes}
    last = len(await routing.told()) + 1
    assert lost == {
        (SWINDON, BOOK): (2, (f"events holds {last}, whose row is gone",)),
        (SHROPSHIRE, BOOK): (1, ()),
    }
    again = await take_back(town, "routing")
    assert [(one.epoch, one.lost) for one in again.lanes] == [(one.epoch, ()) for one in done.lanes]

    async with town.work():
        anew = await appoint(town, "officer-two", officer)
        await town.carry()
        await eventually(town.all_copied, "record follows")
    assert anew["position"] == appointed["position"]
    heard = [place[:2] for place in await heard_of(town.houses["panel"], "routing")]
    assert heard[-2:] == [(1, last), (2, last)]
    assert len(set(heard)) == len(heard)
    await everything_is_proven(town)


async def appoint(town: WiredTown, officer: str, by: dict[str, Any]) -> dict[str, Any]:
    body = {"officer": officer, "role": "social_worker", "team": "locality-2", "service": None, "name": officer,
            "email": f"{officer}@council.example"}  # fmt: skip
    return await town.does("routing", "POST", "officers", body, **by)


async def has_heard(town: WiredTown, name: str, value: bytes) -> bool:
    return bool(await look(town.houses[name], "select count(*) from ledger.row where payload = $1", value))


async def test_what_follows_from_the_last_heard_row_follows_after_the_restore(town: WiredTown, tmp_path: Path) -> None:
    routing = town.houses["routing"]
    async with town.work():
        await town.carry()
        await eventually(town.all_copied, "record has a copy of everything")
    dumped = await dump(routing.database, tmp_path)
    async with town.work("intake", record=False):
        await submitted_unheard(town)
    host = routing.host
    position = (await host.ledger.head(SWINDON)).position
    async with running_consumer(town, "routing"):
        await eventually(lambda: beyond(routing, position + 2), "routing hears it and routes it")
    rows = await host.ledger.rows(SWINDON, position)
    begun, heard, routed = rows
    assert (begun.kind, heard.kind, routed.name) == ("heard", "heard", "routing.route.routed")
    # The trail got as far as the heard rows.
    for row in (begun, heard):
        await town.send("routing.trail", (SWINDON, trail_bytes(row), {}))
    await put_back(routing.database, dumped)
    done = await take_back(town, "routing")
    assert [one.rows for one in done.lanes if (one.council, one.lane) == (SWINDON, BOOK)] == [2]
    assert await host.ledger.rows(SWINDON, position, 2) == [begun, heard]
    [follows] = await host.ledger.rows(SWINDON, position + 2)
    assert (follows.id, follows.name, follows.stream, follows.cause) == (
        routed.id, routed.name, routed.stream, routed.cause,
    )  # fmt: skip
    assert not any(one.lost for one in (await take_back(town, "routing")).lanes)
    assert len(await host.ledger.rows(SWINDON, position)) == 3
    async with town.work():
        await town.carry()
        await eventually(town.all_copied, "record follows")
    await everything_is_proven(town)


def running_consumer(town: WiredTown, name: str) -> Any:
    return running(town.consumer(name).run())


async def beyond(house: ServiceHouse, position: int) -> bool:
    return (await house.host.ledger.head(SWINDON)).position > position


async def submitted_unheard(town: WiredTown) -> None:
    """An application is submitted while nobody but intake is at work."""
    carry, town.carry = town.carry, nothing
    try:
        await town.submitted("Alder")
        await eventually(lambda: all_sent(town.houses["intake"]), "it is sent")
    finally:
        town.carry = carry


async def nothing() -> None:
    await asyncio.sleep(0)  # lets the other tasks have their turn


async def test_a_database_that_was_written_to_since_is_left_as_it_is(town: WiredTown, tmp_path: Path) -> None:
    intake = town.houses["intake"]
    dumped = await dump(intake.database, tmp_path)
    async with town.work():
        await begun(town)
        await eventually(town.all_copied, "record has a copy of everything")
    await put_back(intake.database, dumped)
    town.record.clock.advance(timedelta(seconds=1))
    await begun(town)
    before = await stands(intake)
    done = await take_back(town, "intake")
    assert list(done.refused) == [SWINDON]
    assert "is not the" in done.refused[SWINDON]
    assert await stands(intake) == before
    await put_back(intake.database, dumped)
    assert (await take_back(town, "intake")).refused == {}
    await everything_is_proven(town)


async def test_nothing_is_taken_back_beside_a_worker(town: WiredTown) -> None:
    async with town.work("intake", record=False):
        await eventually(lambda: look(town.houses["intake"], RELAYS), "the relay works")
        with pytest.raises(RuntimeProblem, match="Stop it"):
            await take_back(town, "intake")


RELAYS = "select count(*) from pg_locks where locktype = 'advisory' and granted and objid = 7215640013 % 4294967296"
