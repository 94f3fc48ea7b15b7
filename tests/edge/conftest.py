"""A small house to try the edge on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.edge.counter import House, counter_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The counter service over a ledger in memory."""
    async with counter_house(tmp_path) as house:
        yield house
