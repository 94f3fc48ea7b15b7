"""What is done once for a service is done by one of its workers, and by the next as soon as that one is gone."""

import asyncio
from typing import Any

import pytest
from prometheus_client import REGISTRY

from bus.session_lock import SessionLock
from bus.worker import Worker
from tests.bus.conftest import Service, Stage, eventually, running

pytestmark = pytest.mark.connected


async def for_ever() -> None:
    await asyncio.Event().wait()


async def holds(value: bool) -> bool:
    return value


async def test_one_of_two_holds_it_and_the_other_follows(stage: Stage) -> None:
    panel = await stage.service("panel")
    first, second = (SessionLock(panel.relay_pool, "active", every=0.05) for _ in range(2))
    async with running(second.run(for_ever)):
        async with running(first.run(for_ever)):
            await eventually(lambda: holds(first.held != second.held), "one of them holds it")
            await eventually(lambda: holds(first.taken or second.taken), "the other is told")
        await eventually(lambda: holds(second.held and not first.held), "the other follows")


async def test_another_service_and_another_name_are_other_locks(stage: Stage) -> None:
    panel, notify = await stage.service("panel"), await stage.service("notify")
    locks = [
        SessionLock(panel.relay_pool, "active", every=0.05),
        SessionLock(panel.relay_pool, "instance panel-1", every=0.05),
        SessionLock(notify.relay_pool, "active", every=0.05),
    ]
    async with running(*(lock.run(for_ever) for lock in locks)):
        await eventually(lambda: holds(all(lock.held for lock in locks)), "each holds its own")


async def test_a_connection_that_goes_takes_the_lock_and_the_work_with_it(stage: Stage) -> None:
    panel = await stage.service("panel")
    lock, at_work = SessionLock(panel.relay_pool, "active", every=30), 0
    starts: list[int] = []

    async def body() -> None:
        nonlocal at_work
        starts.append(len(starts))
        at_work += 1
        try:
            await for_ever()
        finally:
            at_work -= 1

    async with running(lock.run(body)):
        await eventually(lambda: holds(at_work == 1), "it is at work")
        await cut(panel)
        await eventually(lambda: holds(at_work == 0 and not lock.held), "it is noticed, long before it is asked")


async def test_a_lock_that_was_lost_is_taken_again(stage: Stage) -> None:
    panel = await stage.service("panel")
    lock, starts = SessionLock(panel.relay_pool, "active", every=0.05), 0

    async def body() -> None:
        nonlocal starts
        starts += 1
        await for_ever()

    async with running(lock.run(body)):
        await eventually(lambda: holds(starts == 1), "it is at work")
        await cut(panel)
        await eventually(lambda: holds(starts == 2 and lock.held), "it is at work again")


async def test_what_the_work_raises_is_raised_and_frees_the_lock(stage: Stage) -> None:
    panel = await stage.service("panel")

    async def failing() -> None:
        raise OSError("as a broker that is away")

    with pytest.raises(OSError, match="as a broker"):
        await SessionLock(panel.relay_pool, "active").run(failing)
    other = SessionLock(panel.relay_pool, "active", every=0.05)
    async with running(other.run(for_ever)):
        await eventually(lambda: holds(other.held), "another has it")


async def test_of_two_workers_one_does_what_is_done_once(stage: Stage) -> None:
    panel = await stage.service("panel")
    done: list[str] = []

    def worker(name: str) -> Worker:
        async def once() -> None:
            done.append(name)
            await for_ever()

        lock = SessionLock(panel.relay_pool, "active", every=0.05)
        return Worker("panel", {"always": for_ever}, once={"once": once}, lock=lock)

    def state(worker: Worker) -> Any:
        return worker.progress()["tasks"]

    one, two = worker("one"), worker("two")
    async with running(two.run(signals=False)):
        async with running(one.run(signals=False)):
            await eventually(lambda: holds(len(done) == 1), "one of them does it")
            assert {state(one)["always"]["state"], state(two)["always"]["state"]} == {"running"}
            assert {state(one)["once"]["state"], state(two)["once"]["state"]} == {"running", "elsewhere"}
            labels = {"service": "panel", "part": "tasks"}
            assert REGISTRY.get_sample_value("panelbook_worker_active", labels) == 1
        await eventually(lambda: holds(done[-1] == "two"), "the one that is left does it")
        assert state(two)["once"]["state"] == "running"


async def cut(service: Service) -> None:
    """End the sessions of the service's relay role, as a server that goes down does."""
    await service.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = $2",
        service.database.name,
        f"{service.name}_relay",
    )
