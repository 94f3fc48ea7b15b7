"""Notify over real PostgreSQL, for every test that needs it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notify.main import SERVICE
from tests.databases import Databases
from tests.services.house import ServiceHouse, open_house


@pytest.fixture
async def house(databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    async with open_house(SERVICE, databases, tmp_path) as house:
        yield house
