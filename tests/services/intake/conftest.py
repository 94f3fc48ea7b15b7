"""Intake as it runs, over real PostgreSQL: before it has heard of any settings, and with Swindon's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.intake.main import SERVICE
from tests.databases import Databases
from tests.services.house import ServiceHouse, open_house
from tests.services.intake.doors import settings_heard
from tests.services.truth import hold_to_its_document


@pytest.fixture
async def bare(databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    async with open_house(SERVICE, databases, tmp_path) as house:
        await hold_to_its_document(house)
        yield house


@pytest.fixture
async def house(bare: ServiceHouse) -> ServiceHouse:
    await settings_heard(bare)
    return bare
