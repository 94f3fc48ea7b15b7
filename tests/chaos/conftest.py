"""The databases that sabotage is tried on."""

from tests.databases import service_database

__all__ = ["service_database"]
