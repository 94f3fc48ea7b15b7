"""Keeps messages that could not be handled, in order, and gives operators their four verbs: list, show, replay, drop.

The functions on a connection run inside the caller's transaction, under the council's lock, so that whoever parks and
whoever tries again never overtake each other.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
from prometheus_client import Gauge

from bus.offsets import Record
from bus.watchdog import Reading
from ledger.pg.commit import Connection, council_transaction
from ledger.pg.ledger import WAIT_SECONDS

PARKED, WAITING, BEHIND, FAILED, DROPPED = "PARKED", "WAITING", "BEHIND", "FAILED", "DROPPED"
ASIDE, MISSING, NEWER = "ASIDE", "MISSING", "NEWER"

TOO_NEW = "this release does not know it"
GAP = "an earlier message of its source has not come"
"""Why a message is left in its topic."""

GOES_ON = {
    PARKED: "by itself: it is tried again",
    WAITING: "by itself, once what it needs is heard",
    BEHIND: "by itself, after the one in front",
    FAILED: "replay once the cause is mended, or drop",
    ASIDE: "drop once its sender is known: nothing waits for it",
    MISSING: "by itself, once its source has sent the missing one again; drop what no service of ours has sent",
    NEWER: "by itself, once the release that knows it runs",
    DROPPED: "never: it was given up",
}
"""What releases a message in each state."""

NO_COUNCIL = "?"
"""Where messages are parked whose key names no council."""

PARKED_MESSAGES = Gauge(
    "panelbook_parked_messages",
    "Messages parked, aside or noted as waiting, by state.",
    ("service", "council", "state"),
)

_shown: set[tuple[str, str, str]] = set()
"""Service, council and state of every number that this process has told."""

BACKOFF = (1.0, 5.0, 30.0, 120.0, 600.0)
"""Seconds before each of the five tries; after the last one the message is FAILED until an operator acts."""

WAITING_SECONDS = 3.0
"""How often a WAITING message is tried even when nothing new has arrived."""

_INDEX = (
    "id, council, subject, stops_council, state, reason, tries, next_try_at, parked_at, source, type, epoch, sequence,"
    ' topic, partition, "offset", dropped_by, dropped_reason, dropped_at'
)
STANDING = "('PARKED', 'WAITING', 'BEHIND', 'FAILED')"
"""The states in which a message stands in front of others."""

_FRONTS = f"""
    SELECT DISTINCT source, subject, state, stops_council, '' AS topic, 0 AS partition, 0::bigint AS "offset"
    FROM bus.parked WHERE council = $1 AND state IN {STANDING}
    UNION ALL SELECT source, subject, state, stops_council, topic, partition, "offset"
    FROM bus.parked WHERE council = $1 AND state NOT IN {STANDING}
"""
_PARK = """
    INSERT INTO bus.parked (council, subject, stops_council, state, reason, next_try_at, source, type, epoch, sequence,
                            topic, partition, "offset", headers, value)
    VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 second', $7, $8, $9, $10,
            $11, $12, $13, $14::text::json, $15)
    ON CONFLICT (council, topic, partition, "offset") DO NOTHING RETURNING id
"""
WAKE = "UPDATE bus.parked SET next_try_at = clock_timestamp() WHERE council = $1 AND state = 'WAITING'"
_REPLAY = """
    UPDATE bus.parked SET state = 'PARKED', tries = 0, next_try_at = clock_timestamp()
    WHERE council = $1 AND id = $2 AND state IN ('PARKED', 'WAITING', 'BEHIND', 'FAILED') RETURNING true
"""
_DROP = """
    UPDATE bus.parked SET state = 'DROPPED', dropped_by = $3, dropped_reason = $4, dropped_at = clock_timestamp()
    WHERE council = $1 AND id = $2 AND state NOT IN ('DROPPED', 'NEWER') RETURNING true
"""
# every council: the index view shows where things stand in all of them, and none of the content.
_LIST = f"""
    SELECT {_INDEX} FROM bus.parked_index
    WHERE ($1::text IS NULL OR council = $1) AND (state <> 'DROPPED' OR $2) ORDER BY council, id
"""
_ONE = f"SELECT {_INDEX} FROM bus.parked_index WHERE id = $1"
_CONTENT = "SELECT headers::text AS headers, value FROM bus.parked WHERE council = $1 AND id = $2"
_DUE = f"""
    SELECT p.council, p.id FROM bus.parked_index p
    WHERE (p.state = 'BEHIND' OR (p.state IN ('PARKED', 'WAITING') AND p.next_try_at <= clock_timestamp()))
      AND NOT EXISTS (SELECT FROM bus.parked_index e WHERE e.council = p.council AND e.id < p.id
                      AND e.state IN {STANDING} AND (e.stops_council AND e.state <> 'WAITING'
                           OR e.subject = p.subject AND (e.source = p.source OR e.state IN ('PARKED', 'FAILED'))))
    ORDER BY p.council, p.id LIMIT 100
"""
_COUNTS = "SELECT council, state, count(*) AS messages FROM bus.parked_index GROUP BY council, state"
_STOPPED = """
    SELECT DISTINCT council FROM bus.parked_index
    WHERE stops_council AND state NOT IN ('WAITING', 'DROPPED') ORDER BY council
"""


class NotParked(LookupError):
    """No parked message has this id, or nothing of the kind can be done with it."""


@dataclass(frozen=True)
class Parked:
    """A parked message as operators see it; ``headers`` and ``value`` only when one is shown."""

    id: int
    council: str
    subject: str
    stops_council: bool
    state: str
    reason: str
    tries: int
    next_try_at: datetime
    parked_at: datetime
    source: str
    type: str
    epoch: int
    sequence: int
    topic: str
    partition: int
    offset: int
    dropped_by: str
    dropped_reason: str
    dropped_at: datetime | None
    headers: Mapping[str, bytes] = field(default_factory=dict[str, bytes], repr=False)
    value: bytes = field(default=b"", repr=False)


@dataclass
class Fronts:
    """What stands in front of a council's new messages.

    A message that failed blocks its subject for every source. One that waits, or stands behind, blocks its subject for
    its own source only: what it waits for may come from another source, about the same subject.

    What stands aside, or waits in its topic, blocks nothing: ``notes`` says which record each is, and for what. Records
    that an operator ``dropped`` are passed over.
    """

    stopped: bool = False
    waiting: bool = False
    failed: set[str] = field(default_factory=set[str])
    held: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    notes: dict[tuple[str, int, int], tuple[str, str]] = field(
        default_factory=dict[tuple[str, int, int], tuple[str, str]]
    )
    dropped: set[tuple[str, int, int]] = field(default_factory=set[tuple[str, int, int]])

    def add(self, source: str, subject: str, state: str, stops: bool) -> None:
        """Take one parked message into account."""
        self.waiting = self.waiting or state == WAITING
        self.stopped = self.stopped or (stops and state != WAITING)
        self.held.add((source, subject))
        if state in (PARKED, FAILED):
            self.failed.add(subject)

    def blocks(self, source: str, subject: str) -> bool:
        """Whether a message of this source on this subject has to go behind."""
        return self.stopped or subject in self.failed or (source, subject) in self.held


def entered(pool: asyncpg.Pool, council: str) -> AbstractAsyncContextManager[Connection]:
    """A transaction on a connection that row-level security lets see one council."""
    return council_transaction(pool, council, wait=WAIT_SECONDS)


async def fronts(connection: Any, council: str) -> Fronts:
    """What is parked for the council."""
    found = Fronts()
    for row in await connection.fetch(_FRONTS, council):
        source, subject, state, stops, *place = row
        if state == DROPPED:
            found.dropped.add((place[0], place[1], place[2]))
        elif place[0]:
            found.notes[place[0], place[1], place[2]] = (state, subject if state == MISSING else "")
        else:
            found.add(source, subject, state, stops)
    return found


async def park(
    connection: Any,
    record: Record,
    *,
    council: str,
    source: str,
    subject: str,
    state: str,
    reason: str,
    stops: bool = False,
    type_: str = "",
    epoch: int = 0,
    sequence: int = 0,
    wait: float = 0.0,
) -> bool:
    """Park one record; False when this very record is parked already (or was dropped). ``reason`` quotes no content."""
    return bool(
        await connection.fetchval(
            _PARK, council, subject, stops, state, reason, wait, source, type_, epoch, sequence,
            record.topic, record.partition, record.offset, headers_as_json(record), record.value or b"",
        )
    )  # fmt: skip


def nameless(record: Record) -> str:
    """What stands in for the subject of a record that does not say what it is about."""
    return f"{record.topic}/{record.partition}/{record.offset}"


async def due(pool: asyncpg.Pool) -> list[tuple[str, int]]:
    """Council and id of up to a hundred messages whose turn it is, oldest first within a council."""
    async with pool.acquire(timeout=2) as connection:
        return [(row["council"], row["id"]) for row in await connection.fetch(_DUE)]


async def wake_waiting(connection: Any, council: str) -> None:
    """Something new was heard: whatever waits is due at once."""
    await connection.execute(WAKE, council)


async def reading(pool: asyncpg.Pool, service: str, *, strict: bool = False) -> Reading:
    """For the watchdog: a stopped council is trouble whatever else moves; when ``strict``, so is any FAILED message.

    Also sets the metric of parked messages.
    """
    async with pool.acquire(timeout=2) as connection:
        stopped = [row["council"] for row in await connection.fetch(_STOPPED)]
        counted = {(row["council"], row["state"]): row["messages"] for row in await connection.fetch(_COUNTS)}
    _shown.update((service, *parked) for parked in counted)
    # What was said once is unsaid by a 0; a council that never had any is not spoken of.
    for council, state in [(NO_COUNCIL, ASIDE), *(rest for of, *rest in _shown if of == service)]:
        PARKED_MESSAGES.labels(service, council, state).set(counted.get((council, state), 0))
    troubles = [f"council {council} is stopped by a parked message" for council in stopped]
    failed = sum(messages for (_, state), messages in counted.items() if state == FAILED)
    if strict and failed:
        troubles.append(f"{failed} messages have failed")
    return Reading(0, 0, tuple(troubles))


async def list_parked(pool: asyncpg.Pool, council: str | None = None, *, dropped: bool = False) -> list[Parked]:
    """Parked messages of one council or of all, in order, without content; the dropped ones only when asked for."""
    async with pool.acquire() as connection:
        return [Parked(*row) for row in await connection.fetch(_LIST, council, dropped)]


async def show(pool: asyncpg.Pool, id_: int) -> Parked:
    """One parked message with its headers and its bytes (personal members in it are sealed). Raises NotParked."""
    parked = await _one(pool, id_)
    async with entered(pool, parked.council) as connection:
        content = await connection.fetchrow(_CONTENT, parked.council, id_)
    if content is None:
        raise NotParked(f"No parked message has the id {id_}.")
    known = {name: getattr(parked, name) for name in Parked.__dataclass_fields__}
    return Parked(**known | {"headers": headers_of(content["headers"]), "value": content["value"]})


async def replay(pool: asyncpg.Pool, id_: int) -> Parked:
    """Make a message due again with all its tries; the worker takes it up within a second. Raises NotParked."""
    parked = await _one(pool, id_)
    async with entered(pool, parked.council) as connection:
        if not await connection.fetchval(_REPLAY, parked.council, id_):
            raise _cannot(parked)
    return parked


async def drop(
    pool: asyncpg.Pool,
    id_: int,
    reason: str,
    by: str,
    record_drop: Callable[[Parked, str, str], Awaitable[None]],
) -> Parked:
    """Give a message up for good; what waits behind it goes on. Raises NotParked, ValueError without reason or name.

    ``record_drop(parked, reason, by)`` writes the access-lane row (`access.parked_dropped`) first: a drop that is not
    on record cannot happen, one on record that then fails is simply done again.
    """
    if not reason.strip() or not by.strip():
        raise ValueError("A drop needs a reason and the name of who decides it.")
    parked = await _one(pool, id_)
    if parked.state in (DROPPED, NEWER):
        raise _cannot(parked)
    await record_drop(parked, reason, by)
    async with entered(pool, parked.council) as connection:
        if not await connection.fetchval(_DROP, parked.council, id_, by, reason):
            raise NotParked(f"Message {id_} is no longer parked.")
    return parked


def _cannot(parked: Parked) -> NotParked:
    return NotParked(f"Message {parked.id} is {parked.state}; it goes on {GOES_ON[parked.state]}.")


def headers_as_json(record: Record) -> str:
    """Kafka headers as JSON: each name with its bytes in Latin-1, which keeps any byte and reads well."""
    return msgspec.json.encode({name: (value or b"").decode("latin-1") for name, value in record.headers}).decode()


def headers_of(stored: str) -> dict[str, bytes]:
    """Headers as they came, from what headers_as_json made."""
    return {name: value.encode("latin-1") for name, value in msgspec.json.decode(stored).items()}


async def _one(pool: asyncpg.Pool, id_: int) -> Parked:
    async with pool.acquire() as connection:
        row = await connection.fetchrow(_ONE, id_)
    if row is None:
        raise NotParked(f"No parked message has the id {id_}.")
    return Parked(*row)
