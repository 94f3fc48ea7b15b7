"""`python -m bench [rows ...]` measures and prints a table; `python -m bench curves` draws how rates grow."""

import argparse
import os
import platform
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import asyncpg
import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from bench import appending, carrying, commanding, curves, histories, memory, reading, trying
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
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "load_at_start": os.getloadavg()[0],
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": platform.python_version(),
        "postgresql": postgres,
        "servers": stage.backends.described.partition(",")[0],
        **{name: version(name) for name in _VERSIONS},
    }


async def measure(stage: Stage, names: Sequence[str], console: Console) -> list[Figure]:
    """The rows named, one after the other; each is said as soon as it stands."""
    figures: list[Figure] = []
    for name in names:
        found = await ROWS[name](stage)
        for figure in [found] if isinstance(found, Figure) else found:
            console.print(f"  {figure.name}: {figure.ratio:.2f} ({figure.goal}) {'' if figure.met else 'MISSED'}")
            figures.append(figure)
    return figures


def as_json(figures: Sequence[Figure], where: dict[str, object]) -> bytes:
    """The results: a list of rows, the last of them telling machine and versions."""
    rows = [
        {
            "name": figure.name,
            "ours": figure.ours,
            "reference": figure.reference,
            "ratio": figure.ratio,
            "unit": figure.unit,
            "goal": figure.goal,
            "met": figure.met,
            "ours_runs": figure.ours_runs,
            "reference_runs": figure.reference_runs,
            "machine": where,
        }
        for figure in figures
    ]
    return msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n"


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


def run(names: Sequence[str], scale: Scale, results: Path, console: Console) -> list[Figure]:
    """Measure on servers of its own, write the results and print the table."""
    with standing(scale) as stage:

        async def work() -> tuple[list[Figure], dict[str, object]]:
            where = await machine(stage)
            return await measure(stage, names, console), where

        figures, where = uvloop.run(work())
    results.write_bytes(as_json(figures, where))
    console.print(table(figures))
    return figures


def main(arguments: Sequence[str]) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", help="parts of the names of rows, or `curves`; every row if none is given")
    parser.add_argument("--tiny", action="store_true", help="one short run of everything, which measures nothing")
    parser.add_argument("--results", type=Path, default=RESULTS)
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
    run(names, scale, given.results, console)


if __name__ == "__main__":
    main(sys.argv[1:])
