"""Puts a service together from its parts and the shared rooms: the same for all five, so that each main.py is short."""

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import asyncpg
import httpx
from fastapi import APIRouter, FastAPI

from bus import parked, tables
from bus.access import KafkaAccess
from bus.consumer import Consumer
from bus.lag import LanesBehind, MarksAge
from bus.marker import Marker
from bus.relay import Relay
from bus.sagas import Oldest, Sagas
from bus.session_lock import SessionLock
from bus.trail_consumer import ChainAt, Keep, TrailConsumer
from bus.watchdog import Reading
from bus.worker import Worker
from contracts.registry import registry
from councils.settings import PURPOSES, Settings
from edge import app as edge_app
from edge.access import AccessLog
from edge.claims import opaque_ids
from edge.clock import Clock, clock_of
from edge.deployment import Deployment
from edge.keys import Keys, PublishedKeys
from edge.need_to_know import TABLE
from edge.principal import TokenVerifier
from ledger.book import Book
from ledger.changes import Change
from ledger.codec.codec import Codec, StoredName
from ledger.following import Policy
from ledger.pg.ledger import PostgresLedger, connect_pool, known_books, known_councils
from ledger.recorded import Decided, Recorded
from ledger.rows import Outgoing, Reached
from ledger.store import Reader
from ledger.vault.postgres import PostgresVault
from services import settings

VERSION = "1.0.0"
"""What the OpenAPI documents call this release."""

KEPT_SCHEMA = Path(__file__).parent.parent / "ledger" / "kept.sql"

WEB_POOL = 10
"""Connections of one service's web process; a command holds one from its head lock to COMMIT."""


WORKER_POOL = 5
"""Connections of one worker that see every council: the relay's, one for each lock, and two to look with."""


def no_tasks(host: "Host") -> dict[str, Callable[[], Awaitable[None]]]:
    """A service that does nothing besides hearing and relaying."""
    return {}


def no_resources(host: "Host") -> Sequence[object]:
    """Routes that share nothing but what every call has."""
    return ()


@dataclass(frozen=True)
class Service:
    """What makes a service itself: names, rules' consequences, read models, routes and what it listens to.

    ``tasks`` are what is done once for all councils: whichever of the service's workers is active does them.
    ``in_force`` are a council's settings at a moment, which say for which purposes its records may be read.
    ``oldest`` says since when a council's oldest case has waited for each step that this service waits for.
    ``follow`` holds the policies; a public type that causes none of them is knowledge for the projections only.
    One that ``keeps`` files or drafts has the tables of ledger/kept.sql; ``uploads`` are the addresses, as its routes
    write them, to which a file may be posted; ``resources`` makes what they share (:meth:`edge.calls.Call.resource`).
    """

    name: str
    summary: str
    folder: Path
    stored: Sequence[StoredName]
    project: Callable[[Recorded], Sequence[Change]]
    publish: Callable[[Decided], Sequence[Outgoing]]
    routers: Sequence[APIRouter]
    hears: Sequence[str] = ()
    follow: Sequence[Policy] = ()
    keep: Keep | None = None
    chain_at: ChainAt | None = None
    oldest: Oldest | None = None
    in_force: Callable[[Reader, datetime], Awaitable[Settings | None]] = settings.in_force
    tasks: Callable[["Host"], dict[str, Callable[[], Awaitable[None]]]] = no_tasks
    keeps: bool = False
    uploads: Sequence[str] = ()
    resources: Callable[["Host"], Sequence[object]] = no_resources

    def migrations(self) -> list[Path]:
        """The SQL files of this service's database after the ledger's own, in order."""
        kept = [KEPT_SCHEMA] if self.keeps else []
        return [*tables.MIGRATIONS, *kept, *sorted((self.folder / "migrations").glob("*.sql"))]


@dataclass(frozen=True)
class Host:
    """A running service's connections: what routes, consumers and tasks work with."""

    service: Service
    deployment: Deployment
    clock: Clock
    pool: asyncpg.Pool
    ledger: PostgresLedger
    vault: PostgresVault
    book: Book
    access: AccessLog
    relay_pool: asyncpg.Pool | None = None

    async def councils(self) -> list[str]:
        """Every council with a book here, for a worker's tasks that go round all of them."""
        assert self.relay_pool is not None, "only a worker's host knows every council"
        return await known_councils(self.relay_pool)

    async def books(self) -> dict[str, Reached]:
        """How far every council's book reaches, for tasks that look where something happened or falls due."""
        assert self.relay_pool is not None, "only a worker's host knows every council"
        return await known_books(self.relay_pool)

    @property
    def kafka(self) -> KafkaAccess:
        """The credential of this service's own Kafka principal."""
        name = self.service.name
        return KafkaAccess(self.deployment.kafka_bootstrap, name, self.deployment.kafka_password(name))


@asynccontextmanager
async def open_host(
    service: Service, deployment: Deployment, *, max_size: int = WEB_POOL, clock: Clock | None = None
) -> AsyncIterator[Host]:
    """Connect a service to its database and to the vault; both are let go on leaving.

    Neither need be there yet: a process that is started while they are away works as soon as they are back.
    """
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(await _pool(deployment.dsn(service.name), max_size, service.name))
        vault_pool = await stack.enter_async_context(
            await _pool(deployment.vault_dsn(service.name), 4, f"{service.name} vault")
        )
        vault = PostgresVault(vault_pool, deployment.vault_key(), os.urandom, time.monotonic)
        ledger = PostgresLedger(service.name, pool)
        book = Book(
            ledger=ledger,
            codec=Codec(service.stored),
            vault=vault,
            project=service.project,
            publish=service.publish,
            follow=service.follow,
        )
        yield Host(
            service=service,
            deployment=deployment,
            clock=clock or clock_of(deployment),
            pool=pool,
            ledger=ledger,
            vault=vault,
            book=book,
            access=AccessLog(book),
        )


@asynccontextmanager
async def open_worker_host(service: Service, deployment: Deployment) -> AsyncIterator[Host]:
    """A host that also has the relay's connections, which see every council."""
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(open_host(service, deployment))
        dsn = deployment.dsn(service.name, "relay")
        relay_pool = await stack.enter_async_context(await _pool(dsn, WORKER_POOL, f"{service.name} relay"))
        yield replace(host, relay_pool=relay_pool)


async def _pool(dsn: str, max_size: int, application: str) -> asyncpg.Pool:
    return await connect_pool(dsn, min_size=0, max_size=max_size, application=application)


@asynccontextmanager
async def published_keys(deployment: Deployment) -> AsyncIterator[Keys]:
    """The issuer's key set, read over HTTP when the first token arrives."""
    # A demo asks itself on loopback, which no proxy of the machine's may stand between.
    async with httpx.AsyncClient(trust_env=deployment.mode == "production") as client:
        yield PublishedKeys(deployment.jwks_url, client)


def create_app(host: Host, keys: Keys) -> FastAPI:
    """A service's web app, to be mounted under ``/<service>``."""
    service, deployment = host.service, host.deployment

    async def database() -> None:
        await host.pool.fetchval("SELECT 1")

    async def in_force(council: str, at: datetime) -> Settings | None:
        async with host.book.reading(council, shown=False) as reader:
            return await service.in_force(reader, at)

    async def purposes(council: str, at: datetime) -> Sequence[str]:
        found = await in_force(council, at)
        return found.purposes if found is not None else PURPOSES

    async def slug(council: str, at: datetime) -> str:
        found = await in_force(council, at)
        return found.slug if found is not None else ""

    return edge_app.create_app(
        service=service.name,
        version=VERSION,
        summary=service.summary,
        clock=host.clock,
        tokens=TokenVerifier(
            issuer=deployment.issuer,
            audience=deployment.audience,
            keys=keys,
            claims=deployment.claims,
            opaque=opaque_ids(host.vault.fingerprint),
            longest=deployment.token_life,
        ),
        book=host.book,
        vault=host.vault,
        access=host.access,
        routers=service.routers,
        uploads=service.uploads,
        resources=service.resources(host),
        ready={"database": database},
        table=TABLE[service.name],
        purposes=purposes,
        slug=slug,
    )


def create_worker(host: Host) -> Worker:
    """A service's worker: it hears or copies its share, and one of them relays, marks, retries and does the tasks.

    One that bears an instance's name hears only while nobody else bears it (docs/adr/0027).
    """
    service = host.service
    assert host.relay_pool is not None, "a worker needs open_worker_host"
    relay = Relay(service.name, host.relay_pool, host.kafka.producer, access=host.kafka)
    consumer, instance = _consumer(host), host.deployment.instance
    name = SessionLock(host.relay_pool, f"instance {instance}")
    tasks = {"relay": relay.run, "consumer": partial(name.run, consumer.run) if instance else consumer.run}
    once: dict[str, Callable[[], Awaitable[None]]] = {
        "marker": Marker(host.ledger, host.clock).run,
        "retries": consumer.retries.run,
        **service.tasks(host),
    }
    if service.oldest is not None:
        once["sagas"] = Sagas(host.book, host.clock, host.books, service.oldest).run

    async def alone() -> Reading:
        sentence = f"another worker of {service.name} bears the name {instance}: PANELBOOK_INSTANCE must differ"
        return Reading(0, 0, (sentence,) if name.taken else ())

    strict = service.keep is not None  # A trail has no subjects: whatever is parked of it stands in the way.
    watched = {
        "relay": relay.reading,
        "lanes": LanesBehind(service.name, host.relay_pool, host.clock).reading,
        "marks": MarksAge(service.name, host.relay_pool, host.clock).reading,
        "instance": alone,
        "consumer": consumer.reading,
        "parked": lambda: parked.reading(host.pool, service.name, strict=strict),
    }
    lock = SessionLock(host.relay_pool, "active")
    return Worker(service.name, tasks, once=once, lock=lock, watched=watched)


def _consumer(host: Host) -> Consumer | TrailConsumer:
    service = host.service
    if service.keep is not None:
        return TrailConsumer(
            service.name,
            service.hears,
            service.keep,
            pool=host.pool,
            access=host.kafka,
            instance=host.deployment.instance,
            chain_at=service.chain_at,
        )
    contracts = registry()
    return Consumer(
        service.name,
        service.hears,
        host.book,
        host.clock,
        pool=host.pool,
        access=host.kafka,
        instance=host.deployment.instance,
        knows=contracts.schemas.__contains__,
        check=contracts.validate,
    )
