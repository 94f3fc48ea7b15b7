"""The databases of the ledger's tests, and the two stores that one suite holds to the same promises."""

from pathlib import Path

import pytest

from ledger.book import Book
from ledger.pg.ledger import PostgresLedger
from ledger.store import Ledger
from ledger.testing.memory import MemoryLedger
from tests.databases import MakeDatabase, MakeLedger, MakePool, service_database, service_ledger, service_pool
from tests.ledger.notes import NOTES, a_book

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


@pytest.fixture
async def postgres_ledger(service_database: MakeDatabase, service_pool: MakePool, tmp_path: Path) -> PostgresLedger:
    migration = tmp_path / "0001_notes.sql"
    migration.write_text(NOTES)
    return PostgresLedger("intake", await service_pool(await service_database("intake", [migration])))


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.connected)])
def book(request: pytest.FixtureRequest) -> Book:
    if request.param == "memory":
        return a_book(MemoryLedger("intake"))
    return a_book(request.getfixturevalue("postgres_ledger"))
