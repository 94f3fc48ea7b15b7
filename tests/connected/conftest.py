"""Toy services over topics of their own, as the tests of the bus have them, for faults that need no case."""

from tests.bus.conftest import access, stage
from tests.databases import service_database, service_pool

__all__ = ["access", "service_database", "service_pool", "stage"]
