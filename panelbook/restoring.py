"""Takes back from a service's own topics what its database, put back from an older dump, no longer has."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import cast
from urllib.parse import urlsplit

import asyncpg
import msgspec

from bus.access import KafkaAccess
from bus.own_topics import read_own_topics
from bus.relay import LOCK
from deploy.local.processes import RuntimeProblem
from edge.deployment import from_environment
from ledger.book import Book, last_unit
from ledger.following import unfinished
from ledger.migrate import database_dsn
from ledger.pg.ledger import connect_pool
from ledger.restore import CouncilKept, NotThisBook, TakenBack, ends, take_back
from ledger.rows import BOOK, Cause, Context, Lane, Row
from ledger.store import CommandReused
from panelbook.catalogue import CATALOGUE
from services.hosting import Host, open_host
from services.record.history.read import newest_copy


@dataclass
class Restored:
    """What became of each council's lanes, and why a council was left as it is."""

    lanes: list[TakenBack] = field(default_factory=list[TakenBack])
    refused: dict[str, str] = field(default_factory=dict[str, str])


async def restore_service(environment: Mapping[str, str], service: str, council: str | None = None) -> Restored:
    """Complete one service's restored database from its own trail, for every council or for one; safe to repeat.

    Needs the superusers of PostgreSQL and Kafka, as `migrate` does. The service's web process and worker must be down:
    raises RuntimeProblem while its relay works.
    """
    deployment = from_environment(environment)
    known = CATALOGUE[service]
    admin = database_dsn(
        environment["PANELBOOK_POSTGRES_ADMIN_DSN"], urlsplit(deployment.dsn(service, "owner")).path.lstrip("/")
    )
    access = KafkaAccess(
        deployment.kafka_bootstrap,
        environment["PANELBOOK_KAFKA_ADMIN_USERNAME"],
        environment["PANELBOOK_KAFKA_ADMIN_PASSWORD"],
    )
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(open_host(known, deployment, max_size=2))
        record = None
        if service != "record":
            # Its own copies are in the very database that was put back.
            record = await stack.enter_async_context(open_host(CATALOGUE["record"], deployment, max_size=2))
        return await take_all_back(host, admin, access, record.book if record else None, council=council)


async def take_all_back(
    host: Host,
    admin_dsn: str,
    access: KafkaAccess,
    record: Book | None,
    *,
    council: str | None = None,
    prefix: str = "",
) -> Restored:
    """As :func:`restore_service`, with what it connects to. ``record`` is the witness of what had been sent."""
    done = Restored()
    async with _alone(admin_dsn, host.service.name) as connection:
        kept = await ends(connection)
        refused = await read_own_topics(access, host.service.name, kept, prefix=prefix)
        for one in sorted(kept if council is None else kept.keys() & {council}):
            try:
                if one in refused:
                    raise refused[one]
                done.lanes += await _take_back(host, connection, kept[one], record)
            except NotThisBook as problem:
                done.refused[one] = str(problem)
    return done


async def _take_back(
    host: Host, connection: asyncpg.Connection, kept: CouncilKept, record: Book | None
) -> list[TakenBack]:
    async def copied(council: str, lane: Lane) -> tuple[int, int, bytes] | None:
        assert record is not None
        async with record.reading(council) as reader:
            return await newest_copy(reader, host.service.name, lane)

    taken = await take_back(connection, host.book, kept, copied if record else None)
    position = kept.lanes[BOOK].end.position
    if position and (kept.mark is None or kept.mark.position < position):
        await _finish(host, kept.council)
    return taken


async def _finish(host: Host, council: str) -> None:
    """Have what follows from the last unit of work follow, under the same ids: the trail may have ended within it."""
    recorded = await last_unit(host.book, council)
    if not recorded:
        return
    async with host.book.unit_of_work(_context(host, recorded[-1].row)) as unit:
        try:
            if await unit.outcome() is not None:
                return
        except CommandReused:
            return  # The command was answered, and so it is here as a whole.
        await unit.follow(unfinished(host.book.policies, recorded, partial(_context, host)))


def _context(host: Host, row: Row) -> Context:
    """Under which the row was recorded; one that was heard causes what follows from it."""
    cause = Cause(row.cause, row.recorded_at) if row.cause else None
    if row.kind == "heard":
        recorded_at = msgspec.convert(msgspec.json.decode(row.payload)["time"], type(row.recorded_at))
        cause = Cause(str(row.id), recorded_at)
    return Context(
        row.council, row.actor, row.role, row.received_at, host.clock.now(), row.command_id, row.correlation_id,
        cause=cause,
    )  # fmt: skip


@asynccontextmanager
async def _alone(admin_dsn: str, service: str) -> AsyncIterator[asyncpg.Connection]:
    """The superuser's connection to the service's database, in the place of its relay."""
    async with await connect_pool(admin_dsn, max_size=1, application="restore") as pool, pool.acquire() as connection:
        if not await connection.fetchval(LOCK):
            raise RuntimeProblem(f"The worker of {service} is at work. Stop it, and the web process, first.")
        # The pool hands out a proxy with every method of a connection.
        yield cast(asyncpg.Connection, connection)
