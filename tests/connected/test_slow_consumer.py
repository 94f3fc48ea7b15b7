"""A consumer that is a hundred thousand events behind catches up, and commands go on in the same book meanwhile."""

import asyncio
import time
from itertools import count
from statistics import median

import pytest

from ledger.store import Busy
from tests.bus import toy
from tests.bus.conftest import Stage, an_event, eventually, running

pytestmark = pytest.mark.connected

BEHIND = 100_000
REACTED_TO = "uk.panelbook.intake.note.flagged.v1"
EVERY = 1000
"""Every so many events one leads to something; the others are knowledge, as between the real services."""


async def test_a_consumer_100_000_events_behind_catches_up_while_commands_go_on(stage: Stage) -> None:
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    async with stage.access.producer() as producer:
        sent = []
        for number in range(1, BEHIND + 1):
            type_ = toy.NOTED if number % EVERY else REACTED_TO
            key, value, headers = an_event(number, subject=f"s{number % 500}", type_=type_)
            sent.append(await producer.send(f"{stage.prefix}intake.events", value, key=key.encode(), partition=0,
                                            headers=list(headers.items())))  # fmt: skip
        await asyncio.gather(*sent)
    consumer = stage.consumer(panel, follow=toy.follow(stage.echo.react, {REACTED_TO}))
    took: list[float] = []

    async def commands() -> None:
        for number in count(1):
            began = time.monotonic()
            while True:
                try:
                    await toy.write(panel.book, toy.SWINDON, [number], subject="own")
                    break
                except Busy:
                    continue  # Recorded to come again, as a client is when the machine is short of everything.
            took.append(time.monotonic() - began)
            await asyncio.sleep(0.02)  # a person between two commands

    async def caught_up() -> bool:
        progress = "SELECT sequence FROM bus.progress WHERE council = $1"
        return await panel.fetch(toy.SWINDON, progress) == [(BEHIND,)]

    async with running(consumer.run(), commands()):
        await eventually(caught_up, "it has caught up", seconds=180)
        assert (await eventually(lambda: well(consumer), "nothing waits any more")) == "well"
    assert len(took) > 20
    assert median(took) < 1.0
    own = "SELECT count(*) FROM ledger.row WHERE council = $1 AND stream = 'note-own'"
    assert (await panel.fetch(toy.SWINDON, own))[0][0] >= len(took)
    assert await panel.numbers(toy.SWINDON) == list(range(1, BEHIND + 1))
    rows = "SELECT count(*), count(DISTINCT source_sequence) FROM ledger.row WHERE council = $1 AND kind = 'heard'"
    assert await panel.fetch(toy.SWINDON, rows) == [(BEHIND, BEHIND)]
    streams = "SELECT count(*) FROM ledger.row WHERE council = $1 AND stream LIKE 'echo-%'"
    assert await panel.fetch(toy.SWINDON, streams) == [(BEHIND // EVERY,)]


async def well(consumer) -> str:
    reading = await consumer.reading()
    return "well" if reading.lag == 0 and not reading.troubles else ""
