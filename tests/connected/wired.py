"""A town whose services tell each other over real Kafka: relays, consumers and record's reader, run when asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from aiokafka import TopicPartition

from bus.access import KafkaAccess
from bus.consumer import Consumer
from bus.kafka_admin import KafkaAdmin
from bus.relay import Relay
from bus.trail_consumer import TrailConsumer
from contracts.registry import TopicSpec, registry
from deploy.local.backends import Backends
from ledger.migrate import database_dsn
from ledger.pg.ledger import connect_pool
from ledger.rows import ACCESS, BOOK
from ledger.vault.vault import MemoryVault
from tests.databases import Databases, ServiceDatabase, run_tool
from tests.services.house import ServiceHouse, open_house
from tests.services.record.town import PUBLISHERS, SERVICES, Town

PARTITIONS = 2
COPIED = "select max(position) from copy.row where council = $1 and service = $2 and lane = $3 and epoch = $4"
TRAILS = tuple(f"{service.name}.trail" for service in SERVICES)


def access_of(backends: Backends) -> KafkaAccess:
    return KafkaAccess(backends.kafka_bootstrap, backends.kafka_admin.username, backends.kafka_admin.password)


async def eventually(holds: Callable[[], Awaitable[Any]], what: str, *, seconds: float = 60.0) -> Any:
    """Wait until ``holds`` gives something true, and return it."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        if found := await holds():
            return found
        assert asyncio.get_running_loop().time() < deadline, f"waited {seconds:.0f} s in vain until {what}"
        await asyncio.sleep(0.02)  # looks again: nothing tells when it is so


@asynccontextmanager
async def running(*tasks: Coroutine[Any, Any, Any]) -> AsyncIterator[None]:
    """Tasks that run for the length of the block. One that fails by itself fails the test."""
    started = [asyncio.create_task(task) for task in tasks]
    try:
        yield
    finally:
        for task in started:
            task.cancel()
        for end in await asyncio.gather(*started, return_exceptions=True):
            if isinstance(end, BaseException) and not isinstance(end, asyncio.CancelledError):
                raise end


@dataclass
class WiredTown(Town):
    """Five houses over topics of their own. What is told arrives while the services :meth:`work`."""

    access: KafkaAccess = field(kw_only=True)
    prefix: str = field(kw_only=True)

    async def carry(self) -> None:
        """Wait until everybody who is at work has heard what the others told."""
        await eventually(self.all_heard, "everything told is heard")

    @asynccontextmanager
    async def work(self, *names: str, record: bool = True) -> AsyncIterator[None]:
        """The named services, or all, relay and hear for the length of the block; record copies every trail."""
        async with AsyncExitStack() as stack:
            tasks: list[Coroutine[Any, Any, Any]] = []
            for name in names or self.houses:
                tasks.append((await self.relay(stack, name)).run())
                if name != "record":
                    consumer = self.consumer(name)
                    tasks += [consumer.run(), consumer.retries.run()]
            if record:
                reader = self.reader()
                tasks += [reader.run(), reader.retries.run()]
            await stack.enter_async_context(running(*tasks))
            yield

    async def relay(self, stack: AsyncExitStack, name: str) -> Relay:
        house = self.houses[name]
        pool = await connect_pool(house.database.dsn("relay"), max_size=2, application=f"test-{name}-relay")
        await stack.enter_async_context(pool)
        return Relay(name, pool, self.access.producer, access=self.access, prefix=self.prefix, poll=0.02)

    def consumer(self, name: str, **options: Any) -> Consumer:
        host = self.houses[name].host
        service, contracts = host.service, registry()
        given: dict[str, Any] = {"knows": contracts.schemas.__contains__, "backoff": (0.0,) * 5, "waiting": 0.1}
        return Consumer(
            name, service.hears, host.book, host.clock, pool=host.pool, access=self.access,
            prefix=self.prefix, check=contracts.validate, **(given | options),
        )  # fmt: skip

    def reader(self, **options: Any) -> TrailConsumer:
        """Record's reader of all trails."""
        host = self.record.host
        given: dict[str, Any] = {"keep": host.service.keep, "chain_at": host.service.chain_at, "backoff": (0.0,) * 5}
        return TrailConsumer(
            "record", TRAILS, pool=host.pool, access=self.access, prefix=self.prefix, **(given | options)
        )

    async def all_heard(self) -> bool:
        """Whether every listener has heard all that stands in its sources' outboxes."""
        told = await self._told()
        for listener in SERVICES:
            sources = [topic.partition(".")[0] for topic in listener.hears if topic.endswith(".events")]
            progress = await _progress(self.houses[listener.name])
            for source in sources:
                for council, (_, sequence) in told[source].items():
                    if sequence and progress.get((council, source)) != sequence:
                        return False
            if await look(self.houses[listener.name], "select count(*) from bus.parked"):
                return False
        # What was heard last may have led to something meanwhile.
        return told == await self._told()

    async def _told(self) -> dict[str, dict[str, tuple[int, int]]]:
        return {name: await _ends(house) for name, house in self.houses.items()}

    async def all_copied(self) -> bool:
        """Whether record has a copy of every row of every service."""
        for name, house in self.houses.items():
            for council in PUBLISHERS:
                for lane in (BOOK, ACCESS):
                    head = await house.host.ledger.head(council, lane)
                    copied = await look(self.record, COPIED, council, name, lane, head.epoch)
                    if head.position and copied != head.position:
                        return False
        return True

    async def ends(self, topic: str) -> int:
        """How many messages a topic holds."""
        async with self.access.reader() as reader:
            partitions = [TopicPartition(f"{self.prefix}{topic}", number) for number in range(PARTITIONS)]
            return sum((await reader.end_offsets(partitions)).values())

    async def send(self, topic: str, *messages: tuple[str, bytes, dict[str, bytes]]) -> None:
        """Put messages into a topic where the relay would put them: key, value, headers."""
        async with self.access.producer() as producer:
            for key, value, headers in messages:
                name = f"{self.prefix}{topic}"
                await producer.send_and_wait(name, value, key=key.encode(), headers=list(headers.items()))


async def look(house: ServiceHouse, sql: str, *arguments: Any) -> Any:
    """One value as the superuser sees it."""
    connection = await asyncpg.connect(house.database.admin_dsn)
    try:
        return await connection.fetchval(sql, *arguments)
    finally:
        await connection.close()


async def lines(house: ServiceHouse, sql: str) -> list[tuple[Any, ...]]:
    """Lines as the superuser sees them."""
    connection = await asyncpg.connect(house.database.admin_dsn)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def _ends(house: ServiceHouse) -> dict[str, tuple[int, int]]:
    found = await lines(house, "select council, epoch, events_sequence from ledger.head where lane = 'book'")
    return {council: (epoch, sequence) for council, epoch, sequence in found}


async def _progress(house: ServiceHouse) -> dict[tuple[str, str], int]:
    found = await lines(house, "select council, source, sequence from bus.progress")
    return {(council, source): sequence for council, source, sequence in found}


@asynccontextmanager
async def open_wired_town(databases: Databases, backends: Backends, folder: Path) -> AsyncIterator[WiredTown]:
    """All five services and topics of their own; the services are gone on leaving."""
    access, prefix = access_of(backends), f"w{uuid4().hex[:10]}-"
    admin = KafkaAdmin(access.bootstrap, access.username, access.password)
    names = [spec.name for spec in registry().topic_specs(PUBLISHERS)]
    await asyncio.to_thread(admin.ensure_topics, [TopicSpec(f"{prefix}{name}", PARTITIONS, {}) for name in names], 1)
    vault = MemoryVault()
    async with AsyncExitStack() as stack:
        houses: dict[str, ServiceHouse] = {}
        for service in SERVICES:
            house = await stack.enter_async_context(open_house(service, databases, folder, vault=vault))
            houses[service.name] = house
        yield WiredTown(houses, access=access, prefix=prefix)


async def dump(database: ServiceDatabase, into: Path) -> Path:
    """A dump as the runbook takes it."""
    path = into / f"{database.name}.dump"
    await asyncio.to_thread(run_tool, "pg_dump", "--format=custom", f"--file={path}", database.admin_dsn)
    return path


async def put_back(database: ServiceDatabase, dumped: Path) -> None:
    """The database gone, and the dump in its place."""
    admin = database_dsn(database.admin_dsn, "postgres")
    commands: Sequence[Sequence[str]] = (
        ("dropdb", f"--maintenance-db={admin}", "--force", database.name),
        ("pg_restore", "--create", "--exit-on-error", f"--dbname={admin}", str(dumped)),
    )
    for command in commands:
        await asyncio.to_thread(run_tool, *command)
