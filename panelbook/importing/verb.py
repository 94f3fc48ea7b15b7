"""The verb `import`: what it is asked for on the command line, what it shows meanwhile, and what it says at the end."""

import asyncio
import csv
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from deploy.local.processes import RuntimeProblem
from edge.deployment import Deployment, from_environment
from ledger.decider import By
from panelbook.catalogue import CATALOGUE
from panelbook.importing.columns import template
from panelbook.importing.files import read_lines
from panelbook.importing.taking_in import Report, take_in
from panelbook.local_deployment import council_id, known_environment
from services.hosting import Host, open_host
from services.intake.imports.domain.past_case import IMPORTERS
from services.intake.imports.forms import NOT_KEPT
from services.routing.officers.read import officers


def run(
    file: Path | None,
    council: str,
    actor: str,
    encoding: str | None,
    report: Path | None,
    folder: Path,
    *,
    check: bool,
    only_template: bool,
) -> None:
    """Take a file in, or print what one may look like. Ends with 1 when a row was refused."""
    if only_template:
        csv.writer(sys.stdout).writerows(template())
        return
    if file is None or not council or not actor:
        raise typer.BadParameter("An import needs a file, --council and --as.")
    deployment, identity = from_environment(known_environment(folder)), council_id(council)
    done, place = Report(), report or file.with_name(file.name + ".refused.jsonl")
    try:
        asyncio.run(_take_in(deployment, identity, actor, file, encoding, done, storing=not check))
    except BaseException:
        # What was done until then is said too.
        if done.rows:
            _say(done, place, check=check)
        raise
    _say(done, place, check=check)
    if done.refused:
        raise typer.Exit(1)


async def _take_in(
    deployment: Deployment, council: str, actor: str, file: Path, encoding: str | None, done: Report, *, storing: bool
) -> None:
    async with open_host(CATALOGUE["routing"], deployment, max_size=1) as host:
        by = await importer(host, council, actor)
    async with open_host(CATALOGUE["intake"], deployment, max_size=2) as host:
        with _shown(file, done) as at:
            await take_in(host, council, by, read_lines(file, encoding, at=at), report=done, storing=storing)


async def importer(routing: Host, council: str, actor: str) -> By:
    """The officer in whose name cases are taken in. Raises RuntimeProblem for whoever is none, or may not."""
    async with routing.book.reading(council) as reader:
        roles = {one["officer"]: one["role"] for one in await officers(reader)}
    allowed = " or ".join(sorted(IMPORTERS))
    if actor not in roles:
        raise RuntimeProblem(f"{actor} is no officer of this council; appoint them as {allowed} first.")
    if roles[actor] not in IMPORTERS:
        raise RuntimeProblem(f"{actor} is appointed as {roles[actor]}; past cases are taken in by a {allowed}.")
    return By(actor, roles[actor])


class _At:
    """Moves the bar on: how far the file has been read, and how many rows became something in each second."""

    def __init__(self, progress: Progress, size: int, done: Report) -> None:
        self._progress, self._done, self._began = progress, done, time.monotonic()
        self._task = progress.add_task("", total=size, rows=0, rate=0.0)

    def __call__(self, position: int) -> None:
        rows, passed = self._done.rows, time.monotonic() - self._began
        self._progress.update(self._task, completed=position, rows=rows, rate=rows / passed if passed else 0.0)


@contextmanager
def _shown(file: Path, done: Report) -> Iterator[_At]:
    """A bar with the rate and the time that is left, where somebody sits at a terminal."""
    columns = (
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f} a second, left:"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield _At(progress, file.stat().st_size if file.is_file() else 0, done)


def _say(done: Report, place: Path, *, check: bool) -> None:
    if check:
        print(f"{done.taken} cases would be taken in, {done.already} are there already; nothing was stored.")
    else:
        print(f"{done.taken} cases taken in with {done.events} events, {done.already} were there already.")
    if done.beyond:
        print(f"Not kept of {done.beyond} rows, because the book has no place for it: {', '.join(NOT_KEPT)}.")
    if done.refused:
        place.write_text("".join(json.dumps(one) + "\n" for one in done.refused), encoding="utf-8")
        print(f"{len(done.refused)} rows were refused; {place} says why.", file=sys.stderr)
