"""A database that was read-only for a while, as one that is handed over: its sessions are not kept afterwards."""

import asyncio
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from bus.failures import is_infrastructure
from ledger.pg.failures import AWAY, OF_NO_MORE_USE
from services.intake.main import SERVICE as INTAKE
from tests.databases import Databases
from tests.services.house import open_house
from tests.services.intake.doors import START, call, settings_heard

pytestmark = pytest.mark.connected


async def test_sessions_that_became_read_only_are_let_go_as_soon_as_one_says_so(
    databases: Databases, tmp_path: Path
) -> None:
    async with open_house(INTAKE, databases, tmp_path) as house:
        await settings_heard(house)
        pool = house.host.pool
        # Every session of the pool is as one that stayed from before a primary stepped down.
        held = [await pool.acquire() for _ in range(pool.get_max_size())]
        for connection in held:
            await connection.execute("SET default_transaction_read_only = on")
        for connection in held:
            await pool.release(connection)
        key = uuid4()
        first = await call(house, "POST", "applications", START, key=key)
        assert (first.status_code, first.json()["code"]) == (503, "BUSY")
        assert (await call(house, "POST", "applications", START, key=key)).status_code == 201
        more = await asyncio.gather(*(call(house, "POST", "applications", START) for _ in range(20)))
        assert {answer.status_code for answer in more} == {201}


@pytest.mark.parametrize(
    "state", ["08006", "25006", "25P03", "40001", "40P01", "53100", "53300", "55P03", "57P01", "57P03", "58030"]
)
def test_one_list_says_what_is_the_databases_own_fault(state: str) -> None:
    problem = asyncpg.PostgresError.new({"C": state, "M": "somebody's words"})
    assert isinstance(problem, AWAY)
    assert is_infrastructure(problem)


@pytest.mark.parametrize("state", ["22P02", "23505", "42601", "42501", "25P02"])
def test_what_was_asked_wrongly_is_not(state: str) -> None:
    problem = asyncpg.PostgresError.new({"C": state, "M": "somebody's words"})
    assert not isinstance(problem, AWAY)
    assert not is_infrastructure(problem)


def test_a_session_of_no_more_use_is_one_of_a_database_that_is_away() -> None:
    assert all(issubclass(one, AWAY) for one in OF_NO_MORE_USE)
