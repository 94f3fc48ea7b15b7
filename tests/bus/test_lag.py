"""A worker's `/readyz` turns red with a reason when progress stops, and green again when it goes on."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY

from bus.lag import LanesBehind, MarksAge
from bus.marker import Marker
from bus.sagas import Sagas
from bus.worker import Worker
from edge.app import health
from ledger.rows import Reached
from ledger.store import Reader
from tests.bus import toy
from tests.bus.conftest import Service, Stage, eventually, running

pytestmark = pytest.mark.connected

PATIENCE = 0.3


@dataclass
class HandClock:
    """A clock that stands where it is put."""

    moment: datetime = toy.NOW

    def now(self) -> datetime:
        return self.moment


class TrueClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@asynccontextmanager
async def watched(**readings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A worker that only watches, and its health as it stands on its port."""
    worker = Worker("toy", {}, watched=readings, patience=PATIENCE, look_every=0.02)
    app = FastAPI()
    app.include_router(health({"progress": worker.ready}, worker.reasons))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://worker") as http:
        running_worker = asyncio.create_task(worker.run(signals=False))
        try:
            yield http
        finally:
            worker.stop()
            await running_worker


async def green(http: httpx.AsyncClient) -> None:
    """Wait until it is ready."""

    async def ready() -> bool:
        answer = await http.get("/readyz")
        return answer.status_code == 200 and answer.json() == {"status": "ready", "checks": {"progress": "ok"}}

    await eventually(ready, "the worker is ready")


async def red(http: httpx.AsyncClient, *begins: str) -> None:
    """Wait until it is not ready, for these reasons and no other."""

    async def refused() -> bool:
        answer = await http.get("/readyz")
        reasons = answer.json().get("reasons", [])
        return (
            answer.status_code == 503
            and len(reasons) == len(begins)
            and all(reason.startswith(begin) for reason, begin in zip(reasons, begins, strict=True))
        )

    await eventually(refused, f"the worker is not ready because {begins}")


def lanes(service: Service, clock: Any) -> LanesBehind:
    return LanesBehind(service.name, service.relay_pool, clock, patience=PATIENCE)


def value(name: str, labels: Mapping[str, str]) -> float | None:
    return REGISTRY.get_sample_value(name, dict(labels))


async def test_readyz_is_red_while_rows_wait_and_nobody_relays_and_green_once_they_are_out(stage: Stage):
    await stage.topics("intake.trail", "intake.events")
    intake = await stage.service("intake")
    clock = HandClock()
    async with watched(lanes=lanes(intake, clock).reading) as http:
        await green(http)
        await toy.write(intake.book, toy.SWINDON, [1, 2])
        clock.moment += timedelta(seconds=90)
        await red(
            http,
            f"lanes: book of council {toy.SWINDON} have waited for Kafka for ",
            f"lanes: events of council {toy.SWINDON} have waited for Kafka for ",
        )
        assert value("panelbook_relay_lag_rows", {"service": "intake"}) == 4
        assert value("panelbook_relay_lag_seconds", {"service": "intake"}) == pytest.approx(90, abs=0.1)
        async with running(stage.relay(intake).run()):
            await green(http)
            assert value("panelbook_relay_lag_rows", {"service": "intake"}) == 0
            assert value("panelbook_relay_lag_seconds", {"service": "intake"}) == 0


async def test_one_lane_that_stands_still_is_named_though_the_others_move(stage: Stage):
    await stage.topics("intake.trail")
    intake = await stage.service("intake")
    async with watched(lanes=lanes(intake, HandClock()).reading) as http, running(stage.relay(intake).run()):
        await toy.write(intake.book, toy.SWINDON, [1])
        await red(http, f"lanes: events of council {toy.SWINDON} have waited for Kafka for ")
        await toy.write(intake.book, toy.SHROPSHIRE, [1])
        await stage.topics("intake.events")
        await green(http)


async def test_readyz_is_red_while_an_open_unit_of_work_keeps_marks_from_being_made(stage: Stage):
    intake = await stage.service("intake")
    clock = TrueClock()
    marks = MarksAge("intake", intake.relay_pool, clock, patience=PATIENCE)
    await intake.book.ledger.enlist(toy.SWINDON)
    async with (
        watched(marks=marks.reading) as http,
        running(Marker(intake.book.ledger, clock, every=0.02).run()),
    ):
        await green(http)
        async with intake.book.unit_of_work(toy.a_context(toy.SWINDON)):
            await red(http, "marks: no mark has been made for ")
            made = value("panelbook_mark_age_seconds", {"service": "intake", "stage": "made"})
            assert made is not None
            assert made >= PATIENCE
        await green(http)


async def test_a_clock_that_stands_still_or_is_turned_forward_makes_no_mark_old(stage: Stage):
    intake = await stage.service("intake")
    clock = HandClock()
    seconds = 0.0
    await intake.book.ledger.enlist(toy.SWINDON)
    marks = MarksAge("intake", intake.relay_pool, clock, patience=30, monotonic=lambda: seconds)
    await intake.book.ledger.mark(clock.now())
    assert not (await marks.reading()).troubles
    seconds = 1000.0
    assert not (await marks.reading()).troubles, "it stands still"
    await intake.book.ledger.mark(clock.now())
    clock.moment += timedelta(hours=1)
    await intake.book.ledger.mark(clock.now())
    assert not (await marks.reading()).troubles, "it was turned"
    clock.moment += timedelta(hours=1)
    seconds += 29
    assert not (await marks.reading()).troubles, "the next mark may still come"
    seconds += 1
    assert (await marks.reading()).troubles == ("no mark has been made for 30 s",)
    await intake.book.ledger.mark(clock.now())
    for _ in range(20):
        seconds += 5
        assert not (await marks.reading()).troubles, "it stands still"
    clock.moment += timedelta(days=365)
    seconds += 5
    assert not (await marks.reading()).troubles, "`clock set` after a while: the next mark comes within seconds"
    await intake.book.ledger.mark(clock.now())
    seconds += 5
    assert not (await marks.reading()).troubles


async def test_readyz_is_red_while_a_consumer_cannot_store_and_green_once_it_can(stage: Stage):
    await stage.topics("intake.trail", "intake.events")
    intake, panel = await stage.service("intake"), await stage.service("panel")
    consumer = stage.consumer(panel)
    async with watched(consumer=consumer.reading) as http, running(stage.relay(intake).run(), consumer.run()):
        await toy.write(intake.book, toy.SWINDON, [1])
        await eventually(lambda: heard(panel, 1), "the first note is heard")
        await green(http)
        async with stage.shut(panel):
            await toy.write(intake.book, toy.SWINDON, [2])
            await red(http, "consumer: 1 messages wait and none has moved for ")
        # Green again as soon as something moves, which may be the first of two steps.
        await eventually(lambda: heard(panel, 2), "the second note is heard")
        await green(http)
        assert await panel.numbers(toy.SWINDON) == [1, 2]


async def test_a_consumer_that_gets_no_partition_is_not_taken_for_one_with_nothing_to_do(stage: Stage):
    panel = await stage.service("panel")
    consumer = stage.consumer(panel, ["absent.events"])
    async with watched(consumer=consumer.reading) as http, running(consumer.run()):
        await red(http, "consumer: an unknown number of messages wait and none has moved for ")


async def test_the_age_of_the_oldest_case_is_taken_over_all_councils(stage: Stage):
    intake = await stage.service("intake")
    clock = HandClock()
    open_since = {toy.SWINDON: clock.now() - timedelta(minutes=2), toy.SHROPSHIRE: clock.now() - timedelta(minutes=7)}

    async def oldest(reader: Reader) -> dict[str, datetime | None]:
        return {"asked_to_answered": open_since.get(reader.council), "never": None}

    reached = {toy.SWINDON: (1, 1), toy.SHROPSHIRE: (1, 1), "c00000": (1, 0)}

    async def books() -> dict[str, Reached]:
        return reached

    sagas = Sagas(intake.book, clock, books, oldest)
    assert await sagas.look() == {"asked_to_answered": 420.0, "never": 0.0}
    labels = {"service": "intake", "step": "asked_to_answered"}
    assert value("panelbook_saga_age_seconds", labels) == 420
    open_since.clear()
    reached.update({toy.SWINDON: (1, 2), toy.SHROPSHIRE: (1, 3)})
    assert await sagas.look() == {"asked_to_answered": 0.0, "never": 0.0}
    assert value("panelbook_saga_age_seconds", labels) == 0


async def heard(panel: Service, count: int) -> bool:
    return len(await panel.numbers(toy.SWINDON)) == count
