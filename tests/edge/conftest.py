"""A small house to try the edge on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.backends import Backends
from tests.databases import Databases, service_database, service_pool
from tests.edge.counter import House, counter_house

__all__ = ["service_database", "service_pool"]


@pytest.fixture(scope="session")
def databases(backends: Backends) -> Databases:
    """Databases on the server that every test of the run shares."""
    return Databases(backends.postgres_admin_dsn)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The counter service over a ledger in memory."""
    async with counter_house(tmp_path) as house:
        yield house
