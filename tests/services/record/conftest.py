"""One town for each module of tests: its cases are played once and looked at from many sides."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.databases import Databases
from tests.services.record.town import Cases, Town, open_town, play


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Five services of one folder. Tests of a module share it, so each leaves what others look at as it was."""
    async with open_town(databases, tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cases(town: Town) -> Cases:
    """The cases, played."""
    return await play(town)
