"""What services ask of their read models leaves equal tables however it is cut into units of work."""

import random
from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg
import pytest

from ledger.changes import Change
from ledger.codec.codec import Codec
from ledger.pg.applying import run_changes
from ledger.pg.ledger import connect_pool
from ledger.recorded import Decided
from panelbook.catalogue import CATALOGUE
from services.hosting import Service
from tests.databases import Databases
from tests.histories.golden import histories
from tests.ledger.chained import a_row

TIMES = 12
"""How often each golden event happens in one story, to one of two records."""

_ROWS = "SELECT * FROM {} WHERE council = $1"


def story(service: Service, chance: random.Random) -> list[list[Change]]:
    """The changes of a service's golden events in any order, for one record or another."""
    codec = Codec(service.stored)
    names = {one.name for one in service.stored}
    events = [
        codec.decode(one.name, one.schema, one.payload.encode())
        for one in histories()
        if one.name in names and one.schema == one.read_as
    ]
    happened = [event for event in events for _ in range(TIMES)]
    chance.shuffle(happened)
    found: list[list[Change]] = []
    for position, event in enumerate(happened, 1):
        stream = codec.encode(event)[0].split(".")[1]
        identity = chance.choice(("863ac4ee-6b55-5ed3-a3ad-52e9609ad8f2", "963ac4ee-6b55-5ed3-a3ad-52e9609ad8f2"))
        row = a_row(position, stream=f"{stream}-{identity}", version=position)
        try:
            found.append(list(service.project(Decided(row, event))))
        except KeyError:
            continue  # What is declared Any holds nothing in a golden history that a projection could look for.
    return found


async def tables(connection: asyncpg.Connection, council: str) -> Mapping[str, list[str]]:
    names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'read' ORDER BY 1")
    return {
        name: sorted(
            str(list(row.items())[1:]) for row in await connection.fetch(_ROWS.format(f"read.{name}"), council)
        )
        for (name,) in names
    }


@pytest.fixture(params=["intake", "routing", "panel", "notify"])
async def service(
    request: pytest.FixtureRequest, databases: Databases
) -> AsyncIterator[tuple[Service, asyncpg.Connection]]:
    known = CATALOGUE[request.param]
    database = await databases.create(known.name, known.migrations())
    pool: Any = await connect_pool(database.admin_dsn, max_size=1, application="test-read-models")
    async with pool.acquire() as connection:
        yield known, connection
    await pool.close()
    await databases.drop(database)


@pytest.mark.connected
@pytest.mark.parametrize("seed", range(4))
async def test_golden_events_leave_equal_tables_merged_and_apart(
    service: tuple[Service, asyncpg.Connection], seed: int
) -> None:
    known, connection = service
    chance = random.Random(seed)
    done: list[Change] = []
    for changes in story(known, chance):
        try:
            async with connection.transaction():
                for change in changes:
                    await run_changes(connection, "apart", [change])
        except asyncpg.UniqueViolationError:
            continue
        done += changes
    while done:
        size = chance.randint(1, 60)
        await run_changes(connection, "merged", done[:size])
        done = done[size:]
    apart = await tables(connection, "apart")
    assert await tables(connection, "merged") == apart
    assert any(apart.values())
