"""Runs a service's background tasks in one process: restarts what crashes, watches what stands still, stops cleanly."""

import asyncio
import signal
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import structlog
from prometheus_client import Counter, Gauge

from bus.access import BrokerUnreachable, WrongPassword
from bus.session_lock import ACTIVE, SessionLock
from bus.watchdog import PATIENCE_SECONDS, Reading, Verdict, Watchdog

log = structlog.get_logger(__name__)

RESTARTS = Counter(
    "panelbook_worker_restarts", "Tasks of a worker that ended and were started again.", ("service", "task")
)
WAITING = Gauge("panelbook_bus_waiting", "Messages that wait; -1 while that is unknown.", ("service", "reader"))
POSITION = Gauge("panelbook_bus_position", "Messages or offsets reached.", ("service", "reader"))
WELL = Gauge("panelbook_worker_well", "1 while everything watched moves or has nothing to do.", ("service",))

Tasks = Mapping[str, Callable[[], Awaitable[Any]]]
"""Coroutine functions that run until cancelled, by their names."""

_LONGEST_PAUSE = 30.0
_FORGIVEN_AFTER = 60.0


class NotWell(Exception):
    """Something that the worker watches stands still, or has not been looked at yet."""


@dataclass
class _Task:
    state: Literal["running", "restarting", "ended", "elsewhere"] = "running"
    restarts: int = 0
    last_fault: str = ""


class Worker:
    """One service's worker process: relay, marker, consumer, parked retries and whatever else it has to do.

    ``tasks`` are coroutine functions that run until cancelled; one that raises is started again after a pause that
    grows from 0.5 to 30 s. ``once`` are tasks that only one of a service's workers may do at a time: they run here
    while this one holds ``lock``, and elsewhere otherwise. ``watched`` gives the readings that the watchdog judges.
    Cancelled tasks have ``grace`` seconds to end.
    """

    def __init__(
        self,
        name: str,
        tasks: Tasks,
        *,
        once: Tasks | None = None,
        lock: SessionLock | None = None,
        watched: Mapping[str, Callable[[], Awaitable[Reading]]] | None = None,
        patience: float = PATIENCE_SECONDS,
        look_every: float = 5.0,
        first_pause: float = 0.5,
        grace: float = 25.0,
    ) -> None:
        self.name = name
        self._once = dict(once or {})
        self._tasks = {**tasks, **self._once}
        self._states = {task: _Task() for task in tasks} | {task: _Task("elsewhere") for task in self._once}
        self._lock = lock
        ACTIVE.labels(name, "tasks").set(0)
        self._watchdog = Watchdog(watched or {}, time.monotonic, patience=patience)
        self._verdict: Verdict | None = None
        self._look_every = look_every
        self._first_pause = first_pause
        self._grace = grace
        self._stopping = asyncio.Event()

    async def run(self, *, signals: bool = True) -> None:
        """Run every task until `stop` is called, or SIGTERM or SIGINT arrives. Returns once all have ended."""
        loop = asyncio.get_running_loop()
        caught = (signal.SIGTERM, signal.SIGINT) if signals else ()
        for number in caught:
            loop.add_signal_handler(number, self.stop)
        running = {
            asyncio.create_task(self._supervise(name), name=f"{self.name}:{name}")
            for name in self._tasks.keys() - self._once.keys()
        }
        if self._lock is not None:
            running.add(asyncio.create_task(self._lock.run(self._do_once), name=f"{self.name}:once"))
        running.add(asyncio.create_task(self._watch(), name=f"{self.name}:watchdog"))
        log.info("worker_started", service=self.name, count=len(self._tasks))
        try:
            await self._stopping.wait()
        finally:
            for task in running:
                task.cancel()
            _, late = await asyncio.wait(running, timeout=self._grace)
            for task in late:
                log.error("task_would_not_end", service=self.name, where=task.get_name())
            for number in caught:
                loop.remove_signal_handler(number)
            log.info("worker_stopped", service=self.name)

    def stop(self) -> None:
        """End `run`, soon and in order."""
        self._stopping.set()

    def progress(self) -> dict[str, Any]:
        """What a person asks first: each task's state, each reader's figures, and what is wrong."""
        verdict = self._verdict
        return {
            "well": verdict is not None and verdict.well,
            "reasons": list(self.reasons()),
            "tasks": {
                name: {"state": task.state, "restarts": task.restarts, "last_fault": task.last_fault}
                for name, task in self._states.items()
            },
            "readers": {
                name: {"position": reading.position, "waiting": reading.lag}
                for name, reading in (verdict.readings if verdict else {}).items()
            },
        }

    def reasons(self) -> Sequence[str]:
        """Why this worker is not well, one sentence for each thing that stands still."""
        return self._verdict.reasons if self._verdict else ("nothing has been looked at yet",)

    async def ready(self) -> None:
        """The check behind the worker's `/readyz`. Raises NotWell with every reason."""
        if self._verdict is None or not self._verdict.well:
            raise NotWell(" ".join(self.reasons()))

    async def _do_once(self) -> None:
        """Run what only one worker may do, until cancelled."""
        log.info("worker_active", service=self.name)
        ACTIVE.labels(self.name, "tasks").set(1)
        try:
            async with asyncio.TaskGroup() as group:
                for name in self._once:
                    group.create_task(self._supervise(name), name=f"{self.name}:{name}")
                await asyncio.Event().wait()
        finally:
            ACTIVE.labels(self.name, "tasks").set(0)
            for name in self._once:
                self._states[name].state = "elsewhere"
            log.info("worker_no_longer_active", service=self.name)

    async def _supervise(self, name: str) -> None:
        state = self._states[name]
        pause = self._first_pause
        while True:
            state.state = "running"
            began = time.monotonic()
            try:
                await self._tasks[name]()
                state.state = "ended"
                return
            except Exception as problem:
                state.state, state.last_fault = "restarting", type(problem).__name__
                state.restarts += 1
                RESTARTS.labels(self.name, name).inc()
                # Only our own words are sure to hold nobody's: another error's text may quote what it stumbled over.
                reason = str(problem) if isinstance(problem, WrongPassword | BrokerUnreachable) else ""
                log.error("task_crashed", service=self.name, where=f"{name}, {_place(problem)}",
                          fault=type(problem).__name__, reason=reason)  # fmt: skip
            if time.monotonic() - began > _FORGIVEN_AFTER:
                pause = self._first_pause
            await asyncio.sleep(pause)  # before the next try
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _watch(self) -> None:
        while True:
            verdict = await self._watchdog.look()
            if self._verdict is None or verdict.reasons != self._verdict.reasons:
                if not verdict.well:
                    log.error("worker_not_well", service=self.name, reason=" ".join(verdict.reasons))
                elif self._verdict is not None:
                    log.info("worker_well_again", service=self.name)
            self._verdict = verdict
            WELL.labels(self.name).set(verdict.well)
            for reader, reading in verdict.readings.items():
                POSITION.labels(self.name, reader).set(reading.position)
                WAITING.labels(self.name, reader).set(-1 if reading.lag is None else reading.lag)
            await asyncio.sleep(self._look_every)  # until the next round


def _place(problem: Exception) -> str:
    """File and line where an error came from, without its text."""
    frames = traceback.extract_tb(problem.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
