"""Puts a service together from its parts and the shared rooms: the same for all five, so that each main.py is short."""

import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from fastapi import APIRouter, FastAPI

from bus.access import KafkaAccess
from edge import app as edge_app
from edge.access import AccessLog
from edge.clock import Clock, clock_of
from edge.deployment import Deployment
from edge.principal import Keys, PublishedKeys, TokenVerifier
from ledger.book import Book, Decided, Desk, Heard, Told
from ledger.codec import Codec, StoredName
from ledger.postgres import PostgresLedger, connect_pool
from ledger.rows import Change, Outgoing
from ledger.vault import PostgresVault

VERSION = "1.0.0"
"""What the OpenAPI documents call this release."""

BUS_SCHEMA = Path(__file__).parent.parent / "bus" / "schema.sql"

WEB_POOL = 10
"""Connections of one service's web process; a command holds one from its head lock to COMMIT."""


async def hear_only(desk: Desk, heard: Heard) -> None:
    """The reaction of a service to which what it hears is knowledge only."""


@dataclass(frozen=True)
class Service:
    """What makes a service itself: names, rules' consequences, read models, routes and what it listens to."""

    name: str
    summary: str
    folder: Path
    stored: Sequence[StoredName]
    project: Callable[[Told], Sequence[Change]]
    publish: Callable[[Decided], Sequence[Outgoing]]
    routers: Sequence[Callable[["Host"], APIRouter]]
    hears: Sequence[str] = ()
    react: Callable[[Desk, Heard], Any] = hear_only
    tasks: Callable[["Host"], dict[str, Callable[[], Any]]] = field(default=lambda host: {})

    def migrations(self) -> list[Path]:
        """The SQL files of this service's database after the ledger's own, in order."""
        return [BUS_SCHEMA, *sorted((self.folder / "migrations").glob("*.sql"))]


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

    @property
    def kafka(self) -> KafkaAccess:
        """The credential of this service's own Kafka principal."""
        name = self.service.name
        return KafkaAccess(self.deployment.kafka_bootstrap, name, self.deployment.kafka_password(name))


@asynccontextmanager
async def open_host(
    service: Service, deployment: Deployment, *, max_size: int = WEB_POOL, clock: Clock | None = None
) -> AsyncIterator[Host]:
    """Connect a service to its database and to the vault; both are let go on leaving."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            await connect_pool(deployment.dsn(service.name), max_size=max_size, application=service.name)
        )
        vault_pool = await stack.enter_async_context(
            await connect_pool(deployment.vault_dsn(service.name), max_size=4, application=f"{service.name} vault")
        )
        vault = PostgresVault(vault_pool, deployment.vault_key(), os.urandom, time.monotonic)
        ledger = PostgresLedger(service.name, pool)
        book = Book(
            ledger=ledger, codec=Codec(service.stored), vault=vault, project=service.project, publish=service.publish
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
async def published_keys(deployment: Deployment) -> AsyncIterator[Keys]:
    """The issuer's key set, read over HTTP when the first token arrives."""
    async with httpx.AsyncClient() as client:
        yield PublishedKeys(deployment.jwks_url, client)


def create_app(host: Host, keys: Keys) -> FastAPI:
    """A service's web app, to be mounted under ``/<service>``."""
    service, deployment = host.service, host.deployment

    async def database() -> None:
        await host.pool.fetchval("SELECT 1")

    return edge_app.create_app(
        service=service.name,
        version=VERSION,
        summary=service.summary,
        clock=host.clock,
        tokens=TokenVerifier(issuer=deployment.issuer, audience=deployment.audience, keys=keys),
        vault=host.vault,
        access=host.access,
        routers=[router(host) for router in service.routers],
        ready={"database": database},
    )
