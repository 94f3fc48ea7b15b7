"""What a command costs over HTTP, beside an endpoint that only inserts the same bytes."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec

from bench.caller import Caller
from bench.measuring import Figure, compare
from bench.stage import Database, Stage, councils
from councils.packs import pack_settings
from deploy.local.processes import free_port, last_lines, start_child, stop_process
from edge.deployment import from_environment
from edge.issuer import built_in_issuer
from ledger.codec.codec import Codec
from panelbook.local_deployment import environment_of
from panelbook.preparing import prepare_databases
from services.intake.applications.domain.form_events import CostsGiven
from services.intake.stored import STORED

CONNECTIONS = 16
APPLICATIONS = 12
"""Applications of each connection, so that their streams stay as long as real ones are."""

_PEOPLE = {
    "kind": "PLACEMENT_MOVE",
    "person": {"person": "p-7f3a90", "name": "A name", "born_on": "2014-05-02", "contact_email": None},
    "team": "north",
    "team_manager": "officer-021",
    "service": "localities",
    "service_manager": "officer-004",
    "family": [],
}


@asynccontextmanager
async def process(command: Sequence[str], url: str, log: Path, environment: dict[str, str]) -> AsyncIterator[None]:
    """A server of its own until the block ends; waits until ``url`` answers."""
    started = start_child(
        [sys.executable, *command], log=log, on_parent_death="TERM", folder=Path.cwd(), environment=environment
    )
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            until = time.monotonic() + 60
            while True:
                try:
                    if (await client.get(url, timeout=5)).status_code in (200, 404):
                        break
                except httpx.HTTPError:
                    pass
                if started.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"A server did not come up. {last_lines(log)}")
                await asyncio.sleep(0.1)  # looks again: nothing tells when it is so
        yield
    finally:
        await asyncio.to_thread(stop_process, started, [(signal.SIGTERM, 15.0)])


@dataclass
class Draft:
    """An application that is still being written, and the version it has."""

    path: str
    version: int


class Officer:
    """One social worker's connection to Panelbook, giving costs on applications of their own, one after the other."""

    def __init__(self, caller: Caller, council: str, token: str) -> None:
        self._caller = caller
        self._root = f"/intake/councils/{council}"
        self._authorization = f"Bearer {token}"
        self._drafts: list[Draft] = []
        self._given = 0

    async def begin(self, applications: int) -> None:
        """Start the applications."""
        for _ in range(applications):
            headers = {"Authorization": self._authorization, "Idempotency-Key": str(uuid4())}
            status, answer, _ = await self._caller.send("POST", f"{self._root}/applications", _PEOPLE, headers)
            if status != 201:
                raise RuntimeError(f"An application was not started: {status} {answer[:200]!r}")
            self._drafts.append(Draft(f"{self._root}/applications/{msgspec.json.decode(answer)['id']}/costs", 1))
        self._turns = cycle(self._drafts)

    async def give(self) -> None:
        """One command. Raises RuntimeError when it is not answered with 200."""
        draft = next(self._turns)
        self._given += 1
        headers = {
            "Authorization": self._authorization,
            "Idempotency-Key": str(uuid4()),
            "If-Match": f'"{draft.version}"',
        }
        body = {"weekly_pence": 100_000 + self._given, "one_off_pence": 2_500}
        status, answer, _ = await self._caller.send("PUT", draft.path, body, headers)
        if status != 200:
            raise RuntimeError(f"A command was answered {status}: {answer[:200]!r}")
        draft.version += 1


async def _bare(caller: Caller) -> None:
    body = {"weekly_pence": 100_001, "one_off_pence": 2_500}
    status, answer, _ = await caller.send("PUT", f"/applications/{uuid4()}/costs", body, {})
    if status != 200:
        raise RuntimeError(f"The bare endpoint answered {status}: {answer[:200]!r}")


async def command(stage: Stage) -> Figure:
    """Giving costs on an application through the whole of Panelbook's web process, beside the bare endpoint."""
    scale = stage.scale
    port, bare_port = free_port(), free_port()
    folder = stage.folder / "web"
    folder.mkdir()
    named = environment_of(folder, stage.backends, port=port, mode="test")
    environment = {**os.environ, **named}
    await prepare_databases(environment)
    await _settle_rules(stage)
    database = await stage.database("bench")
    async with database.plain_pool(1) as pool:
        await pool.execute("CREATE TABLE bare (id uuid PRIMARY KEY, payload bytea NOT NULL)")
    issuer = built_in_issuer(from_environment(environment))
    # "The same bytes": what intake stores for this command.
    payload = Codec(STORED).encode(CostsGiven(100_001, 2_500))[2].hex()
    web = process(
        ["-m", "panelbook", "serve", "--port", str(port)],
        f"http://127.0.0.1:{port}/intake/readyz",
        folder / "web.log",
        environment,
    )
    bare = process(
        ["-m", "bench.bare", database.admin_dsn, str(bare_port), payload],
        f"http://127.0.0.1:{bare_port}/",
        folder / "bare.log",
        dict(os.environ),
    )
    async with web, bare:
        officers: list[Officer] = []
        callers: list[Caller] = []
        for number in range(CONNECTIONS):
            council = councils(8)[number % 8]
            token = issuer.token(f"officer-{number:03}", council, ["social_worker"], team="north", minutes=600)
            caller = await Caller(port).__aenter__()
            callers += [caller, await Caller(bare_port).__aenter__()]
            officers.append(Officer(caller, council, token))
        try:
            await asyncio.gather(*(officer.begin(APPLICATIONS) for officer in officers))

            async def ours() -> float:
                return await _rate([officer.give for officer in officers], scale.seconds)

            async def reference() -> float:
                return await _rate([lambda caller=caller: _bare(caller) for caller in callers[1::2]], scale.seconds)

            return await compare("http command / bare", ">= 0.5", "commands/s", ours, reference, rounds=scale.rounds)
        finally:
            for caller in callers:
                await caller.__aexit__(None, None, None)


async def _settle_rules(stage: Stage) -> None:
    """Let intake know every council's settings, as if it had heard them from routing."""
    in_force_from = datetime(2020, 4, 1, tzinfo=UTC)
    document = pack_settings("swindon", version=1, in_force_from=in_force_from).document()
    intake = Database("intake", "panelbook_intake", stage.backends)
    async with intake.plain_pool(1) as pool:
        await pool.executemany(
            "INSERT INTO read.settings (council, version, in_force_from, document) VALUES ($1, 1, $2, $3)",
            [(council, in_force_from, msgspec.json.encode(document).decode()) for council in councils(8)],
        )


async def _rate(givers: Sequence[Callable[[], Awaitable[None]]], seconds: float) -> float:
    until = time.perf_counter() + seconds

    async def keep_on(give: Callable[[], Awaitable[None]]) -> int:
        done = 0
        while time.perf_counter() < until:
            await give()
            done += 1
        return done

    started = time.perf_counter()
    done = await asyncio.gather(*(keep_on(give) for give in givers))
    return sum(done) / (time.perf_counter() - started)
