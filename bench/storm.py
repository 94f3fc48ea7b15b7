"""The country's cut-off: every council hands in its whole week in the last minutes before one cut-off, on one machine.

DOMAIN's public figures make 262 requests a week for an average council; 153 councils submit them, shuffled, in the last
ten minutes before Wednesday 17:00, every tenth one with a double click, and a few seconds past it. Told yes, stored,
routed and copied into the record must be the same set, each once, and the cut-off must hold to the second.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
import msgspec
import uvloop

from bench.books import Books
from bench.caller import Caller
from councils.packs import load_pack
from councils.settings import Settings
from edge.clock import settable_clock
from edge.deployment import Deployment, from_environment
from edge.issuer import Issuer, built_in_issuer
from ledger.decider import Acting, By
from ledger.rows import Context
from panelbook.catalogue import CATALOGUE
from panelbook.running import load_councils, running
from services.hosting import Host, open_host
from services.intake.applications.decider import APPLICATION, stream
from services.intake.applications.domain.costs import GiveCosts, IndicateBudget
from services.intake.applications.domain.family import RecordVoice, Relative
from services.intake.applications.domain.form import TEXTS
from services.intake.applications.domain.sections import (
    Action,
    CompleteSection,
    PlanActions,
    StateFamilyAgreement,
    StateOtherFunding,
)
from services.intake.applications.domain.signing import AgreeApplication, SignApplication
from services.intake.applications.domain.starting import StartApplication

CUT_OFF = datetime(2026, 10, 7, 16, tzinfo=UTC)
SITTING = date(2026, 10, 13)
WEEK = 262
"""Requests a week of an average council: 13,632 a year (DOMAIN.md, "Believable caseloads")."""
KIND = "RESOURCES"
NAMES = UUID("0d9c5a1e-7b0c-4c55-9a55-3f1f3f0f8a10")
CONNECTIONS = 64
PATIENCE = 30.0
"""Seconds that a client waits for an answer, before it asks again under the same key."""
AT_ONCE = 131
"""Applications written in one transaction while preparing."""


Line = asyncio.Queue[Caller]
"""Connections that nobody is using."""


@dataclass
class Replies:
    """What the clients were told."""

    yes: dict[str, tuple[str, int, float, float]] = field(default_factory=dict[str, tuple[str, int, float, float]])
    """Application -> council, position, when it was told (monotonic seconds), received_at (POSIX seconds)."""
    late: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    unknown: int = 0
    differing: int = 0
    seconds: list[float] = field(default_factory=list[float])


@dataclass(frozen=True)
class Prepared:
    """One application that only has to be handed in."""

    council: str
    application: str
    version: int
    token: str


def main() -> None:
    """Run a storm and print its figures; exits 1 when anything was lost, doubled or judged wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--councils", type=int, default=153)
    parser.add_argument("--each", type=int, default=WEEK, help="applications of each council")
    parser.add_argument("--seconds", type=int, default=600, help="how long before the cut-off it begins")
    parser.add_argument("--after", type=int, default=5, help="seconds past the cut-off in which some still come")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    figures = storm(asked.councils, asked.each, asked.seconds, asked.after, asked.seed)
    print(json.dumps(figures, indent=1))
    raise SystemExit(0 if figures["lost"] == figures["doubled"] == figures["misjudged"] == 0 else 1)


def storm(councils: int, each: int, seconds: int, after: int, seed: int) -> dict[str, Any]:
    """Prepare, let it break loose, wait until the record has everything, and compare."""
    ids = [f"{number:04x}" for number in range(0x5000, 0x5000 + councils)]
    with tempfile.TemporaryDirectory(prefix="panelbook-storm-") as folder:
        Path(folder).chmod(0o711)
        with running(Path(folder), port=0, brokers=1, councils=(), mode="test") as started:
            load_councils(started.environment, Path(folder), ids)
            deployment = from_environment(started.environment)
            books = Books(started.environment["PANELBOOK_POSTGRES_ADMIN_DSN"])
            return uvloop.run(_storm(deployment, books, ids, each, seconds, after, seed))


async def _storm(
    deployment: Deployment, books: Books, ids: Sequence[str], each: int, seconds: int, after: int, seed: int
) -> dict[str, Any]:
    clock = settable_clock(deployment)
    issuer = built_in_issuer(deployment)
    chance = random.Random(seed)
    async with httpx.AsyncClient(base_url=deployment.base_url, trust_env=False) as client:
        settings = {council: await _publish(client, issuer, clock.now(), council) for council in ids}
        clock.set(CUT_OFF - timedelta(days=1))
        began = time.monotonic()
        prepared = await _prepare(deployment, issuer, settings, each, clock.now())
        await books.settled(1800)
        print(f"{len(prepared)} applications prepared in {time.monotonic() - began:.0f} s", flush=True)
        clock.set(CUT_OFF - timedelta(seconds=seconds))
        clock.tick()
        replies = Replies()
        watcher = asyncio.create_task(books.watch())
        chance.shuffle(prepared)
        await _submit(httpx.URL(deployment.base_url).port or 80, prepared, seconds + after, replies)
        clock.tick(False)
        last = time.monotonic()
        await books.settled(900)
        settled = time.monotonic() - last
        await asyncio.sleep(1.0)  # lets the last of it reach the disk
        watcher.cancel()
    return await _figures(books, replies, settled)


async def _publish(client: httpx.AsyncClient, issuer: Issuer, now: datetime, council: str) -> Settings:
    terms = {**load_pack("swindon"), "id": council, "slug": f"council-{council}", "name": f"Council {council}"}
    token = issuer.token("publisher", council, ["settings_publisher"], team=terms["management_team"])
    in_force = now + timedelta(minutes=15)
    answer = await client.post(
        f"/routing/councils/{council}/settings",
        json={"settings": terms, "in_force_from": in_force.isoformat()},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid5(NAMES, council))},
    )
    answer.raise_for_status()
    return Settings.read({**terms, "version": 1, "in_force_from": in_force.isoformat()})


async def _prepare(
    deployment: Deployment, issuer: Issuer, settings: dict[str, Settings], each: int, now: datetime
) -> list[Prepared]:
    """Write complete applications straight into intake's ledger, through the real deciders, codec and vault."""
    prepared: list[Prepared] = []
    async with open_host(CATALOGUE["intake"], deployment, max_size=4) as host:
        for council, known in settings.items():
            token = issuer.token("worker", council, ["social_worker"], team="team", service="service", minutes=240)
            for first in range(0, each, AT_ONCE):
                numbers = range(first, min(first + AT_ONCE, each))
                prepared.extend(await _write(host, council, known, numbers, token, now))
    return prepared


async def _write(
    host: Host, council: str, settings: Settings, numbers: range, token: str, now: datetime
) -> list[Prepared]:
    command = uuid5(NAMES, f"{council}/{numbers.start}")
    context = Context(council, "worker", "social_worker", now, now, command, command)
    batch: list[tuple[str, list[Any]]] = []
    found: list[Prepared] = []
    for number in numbers:
        application = str(uuid5(NAMES, f"{council}/application/{number}"))
        events = _form(settings, application, *_people(number), now)
        batch.append((stream(application), events))
        found.append(Prepared(council, application, len(events), token))
    await host.vault.meet(council, {one for n in numbers for one in _people(n)})
    ready = [await host.book.make_ready(council, name, events) for name, events in batch]
    async with host.book.unit_of_work(context) as unit:
        await unit.record_new(ready)
    return found


def _people(number: int) -> tuple[str, str]:
    """A child and a parent: so many of them as an average council knows well."""
    return f"person-{number % 25}", f"person-{number % 25}-parent"


def _form(settings: Settings, application: str, person: str, parent_id: str, now: datetime) -> list[Any]:
    worker = By("worker", "social_worker", "team", "service")
    child = Relative(person, "child", "A synthetic name", False)
    parent = Relative(parent_id, "parent", "Another synthetic name", True)
    manager = By("manager", "team_manager", "team", "service")
    agrees = By("service-manager", "service_manager", "csmt", "service")
    commands: list[tuple[Any, By]] = [
        (StartApplication(application, KIND, person, child.name, date(2014, 5, 2), None, None, "team", "manager",
                          "service", "service-manager", (child, parent)), worker),
        (IndicateBudget(50_000), worker),
        *((CompleteSection(section, "A synthetic narrative of some length, sealed like any other."), worker)
          for section in settings.kinds[KIND].sections if section in TEXTS),
        (PlanActions((Action("An action.", "An owner", date(2026, 11, 2), date(2026, 12, 8)),)), worker),
        (StateFamilyAgreement(True, None, False), worker),
        (StateOtherFunding(()), worker),
        (GiveCosts(60_000, 0), worker),
        (RecordVoice(child.party, "Synthetic views.", None, 12, "Understands what is proposed."), worker),
        (RecordVoice(parent.party, "Synthetic views.", None), worker),
        (SignApplication(()), manager),
        (AgreeApplication(), agrees),
    ]  # fmt: skip
    state, events = APPLICATION.initial, []
    for command, by in commands:
        for event in APPLICATION.decide(command, state, Acting(by, now, settings)):
            events.append(event)
            state = APPLICATION.evolve(state, event)
    return events


async def _submit(port: int, prepared: Sequence[Prepared], seconds: float, replies: Replies) -> None:
    """Spread the submissions evenly over the time; every tenth is clicked twice at once.

    Whoever finds no free connection waits in line, as a browser does, and is timed from when they clicked.
    """
    began = time.monotonic()
    free: Line = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await Caller(port).__aenter__())
    async with asyncio.TaskGroup() as clicking:
        for number, one in enumerate(prepared):
            await asyncio.sleep(max(0.0, began + number * seconds / len(prepared) - time.monotonic()))  # on its time
            clicking.create_task(_click(free, one, 2 if number % 10 == 0 else 1, replies))
    while not free.empty():
        await free.get_nowait().__aexit__(None, None, None)


async def _click(free: Line, one: Prepared, clicks: int, replies: Replies) -> None:
    answers = await asyncio.gather(*(_post(free, one, replies) for _ in range(clicks)))
    if len({answer for answer in answers if answer}) > 1:
        replies.differing += 1


async def _post(free: Line, one: Prepared, replies: Replies) -> bytes:
    headers = {
        "Authorization": f"Bearer {one.token}",
        "If-Match": f'"{one.version}"',
        "Idempotency-Key": str(uuid5(NAMES, one.application)),
    }
    path = f"/intake/councils/{one.council}/applications/{one.application}/submission"
    body = {"sitting_on": SITTING.isoformat()}
    while True:
        asked = time.monotonic()
        caller = await free.get()
        try:
            async with asyncio.timeout(PATIENCE):
                status, content, answered = await caller.send("POST", path, body, headers)
        except (OSError, EOFError, TimeoutError):
            replies.unknown += 1
            await caller.again()
            continue
        finally:
            free.put_nowait(caller)
        replies.seconds.append(time.monotonic() - asked)
        if status == 503:
            await asyncio.sleep(float(answered.get(b"retry-after", b"1")))  # as long as the answer says
            continue
        answer = msgspec.json.decode(content)
        if status == 201:
            received = datetime.fromisoformat(answer["received_at"]).timestamp()
            replies.yes.setdefault(one.application, (one.council, answer["position"], time.monotonic(), received))
            return content
        if answer.get("code") != "LATE":
            raise RuntimeError(f"{status} {answer}")
        replies.late.append((one.council, one.application))
        return b""


async def _figures(books: Books, replies: Replies, settled: float) -> dict[str, Any]:
    submitted, routed, recorded = await books.submitted(), await books.routed(), await books.recorded()
    yes = set(replies.yes)
    until_recorded = [
        books.seen[council, position] - at
        for council, position, at, _ in replies.yes.values()
        if (council, position) in books.seen
    ]
    return {
        "told yes": len(yes),
        "told late": len({application for _, application in replies.late}),
        "submitted rows": submitted.total(),
        "routed rows": routed.total(),
        "in the record": recorded.total(),
        "lost": sum(len(yes - set(found)) for found in (submitted, routed, recorded)),
        "doubled": sum(count - 1 for found in (submitted, routed, recorded) for count in found.values()),
        "not told": len(set(submitted) - yes),
        "double clicks answered differently": replies.differing,
        "misjudged": sum(received > CUT_OFF.timestamp() for _, _, _, received in replies.yes.values())
        + await books.late_in_time(CUT_OFF),
        "answers": len(replies.seconds),
        "answer p50 ms": round(_percentile(replies.seconds, 50) * 1000, 1),
        "answer p99 ms": round(_percentile(replies.seconds, 99) * 1000, 1),
        "submission to record p50 s": round(_percentile(until_recorded, 50), 2),
        "submission to record p99 s": round(_percentile(until_recorded, 99), 2),
        "everything in the record after the last answer, s": round(settled, 1),
    }


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else 0.0


if __name__ == "__main__":
    main()
