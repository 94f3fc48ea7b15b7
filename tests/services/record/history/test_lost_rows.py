"""What a service lost in a restore: out of every later history, in every answer that was given before, and evidence."""

from dataclasses import replace
from typing import Any
from uuid import uuid5

import asyncpg
import pytest

from ledger.pg.ledger import PostgresReader
from ledger.proof.leaf import chain_step, leaf_hash
from services.record.history.read import chain_at, copied_rows, decision_of
from tests.services.house import SWINDON
from tests.services.record.town import Cases, Town

pytestmark = [pytest.mark.connected, pytest.mark.asyncio(loop_scope="module")]

BEFORE, AFTER = "2026-10-13T14:00:00Z", "2026-10-13T15:00:00Z"


async def test_a_row_lost_in_a_restore_is_in_no_later_history_and_stays_in_the_answers_given_before(
    town: Town, cases: Cases
) -> None:
    answered = await town.history(cases.second, BEFORE)
    entries: list[dict[str, Any]] = answered.json()["entries"]
    decided = next(entry for entry in entries if entry["name"] == "panel.decision.agreed")
    position = decided["position"]
    connection = await asyncpg.connect(town.record.database.admin_dsn)
    try:
        await connection.execute("select set_config('panelbook.council', $1, false)", SWINDON)
        reader = PostgresReader(SWINDON, connection)
        panel = await copied_rows(reader, "panel", "book")
        assert await decision_of(reader, cases.second) is not None
        # Panel's database was put back to before that decision, and somebody was at work in it again.
        chain = await chain_at(reader, "panel", "book", position - 1)
        assert chain is not None
        another = next(row for row in panel if row.position == position - 1)
        anew = replace(another, epoch=2, position=position, id=uuid5(another.id, "anew"), version=another.version + 1,
                       recorded_at=panel[-1].recorded_at.replace(hour=14, minute=30))  # fmt: skip
        leaf = leaf_hash(anew)
        anew = replace(anew, leaf=leaf, chain=chain_step(chain, leaf))
        await town.keep(SWINDON, "panel", [anew], [])
        assert await decision_of(reader, cases.second) is None
    finally:
        await connection.close()
    town.clock_to(AFTER)
    for name, house in town.houses.items():
        marks = {mark.council: mark for mark in await house.host.ledger.mark(house.clock.now())}
        await town.keep(SWINDON, name, [], [marks[SWINDON]])
    later = await town.history(cases.second, AFTER)
    assert later.status_code == 200, later.text
    told = {place(entry) for entry in entries}
    lost = {(service, epoch, at) for service, epoch, at in told if service == "panel" and at >= position}
    assert ("panel", 1, position) in lost
    assert {one for one in map(place, later.json()["entries"]) if one[1] == 1} == told - lost
    assert (await town.history(cases.second, BEFORE)).content == answered.content


def place(entry: dict[str, Any]) -> tuple[str, int, int]:
    """Where an entry stands."""
    return entry["service"], entry["epoch"], entry["position"]
