"""How rates grow: appends against writers, councils and processes, and cases from end to end; drawn as SVG by hand."""

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec
import uvloop
from rich.console import Console

from bench import reviews
from bench.appending import append_rate
from bench.carrying import Clock, Running
from bench.measuring import Side
from bench.stage import Database, Scale, Stage, councils, standing
from bus.consumer import Consumer
from bus.relay import Relay
from ledger.book import Book
from ledger.pg.ledger import PostgresLedger, connect_pool

PICTURE = Path(__file__).with_name("curves.svg")
FIGURES = Path(__file__).with_name("curves.json")

WRITERS = (1, 2, 4, 8, 16, 32)
COUNCILS = (1, 2, 4, 8, 16, 32, 64, 153)
PROCESSES = (1, 2, 3, 4)

Curve = Mapping[int, float]


def draw(scale: Scale, console: Console) -> None:
    """Measure every curve and write the picture and its figures."""
    with standing(scale) as stage:
        curves = uvloop.run(_measure(stage, console))
    FIGURES.write_bytes(msgspec.json.format(msgspec.json.encode(curves), indent=1) + b"\n")
    PICTURE.write_text(picture(curves), encoding="utf-8")
    console.print(f"Drawn in {PICTURE.name}.")


async def _measure(stage: Stage, console: Console) -> dict[str, dict[int, float]]:
    database = await stage.database("bench")
    found: dict[str, dict[int, float]] = {}

    async def note(name: str, at: int, rate: float) -> None:
        found.setdefault(name, {})[at] = round(rate, 1)
        console.print(f"  {name}, {at}: {rate:,.0f}/s")

    async with database.pool(size=max(WRITERS)) as pool:
        ledger = PostgresLedger("bench", pool)
        for writers in WRITERS:
            rate = await _median(stage, lambda n=writers: append_rate(ledger, councils(1), stage.scale.seconds, n))
            await note("append, writers in one council", writers, rate)
        for count in COUNCILS:
            rate = await _median(stage, lambda n=count: append_rate(ledger, councils(n), stage.scale.seconds, 32))
            await note("append, councils (32 writers)", count, rate)
    for count in PROCESSES:
        await note("append, processes (8 councils each)", count, await _in_processes(stage, database, count))
    for writers in WRITERS:
        await note("end to end, writers in eight councils", writers, await _end_to_end(stage, writers))
    return found


async def _median(stage: Stage, run: Side) -> float:
    return statistics.median([await run() for _ in range(3 if stage.scale.rounds > 1 else 1)])


async def _in_processes(stage: Stage, database: Database, count: int) -> float:
    context = multiprocessing.get_context("spawn")
    dsn = database.dsn("app")
    with context.Pool(count) as workers:
        jobs = [(dsn, councils(8 * count)[8 * one : 8 * one + 8], stage.scale.seconds) for one in range(count)]
        await asyncio.to_thread(workers.starmap, _alone, [(dsn, given, 0.1) for dsn, given, _ in jobs])
        return sum(await asyncio.to_thread(workers.starmap, _alone, jobs))


def _alone(dsn: str, given: Sequence[str], seconds: float) -> float:
    async def work() -> float:
        pool = await connect_pool(dsn, max_size=8, application="bench")
        try:
            return await append_rate(PostgresLedger("bench", pool), given, seconds)
        finally:
            await pool.close()

    return uvloop.run(work())


async def _end_to_end(stage: Stage, writers: int) -> float:
    """Events a second from the first command until another service has heard the last: ledger, relay, topic, consumer.

    Writers, relay and consumer share one process here, as three do in life.
    """
    prefix = f"b{uuid4().hex[:8]}-"
    await stage.topics(f"{prefix}intake.trail", f"{prefix}intake.events")
    source = await stage.database("intake", reviews.MIGRATIONS)
    target = await stage.database("panel", reviews.MIGRATIONS)
    access = stage.kafka
    async with (
        source.pool(size=writers) as pool,
        source.pool("relay", 3) as relay_pool,
        target.pool() as target_pool,
        target.plain_pool(1) as plain,
    ):
        book = reviews.a_book("intake", pool, publishes=True)
        heard = reviews.a_book("panel", target_pool, projects=True)
        relay = Relay("intake", relay_pool, access.producer, access=access, prefix=prefix, poll=0.02)
        consumer = Consumer(
            "panel", ["intake.events"], heard, Clock(),
            pool=target_pool, access=access, prefix=prefix, instance="0",
        )  # fmt: skip
        async with Running(relay.run()), Running(consumer.run()):
            # One event to begin with, so that nobody waits for groups to form while the time runs.
            await _write(book, councils(1)[0], 1)
            await _until(plain, 1)
            started = time.perf_counter()
            until = started + stage.scale.seconds
            written = await asyncio.gather(
                *(_keep_writing(book, councils(8)[number % 8], until) for number in range(writers))
            )
            await _until(plain, 1 + sum(written))
            return sum(written) / (time.perf_counter() - started)


async def _keep_writing(book: Book, council: str, until: float) -> int:
    written = 0
    while time.perf_counter() < until:
        await _write(book, council, 1)
        written += 1
    return written


async def _write(book: Book, council: str, number: int) -> None:
    async with book.unit_of_work(reviews.a_context(council)) as unit:
        await unit.record(f"review-{uuid4()}", [reviews.a_review(number)])


async def _until(plain: asyncpg.Pool, events: int) -> None:
    while await plain.fetchval("SELECT coalesce(sum(sequence), 0)::bigint FROM bus.progress") < events:
        await asyncio.sleep(0.01)  # looks again: nothing tells when it is so


_WIDTH, _HEIGHT, _LEFT, _TOP = 420, 240, 64, 34


def picture(curves: Mapping[str, Curve]) -> str:
    """All curves as one SVG, two beside each other; the figure stands at every point."""
    rows = (len(curves) + 1) // 2
    panels: list[str] = []
    for number, (name, curve) in enumerate(curves.items()):
        x, y = number % 2 * (_WIDTH + 40), number // 2 * (_HEIGHT + 70)
        panels.append(f'<g transform="translate({x},{y})">{_panel(name, curve)}</g>')
    width, height = 2 * _WIDTH + 120, rows * (_HEIGHT + 70) + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif" font-size="12"><title>How rates grow</title>'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(panels)}</svg>\n'
    )


def _panel(name: str, curve: Curve) -> str:
    highest = max(curve.values()) * 1.15 or 1.0
    step = (_WIDTH - _LEFT) / max(1, len(curve) - 1)
    points = [
        (_LEFT + number * step, _TOP + _HEIGHT - _TOP - rate / highest * (_HEIGHT - _TOP), at, rate)
        for number, (at, rate) in enumerate(sorted(curve.items()))
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in points)
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#1d70b8"/>'
        f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{rate:,.0f}</text>'
        f'<text x="{x:.1f}" y="{_HEIGHT + 18}" text-anchor="middle">{at}</text>'
        for x, y, at, rate in points
    )
    return (
        f'<text x="{_LEFT}" y="16" font-weight="bold">{name} (a second)</text>'
        f'<path d="M{_LEFT},{_TOP} V{_HEIGHT} H{_WIDTH}" fill="none" stroke="#505a5f"/>'
        f'<polyline points="{line}" fill="none" stroke="#1d70b8" stroke-width="2"/>{marks}'
    )
