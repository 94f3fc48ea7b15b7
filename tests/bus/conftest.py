"""Fresh databases, topics and services for each test of the bus, on real PostgreSQL and real Kafka."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from aiokafka import TopicPartition

from bus.access import KafkaAccess
from bus.consumer import Consumer
from bus.kafka_admin import KafkaAdmin, TopicSpec
from bus.relay import Relay
from deploy.local.backends import Backends
from ledger.book import Book
from ledger.migrate import database_dsn
from tests.bus import toy
from tests.databases import Databases, MakeDatabase, MakePool, ServiceDatabase, service_database, service_pool

__all__ = ["service_database", "service_pool"]

PARTITIONS = 3


@pytest.fixture(scope="session")
def databases(backends: Backends) -> Databases:
    return Databases(backends.postgres_admin_dsn)


@pytest.fixture
def access(backends: Backends) -> KafkaAccess:
    return KafkaAccess(backends.kafka_bootstrap, backends.kafka_admin.username, backends.kafka_admin.password)


async def eventually(holds: Callable[[], Awaitable[Any]], what: str, *, seconds: float = 30.0) -> Any:
    """Wait until ``holds`` gives something true, and return it."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        if found := await holds():
            return found
        assert asyncio.get_running_loop().time() < deadline, f"waited {seconds:.0f} s in vain until {what}"
        await asyncio.sleep(0.02)  # looks again: nothing tells when it is so


@asynccontextmanager
async def running(*tasks: Coroutine[Any, Any, Any]) -> AsyncIterator[list[asyncio.Task[Any]]]:
    """Tasks that run for the length of the block. One that fails by itself fails the test."""
    started = [asyncio.create_task(task) for task in tasks]
    try:
        yield started
    finally:
        for task in started:
            task.cancel()
        for end in await asyncio.gather(*started, return_exceptions=True):
            if isinstance(end, BaseException) and not isinstance(end, asyncio.CancelledError):
                raise end


@dataclass
class Service:
    """A toy service on a database of its own."""

    name: str
    database: ServiceDatabase
    pool: asyncpg.Pool
    relay_pool: asyncpg.Pool
    book: Book

    async def fetch(self, council: str, sql: str) -> list[Any]:
        """Rows that the app role sees for one council, which is ``$1``."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT set_config('panelbook.council', $1, true)", council)
            return [tuple(row) for row in await connection.fetch(sql, council)]

    async def numbers(self, council: str) -> list[int]:
        """The numbers of the notes heard, in the order of hearing."""
        return [
            n for (n,) in await self.fetch(council, "SELECT number FROM read.note WHERE council = $1 ORDER BY position")
        ]

    async def echoed(self, council: str) -> list[int]:
        """The numbers of the notes answered, in the order of answering."""
        sql = (
            "SELECT payload FROM ledger.row WHERE council = $1 AND lane = 'book' AND kind = 'decided' ORDER BY position"
        )
        return [toy.CODEC.decode("toy.note.echoed", 1, payload).number for (payload,) in await self.fetch(council, sql)]

    async def execute(self, sql: str, *arguments: Any) -> None:
        """As the superuser, for what no role may do."""
        connection = await asyncpg.connect(self.database.admin_dsn)
        try:
            await connection.execute(sql, *arguments)
        finally:
            await connection.close()

    async def execute_elsewhere(self, sql: str, *arguments: Any) -> None:
        """As the superuser, from another database of the same server."""
        connection = await asyncpg.connect(database_dsn(self.database.admin_dsn, "postgres"))
        try:
            await connection.execute(sql, *arguments)
        finally:
            await connection.close()

    async def bookmark(self, council: str, lane: str = "events") -> int:
        sql = "SELECT reached FROM ledger.bookmark WHERE council = $1 AND lane = $2"
        return await self.relay_pool.fetchval(sql, council, lane) or 0


@dataclass
class Stage:
    """Everything a test of the bus needs: Kafka topics under a fresh prefix, and services."""

    access: KafkaAccess
    prefix: str
    make_database: MakeDatabase
    make_pool: MakePool
    echo: toy.Echo = field(default_factory=toy.Echo)
    clock: toy.StandingClock = field(default_factory=toy.StandingClock)
    copies: list[tuple[Service, str]] = field(default_factory=list)

    async def topics(self, *names: str, partitions: int = PARTITIONS, **config: str) -> None:
        admin = KafkaAdmin(self.access.bootstrap, self.access.username, self.access.password)
        named = {name.replace("_", "."): value for name, value in config.items()}
        specs = [TopicSpec(f"{self.prefix}{name}", partitions, named) for name in names]
        await asyncio.to_thread(admin.ensure_topics, specs, 1)

    async def service(self, name: str) -> Service:
        return await self._on(await self.make_database(name, toy.MIGRATIONS))

    async def _on(self, database: ServiceDatabase) -> Service:
        pool = await self.make_pool(database)
        relay_pool = await self.make_pool(database, "relay", 3)
        return Service(database.service, database, pool, relay_pool, toy.book(pool, database.service))

    async def make_copy(self, service: Service) -> Service:
        """The service as it is now, as a backup would bring it back: a copy of its database."""
        name = f"copy_{uuid4().hex[:12]}"
        copy = ServiceDatabase(service.name, name, database_dsn(service.database.admin_dsn, name))
        async with self.shut(service):
            await service.execute_elsewhere(f"CREATE DATABASE {copy.name} TEMPLATE {service.database.name}")
        await service.execute_elsewhere(
            f"GRANT CONNECT ON DATABASE {copy.name} TO {service.name}_app, {service.name}_relay"
        )
        copied = ServiceDatabase(service.name, copy.name, database_dsn(service.database.admin_dsn, copy.name))
        self.copies.append((service, copy.name))
        return await self._on(copied)

    @asynccontextmanager
    async def shut(self, service: Service) -> AsyncIterator[None]:
        """Nobody reaches the service's database meanwhile; whoever is connected is cut off."""
        name = service.database.name
        await service.execute_elsewhere(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            await service.execute_elsewhere(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
            )
            yield
        finally:
            await service.execute_elsewhere(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def relay(self, service: Service, **options: Any) -> Relay:
        return Relay(
            service.name,
            service.relay_pool,
            self.access.producer,
            access=self.access,
            prefix=self.prefix,
            poll=0.02,
            **options,
        )

    def consumer(self, service: Service, topics: Sequence[str] = ("intake.events",), **options: Any) -> Consumer:
        service.book.policies = options.pop("follow", None) or toy.follow(self.echo.react)
        given: dict[str, Any] = {"backoff": (0.0,) * 5, "waiting": 0.1}
        return Consumer(
            service.name, topics, service.book, clock=self.clock,
            pool=service.pool, access=self.access, prefix=self.prefix, **(given | options),
        )  # fmt: skip

    async def send(self, topic: str, *messages: tuple[str | None, bytes | None, Mapping[str, bytes | None]]) -> None:
        """Put messages into a topic by hand, as something that is not our relay would: key, value, headers."""
        async with self.access.producer() as producer:
            for key, value, headers in messages:
                await producer.send_and_wait(
                    f"{self.prefix}{topic}",
                    value,
                    key=key.encode() if key is not None else None,
                    partition=0,
                    headers=list(headers.items()),
                )

    async def read(self, topic: str, count: int) -> list[Any]:
        """The first messages of a topic; waits until there are as many."""
        async with self.access.reader(f"{self.prefix}{topic}", auto_offset_reset="earliest") as reader:
            return [await asyncio.wait_for(reader.getone(), 20) for _ in range(count)]

    async def ends(self, topic: str) -> int:
        """How many messages a topic holds."""
        async with self.access.reader() as reader:
            name = f"{self.prefix}{topic}"
            partitions = [TopicPartition(name, number) for number in range(PARTITIONS)]
            return sum((await reader.end_offsets(partitions)).values())


@pytest.fixture
async def stage(access: KafkaAccess, service_database: MakeDatabase, service_pool: MakePool) -> AsyncIterator[Stage]:
    stage = Stage(access, f"t{uuid4().hex[:10]}-", service_database, service_pool)
    yield stage
    for service, copy in stage.copies:
        await service.execute_elsewhere(f"DROP DATABASE {copy} WITH (FORCE)")


def an_event(
    sequence: int,
    number: int | None = None,
    *,
    council: str = toy.SWINDON,
    subject: str = "a",
    source: str = "intake",
    epoch: int = 1,
    type_: str = toy.NOTED,
    mood: str = "plain",
    **attributes: Any,
) -> tuple[str, bytes, dict[str, bytes]]:
    """A public event as the relay would send it: key, value, headers."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(UUID(int=sequence)),
        "source": f"/panelbook/{source}",
        "type": type_,
        "subject": subject,
        "time": toy.NOW,
        "datacontenttype": "application/json",
        "council": council,
        "epoch": epoch,
        "sequence": sequence,
        "correlationid": str(UUID(int=7)),
        "data": {"number": number if number is not None else sequence, "mood": mood},
    }
    headers = {
        "content-type": b"application/cloudevents+json",
        "panelbook_type": type_.encode(),
        "panelbook_subject": subject.encode(),
        "council": council.encode(),
        "epoch": str(epoch).encode(),
        "sequence": str(sequence).encode(),
    }
    return council, msgspec.json.encode(event | attributes), headers
