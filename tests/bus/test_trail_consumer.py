"""What the record's trail reader promises: only rows whose digests are right, in order, each once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bus import parked
from bus.marker import Marker
from bus.trail import trail_bytes
from bus.trail_consumer import TrailConsumer
from ledger.rows import Mark, Row
from ledger.store import NewerThanMe
from tests.bus import toy
from tests.bus.conftest import Service, Stage, eventually, running
from tests.bus.toy import SHROPSHIRE, SWINDON

pytestmark = pytest.mark.connected


@dataclass
class Kept:
    """What the record keeps, here in memory; ``broken`` positions cannot be kept."""

    rows: list[tuple[str, Row]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    newer: set[int] = field(default_factory=set)

    async def keep(
        self, connection: Any, council: str, service: str, rows: Sequence[Row], marks: Sequence[Mark]
    ) -> None:
        if any(row.position in self.broken for row in rows):
            raise ValueError("no room")
        if any(row.position in self.newer for row in rows):
            raise NewerThanMe("a schema of tomorrow")
        self.rows += [(service, row) for row in rows]
        self.marks += marks

    def positions(self, council: str = SWINDON, service: str = "intake") -> list[int]:
        return [row.position for name, row in self.rows if name == service and row.council == council]

    def are(self, *positions: int, council: str = SWINDON) -> Callable[[], Awaitable[bool]]:
        async def holds() -> bool:
            return self.positions(council) == list(positions)

        return holds


def trail_consumer(stage: Stage, record: Service, kept: Kept, **options: Any) -> TrailConsumer:
    given: dict[str, Any] = {"backoff": (0.0,) * 5}
    return TrailConsumer(
        "record", ["intake.trail"], kept.keep,
        pool=record.pool, access=stage.access, prefix=stage.prefix, **(given | options),
    )  # fmt: skip


async def rows_of(service: Service, council: str = SWINDON) -> list[Row]:
    return await service.book.ledger.rows(council)


def message(row: Row | Mark) -> tuple[str, bytes, dict[str, bytes]]:
    return row.council, trail_bytes(row), {}


async def test_a_trail_is_kept_as_it_was_written_with_its_marks(stage: Stage):
    await stage.topics("intake.trail", "intake.events")
    intake, record = await stage.service("intake"), await stage.service("record")
    kept = Kept()
    marker = Marker(intake.book.ledger, stage.clock, every=0.05)
    relay, reader = stage.relay(intake), trail_consumer(stage, record, kept)
    await toy.write(intake.book, SWINDON, range(1, 4))
    await toy.write(intake.book, SHROPSHIRE, [1])
    async with running(relay.run(), marker.run(), reader.run()):
        await eventually(kept.are(1, 2, 3), "Swindon's rows are kept")
        await eventually(kept.are(1, council=SHROPSHIRE), "Shropshire's row is kept")
        await eventually(lambda: marked(kept, SWINDON, 3), "a mark covers them")
    assert [row for _, row in kept.rows if row.council == SWINDON] == await rows_of(intake)


async def test_a_tampered_row_is_refused_and_what_follows_waits_until_the_true_one_comes(stage: Stage):
    await stage.topics("intake.trail")
    intake, record = await stage.service("intake"), await stage.service("record")
    await toy.write(intake.book, SWINDON, range(1, 5))
    first, second, third, fourth = await rows_of(intake)
    kept = Kept()
    reader = trail_consumer(stage, record, kept)
    async with running(reader.run(), reader.retries.run()):
        await stage.send(
            "intake.trail", message(first), message(replace(second, actor="somebody-else")), message(third)
        )
        await eventually(lambda: states(record, "FAILED", "BEHIND"), "the forgery is parked, the next one behind it")
        assert kept.positions() == [1]
        assert (await parked.reading(record.pool, "record", strict=True)).troubles == ("1 messages have failed",)
        await stage.send("intake.trail", message(second), message(third), message(fourth))
        await eventually(kept.are(1, 2, 3, 4), "the true rows are kept")
    assert [row for _, row in kept.rows] == [first, second, third, fourth]


@pytest.mark.parametrize(
    ("forgery", "reason"),
    [
        ({"payload": b"{}"}, "the leaf of row 2 is not what its columns give"),
        ({"chain": bytes(32)}, "the chain at row 2 does not follow"),
        ({"recorded_at": toy.NOW.replace(year=2020)}, "row 2 was recorded before the one in front of it"),
    ],
)
async def test_every_kind_of_forgery_is_named(stage: Stage, forgery: dict[str, Any], reason: str):
    await stage.topics("intake.trail")
    intake, record = await stage.service("intake"), await stage.service("record")
    await toy.write(intake.book, SWINDON, [1, 2])
    first, second = await rows_of(intake)
    kept = Kept()
    reader = trail_consumer(stage, record, kept)
    async with running(reader.run()):
        await stage.send("intake.trail", message(first), (SWINDON, trail_bytes(replace(second, **forgery)), {}))
        await eventually(lambda: states(record, "FAILED"), "the forgery is parked")
    [one] = await parked.list_parked(record.pool)
    assert one.reason == reason
    assert kept.positions() == [1]


@pytest.mark.parametrize("stray", ["another council's row", "no trail", "a tombstone"])
async def test_a_message_without_a_place_in_a_trail_stands_aside_and_holds_nobody_up(stage: Stage, stray: str):
    """G7: record stays well, too: nothing of the trail is missing."""
    await stage.topics("intake.trail")
    intake, record = await stage.service("intake"), await stage.service("record")
    await toy.write(intake.book, SWINDON, [1, 2, 3])
    first, second, third = await rows_of(intake)
    values = {"another council's row": trail_bytes(replace(second, council=SHROPSHIRE)), "no trail": b"{}"}
    kept = Kept()
    reader = trail_consumer(stage, record, kept)
    async with running(reader.run(), reader.retries.run()):
        sent = (message(first), (SWINDON, values.get(stray), {}), message(second), message(third))
        await stage.send("intake.trail", *sent)
        await eventually(kept.are(1, 2, 3), "the trail goes on")
        await eventually(lambda: states(record, "ASIDE"), "it is listed")
        assert await troubles(reader) == ()
    assert (await parked.reading(record.pool, "record", strict=True)).troubles == ()


async def test_repeats_are_dropped_and_a_gap_is_never_skipped(stage: Stage):
    await stage.topics("intake.trail")
    intake, record = await stage.service("intake"), await stage.service("record")
    await toy.write(intake.book, SWINDON, range(1, 5))
    first, second, third, fourth = await rows_of(intake)
    kept = Kept()
    reader = trail_consumer(stage, record, kept)
    async with running(reader.run()):
        await stage.send("intake.trail", *[message(row) for row in (first, second, second, first, fourth)])
        await eventually(lambda: troubles(reader), "the gap is noticed")
        [one] = await eventually(lambda: states(record, "MISSING"), "it is listed")
        assert (one.subject, one.sequence) == ("intake book", 4)
        assert kept.positions() == [1, 2]
        await stage.send("intake.trail", message(third))
        await eventually(kept.are(1, 2, 3, 4), "the gap is filled, and what was left out behind it is read again")
        await eventually(lambda: nothing_parked(record), "nothing waits any more")
        assert await troubles(reader) == ()


async def test_a_mark_that_speaks_of_rows_not_here_yet_is_not_believed(stage: Stage):
    await stage.topics("intake.trail")
    intake, record = await stage.service("intake"), await stage.service("record")
    await toy.write(intake.book, SWINDON, [1, 2])
    first, second = await rows_of(intake)
    kept = Kept()
    async with running(trail_consumer(stage, record, kept).run()):
        early, late = Mark(SWINDON, 1, 2, toy.NOW), Mark(SWINDON, 1, 2, toy.NOW.replace(hour=9))
        await stage.send("intake.trail", message(first), message(early), message(second), message(late))
        await eventually(lambda: marked(kept, SWINDON, 2), "the second mark is kept")
    assert kept.marks == [late]


async def test_a_row_that_cannot_be_kept_is_parked_and_tried_again(stage: Stage):
    await stage.topics("intake.trail")
    intake, record = await stage.service("intake"), await stage.service("record")
    await toy.write(intake.book, SWINDON, [1, 2, 3])
    await toy.write(intake.book, SHROPSHIRE, [1])
    kept = Kept(broken={2})
    reader = trail_consumer(stage, record, kept)
    async with running(reader.run(), reader.retries.run()):
        await stage.send("intake.trail", *[message(row) for row in await rows_of(intake)])
        await stage.send("intake.trail", *[message(row) for row in await rows_of(intake, SHROPSHIRE)])
        found = await eventually(lambda: states(record, "FAILED", "BEHIND"), "five tries were in vain")
        await eventually(kept.are(1, council=SHROPSHIRE), "the other council goes on")
        kept.broken.clear()
        await parked.replay(record.pool, found[0].id)
        await eventually(kept.are(1, 2, 3), "the rest is kept in order")
        await eventually(lambda: nothing_parked(record), "nothing is parked any more")


async def test_a_row_newer_than_this_release_is_waited_for_and_other_councils_go_on(stage: Stage):
    await stage.topics("intake.trail")
    intake, record = await stage.service("intake"), await stage.service("record")
    await toy.write(intake.book, SWINDON, [1, 2, 3])
    await toy.write(intake.book, SHROPSHIRE, [1])
    kept = Kept(newer={2})
    older = trail_consumer(stage, record, kept)
    async with running(older.run(), older.retries.run()):
        await stage.send("intake.trail", *[message(row) for row in await rows_of(intake)])
        await stage.send("intake.trail", *[message(row) for row in await rows_of(intake, SHROPSHIRE)])
        await eventually(kept.are(1, council=SHROPSHIRE), "the other council goes on")
        await eventually(lambda: troubles(older), "it is noticed")
        assert await troubles(older) == (f"council {SWINDON} sent what is newer than this release",)
        assert kept.positions() == [1]
        [one] = await parked.list_parked(record.pool)
        assert (one.council, one.state, one.sequence, one.subject) == (SWINDON, "NEWER", 2, "intake")
    kept.newer.clear()
    async with running(trail_consumer(stage, record, kept).run()):
        await eventually(kept.are(1, 2, 3), "a newer release keeps the rest, in order")
        await eventually(lambda: nothing_parked(record), "nothing waits any more")


async def test_a_service_restored_to_an_earlier_row_goes_on_in_a_new_epoch(stage: Stage):
    await stage.topics("intake.trail")
    intake, record = await stage.service("intake"), await stage.service("record")
    await toy.write(intake.book, SWINDON, [1, 2])
    restored = await stage.make_copy(intake)
    await toy.write(intake.book, SWINDON, [3, 4])
    await restored.execute("UPDATE ledger.head SET epoch = 2")
    await toy.write(restored.book, SWINDON, [13, 14, 15])
    kept = Kept()

    async def chain_at(connection: Any, council: str, service: str, lane: str, position: int) -> bytes | None:
        chains = [row.chain for _, row in kept.rows if (row.council, row.position) == (council, position)]
        return chains[0] if chains else None

    async with running(trail_consumer(stage, record, kept, chain_at=chain_at).run()):
        await stage.send("intake.trail", *[message(row) for row in await rows_of(intake)])
        await stage.send("intake.trail", *[message(row) for row in await rows_of(restored)])
        await eventually(kept.are(1, 2, 3, 4, 3, 4, 5), "both epochs are kept")
    assert [row.epoch for _, row in kept.rows] == [1, 1, 1, 1, 2, 2, 2]
    assert await parked.list_parked(record.pool) == []


async def marked(kept: Kept, council: str, position: int) -> bool:
    await asyncio.sleep(0)  # lets the other tasks have their turn
    return any(mark.council == council and mark.position == position for mark in kept.marks)


async def states(record: Service, *wanted: str) -> Any:
    found = await parked.list_parked(record.pool)
    return found if [one.state for one in found] == list(wanted) else None


async def nothing_parked(record: Service) -> bool:
    return not await parked.list_parked(record.pool)


async def troubles(reader: TrailConsumer) -> tuple[str, ...]:
    return (await reader.reading()).troubles
