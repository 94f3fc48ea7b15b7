"""One town for each module of tests: it is played once, and no test changes it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.databases import Databases
from tests.services.matrix.places import Known, play
from tests.services.record.town import Town, open_town


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Five services over real PostgreSQL."""
    async with open_town(databases, tmp_path_factory.mktemp("matrix")) as town:
        yield town


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def known(town: Town) -> Known:
    """What is there, by its ids."""
    return await play(town)
