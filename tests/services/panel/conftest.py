"""Panel as it runs, over real PostgreSQL, on a Monday morning."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.panel.main import SERVICE
from tests.databases import Databases
from tests.services.house import ServiceHouse, open_house
from tests.services.panel.doors import MONDAY
from tests.services.truth import hold_to_its_document


@pytest.fixture
async def house(databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    async with open_house(SERVICE, databases, tmp_path) as house:
        house.clock.set(MONDAY)
        await hold_to_its_document(house)
        yield house
