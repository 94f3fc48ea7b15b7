"""What cannot be handled, at real services over real Kafka: a poison event, poison settings, and what is too new."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from bus import parked
from bus.access import KafkaAccess
from bus.consumer import Consumer
from bus.kafka_admin import KafkaAdmin
from bus.trail import trail_bytes
from bus.trail_consumer import TrailConsumer
from bus.worker import NotWell, Worker
from contracts.registry import TopicSpec, registry
from councils.packs import pack_settings
from councils.settings import digest
from ledger.envelope import enveloped
from ledger.proof.leaf import chain_step, leaf_hash
from ledger.rows import Context, Outgoing, Row
from services.intake.main import SERVICE as INTAKE
from services.record.main import SERVICE as RECORD
from tests.connected.wired import eventually, look, running
from tests.databases import Databases
from tests.ledger.chained import START, a_row, chained
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse, open_house

pytestmark = pytest.mark.connected

PUBLISHED = "uk.panelbook.routing.settings.published.v1"
SCHEDULED = "uk.panelbook.panel.sitting.scheduled.v1"


@dataclass
class Line:
    """One service and topics of its own, into which the test speaks as the others would."""

    house: ServiceHouse
    access: KafkaAccess
    prefix: str

    async def send(
        self, topic: str, council: str, value: bytes | None, headers: dict[str, bytes] | None = None
    ) -> None:
        async with self.access.producer() as producer:
            name = f"{self.prefix}{topic}"
            await producer.send_and_wait(name, value, key=council.encode(), headers=list((headers or {}).items()))

    async def tell(
        self, source: str, council: str, sequence: int, type_: str, subject: str, data: Any, *, key: str = ""
    ) -> None:
        """A public event as its service would send it, whatever its data."""
        row = a_row(sequence, council=council, recorded_at=START + timedelta(milliseconds=sequence))
        context = Context(council, "somebody", "somebody", START, START, row.command_id, row.correlation_id)
        made = enveloped(source, row, Outgoing("events", type_, subject, data), sequence, context)
        headers = {name: text.encode() for name, text in made.headers.items()}
        await self.send(f"{source}.events", key or council, made.value, headers)

    def ear(self) -> Consumer:
        """Intake's consumer as its worker has it, but for the topics' names and the pauses."""
        host, contracts = self.house.host, registry()
        return Consumer(
            host.service.name, host.service.hears, host.book, host.clock, pool=host.pool,
            access=self.access, prefix=self.prefix, knows=contracts.schemas.__contains__, check=contracts.validate,
            backoff=(0.0,) * 5, waiting=0.1,
        )  # fmt: skip

    def reader(self) -> TrailConsumer:
        """Record's reader of trails as its worker has it, but for the topics' names and the pauses."""
        host = self.house.host
        assert host.service.keep is not None
        return TrailConsumer(
            host.service.name, host.service.hears, host.service.keep, pool=host.pool, access=self.access,
            prefix=self.prefix, chain_at=host.service.chain_at, backoff=(0.0,) * 5,
        )  # fmt: skip

    async def heard(self, council: str, source: str) -> list[int]:
        rows = await self.house.stored(council)
        return [row.source_sequence for row in rows if row.source == source]


@pytest.fixture
async def lines(databases: Databases, access: KafkaAccess, tmp_path: Path) -> AsyncIterator[Any]:
    """``await lines(SERVICE)`` opens a service and its topics; both live as long as the test."""
    async with AsyncExitStack() as stack:

        async def make(service: Any) -> Line:
            prefix = f"p{uuid4().hex[:10]}-"
            admin = KafkaAdmin(access.bootstrap, access.username, access.password)
            topics = [TopicSpec(f"{prefix}{topic}", 2, {}) for topic in service.hears]
            await asyncio.to_thread(admin.ensure_topics, topics, 1)
            house = await stack.enter_async_context(open_house(service, databases, tmp_path))
            for council in (SWINDON, SHROPSHIRE):
                await house.host.ledger.enlist(council)
            return Line(house, access, prefix)

        yield make


def settings(slug: str, **changes: Any) -> dict[str, Any]:
    document = pack_settings(slug, version=1, in_force_from=START).document()
    told = {"version": 1, "in_force_from": START.isoformat(), "settings": document, "digest": digest(document)}
    return {**told, "published_by": "officer-publisher", **changes}


def scheduled(sitting: Any) -> dict[str, Any]:
    times = {"starts_at": "2026-10-13T09:00:00Z", "ends_at": "2026-10-13T12:00:00Z"}
    return {"sitting": sitting, "forum": "CARE_PANEL", **times, "cut_off_at": "2026-10-07T16:00:00Z"}


async def test_a_poison_event_is_parked_with_its_subject_and_every_other_case_goes_on(lines: Any) -> None:
    line: Line = await lines(INTAKE)
    await line.tell("routing", SWINDON, 1, PUBLISHED, "settings", settings("swindon"))
    poison, other = uuid4(), uuid4()
    await line.tell("panel", SWINDON, 1, SCHEDULED, str(poison), scheduled(7))
    await line.tell("panel", SWINDON, 2, SCHEDULED, str(poison), scheduled(str(poison)))
    await line.tell("panel", SWINDON, 3, SCHEDULED, str(other), scheduled(str(other)))
    ear = line.ear()

    async def went_on() -> bool:
        return await line.heard(SWINDON, "panel") == [3]

    async with running(ear.run(), ear.retries.run()):
        await eventually(went_on, "the other case is heard")
    stuck = await parked.list_parked(line.house.host.pool)
    assert [(one.state, one.subject, one.sequence) for one in stuck] == [
        ("FAILED", str(poison), 1),
        ("BEHIND", str(poison), 2),
    ]
    assert not any(one.stops_council for one in stuck)


async def test_what_has_no_place_in_a_councils_sequence_stands_aside_and_every_case_goes_on(lines: Any) -> None:
    """G7: bytes without headers, a tombstone, no council's key, and another council's event under this one's key."""
    line: Line = await lines(INTAKE)
    first, second = uuid4(), uuid4()
    await line.tell("routing", SWINDON, 1, PUBLISHED, "settings", settings("swindon"))
    await line.tell("panel", SWINDON, 1, SCHEDULED, str(first), scheduled(str(first)))
    for key, value in ((SWINDON, b"\xff\x00"), (SWINDON, None), ("Swindon!", b"{}")):
        await line.send("panel.events", key, value)
    await line.tell("panel", SHROPSHIRE, 1, SCHEDULED, str(first), scheduled(str(first)), key=SWINDON)
    await line.tell("panel", SWINDON, 2, SCHEDULED, str(second), scheduled(str(second)))
    ear = line.ear()

    async def went_on() -> bool:
        return await line.heard(SWINDON, "panel") == [1, 2]

    async with running(ear.run(), ear.retries.run()):
        await eventually(went_on, "every case goes on")
        assert (await ear.reading()).troubles == ()
    aside = await parked.list_parked(line.house.host.pool)
    assert sorted((one.council, one.state) for one in aside) == [("?", "ASIDE"), *[(SWINDON, "ASIDE")] * 3]
    assert (await parked.reading(line.house.host.pool, "intake", strict=True)).troubles == ()
    assert await line.heard(SHROPSHIRE, "panel") == []


async def test_poison_settings_stop_their_council_at_this_listener_and_page(lines: Any) -> None:
    line: Line = await lines(INTAKE)
    pool = line.house.host.pool
    await line.tell("routing", SWINDON, 1, PUBLISHED, "settings", settings("swindon", version="first"))
    await line.tell("routing", SHROPSHIRE, 1, PUBLISHED, "settings", settings("shropshire"))
    ear = line.ear()
    worker = Worker(
        "intake",
        {"consumer": ear.run, "retries": ear.retries.run},
        watched={"parked": lambda: parked.reading(pool, "intake")},
        look_every=0.05,
    )

    async def paged() -> bool:
        try:
            await worker.ready()
        except NotWell as problem:
            return f"council {SWINDON} is stopped by a parked message" in str(problem)
        return False

    async def stuck() -> bool:
        found = await parked.list_parked(pool)
        return [(one.state, one.stops_council) for one in found] == [("FAILED", True), ("BEHIND", False)]

    async def other_went_on() -> bool:
        return await line.heard(SHROPSHIRE, "routing") == [1]

    async def went_on() -> bool:
        return await line.heard(SWINDON, "panel") == [1]

    async def well() -> bool:
        return worker.progress()["well"]

    async def dropped(one: parked.Parked, reason: str, by: str) -> None:
        assert (one.sequence, reason, by) == (1, "sent by a faulty release", "operator-1")

    async with running(worker.run(signals=False)):
        await eventually(other_went_on, "the other council hears its settings")
        await eventually(paged, "the worker is not ready, and says which council stands still")
        sitting = str(uuid4())
        await line.tell("panel", SWINDON, 1, SCHEDULED, sitting, scheduled(sitting))
        await eventually(stuck, "whatever the council sends goes behind")
        first = (await parked.list_parked(pool))[0]
        await parked.drop(pool, first.id, "sent by a faulty release", "operator-1", dropped)
        await eventually(went_on, "what stood behind goes on")
        await eventually(well, "the worker is ready again")


async def test_record_waits_for_a_row_newer_than_itself_and_other_councils_go_on(lines: Any) -> None:
    line: Line = await lines(RECORD)
    first = by_trail(a_row(1, stream=f"decision-{uuid4()}", name="panel.decision.receipted"))
    newer = by_trail(a_row(2, stream="sitting-1", version=1, name="panel.sitting.scheduled", schema=99), before=first)
    other = chained([replace(first, council=SHROPSHIRE)])[0]
    for row in (first, newer, other):
        await line.send("panel.trail", row.council, trail_bytes(row))
    reader = line.reader()
    sql = "select array_agg(position order by position) from copy.row where council = $1"

    async def went_on() -> bool:
        return await look(line.house, sql, SHROPSHIRE) == [1]

    async def says_so() -> bool:
        return f"council {SWINDON} sent what is newer than this release" in (await reader.reading()).troubles

    async with running(reader.run(), reader.retries.run()):
        await eventually(went_on, "the other council is copied")
        await eventually(says_so, "it is noticed")
    assert await look(line.house, sql, SWINDON) == [1]
    [one] = await parked.list_parked(line.house.host.pool)
    assert (one.council, one.state, one.sequence) == (SWINDON, "NEWER", 2)


def by_trail(row: Row, *, before: Row | None = None) -> Row:
    """A row as its service would have sent it behind another."""
    leaf = leaf_hash(row)
    return replace(row, leaf=leaf, chain=chain_step(before.chain if before else bytes(32), leaf))


def test_the_events_that_are_told_here_are_real() -> None:
    registry().validate_strictly(PUBLISHED, msgspec.to_builtins(settings("swindon")))
    registry().validate_strictly(SCHEDULED, scheduled(str(uuid4())))
