"""What the worker promises: a crashed task comes back, a stop is clean, and what stands still shows."""

import asyncio
import os
import signal

import pytest
from prometheus_client import REGISTRY

from bus.watchdog import Reading
from bus.worker import NotWell, Worker
from tests.bus.conftest import eventually


async def test_a_task_that_crashes_is_started_again_and_the_others_go_on():
    starts: list[str] = []

    async def crashing() -> None:
        starts.append("crashing")
        if len(starts) < 4:
            raise RuntimeError("no words of this may be logged")
        await asyncio.Event().wait()

    async def steady() -> None:
        starts.append("steady")
        await asyncio.Event().wait()

    worker = Worker("toy", {"steady": steady, "crashing": crashing}, first_pause=0.01)
    running = asyncio.create_task(worker.run(signals=False))
    await eventually(lambda: holds(len(starts) == 4), "it was started three times")
    tasks = worker.progress()["tasks"]
    assert tasks["crashing"] == {"state": "running", "restarts": 2, "last_fault": "RuntimeError"}
    assert tasks["steady"] == {"state": "running", "restarts": 0, "last_fault": ""}
    worker.stop()
    await asyncio.wait_for(running, 5)
    assert REGISTRY.get_sample_value("panelbook_worker_restarts_total", {"service": "toy", "task": "crashing"}) == 2


async def test_words_of_an_error_stay_out_of_the_log(capsys: pytest.CaptureFixture[str]):
    async def crashing() -> None:
        raise RuntimeError("Amina lives at 4 Mill Lane")

    worker = Worker("toy", {"crashing": crashing}, first_pause=0.01)
    running = asyncio.create_task(worker.run(signals=False))
    await eventually(lambda: holds(worker.progress()["tasks"]["crashing"]["restarts"] > 0), "it crashed")
    worker.stop()
    await asyncio.wait_for(running, 5)
    said = capsys.readouterr()
    assert "RuntimeError" in said.out
    assert "test_worker.py:" in said.out
    assert "Amina" not in said.out + said.err


async def test_sigterm_ends_every_task_cleanly():
    ended: list[str] = []

    async def tidy() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("tidy")

    worker = Worker("toy", {"tidy": tidy})
    running = asyncio.create_task(worker.run())
    await eventually(lambda: holds(bool(worker.progress()["readers"] or worker.progress()["well"])), "it runs")
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 5)
    assert ended == ["tidy"]


async def test_a_worker_is_ready_once_everything_watched_is_well():
    reading = Reading(7, 2, ("council c4d81e is stopped",))

    async def read() -> Reading:
        return reading

    worker = Worker("toy", {}, watched={"events": read}, look_every=0.01)
    with pytest.raises(NotWell, match="nothing has been looked at yet"):
        await worker.ready()
    running = asyncio.create_task(worker.run(signals=False))
    await eventually(lambda: holds("events" in worker.progress()["readers"]), "it has looked")
    with pytest.raises(NotWell, match="events: council c4d81e is stopped"):
        await worker.ready()
    assert worker.progress()["readers"] == {"events": {"position": 7, "waiting": 2}}
    assert REGISTRY.get_sample_value("panelbook_bus_waiting", {"service": "toy", "reader": "events"}) == 2
    assert REGISTRY.get_sample_value("panelbook_worker_well", {"service": "toy"}) == 0
    reading = Reading(9, 0)
    await eventually(lambda: holds(worker.progress()["well"]), "it is well again")
    await worker.ready()
    worker.stop()
    await asyncio.wait_for(running, 5)


async def holds(value: bool) -> bool:
    return value
