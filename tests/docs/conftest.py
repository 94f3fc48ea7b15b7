"""Databases of their own for the drills of the runbooks."""

from tests.databases import service_database, service_pool

__all__ = ["service_database", "service_pool"]
