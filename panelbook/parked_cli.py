"""``panelbook parked``: what stands aside or waits at a service, and the four things an operator may do with it."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from panelbook.local_deployment import DEFAULT_FOLDER, SERVICES, council_id, known_environment

if TYPE_CHECKING:  # The other verbs of the command line do not wait for a database's driver.
    import asyncpg

    from bus import parked
    from ledger.pg.ledger import PostgresLedger

app = typer.Typer(help="What a service could not handle, set aside, or waits for.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--folder", help="Where this deployment keeps its data.")]
Service = Annotated[str, typer.Option("--service", help=f"One of: {', '.join(SERVICES)}.")]
Id = Annotated[int, typer.Argument(metavar="ID", help="The number in the list.")]


class _Ledger:
    """What an access log needs of a book."""

    def __init__(self, ledger: "PostgresLedger") -> None:
        self.ledger = ledger


@asynccontextmanager
async def _pool(folder: Path, service: str) -> AsyncIterator["asyncpg.Pool"]:
    from edge.deployment import from_environment
    from ledger.pg.ledger import connect_pool

    if service not in SERVICES:
        raise typer.BadParameter(f"{service} is none of: {', '.join(SERVICES)}.")
    deployment = from_environment(known_environment(folder))
    async with await connect_pool(deployment.dsn(service), max_size=2, application="parked") as pool:
        yield pool


@app.command("list")
def list_(
    service: Annotated[str, typer.Option("--service", help="Only this service.")] = "",
    council: Annotated[str | None, typer.Option("--council", help="Only this council, by slug or id.")] = None,
    dropped: Annotated[bool, typer.Option(help="Show what was dropped too.")] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Show whatever is parked, stands aside or waits in its topic, and what releases it; without content."""
    from rich.console import Console
    from rich.table import Table

    from bus import parked

    asked = council_id(council) if council else None

    async def read() -> list[tuple[str, parked.Parked]]:
        found: list[tuple[str, parked.Parked]] = []
        for one in [service] if service else SERVICES:
            async with _pool(folder, one) as pool:
                rows = await parked.list_parked(pool, asked, dropped=dropped)
                found.extend([(one, row) for row in rows])
        return found

    table = Table()
    for column in ("service", "id", "council", "state", "tries", "type", "subject", "place", "reason", "goes on"):
        table.add_column(column)
    found = asyncio.run(read())
    for name, one in found:
        state = f"{one.state}, stops the council" if one.stops_council else one.state
        place = f"{one.source} {one.epoch}/{one.sequence}" if one.sequence else one.source
        known = (one.type, one.subject, place, one.reason, parked.GOES_ON[one.state])
        table.add_row(name, str(one.id), one.council, state, str(one.tries), *known)
    if found:
        Console().print(table)
    else:
        print("Nothing is parked, aside or waiting.")


@app.command()
def show(id_: Id, service: Service, folder: Folder = DEFAULT_FOLDER) -> None:
    """Show one with its headers and its bytes; personal members in it stay sealed."""
    from bus import parked

    async def read() -> parked.Parked:
        async with _pool(folder, service) as pool:
            return await parked.show(pool, id_)

    one = _found(read)
    for name in parked.Parked.__dataclass_fields__:
        if name not in ("headers", "value"):
            print(f"{name}: {getattr(one, name)}")
    for header, value in one.headers.items():
        print(f"header {header}: {value.decode('utf-8', 'backslashreplace')}")
    print(one.value.decode("utf-8", "backslashreplace"))


@app.command()
def replay(id_: Id, service: Service, folder: Folder = DEFAULT_FOLDER) -> None:
    """Make one due again with all its tries; the worker takes it up within a second."""
    from bus import parked

    async def again() -> parked.Parked:
        async with _pool(folder, service) as pool:
            return await parked.replay(pool, id_)

    one = _found(again)
    print(f"{one.type} {one.sequence} of council {one.council} will be tried again.")


@app.command()
def drop(
    id_: Id,
    service: Service,
    reason: Annotated[str, typer.Option(help="Why it may be given up; kept in the access lane. No personal data.")],
    by: Annotated[str, typer.Option(help="Who decides it.")] = "",
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Give one up for good; what waits behind it goes on. The drop is itself recorded."""
    from bus import parked
    from edge.access import AccessLog, AccessParkedDropped
    from edge.clock import clock_of
    from edge.deployment import from_environment
    from ledger.pg.ledger import PostgresLedger
    from ledger.rows import Context

    clock = clock_of(from_environment(known_environment(folder)))

    async def give_up() -> parked.Parked:
        async with _pool(folder, service) as pool:
            access = AccessLog(_Ledger(PostgresLedger(service, pool)))

            async def record(one: parked.Parked, why: str, who: str) -> None:
                now, command = clock.now(), uuid4()
                context = Context(one.council, f"operator:{who}", "operator", now, now, command, command)
                event = AccessParkedDropped(one.source, one.epoch, one.sequence, one.type, one.subject, why)
                await access.parked_dropped(context, event)

            return await parked.drop(pool, id_, reason, by or getpass.getuser(), record)

    one = _found(give_up)
    print(f"{one.type} {one.sequence} of council {one.council} was dropped: {reason}")


def _found(act: Callable[[], Coroutine[Any, Any, "parked.Parked"]]) -> "parked.Parked":
    from bus import parked

    try:
        return asyncio.run(act())
    except (parked.NotParked, ValueError) as problem:
        print(f"panelbook: {problem}")
        raise typer.Exit(1) from None
