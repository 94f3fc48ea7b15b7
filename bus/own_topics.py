"""Reads what a service itself once sent, from the beginning of its topics, for a database that was restored."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from aiokafka import TopicPartition

from bus.access import KafkaAccess
from bus.kafka_admin import KafkaAdmin
from bus.message import Event, read_event
from bus.offsets import Record, council_of
from bus.parked import NO_COUNCIL
from bus.trail import NotATrail, read_trail
from ledger.restore import CouncilKept, NotThisBook, OutLane, Published, unknown
from ledger.rows import Mark


async def read_own_topics(
    access: KafkaAccess, service: str, kept: dict[str, CouncilKept], *, prefix: str = ""
) -> dict[str, NotThisBook]:
    """Lay the service's trail, events and decisions beside the ends in ``kept``; councils unknown there are added.

    Reads up to where the topics end at the beginning. Returns the councils whose database is not the one that sent
    these rows. Messages that are no trail or event of ours are passed over: record has parked them.
    """
    refused: dict[str, NotThisBook] = {}
    admin = KafkaAdmin(access.bootstrap, access.username, access.password)
    there = await asyncio.to_thread(admin.list_topics)
    async for record in _whole(access, f"{prefix}{service}.trail", there):
        council = NO_COUNCIL if record.key == NO_COUNCIL.encode() else council_of(record)
        if council is None or council in refused:
            continue
        try:
            entry = read_trail(record.value or b"")
            if entry.council != council:
                continue
            theirs = kept.setdefault(council, unknown(council))
            if isinstance(entry, Mark):
                theirs.take_mark(entry)
            else:
                theirs.lanes[entry.lane].take(entry)
        except NotATrail:
            continue
        except NotThisBook as problem:
            refused[council] = problem
    lanes: dict[str, OutLane] = {f"{prefix}{service}.events": "events"}
    lanes |= {f"{prefix}council.{council}.decisions": "decisions" for council in kept}
    for topic, lane in lanes.items():
        await _take_events(_whole(access, topic, there), lane, service, kept)
    return refused


async def _take_events(
    records: AsyncIterator[Record], lane: OutLane, service: str, kept: Mapping[str, CouncilKept]
) -> None:
    async for record in records:
        council = council_of(record)
        if council is None or council not in kept:
            continue
        headers = dict(record.headers)
        event = read_event(record.value, headers, council=council, source=service)
        if isinstance(event, Event):
            kept[council].take_event(lane, _published(event, headers))


def _published(event: Event, headers: Mapping[str, bytes]) -> Published:
    place = event.place
    decoded = {name: value.decode() for name, value in headers.items()}
    return Published(event.id, place.epoch, place.sequence, place.type, place.subject, decoded, event.value)


def _whole(access: KafkaAccess, topic: str, there: Mapping[str, int]) -> AsyncIterator[Record]:
    """Every message of a topic up to its end as it is now; nothing of a topic that is not ``there``."""
    return access.everything(TopicPartition(topic, number) for number in range(there.get(topic, 0)))
