"""The verbs about many applications at once: a synthetic year, taking past cases in, trying a draft scheme on them."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from councils.packs import load_pack, packs
from deploy.local.processes import RuntimeProblem
from panelbook.local_deployment import DEFAULT_FOLDER, council_id, known_environment

_SHOWN_CHANGES = 20
_PATIENCE = 300.0


def caseload(
    council: Annotated[str, typer.Option("--council", help=f"A settings pack: {', '.join(packs())}.")],
    year: Annotated[int, typer.Option("--year", min=2000, max=2100, help="Which year the cases are of.")],
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")] = 1,
    cases: Annotated[int | None, typer.Option("--cases", min=1, help="At most so many; a year if not given.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A file; standard output if not given.")] = None,
    digest: Annotated[bool, typer.Option("--digest", help="Print only the SHA-256 of what would be written.")] = False,
) -> None:
    """Write a synthetic year of a council as JSON Lines: nobody in it ever lived, volumes and prices are public."""
    from councils.calendar import LONDON
    from councils.settings import Settings
    from panelbook.caseload import year as years

    if council not in packs():
        raise typer.BadParameter(f"{council} is none of: {', '.join(packs())}.")
    in_force_from = datetime(year, 1, 1, tzinfo=LONDON)
    settings = Settings.read({**load_pack(council), "version": 1, "in_force_from": in_force_from.isoformat()})
    made = years.year(settings, year, seed, most=cases)
    if digest:
        print(years.digest(made))
        return
    count = 0
    with out.open("w", encoding="utf-8") if out else sys.stdout as file:
        for line in years.lines(made):
            file.write(line + "\n")
            count += 1
    print(f"{count} cases of {council} in {year}, seed {seed}.", file=sys.stderr)


def simulate(
    council: Annotated[str, typer.Option("--council", help="A council's slug, such as swindon, or its id.")],
    since: Annotated[str, typer.Option("--from", help="The first moment, or the first day, of receipt.")],
    until: Annotated[str, typer.Option("--to", help="The first moment or day that no longer counts.")],
    scheme: Annotated[
        Path | None,
        typer.Option("--scheme", help="Whole terms, a JDM document, or one table, as JSON; in force if not given."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
    folder: Annotated[Path, typer.Option("--folder", help="Where this deployment keeps its data.")] = DEFAULT_FOLDER,
) -> None:
    """Try a draft scheme on past applications: what would have gone elsewhere, and what it would have cost."""
    import httpx

    from edge.deployment import from_environment
    from edge.issuer import built_in_issuer

    environment = known_environment(folder)
    deployment, identity = from_environment(environment), council_id(council)
    bearer = environment.get("PANELBOOK_TOKEN", "")
    bearer = bearer or built_in_issuer(deployment).token("cli", identity, ["settings_publisher"])
    answer = httpx.post(
        f"{deployment.base_url}/routing/councils/{identity}/simulations",
        json={"from_at": _moment(since), "until_at": _moment(until), **_draft(scheme)},
        headers={"Authorization": f"Bearer {bearer}"},
        timeout=_PATIENCE,
    )
    body = answer.json()
    if answer.status_code != 200:
        for failing in body.get("failing", ()):
            print(f"{failing['pointer']}: {failing['code']}: {failing['sentence']}", file=sys.stderr)
        raise RuntimeProblem(f"{body['code']}: {body['detail']}")
    if as_json:
        print(json.dumps(body, indent=1))
    else:
        _print(body, council)


def _moment(said: str) -> str:
    """A moment with its offset; a day or a time without one is London's."""
    from councils.calendar import LONDON

    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter(f"{said} is neither a day such as 2026-10-01 nor a moment.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=LONDON)).isoformat()


def _draft(scheme: Path | None) -> dict[str, Any]:
    if scheme is None:
        return {}
    try:
        document = json.loads(scheme.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise RuntimeProblem(f"{scheme} cannot be read as JSON: {type(problem).__name__}.") from None
    if not isinstance(document, dict):
        raise RuntimeProblem(f"{scheme} holds no JSON object.")
    return {"settings" if "forums" in document else "scheme": document}


def _print(body: dict[str, Any], council: str) -> None:
    from rich.console import Console
    from rich.table import Table

    happened, draft, difference = body["happened"], body["draft"], body["difference"]
    table = Table(
        title=f"{body['applications']:,} applications of {council}, beside settings {body['settings_version']}"
    )
    for column in ("what", "happened", "draft"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for route in dict.fromkeys((*happened["routes"], *draft["routes"])):
        table.add_row(route, f"{happened['routes'].get(route, 0):,}", f"{draft['routes'].get(route, 0):,}")
    for who in dict.fromkeys((*happened["deciders"], *draft["deciders"])):
        decided = (f"{side['deciders'].get(who, 0):,}" for side in (happened, draft))
        table.add_row(f"decided by {who}", *decided)
    table.add_row("panel hours", f"{happened['panel_hours']:,}", f"{draft['panel_hours']:,}")
    table.add_row("weeks waited for a sitting", f"{happened['weeks_waited']:,}", f"{draft['weeks_waited']:,}")
    console = Console()
    console.print(table)
    changes = Table(title=f"{body['changed']:,} would have gone another way")
    for column in ("applications", "went", "would go", "row", "because", "such as"):
        changes.add_column(column)
    for change in body["changes"][:_SHOWN_CHANGES]:
        was, would = change["was"], change["would_be"]
        reasons, number = ", ".join(would["reasons"]), f"{change['applications']:,}"
        changes.add_row(number, _way(was), _way(would), would["row"], reasons, change["examples"][0])
    if body["changes"]:
        console.print(changes)
    print(
        f"{difference['to_panel']:+,} to a panel, {difference['panel_hours']:+,} panel hours,"
        f" {difference['weeks_waited']:+,} weeks of waiting."
    )


def _way(words: dict[str, Any]) -> str:
    return f"{words['route']} {words['forum']}" if words.get("forum") else str(words["route"])


def take_in_file(
    file: Annotated[
        Path | None,
        typer.Argument(help="Past cases: a table where the name ends in .csv, .tsv or .txt, else JSON Lines."),
    ] = None,
    council: Annotated[str, typer.Option("--council", help="A council's slug, such as swindon, or its id.")] = "",
    actor: Annotated[str, typer.Option("--as", help="The id of the records officer who takes them in.")] = "",
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="How the file is written, if not in UTF-8: windows-1252.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Judge every row and store none.")] = False,
    only_template: Annotated[
        bool, typer.Option("--template", help="Print a table to be filled in: headings with their meaning.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Where refused rows are written; beside the file if not given.")
    ] = None,
    folder: Annotated[Path, typer.Option("--folder", help="Where this deployment keeps its data.")] = DEFAULT_FOLDER,
) -> None:
    """Take past cases in through the rules of the form; safe to repeat. Exits 1 when a row was refused."""
    from panelbook.importing.verb import run

    run(file, council, actor, encoding, report, folder, check=check, only_template=only_template)
