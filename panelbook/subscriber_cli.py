"""``panelbook subscriber``: credentials with which a council's own systems read its decisions."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from panelbook.local_deployment import DEFAULT_FOLDER, council_id, known_environment

if TYPE_CHECKING:  # No verb waits for the libraries of another.
    from panelbook.subscribers import Credential

app = typer.Typer(help="Credentials of a council's own systems.", no_args_is_help=True)

Council = Annotated[str, typer.Option("--council", help="A council's slug, such as swindon, or its id.")]
System = Annotated[str, typer.Argument(help="What the system is called, such as finance.")]
First = Annotated[str, typer.Argument(help="What the system is called; the council's first subscriber if left out.")]
To = Annotated[
    Path | None, typer.Option("--to", help="Write the credential to this new file, readable by you only; print none.")
]
Folder = Annotated[Path, typer.Option("--folder", help="Where this deployment keeps its data.")]

LINKS = (
    "This credential reads the topic and nothing else. For the decision behind an event's detail_url the system asks",
    "the council's own identity provider for a token by client credentials (role system, this council): Panelbook",
    "issues none, and the council's settings must have detail_to_subscribers on. In demo and test, for an hour:",
    "  panelbook token --council {council} --role system --actor {system}",
)


@app.command()
def add(system: System, council: Council, to: To = None, folder: Folder = DEFAULT_FOLDER) -> None:
    """Make a credential for one of a council's systems, and show it once: Panelbook keeps no copy of the password."""
    from panelbook import subscribers

    _must_be_new(to)
    identity = council_id(council)
    _show(subscribers.add(known_environment(folder), identity, system), to)
    _note(*(line.format(council=identity, system=system) for line in LINKS))


@app.command()
def rotate(council: Council, system: First = "", to: To = None, folder: Folder = DEFAULT_FOLDER) -> None:
    """Make a new password, and show it once. The old one is refused at once: there is no overlap.

    Kafka keeps one password for a name. A system that must not pause gets a second name first (add), takes that, and
    loses the first one afterwards (remove); connections that are open with the old password go on until they close.
    """
    from panelbook import subscribers

    _must_be_new(to)
    _show(subscribers.rotate(known_environment(folder), council_id(council), system), to)
    _note("The old password is refused from now on.")


@app.command()
def remove(system: System, council: Council, folder: Folder = DEFAULT_FOLDER) -> None:
    """Take a system's credential and all that it was allowed."""
    from panelbook import subscribers

    subscribers.remove(known_environment(folder), council_id(council), system)
    _note(f"{system} reads nothing any more.")


@app.command("list")
def list_(council: Council, folder: Folder = DEFAULT_FOLDER) -> None:
    """Show the names under which a council's systems read; no password is kept that could be shown."""
    from panelbook import subscribers

    for name in subscribers.known(known_environment(folder), council_id(council)):
        print(name)


def _must_be_new(to: Path | None) -> None:
    """Whatever is there is nobody's to overwrite; found out before there is a credential that would be lost."""
    if to is not None and (to.exists() or not to.parent.is_dir()):
        raise typer.BadParameter(f"{to} is there already, or its folder is not.")


def _show(credential: "Credential", to: Path | None) -> None:
    said = credential.said()
    if to is None:
        for name, value in said.items():
            print(f"{name:27} {value}")
        return
    from deploy.local.processes import write_secret

    write_secret(to, json.dumps(said, indent=1) + "\n")
    _note(f"The credential of {credential.username} stands in {to}.")


def _note(*lines: str) -> None:
    """What is no part of the credential, apart from it."""
    for line in lines:
        print(line, file=sys.stderr)
