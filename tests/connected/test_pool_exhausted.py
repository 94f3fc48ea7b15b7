"""Every connection to the database is taken: commands are told to come again, and nothing is stored of them."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from ledger.proof.verify import verify_ledger
from services.intake.main import SERVICE as INTAKE
from tests.databases import Databases
from tests.services.house import SWINDON, open_house
from tests.services.intake.doors import START, call, settings_heard

pytestmark = pytest.mark.connected


async def test_an_exhausted_pool_is_503_with_retry_after_and_stores_nothing(
    databases: Databases, tmp_path: Path
) -> None:
    async with open_house(INTAKE, databases, tmp_path) as house:
        await settings_heard(house)
        before = len(await house.stored())
        keys = [uuid4() for _ in range(5)]
        async with AsyncExitStack() as taken:
            for _ in range(house.host.pool.get_max_size()):
                await taken.enter_async_context(house.host.pool.acquire())
            answers = await asyncio.gather(*(call(house, "POST", "applications", START, key=key) for key in keys))
        told = {(answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) for answer in answers}
        assert told == {(503, "BUSY", "5")}
        assert len(await house.stored()) == before
        again = [(await call(house, "POST", "applications", START, key=key)).status_code for key in keys]
        assert again == [201] * len(keys)
        assert len(await house.stored()) == before + len(keys)


async def test_far_more_commands_than_connections_are_each_stored_or_told_to_come_again(
    databases: Databases, tmp_path: Path
) -> None:
    async with open_house(INTAKE, databases, tmp_path) as house:
        await settings_heard(house)
        before = len(await house.stored())
        answers = await asyncio.gather(*(call(house, "POST", "applications", START) for _ in range(150)))
        told = Counter(answer.status_code for answer in answers)
        assert set(told) <= {201, 503}
        assert all(answer.headers["Retry-After"] for answer in answers if answer.status_code == 503)
        assert len(await house.stored()) - before == told[201] > 0
        assert (await verify_ledger(house.host.ledger, SWINDON)).positions == before + told[201]
