"""`python -m bench [rows ...]` measures and prints a table; `python -m bench curves` draws how rates grow."""

import argparse
import os
import platform
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import asyncpg
import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from bench import appending, carrying, commanding, curves, histories, memory, reading, small_storm, trying
from bench.measuring import Figure
from bench.stage import FULL, TINY, Scale, Stage, standing

RESULTS = Path(__file__).with_name("results.json")

ROWS: dict[str, Callable[[Stage], Awaitable[Sequence[Figure] | Figure]]] = {
    "append 8 councils / unordered": appending.unordered,
    "append 8 councils / eventsourcing": appending.peer_eight,
    "append 1 council / eventsourcing": appending.peer_one,
    "http command / bare": commanding.command,
    "relay / raw producer": carrying.relay,
    "consume / raw insert": carrying.consume,
    "consume / faststream single": carrying.consume_single,
    "import / raw batch": reading.importing,
    "rebuild / cursor read": reading.rebuild,
    "verify / sha256": reading.verifying,
    "simulate / one by one": trying.trying,
    "history 1e6 / history 1e4": histories.growing,
    "idle memory / PostgreSQL and Kafka alone": memory.idle,
    "storm small / aims": small_storm.small_storm,
}
"""Every row by its name, in the order of the table."""

_VERSIONS = ("asyncpg", "aiokafka", "faststream", "fastapi", "uvicorn", "eventsourcing", "psycopg", "msgspec")


async def machine(stage: Stage) -> dict[str, object]:
    """What the figures were measured on and with."""
    connection = await asyncpg.connect(stage.backends.postgres_admin_dsn)
    try:
        postgres = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    return {
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": platform.python_version(),
        "postgresql": postgres,
        "servers": stage.backends.described.partition(",")[0],
        **{name: version(name) for name in _VERSIONS},
    }


@dataclass(frozen=True)
class Measured:
    """A row's figure, when it was measured, and how busy the machine was just before (its load average)."""

    figure: Figure
    at: datetime
    load: float


async def measure(stage: Stage, names: Sequence[str], console: Console) -> list[Measured]:
    """The rows named, one after the other; each is said as soon as it stands."""
    measured: list[Measured] = []
    for name in names:
        load = os.getloadavg()[0]
        found = await ROWS[name](stage)
        for figure in [found] if isinstance(found, Figure) else found:
            console.print(f"  {figure.name}: {figure.ratio:.2f} ({figure.goal}) {'' if figure.met else 'MISSED'}")
            measured.append(Measured(figure, datetime.now(UTC), load))
    return measured


def as_rows(measured: Sequence[Measured], where: dict[str, object]) -> list[dict[str, object]]:
    """The results as they are kept; the last member of each row tells moment, machine and versions."""
    return [
        {
            "name": one.figure.name,
            "ours": one.figure.ours,
            "reference": one.figure.reference,
            "ratio": one.figure.ratio,
            "unit": one.figure.unit,
            "goal": one.figure.goal,
            "met": one.figure.met,
            "ours_runs": one.figure.ours_runs,
            "reference_runs": one.figure.reference_runs,
            "machine": {
                "measured_at": one.at.isoformat(timespec="seconds"),
                "load_at_start": one.load,
                **where,
            },
        }
        for one in measured
    ]


def keep(rows: Sequence[dict[str, object]], results: Path, *, afresh: bool) -> None:
    """Write rows into the results, each in the place of its older figures; ``afresh`` leaves no other row standing."""
    older = [] if afresh or not results.exists() else msgspec.json.decode(results.read_bytes())
    kept = {row["name"]: row for row in [*older, *rows]}
    results.write_bytes(msgspec.json.format(msgspec.json.encode(list(kept.values())), indent=1) + b"\n")


def table(figures: Sequence[Figure]) -> Table:
    """The results for a reader."""
    shown = Table(
        "row", "ours", "reference", "ratio", "goal", "unit", "", title="Panelbook beside its limits and peers"
    )
    for figure in figures:
        shown.add_row(
            figure.name,
            f"{figure.ours:,.1f}",
            f"{figure.reference:,.1f}",
            f"{figure.ratio:.2f}",
            figure.goal,
            figure.unit,
            "met" if figure.met else "MISSED",
        )
    return shown


def run(names: Sequence[str], scale: Scale, results: Path | None, console: Console) -> None:
    """Measure on servers of its own, keep the results if there is a place for them, and print the table."""
    with standing(scale) as stage:

        async def work() -> tuple[list[Measured], dict[str, object]]:
            where = await machine(stage)
            return await measure(stage, names, console), where

        measured, where = uvloop.run(work())
    if results is not None:
        keep(as_rows(measured, where), results, afresh=len(names) == len(ROWS))
    console.print(table([one.figure for one in measured]))


def main(arguments: Sequence[str]) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", help="parts of the names of rows, or `curves`; every row if none is given")
    parser.add_argument("--tiny", action="store_true", help="one short run of everything, which measures nothing")
    parser.add_argument("--results", type=Path, help="where the rows are kept; bench/results.json unless tiny")
    given = parser.parse_args(arguments)
    console = Console(width=120, highlight=False)
    scale = TINY if given.tiny else FULL
    if os.environ.get("SCALE") == "1":
        scale = scale.tenfold()
    if given.rows == ["curves"]:
        curves.draw(scale, console)
        return
    names = [name for name in ROWS if not given.rows or any(part in name for part in given.rows)]
    if not names:
        parser.error(f"No row is named like that. The rows are: {'; '.join(ROWS)}")
    run(names, scale, given.results or (None if given.tiny else RESULTS), console)


if __name__ == "__main__":
    main(sys.argv[1:])
