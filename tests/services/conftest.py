"""The databases of the services' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.postgres import LocalPostgres
from tests.databases import Databases


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """A PostgreSQL server of this session."""
    server = LocalPostgres(Path(tmp_path_factory.mktemp("postgres")), durable=False, say=lambda line: None)
    server.start()
    try:
        yield Databases(server.admin_dsn)
    finally:
        server.stop()
