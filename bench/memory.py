"""What a whole Panelbook holds in memory while nothing happens, beside PostgreSQL and Kafka alone."""

import asyncio
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from bench.measuring import Figure
from bench.stage import Stage
from deploy.local.backends import start_backends
from panelbook.running import running

SETTLING_SECONDS = 15.0
"""After the start, before the first look: pools, groups and marks are then at rest."""

LOOKS = 5


async def idle(stage: Stage) -> Figure:
    """Every process of a Panelbook with one council, beside the two servers freshly started with nobody to serve.

    Proportional memory: a page that processes share counts once in all. Five looks at each, two seconds apart.
    """
    return await asyncio.to_thread(_measure, stage)


def _measure(stage: Stage) -> Figure:
    seconds = SETTLING_SECONDS if stage.scale.durable else 0.5
    alone, whole = stage.folder / "alone", stage.folder / "whole"
    servers = start_backends(alone, say=lambda _: None)
    try:
        reference = _looks(lambda: _below(alone), seconds)
    finally:
        servers.stop()
    with running(whole, port=0, brokers=1, councils=["swindon"], say=lambda _: None) as panelbook:
        python = {process.pid for process in panelbook.processes.values()}
        ours = _looks(lambda: _below(whole) | python, seconds)
    return Figure(
        "idle memory / PostgreSQL and Kafka alone", statistics.median(ours), statistics.median(reference), "MB", "<= 4",
        tuple(ours), tuple(reference),
    )  # fmt: skip


def _looks(processes: Callable[[], set[int]], seconds: float) -> list[float]:
    time.sleep(seconds)  # Memory is measured at rest: what a process takes while it starts is not its idle memory.
    found: list[float] = []
    for _ in range(LOOKS):
        found.append(sum(_megabytes(pid) for pid in processes()))
        time.sleep(seconds / 8)  # Between samples, so that their median is not of one moment.
    return found


def _below(folder: Path) -> set[int]:
    """The processes that work in a folder, which is how the servers are started."""
    found: set[int] = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").resolve(strict=True).is_relative_to(folder.resolve()):
                found.add(int(entry.name))
        except OSError:
            # It has ended meanwhile, or is none of ours to look into.
            continue
    return found


def _megabytes(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
