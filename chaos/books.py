"""Reads the services' databases after a run, as their superuser: ledgers, outboxes, bookmarks, and what still waits."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg

from ledger.migrate import database_dsn
from panelbook.catalogue import CATALOGUE
from panelbook.local_deployment import SERVICES

Databases = Mapping[str, Any]
"""One connection for each service."""

_UNSENT = """
    SELECT lane.council, lane.name, lane.head - coalesce(b.reached, 0) AS waiting
    FROM (
        SELECT council, lane AS name, position AS head FROM ledger.head
        UNION ALL SELECT council, 'events', events_sequence FROM ledger.head WHERE lane = 'book'
        UNION ALL SELECT council, 'decisions', decisions_sequence FROM ledger.head WHERE lane = 'book'
    ) lane LEFT JOIN ledger.bookmark b ON b.council = lane.council AND b.lane = lane.name
    WHERE lane.head > coalesce(b.reached, 0) ORDER BY 1, 2
"""
_SENT_EVENTS = "SELECT council, events_sequence FROM ledger.head WHERE lane = 'book'"
_HEARD_UP_TO = "SELECT council, source, sequence FROM bus.progress"
_HEADS = "SELECT council, lane, position FROM ledger.head WHERE position > 0"
_COPIED = "SELECT council, source, lane, position FROM bus.trail_head"
_PARKED = "SELECT council, state, type, reason FROM bus.parked WHERE state <> 'DROPPED' ORDER BY id"
_LETTERS = """
    SELECT council, count(*) FILTER (WHERE name = 'notify.message.wanted')
         - count(*) FILTER (WHERE name IN ('notify.message.sent', 'notify.message.given_up')) AS waiting
    FROM ledger.row WHERE lane = 'book' GROUP BY council
"""


@asynccontextmanager
async def databases(admin_dsn: str) -> AsyncIterator[Databases]:
    """A connection to every service's database."""
    async with AsyncExitStack() as stack:
        opened: dict[str, Any] = {}
        for service in SERVICES:
            connection = await asyncpg.connect(database_dsn(admin_dsn, f"panelbook_{service}"))
            stack.push_async_callback(connection.close)
            opened[service] = connection
        yield opened


async def waiting(opened: Databases) -> list[str]:
    """Everything that is still on its way, in words; empty once all is where it belongs."""
    found: list[str] = []
    ends: dict[tuple[str, str], int] = {}
    for service, connection in opened.items():
        for council, lane, left in await connection.fetch(_UNSENT):
            found.append(f"{service}'s relay has {left} of {council}'s {lane} to send")
        for council, sequence in await connection.fetch(_SENT_EVENTS):
            ends[service, council] = sequence
        for council, state, type_, reason in await connection.fetch(_PARKED):
            found.append(f"{service} has {type_ or 'a message'} of {council} {state}: {reason}")
    for service, connection in opened.items():
        heard = {(row["source"], row["council"]): row["sequence"] for row in await connection.fetch(_HEARD_UP_TO)}
        for topic in CATALOGUE[service].hears:
            source, _, kind = topic.partition(".")
            if kind == "events":
                for council in sorted({council for named, council in ends if named == source}):
                    left = ends[source, council] - heard.get((source, council), 0)
                    if left:
                        found.append(f"{service} has {left} of {source}'s events of {council} to hear")
    copied = {tuple(row)[:3]: row["position"] for row in await opened["record"].fetch(_COPIED)}
    for service, connection in opened.items():
        for council, lane, position in await connection.fetch(_HEADS):
            left = position - copied.get((council, service, lane), 0)
            if left:
                found.append(f"record has {left} of {service}'s {lane} rows of {council} to copy")
    for council, left in await opened["notify"].fetch(_LETTERS):
        if left:
            found.append(f"notify has {left} letters of {council} to send")
    return found
