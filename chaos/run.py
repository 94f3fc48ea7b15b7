"""One run: a system, clients with cases, the plan's faults, a minute to settle, and the count."""

import asyncio
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx

from chaos import books, cases, evidence
from chaos.clients import CaseStuck, Client, DayOver, GaveUp, Pace
from chaos.findings import Findings
from chaos.plan import Plan
from chaos.replies import Book
from chaos.system import System, Tally
from deploy.local.processes import Say
from edge.clock import settable_clock
from edge.deployment import from_environment
from edge.issuer import built_in_issuer
from panelbook.story.narrator import Narrator

SETTLE_SECONDS = 60.0
"""After the last kill everything must be where it belongs within this time; what is not is stuck."""

_LONGEST_SECONDS = 240.0
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Terms:
    """How hard a run is: clients at work at once, commands a second at most, one heard event in how many stumbles."""

    clients: int = 48
    rate: float = 180.0
    stumble: int = 60
    sabotage: str = ""
    whole_cases: int = 0
    """Cases that must have come to their end before the clients stop, however slow the machine is."""


@dataclass
class Result:
    """What one run did and found."""

    plan: Plan
    terms: Terms
    tally: Tally
    book: Book
    findings: Findings
    cases: Counter[str] = field(default_factory=Counter[str])
    driven_seconds: float = 0.0
    settled_seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Nothing lost, doubled, out of order, stuck, broken or unforeseen."""
        return not self.findings.found


async def run(plan: Plan, terms: Terms, *, say: Say, folder: Path | None = None) -> Result:
    """Carry a plan out from nothing and clear everything away. Raises RuntimeProblem when the system will not start."""
    # Not below a folder that only its owner may enter: PostgreSQL may run as an account of its own.
    place = folder or Path(tempfile.mkdtemp(prefix="panelbook-chaos-"))
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o711)
    system = System(
        place,
        plan,
        stumble=terms.stumble,
        sabotage=terms.sabotage,
        councils=cases.COUNCILS,
        say=say,
    )
    try:
        await system.start()
        return await _in(system, terms, say)
    finally:
        await system.stop()
        if folder is None:
            shutil.rmtree(place)


async def _in(system: System, terms: Terms, say: Say) -> Result:
    people = await asyncio.to_thread(_open_councils, system)
    async with books.databases(system.environment["PANELBOOK_POSTGRES_ADMIN_DSN"]) as opened:
        before = await evidence.stored_commands(opened)
    book = Book()
    result = Result(system.plan, terms, system.tally, book, Findings())
    driving = _Driving(system, people, terms, book, result.cases)
    began = time.monotonic()
    say(f"Cases begin; {len(system.plan.faults)} faults in {system.plan.seconds:.0f} s, and deaths at named steps ...")
    async with driving.http:
        clients = [asyncio.create_task(driving.client(number)) for number in range(terms.clients)]
        await system.disturb()
        await driving.enough(terms.whole_cases)
        driving.closing = True
        result.driven_seconds = time.monotonic() - began
        await system.calm_down()
        say(f"{system.tally.killed} kills. Everything runs undisturbed now; {SETTLE_SECONDS:.0f} s to settle ...")
        stuck = await _settle(system, clients)
        result.settled_seconds = time.monotonic() - system.tally.last_kill
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
    say("Counting ...")
    assert system.mail is not None
    async with books.databases(system.environment["PANELBOOK_POSTGRES_ADMIN_DSN"]) as opened:
        result.findings = await evidence.gather(system.environment, opened, book, system.mail.folder, before)
    result.findings.note("stuck", f"{SETTLE_SECONDS:.0f} s after the last kill", stuck)
    result.findings.note("stuck", "cases", driving.stuck)
    return result


async def _settle(system: System, clients: Sequence["asyncio.Task[None]"]) -> list[str]:
    """Wait until all cases are over and nothing waits. Returns what was stuck, and goes on waiting for the count."""
    stuck: list[str] = []
    while True:
        left: list[str] = []
        with suppress(OSError):
            async with books.databases(system.environment["PANELBOOK_POSTGRES_ADMIN_DSN"]) as opened:
                left = await books.waiting(opened)
        unfinished = sum(not client.done() for client in clients)
        if unfinished:
            left.append(f"{unfinished} cases are not finished")
        if not left:
            return stuck
        waited = time.monotonic() - system.tally.last_kill
        if waited > SETTLE_SECONDS and not stuck:
            stuck = left
        if waited > _LONGEST_SECONDS or (stuck and system.plan.seconds < SETTLE_SECONDS):
            return stuck
        await asyncio.sleep(_LOOK_SECONDS)  # looks again: nothing tells when it is so


def _open_councils(system: System) -> cases.People:
    deployment = from_environment(system.environment)
    clock = settable_clock(deployment)
    with httpx.Client(base_url=system.base_urls[0], timeout=30.0, trust_env=False) as client:
        people = cases.open_councils(Narrator(client, clock, built_in_issuer(deployment), lambda _: None))
    clock.tick()
    return people


class _Driving:
    """Clients that take one case after the other until the run closes."""

    def __init__(self, system: System, people: cases.People, terms: Terms, book: Book, over: Counter[str]) -> None:
        self.closing = False
        self.stuck: list[str] = []
        # A connection for each client and its double click: nobody waits for somebody else's line.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=terms.clients * 2)
        self.http = httpx.AsyncClient(timeout=8.0, limits=limits, trust_env=False)
        self._system = system
        self._people = people
        self._book = book
        self._over = over
        self._ended: Counter[str] = Counter()
        self._pace = Pace(terms.rate)

    async def enough(self, cases: int) -> None:
        """Return once so many cases have come to their end."""
        give_up = time.monotonic() + _LONGEST_SECONDS
        while sum(self._ended.values()) < cases and time.monotonic() < give_up:  # noqa: ASYNC110 - counted by many
            await asyncio.sleep(_LOOK_SECONDS)  # looks again: nothing tells when it is so

    async def client(self, number: int) -> None:
        chance = Random(f"client {number} of {self._system.plan.seed}")
        client = Client(self.http, self._system.base_urls, self._book, self._pace, chance, lambda: self.closing)
        while not self.closing:
            name = "support plan" if chance.random() < 0.5 else "care panel"
            try:
                if name == "support plan":
                    await cases.support_plan(client, self._people.shropshire)
                else:
                    await cases.care_panel(client, self._people.swindon)
                self._over[f"{name}: to its end"] += 1
                self._ended[name] += 1
            except GaveUp:
                self._over[f"{name}: left by its client"] += 1
            except DayOver:
                self._over[f"{name}: still open at the end"] += 1
            except CaseStuck as problem:
                self.stuck.append(str(problem))


def summary(result: Result) -> dict[str, Any]:
    """A run as JSON has it."""
    tally, book = result.tally, result.book
    return {
        "seed": result.plan.seed,
        "brokers": result.plan.brokers,
        "sabotage": result.terms.sabotage,
        "seconds": round(result.driven_seconds, 1),
        "settled_after_seconds": round(result.settled_seconds, 1),
        "kills": tally.killed,
        "killed": dict(sorted(tally.kills.items())),
        "killed_at_steps": dict(sorted(tally.steps.items())),
        "stopped_for_15_s": dict(sorted(tally.pauses.items())),
        "ended_by_themselves": dict(sorted(tally.ended_by_themselves.items())),
        "cases": dict(sorted(result.cases.items())),
        "commands": {**book.verdicts(), "per_second": book.rate(), **book.waits()},
        "comparisons": [
            {"what": one.name, "left": one.left, "right": one.right, "sent_again": one.repeated}
            for one in result.findings.comparisons
        ],
        "found": result.findings.counts(),
        "findings": [{"kind": one.kind, "where": one.where, "what": one.what} for one in result.findings.found[:200]],
    }
