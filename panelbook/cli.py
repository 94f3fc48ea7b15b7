"""The command line: everything that the containers, the demo and an operator start.

What a verb needs is imported by that verb: nobody waits half a second for a token because another verb starts servers.
"""

import asyncio
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from councils.packs import packs
from deploy.local.processes import RuntimeProblem
from panelbook import caseload_cli, council_cli, daemons, me_cli, parked_cli, problems, subscriber_cli
from panelbook.local_deployment import (
    DEFAULT_FOLDER,
    SERVICES,
    TOKEN,
    council_id,
    known_environment,
    secrets_of,
    subscriber_of,
)

if TYPE_CHECKING:
    from panelbook.running import Running

app = typer.Typer(
    name="panelbook",
    help="The book of record for social-care funding panels.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
clock_app = typer.Typer(help="The settable clock of a demo or a test.", no_args_is_help=True)
app.add_typer(council_cli.app, name="council")
app.add_typer(council_cli.officers, name="officers")
app.add_typer(clock_app, name="clock")
app.add_typer(parked_cli.app, name="parked")
app.add_typer(subscriber_cli.app, name="subscriber")
app.command()(me_cli.me)
app.command()(caseload_cli.caseload)
app.command()(caseload_cli.simulate)
app.command("import")(caseload_cli.take_in_file)

Folder = Annotated[Path, typer.Option("--folder", help="Where this deployment keeps its data.")]
Council = Annotated[str, typer.Option("--council", help="A council's slug, such as swindon, or its id.")]

STORY_COUNCILS = ("shropshire", "doncaster", "swindon", "northborough")

WHAT_NEXT = (
    "Nobody has published rules here yet. In another shell, for one of: " + ", ".join(packs()) + ":",
    "  .venv/bin/panelbook council publish swindon        its settings, in force at once: the clock is turned to them",
    "  .venv/bin/panelbook officers load --council swindon docs/examples/officers.csv",
    "  .venv/bin/panelbook council check swindon          who is told of what, and which roles nobody holds",
    "  .venv/bin/panelbook me --council swindon --role social_worker --actor officer-101",
    "Then docs/how-to/drive-a-case.md, block by block: a case from its start to a decision in ten minutes.",
    "Stop it with Ctrl-C.",
)


def _say(line: str) -> None:
    print(line, flush=True)


# --- Running --------------------------------------------------------------------------------------------------


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop everything after the story.")] = False,
    port: Annotated[int, typer.Option(help="Where it answers; 0 picks a free port.")] = 8000,
    brokers: Annotated[int, typer.Option(help="Kafka nodes: 1 or 3.")] = 1,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Start everything, play the cases of four councils, verify them, and leave the system running."""
    from panelbook.running import demo_folder, running
    from panelbook.story.play import play

    played = demo_folder(folder, once=once)
    with running(played, port=0 if once else port, brokers=brokers, councils=STORY_COUNCILS, say=_say) as started:
        events, councils = play(started.environment, _say)
        verified = f"verified: {events} events, {councils} councils"
        if not once:
            _let_run(started)
            _say("")
            _say(f"It stays up at {started.base_url}. In another shell: .venv/bin/panelbook --help. Ctrl-C stops it.")
            _say(verified)
            _watch(started)
    shutil.rmtree(played)
    _say(verified)


@app.command()
def up(
    port: Annotated[int, typer.Option(help="Where it answers; 0 picks a free port.")] = 8000,
    brokers: Annotated[int, typer.Option(help="Kafka nodes: 1 or 3.")] = 1,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Start servers, web and workers on this machine and keep them running; data is kept between runs."""
    from panelbook.running import running

    with running(folder, port=port, brokers=brokers, councils=packs(), say=_say) as started:
        _let_run(started)
        _say("")
        for line in WHAT_NEXT:
            _say(line)
        _watch(started)


def _let_run(started: "Running") -> None:
    """Let the clock run from where it stands: who drives a case by hand does one thing after another."""
    from edge.clock import settable_clock
    from edge.deployment import from_environment

    settable_clock(from_environment(started.environment)).tick()


def _watch(started: "Running") -> None:
    while (fallen := started.fallen()) is None:
        time.sleep(0.5)  # looks again: nothing tells when it is so
    raise RuntimeProblem(f"The process {fallen} ended by itself; its log says why.")


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Where it answers.")] = 8000,
    bind: Annotated[str, typer.Option(help="The address it listens on.")] = "127.0.0.1",
    health_port: Annotated[int, typer.Option(help="Where it tells its health and metrics; 0 for --port.")] = 0,
    health_bind: Annotated[str, typer.Option(help="The address that this port is opened on.")] = "127.0.0.1",
) -> None:
    """Run the web process: the five services by path."""
    daemons.serve(port, bind, health_port, health_bind)


@app.command()
def work(
    service: Annotated[str, typer.Argument(help=f"One of: {', '.join(SERVICES)}.")],
    port: Annotated[int, typer.Option(help="Where it tells its health and metrics; 0 for nowhere.")] = 0,
    bind: Annotated[str, typer.Option(help="The address that this port is opened on.")] = "127.0.0.1",
) -> None:
    """Run one service's worker: it hears, relays, marks, and does its own tasks."""
    if service not in SERVICES:
        raise typer.BadParameter(f"{service} is none of: {', '.join(SERVICES)}.")
    daemons.work(service, port, bind)


@app.command()
def migrate(folder: Folder = DEFAULT_FOLDER) -> None:
    """Bring databases, roles, topics and permissions up to date; safe to repeat."""
    from panelbook.preparing import prepare_databases, prepare_topics

    environment = known_environment(folder)
    asyncio.run(prepare_databases(environment))
    prepare_topics(environment)
    _say("Databases, roles, topics and permissions are up to date.")


# --- Reading and proving --------------------------------------------------------------------------------------


@app.command()
def replay(
    council: Council,
    application: Annotated[str, typer.Option(help="The application's id.")],
    as_at: Annotated[str | None, typer.Option(help="A moment such as 2026-10-13T12:00:00Z; now if not given.")] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Show one case as it was known at a moment, with the token in PANELBOOK_TOKEN or one of the built-in issuer."""
    import httpx
    from rich.console import Console
    from rich.table import Table

    from edge.deployment import from_environment
    from edge.issuer import built_in_issuer
    from panelbook.story.evidence import short_name

    environment = known_environment(folder)
    deployment = from_environment(environment)
    council = council_id(council)
    bearer = environment.get(TOKEN, "")
    bearer = bearer or built_in_issuer(deployment).token("cli", council, ["complaints_officer"])
    answer = httpx.get(
        f"{deployment.base_url}/record/councils/{council}/applications/{application}/history",
        params={"as_at": as_at} if as_at else {},
        headers={"Authorization": f"Bearer {bearer}", "Panelbook-Purpose": "replay"},
        timeout=30.0,
    )
    body = answer.json()
    if answer.status_code != 200:
        raise RuntimeProblem(f"{body['code']}: {body['detail']} {body.get('facts') or ''}".strip())
    table = Table(title=f"{application} as at {body['as_at']}")
    for column in ("recorded", "service", "what", "by", "position"):
        table.add_column(column)
    for entry in body["entries"]:
        what = f"{'heard ' if entry['kind'] == 'heard' else ''}{short_name(entry)}"
        by = f"{entry['actor']} ({entry['role']})"
        table.add_row(entry["recorded_at"], entry["service"], what, by, str(entry["position"]))
    Console().print(table)
    _say(f"{len(body['entries'])} entries, {answer.headers['digest']}")


@app.command()
def verify(
    council: Annotated[str | None, typer.Option("--council", help="Only this council.")] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Derive every position, leaf, chain, head and Merkle root again; exits 1 and names the first bad position.

    The digests of attached files are held against what is kept of them.
    """
    from panelbook.verifying import damaged_files, verify_services

    environment = known_environment(folder)
    found = asyncio.run(verify_services(environment, council_id(council) if council else None))
    if not found:
        raise RuntimeProblem(f"There is no council {council} here." if council else "No council has been loaded here.")
    for one in found:
        if one.verified is None:
            _say(f"BROKEN {one.council} {one.service} {one.lane}: {one.broken}")
        else:
            root = one.verified.root.hex()
            _say(
                f"{one.council} {one.service:8} {one.lane:6} {one.verified.positions:6} rows,"
                f" {one.copied:6} of them in record's copy, root {root}"
            )
    files = asyncio.run(damaged_files(environment, {one.council for one in found}))
    for named, attachment in files:
        _say(f"DAMAGED {named} intake: the file of attachment {attachment} is gone or was altered")
    if files or any(one.broken for one in found):
        raise typer.Exit(1)
    events = sum(one.verified.positions for one in found if one.verified)
    _say(f"verified: {events} events, {len({one.council for one in found})} councils")


@app.command()
def rebuild(folder: Folder = DEFAULT_FOLDER) -> None:
    """Drop every read model and fold it again from the ledgers."""
    from panelbook.rebuilding import rebuild_services

    _say(f"{asyncio.run(rebuild_services(known_environment(folder)))} rows folded.")


@app.command()
def restore(
    service: Annotated[str, typer.Option("--service", help=f"One of: {', '.join(SERVICES)}.")],
    council: Annotated[str | None, typer.Option("--council", help="Only this council, by slug or id.")] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """After an older dump was put back: take what it lacks from the service's own trail; exits 1 if rows are lost."""
    from panelbook.restoring import restore_service

    if service not in SERVICES:
        raise typer.BadParameter(f"{service} is none of: {', '.join(SERVICES)}.")
    asked = council_id(council) if council else None
    done = asyncio.run(restore_service(known_environment(folder), service, asked))
    for one in done.lanes:
        until = f", all that there was until {one.known_until.isoformat()}" if one.known_until else ""
        _say(f"{one.council} {service:8} {one.lane:6} {one.rows:6} rows taken back, {one.position} in all{until}")
        for what in one.lost:
            _say(f"LOST {one.council} {service} {one.lane}: {what}. Epoch {one.epoch} begins at {one.position + 1}.")
    for refused, why in done.refused.items():
        _say(f"LEFT AS IT IS {refused} {service}: {why}")
    if done.refused or any(one.lost for one in done.lanes):
        raise typer.Exit(1)


@app.command()
def subscribe(
    council: Council,
    credential: Annotated[str, typer.Option("--as", help="Whose credential is used, if not this council's.")] = "",
    system: Annotated[str, typer.Option(help="Which of its systems reads; the first subscriber if none.")] = "",
    count: Annotated[int, typer.Option(help="Stop after so many; 0 never.")] = 0,
    group: Annotated[str, typer.Option(help="The consumer group, behind the subscriber's name.")] = "cli",
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Print a council's decision events as they come; exits 3 when the credential may not read them.

    The password is read from PANELBOOK_SUBSCRIBER_PASSWORD; that of a folder's first subscriber need not be given.
    """
    from aiokafka.errors import TopicAuthorizationFailedError

    from bus.access import KafkaAccess
    from panelbook.subscribing import decisions

    environment = known_environment(folder)
    council = council_id(council)
    name = subscriber_of(council_id(credential) if credential else council, system)
    given = environment.get("PANELBOOK_SUBSCRIBER_PASSWORD", "")
    secret = given or secrets_of(_folder_of(environment, folder)).password(name)
    access = KafkaAccess(environment["PANELBOOK_KAFKA_BOOTSTRAP"], name, secret)

    async def read() -> None:
        seen = 0
        async for decision in decisions(access, council, group=f"{name}-{group}"):
            event = decision.event
            _say(f"{event['sequence']}  {event['time']}  {event['type']}  {event['data']['detail_url']}")
            seen += 1
            if count and seen >= count:
                return

    try:
        asyncio.run(read())
    except TopicAuthorizationFailedError:
        print(f"REFUSED by the broker: {name} may not read council.{council}.decisions", file=sys.stderr)
        raise typer.Exit(3) from None


def _folder_of(environment: dict[str, str], folder: Path) -> Path:
    clock = environment.get("PANELBOOK_CLOCK_FILE")
    return Path(clock).parent if clock else folder


# --- Demo and test only ---------------------------------------------------------------------------------------


@app.command()
def token(
    council: Council,
    role: Annotated[list[str], typer.Option(help="A role; may be given more than once.")],
    actor: Annotated[str, typer.Option(help="The opaque id of who holds it.")] = "cli",
    team: str = "",
    service: str = "",
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Print a token of the built-in issuer, good for an hour; production has its own issuer."""
    from edge.deployment import from_environment
    from edge.issuer import built_in_issuer

    issuer = built_in_issuer(from_environment(known_environment(folder)))
    _say(issuer.token(actor, council_id(council), role, team=team, service=service))


@clock_app.command("show")
def clock_show(folder: Folder = DEFAULT_FOLDER) -> None:
    """Print what the clock shows."""
    from edge.clock import settable_clock
    from edge.deployment import from_environment

    _say(settable_clock(from_environment(known_environment(folder))).now().isoformat())


@clock_app.command("set")
def clock_set(
    moment: Annotated[str, typer.Argument(help="A moment such as 2026-10-07T16:00:00Z; never an earlier one.")],
    ticking: Annotated[
        bool | None, typer.Option("--ticking/--still", help="Let it run on, or stand; as before if neither is said.")
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Turn the clock forward."""
    from edge.clock import settable_clock
    from edge.deployment import from_environment

    clock = settable_clock(from_environment(known_environment(folder)))
    shown = clock.set(moment)
    _say((shown if ticking is None else clock.tick(ticking)).isoformat())


def main() -> None:
    """Run the command line. What is known to go wrong is said in one sentence, without a traceback."""
    problems.run(app)
