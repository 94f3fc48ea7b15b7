"""``panelbook council`` and ``panelbook officers``: what brings a council to its first submission."""

from pathlib import Path
from typing import Annotated

import typer

from councils.packs import load_pack, packs
from panelbook.local_deployment import DEFAULT_FOLDER, TOKEN, council_id, known_environment

app = typer.Typer(help="Councils of this deployment.", no_args_is_help=True)
officers = typer.Typer(help="Officers of a council.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--folder", help="Where this deployment keeps its data.")]
Pack = Annotated[str, typer.Argument(help=f"A settings pack: {', '.join(packs())}.")]
Team = Annotated[str, typer.Option(help="The management team that the publisher acts for, if not the pack's.")]


@app.command()
def load(pack: Pack, folder: Folder = DEFAULT_FOLDER) -> None:
    """Make a council's topics, permissions, subscriber and books; safe to repeat."""
    from panelbook.running import load_council

    load_council(known_environment(folder), folder, _known(pack), say=print)


@app.command()
def publish(
    pack: Pack,
    since: Annotated[str, typer.Option("--from", help="From when it is in force; as soon as may be if left out.")] = "",
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Publish a pack's settings as its council's publisher, or with the token in PANELBOOK_TOKEN; safe to repeat.

    In a demo the clock is turned to the moment from which they are in force, unless one is named.
    """
    from edge.deployment import from_environment
    from panelbook import setting_up

    environment = known_environment(folder)
    setting_up.publish(from_environment(environment), _known(pack), environment.get(TOKEN, ""), since, print)


@app.command()
def check(
    council: Annotated[str, typer.Argument(help="A council's slug, such as swindon, or its id.")],
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Name every letter, alarm and task that would reach nobody; exits 1 when there is one."""
    from edge.deployment import from_environment
    from panelbook import setting_up

    environment = known_environment(folder)
    deployment, token = from_environment(environment), environment.get(TOKEN, "")
    if not setting_up.check(deployment, council_id(council), token, _team_of(council), print):
        raise typer.Exit(1)


@officers.command("load")
def load_officers(
    file: Annotated[Path, typer.Argument(help="CSV with the headings officer, role, team, ... or a JSON list.")],
    council: Annotated[str, typer.Option("--council", help="A council's slug, such as swindon, or its id.")],
    team: Team = "",
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Appoint everybody whom a file names, as the council's publisher; safe to repeat, nobody is taken off the list."""
    from edge.deployment import from_environment
    from panelbook import setting_up

    environment = known_environment(folder)
    named = team or _team_of(council)
    deployment, token = from_environment(environment), environment.get(TOKEN, "")
    setting_up.load_officers(deployment, council_id(council), token, named, file, print)


def _team_of(council: str) -> str:
    """The management team that a pack names; empty for a council without a pack."""
    return load_pack(council)["management_team"] if council in packs() else ""


def _known(pack: str) -> str:
    if pack not in packs():
        raise typer.BadParameter(f"{pack} is none of: {', '.join(packs())}.")
    return pack
