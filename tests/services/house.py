"""One service as it runs, over its own fresh PostgreSQL database: its web app, and what its consumer would do."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4, uuid5

import asyncpg
import httpx
import msgspec

from contracts.registry import registry
from edge.access import STORED as ACCESS_STORED
from edge.access import AccessLog
from edge.clock import SettableClock
from edge.deployment import from_environment
from edge.issuer import Issuer
from edge.keys import FixedKeys
from ledger.book import Book
from ledger.codec.codec import Codec
from ledger.envelope import enveloped
from ledger.pg.ledger import PostgresLedger, connect_pool
from ledger.rows import ACCESS, Context, Hearing, Outgoing, Row
from ledger.vault.postgres import PostgresVault
from ledger.vault.vault import MemoryVault
from services.hosting import Host, Service, create_app
from tests.databases import Databases, ServiceDatabase
from tests.services.declared import refused_as_declared

SHROPSHIRE = "c92ab7"
SWINDON = "c4d81e"

_NOBODY = UUID(int=0)


@dataclass
class ServiceHouse:
    """A service with its doors open. The clock stands still until it is moved."""

    host: Host
    http: httpx.AsyncClient
    clock: SettableClock
    issuer: Issuer
    database: ServiceDatabase
    _heard: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])

    def headers(
        self,
        actor: str,
        role: str,
        *,
        council: str = SWINDON,
        team: str = "",
        service: str = "",
        version: int | None = None,
        key: UUID | None = None,
        purpose: str | None = "case_work",
    ) -> dict[str, str]:
        """Headers of a command under a fresh key, or under the key given; ``version`` becomes If-Match.

        ``purpose`` is what a reading is for; None says nothing of it.
        """
        token = self.issuer.token(actor, council, [role], team=team, service=service)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(key or uuid4())}
        if purpose is not None:
            headers["Panelbook-Purpose"] = purpose
        return headers if version is None else {**headers, "If-Match": f'"{version}"'}

    async def hear(
        self, type_: str, data: Mapping[str, Any], *, council: str = SWINDON, recorded_at: datetime | None = None
    ) -> None:
        """What the consumer does with one public event of another service: hear it, and what follows.

        Its own service recorded it at ``recorded_at``, or just now.
        The event must hold to its contract. An exception of a policy undoes the hearing and is raised.
        """
        registry().validate_strictly(type_, msgspec.to_builtins(data))
        source = registry().topic_of(type_).producer
        sequence = self._heard.get((council, source), 0) + 1
        # One after the other, whichever service says them: what follows is recorded after what it follows from.
        recorded_at = recorded_at or self.clock.now() + timedelta(microseconds=1 + sum(self._heard.values()))
        hearing = _hearing(source, council, type_, data, sequence, self.clock.now(), recorded_at)
        context = Context(
            council=council,
            actor=f"service:{self.host.service.name}",
            role="service",
            received_at=self.clock.now(),
            now=self.clock.now(),
            command_id=uuid5(_NOBODY, f"{self.host.service.name}/{hearing.id}"),
            correlation_id=hearing.correlation_id,
        )
        async with self.host.book.unit_of_work(context) as unit:
            await unit.hear([hearing])
        self._heard[council, source] = sequence

    async def told(self, council: str = SWINDON, lane: str = "events") -> list[tuple[str, str, dict[str, Any]]]:
        """Every public event in the outbox, oldest first: type, subject, data. Each must hold to its contract."""
        connection = await asyncpg.connect(self.database.dsn("relay"))
        try:
            found = await connection.fetch(
                "SELECT type, subject, value FROM ledger.outbox WHERE council = $1 AND lane = $2 ORDER BY sequence",
                council,
                lane,
            )
        finally:
            await connection.close()
        events = [(row["type"], row["subject"], msgspec.json.decode(row["value"])["data"]) for row in found]
        for type_, _, data in events:
            registry().validate_strictly(type_, data)
        return events

    async def logged(self, council: str = SWINDON) -> list[Any]:
        """What stands in the access lane."""
        codec = Codec(ACCESS_STORED)
        return [codec.decode_row(row) for row in await self.host.ledger.rows(council, lane=ACCESS)]

    async def stored(self, council: str = SWINDON) -> list[Row]:
        """Every row of the council's book."""
        return [row async for row in self.host.ledger.every_row(council)]

    async def read_models(self) -> dict[str, list[str]]:
        """Every table of the schema ``read`` as text, for comparing before and after a rebuild."""
        connection = await asyncpg.connect(self.database.admin_dsn)
        try:
            tables = await connection.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'read'")
            return {
                table["name"]: [
                    row["line"]
                    for row in await connection.fetch(
                        f'SELECT t::text AS line FROM read."{table["name"]}" t ORDER BY 1'
                    )
                ]
                for table in tables
            }
        finally:
            await connection.close()


@asynccontextmanager
async def open_house(
    service: Service,
    databases: Databases,
    folder: Path,
    *,
    vault: MemoryVault | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[ServiceHouse]:
    """Run a service on a database of its own, with a vault in memory; both are gone on leaving.

    Services that share a ``vault`` can open what the others sealed, and those of one ``folder`` share the clock.
    ``environment`` adds to the deployment's.
    """
    database = await databases.create(service.name, service.migrations())
    pool = await connect_pool(database.dsn("app"), max_size=8, application=f"test-{service.name}")
    issuer = Issuer(folder / "issuer")
    clock = SettableClock(folder / "clock.json")
    vault = vault or MemoryVault()
    ledger = PostgresLedger(service.name, pool)
    book = Book(
        ledger=ledger,
        codec=Codec(service.stored),
        vault=vault,
        project=service.project,
        publish=service.publish,
        follow=service.follow,
    )
    deployment = from_environment(
        {
            "PANELBOOK_MODE": "test",
            "PANELBOOK_ISSUER": "urn:panelbook:issuer",
            "PANELBOOK_AUDIENCE": "panelbook",
            **(environment or {}),
        }
    )
    # The vault in memory keeps every promise that a service relies on; its own suite holds the two to each other.
    host = Host(service, deployment, clock, pool, ledger, cast(PostgresVault, vault), book, AccessLog(book))
    app = create_app(host, FixedKeys(issuer.jwks()))
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://panelbook") as http:
            http.event_hooks = {"response": [refused_as_declared(service.name, app)]}
            yield ServiceHouse(host, http, clock, issuer, database)
    finally:
        await pool.close()
        await databases.drop(database)


def _hearing(
    source: str,
    council: str,
    type_: str,
    data: Mapping[str, Any],
    sequence: int,
    at: datetime,
    recorded_at: datetime,
) -> Hearing:
    """A public event byte for byte as its service would have sent it."""
    identity = uuid5(_NOBODY, f"{source}/{council}/{sequence}")
    subject = registry().subject(type_, data)
    row = Row(
        council=council,
        lane="book",
        epoch=1,
        position=sequence,
        kind="decided",
        stream=subject,
        version=1,
        source="",
        source_epoch=0,
        source_sequence=0,
        id=identity,
        name=type_,
        schema=1,
        received_at=at,
        recorded_at=recorded_at,
        actor="somebody",
        role="somebody",
        command_id=identity,
        correlation_id=identity,
        cause="",
        payload=b"",
    )
    context = Context(council, "somebody", "somebody", at, at, identity, identity)
    event = enveloped(source, row, Outgoing("events", type_, subject, dict(data)), sequence, context)
    name, version = type_.rsplit(".v", 1)
    return Hearing(source, 1, sequence, identity, name, int(version), subject, recorded_at, identity, event.value)
