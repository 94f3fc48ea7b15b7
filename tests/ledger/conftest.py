"""The databases of the ledger's tests, and the two stores that one suite holds to the same promises."""

import pytest

from ledger.memory import MemoryLedger
from ledger.store import Ledger
from tests.databases import MakeLedger, service_database, service_ledger, service_pool

__all__ = ["service_database", "service_ledger", "service_pool"]


@pytest.fixture
async def intake_ledger(service_ledger: MakeLedger) -> Ledger:
    """A ledger of the service intake in a database of its own."""
    return await service_ledger("intake")


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.connected)])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """Each store in turn: what holds for one must hold for the other."""
    # Only the second asks for a database; an async fixture may only be asked for while no event loop runs.
    if request.param == "memory":
        return MemoryLedger("intake", wait_seconds=0.5)
    return request.getfixturevalue("intake_ledger")
