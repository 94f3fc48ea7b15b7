"""Servers, databases and topics for a run of the bench, all its own and gone afterwards."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import asyncpg

from bus.access import KafkaAccess
from bus.kafka_admin import KafkaAdmin, TopicSpec
from deploy.local.backends import Backends, start_backends
from ledger.migrate import database_dsn, prepare_service, service_roles
from ledger.pg.ledger import connect_pool

PASSWORD = "only-for-the-bench"
PARTITIONS = 8


@dataclass(frozen=True)
class Scale:
    """How much of everything: ``FULL`` is measured, ``TINY`` only shows that everything runs."""

    rounds: int
    seconds: float
    events: int
    history: tuple[int, ...]
    durable: bool = True

    def tenfold(self) -> "Scale":
        """As this, with a history ten times the longest as well."""
        return replace(self, history=(*self.history, self.history[-1] * 10))


FULL = Scale(rounds=5, seconds=2.0, events=20_000, history=(10_000, 1_000_000))
TINY = Scale(rounds=1, seconds=0.1, events=200, history=(200, 400), durable=False)


@dataclass(frozen=True)
class Database:
    """One service's own database."""

    service: str
    name: str
    backends: Backends

    def dsn(self, role: str) -> str:
        """The address for ``app`` or ``relay``."""
        return self.backends.dsn(f"{self.service}_{role}", PASSWORD, self.name)

    @property
    def admin_dsn(self) -> str:
        """The superuser's address."""
        return database_dsn(self.backends.postgres_admin_dsn, self.name)

    @asynccontextmanager
    async def pool(self, role: str = "app", size: int = 10) -> AsyncIterator[asyncpg.Pool]:
        """Connections set up as the services set up theirs."""
        async with await connect_pool(self.dsn(role), max_size=size, application="bench") as pool:
            yield pool

    @asynccontextmanager
    async def plain_pool(self, size: int = 10) -> AsyncIterator[asyncpg.Pool]:
        """Connections as asyncpg gives them, of the superuser: no row-level security, no limits."""
        async with asyncpg.create_pool(self.admin_dsn, min_size=size, max_size=size) as pool:
            yield pool


@dataclass(frozen=True)
class Stage:
    """What every measurement stands on."""

    backends: Backends
    folder: Path
    scale: Scale

    async def database(self, service: str, migrations: Sequence[Path] = ()) -> Database:
        """A fresh database with the ledger's schema and ``migrations``."""
        name = f"bench_{uuid4().hex[:12]}"
        passwords = dict.fromkeys(service_roles(service), PASSWORD)
        admin = self.backends.postgres_admin_dsn
        await prepare_service(admin, service, database=name, passwords=passwords, migrations=migrations)
        return Database(service, name, self.backends)

    @property
    def kafka(self) -> KafkaAccess:
        """The administrator's way into Kafka: ACLs are not what is measured."""
        admin = self.backends.kafka_admin
        return KafkaAccess(self.backends.kafka_bootstrap, admin.username, admin.password)

    async def topics(self, *names: str) -> None:
        """Make topics."""
        access = self.kafka
        admin = KafkaAdmin(access.bootstrap, access.username, access.password)
        await asyncio.to_thread(admin.ensure_topics, [TopicSpec(name, PARTITIONS) for name in names], 1)


@contextmanager
def standing(scale: Scale) -> Iterator[Stage]:
    """Start the servers in a folder of their own; both are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="panelbook-bench-"))
    # PostgreSQL may run as an account of its own.
    folder.chmod(0o711)
    try:
        backends = start_backends(folder, durable=scale.durable, say=lambda _: None)
        try:
            yield Stage(backends, folder, scale)
        finally:
            backends.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def councils(count: int) -> list[str]:
    """Opaque ids of that many councils."""
    return [f"c{number:05x}" for number in range(1, count + 1)]
