"""Routing as it runs, over a database of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.routing.main import SERVICE
from tests.databases import Databases
from tests.services.house import ServiceHouse, open_house
from tests.services.truth import hold_to_its_document


@pytest.fixture
async def house(databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    """Every answer is held to the service's own document."""
    async with open_house(SERVICE, databases, tmp_path) as house:
        await hold_to_its_document(house)
        yield house
