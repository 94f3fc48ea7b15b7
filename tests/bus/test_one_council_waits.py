"""What stands still for one council stands still for that council only."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bus import parked
from bus.acting import AHEAD
from bus.retries import Retries
from bus.subscription import MAX_RECORDS
from bus.trail_consumer import TrailConsumer
from edge.access import AccessLog, AccessParkedDropped
from ledger.rows import ACCESS, Mark, Row
from ledger.store import Busy, NewerThanMe
from tests.bus import toy
from tests.bus.conftest import Service, Stage, an_event, eventually, running
from tests.bus.toy import SHROPSHIRE, SWINDON

pytestmark = pytest.mark.connected

NEWER = "uk.panelbook.intake.note.noted.v2"


@pytest.mark.parametrize("stuck", [SWINDON, SHROPSHIRE])
@pytest.mark.parametrize("problem", [NewerThanMe("newer than this release"), Busy("somebody holds the head")])
async def test_a_parked_message_that_must_wait_keeps_no_other_council_waiting(
    stage: Stage, stuck: str, problem: Exception
):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    stage.echo.missing.add(1)
    consumer = stage.consumer(panel)
    await stage.send("intake.events", an_event(1), an_event(1, council=SHROPSHIRE))
    async with running(consumer.run()):
        await eventually(lambda: states(panel, "WAITING", "WAITING"), "both wait")
    stage.echo.missing.clear()

    async def attempt(council: str, id_: int) -> None:
        if council == stuck:
            raise problem
        await consumer.attempt(council, id_)

    other = SHROPSHIRE if stuck == SWINDON else SWINDON
    async with running(Retries(panel.pool, attempt, asyncio.Event(), every=0.05).run()):
        await eventually(lambda: heard(panel, other, [1]), "the other council goes on")
    assert await panel.numbers(stuck) == []


async def test_an_event_newer_than_this_release_stops_no_other_council(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    older = stage.consumer(panel, knows=lambda type_: type_ == toy.NOTED)
    others = range(1, MAX_RECORDS + 2)
    await stage.send(
        "intake.events",
        an_event(1),
        an_event(2, type_=NEWER),
        *[an_event(number, council=SHROPSHIRE) for number in others],
        an_event(3),
    )
    async with running(older.run()):
        await eventually(lambda: heard(panel, SHROPSHIRE, others), "all of the other council is heard")
        await eventually(lambda: saved(panel, range(2)), "the offset stays before the newer one")
        assert (await older.reading()).troubles == (f"council {SWINDON} sent what is newer than this release",)
    assert await panel.numbers(SWINDON) == [1]
    async with running(stage.consumer(panel).run()):
        await eventually(lambda: heard(panel, SWINDON, [1, 2, 3]), "a newer release hears the rest, in order")
        end = await stage.ends("intake.events")
        await eventually(lambda: saved(panel, [end]), "nothing holds the offset any more")
    assert await panel.numbers(SHROPSHIRE) == list(others)


async def test_an_event_from_far_ahead_is_parked_and_moves_no_book_ahead(stage: Stage):
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send(
        "intake.events",
        an_event(1, time=toy.NOW + AHEAD),
        an_event(2, subject="b", time=toy.NOW + 2 * AHEAD),
        an_event(3, subject="c"),
    )
    async with running(stage.consumer(panel, backoff=(60.0,)).run()):
        await eventually(lambda: heard(panel, SWINDON, [1, 3]), "the others are heard")
    [stuck] = await parked.list_parked(panel.pool)
    assert (stuck.sequence, stuck.state) == (2, "PARKED")
    assert "far ahead" in stuck.reason
    head = await panel.book.ledger.head(SWINDON)
    assert head.recorded_at < toy.NOW + AHEAD + timedelta(minutes=1)


async def test_a_drop_without_a_council_reaches_the_record_and_leaves_nothing_to_drop(stage: Stage):
    await stage.topics("intake.events", "panel.trail")
    panel, record = await stage.service("panel"), await stage.service("record")
    access = AccessLog(panel.book)
    kept: list[Row] = []

    async def record_drop(one: parked.Parked, reason: str, by: str) -> None:
        event = AccessParkedDropped(one.source, one.epoch, one.sequence, one.type, one.subject, reason)
        await access.parked_dropped(replace(toy.a_context(one.council), actor=by), event)

    async def keep(connection: object, council: str, source: str, rows: Sequence[Row], marks: Sequence[Mark]) -> None:
        kept.extend(rows)

    async def one_is_kept() -> bool:
        return [(row.council, row.lane, row.name) for row in kept] == [
            (parked.NO_COUNCIL, ACCESS, "access.parked_dropped")
        ]

    trails = TrailConsumer("record", ["panel.trail"], keep, pool=record.pool, access=stage.access, prefix=stage.prefix)
    await stage.send("intake.events", (None, b"whose?", {}))
    await stage.send("panel.trail", (None, b"nobody's trail", {}))
    async with running(stage.consumer(panel).run(), stage.relay(panel).run(), trails.run()):
        [stray] = await eventually(lambda: parked.list_parked(panel.pool), "it is parked")
        await parked.drop(panel.pool, stray.id, "nobody's", "operator-1", record_drop)
        await eventually(one_is_kept, "the record has it")
        [other] = await eventually(lambda: parked.list_parked(record.pool), "what has no council at all is parked")
    assert other.reason == "its key names no council"
    assert await parked.list_parked(panel.pool) == []


async def states(service: Service, *wanted: str) -> bool:
    return [one.state for one in await parked.list_parked(service.pool)] == list(wanted)


async def heard(service: Service, council: str, numbers: Sequence[int]) -> bool:
    return await service.numbers(council) == list(numbers)


async def saved(service: Service, offsets: Sequence[int]) -> bool:
    # every council: offsets belong to partitions, which hold many.
    found = await service.pool.fetchval("SELECT sum(next_offset) FROM bus.consumer_offset")
    return found in offsets
