"""One Panelbook under test: its servers, and its processes, each brought back by a supervisor whenever it dies."""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

import httpx

from bus.kafka_admin import KafkaAdmin
from chaos.plan import PAUSE_SECONDS, PROCESSES, WEBS, Arm, Fault, Plan
from chaos.sabotage import IN_PROCESS, change_databases
from deploy.local.backends import Backends
from deploy.local.kafka import LocalKafka
from deploy.local.mail import LocalMail
from deploy.local.postgres import LocalPostgres
from deploy.local.processes import RuntimeProblem, Say, free_port, last_lines, start_child
from panelbook.local_deployment import SERVICES, environment_of
from panelbook.preparing import prepare_databases, prepare_topics
from panelbook.running import load_council

READY_SECONDS = 90.0
_RESTART_SECONDS = 0.2
_LOOK_SECONDS = 0.05


@dataclass
class Tally:
    """What was done to the system so far."""

    kills: Counter[str] = field(default_factory=Counter[str])
    steps: Counter[str] = field(default_factory=Counter[str])
    pauses: Counter[str] = field(default_factory=Counter[str])
    ended_by_themselves: Counter[str] = field(default_factory=Counter[str])
    last_kill: float = 0.0

    @property
    def killed(self) -> int:
        """Kills of every sort."""
        return sum(self.kills.values()) + sum(self.steps.values())


@dataclass
class _Process:
    name: str
    command: list[str]
    log: Path
    environment: dict[str, str]
    lives: int = 0
    armed: Arm | None = None
    killed_by_us: bool = False
    running: "Popen[bytes] | None" = None

    @property
    def alive(self) -> bool:
        return self.running is not None and self.running.poll() is None


class System:
    """Servers and processes of one run, all of them in ``folder``."""

    def __init__(
        self, folder: Path, plan: Plan, *, stumble: int, sabotage: str, councils: Sequence[str], say: Say
    ) -> None:
        self.plan = plan
        self.tally = Tally()
        self._folder = folder
        self._stumble = stumble
        self._sabotage = sabotage
        self._councils = councils
        self._say = say
        self._stops: list[Callable[[], None]] = []
        self._processes: dict[str, _Process] = {}
        self._supervisor: asyncio.Task[None] | None = None
        self._calm = False
        self._postgres_turn = asyncio.Lock()
        self._kafka_turn = asyncio.Lock()
        self.environment: dict[str, str] = {}
        self.mail: LocalMail | None = None

    @property
    def base_urls(self) -> list[str]:
        """Where each web process answers while it lives."""
        return [self._processes[web].environment["CHAOS_URL"] for web in WEBS]

    async def start(self) -> None:
        """Start servers and processes, and return once every web process is ready. Raises RuntimeProblem."""
        await asyncio.to_thread(self._start_servers)
        await change_databases(self.environment["PANELBOOK_POSTGRES_ADMIN_DSN"], self._sabotage)
        logs = self._folder / "logs"
        logs.mkdir(exist_ok=True)
        ports: list[int] = []
        for name in PROCESSES:
            command, environment = ["work", name], {**self.environment, "PANELBOOK_INSTANCE": name}
            if name in WEBS:
                ports.append(free_port(ports))
                command = ["serve", "--port", str(ports[-1])]
                url = f"http://127.0.0.1:{ports[-1]}"
                environment |= {"CHAOS_URL": url, "PANELBOOK_JWKS_URL": f"{url}/issuer/jwks.json"}
            self._processes[name] = _Process(name, command, logs / f"{name}.log", environment)
        for process in self._processes.values():
            self._begin(process)
        await self._wait_until_ready()
        self._supervisor = asyncio.create_task(self._supervise())

    async def disturb(self) -> None:
        """Carry the plan's faults out at their times, and return once every server is back."""
        began = time.monotonic()
        tasks: list[asyncio.Task[None]] = []
        for fault in self.plan.faults:
            await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))  # until its time in the plan
            tasks.append(asyncio.create_task(self._carry_out(fault)))
        await asyncio.sleep(max(0.0, began + self.plan.seconds - time.monotonic()))  # until its time in the plan
        await asyncio.gather(*tasks)

    async def calm_down(self) -> None:
        """Kill every process a last time; from now on they start unarmed, and nothing stumbles."""
        self._calm = True
        for process in self._processes.values():
            self._kill(process)
        await asyncio.to_thread(self._bring_servers_back)

    async def stop(self) -> None:
        """Stop everything that was started."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await self._supervisor
        for process in self._processes.values():
            if process.running is not None:
                process.running.kill()
                process.running.wait()
        while self._stops:
            await asyncio.to_thread(self._stops.pop())

    def _start_servers(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._postgres = LocalPostgres(self._folder / "postgres", say=self._say)
        self._kafka = LocalKafka(self._folder / "kafka", brokers=self.plan.brokers, say=self._say)
        self.mail = LocalMail(self._folder / "mail", say=self._say)
        for server in (self._postgres, self._kafka, self.mail):
            self._stops.append(server.stop)
            server.start()
        backends = Backends(
            postgres_admin_dsn=self._postgres.admin_dsn,
            kafka_bootstrap=self._kafka.bootstrap,
            kafka_admin=self._kafka.admin,
            smtp_host=self.mail.host,
            smtp_port=self.mail.port,
            mail_folder=self.mail.folder,
            described="",
            brokers=self.plan.brokers,
        )
        named = environment_of(self._folder, backends, port=free_port(), mode="test")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PANELBOOK_")}
        self.environment = {**kept, **named}
        asyncio.run(prepare_databases(self.environment))
        prepare_topics(self.environment)
        for slug in self._councils:
            load_council(self.environment, self._folder, slug, say=self._say)

    def _begin(self, process: _Process) -> None:
        process.armed = None if self._calm else self.plan.arm(process.name, process.lives)
        process.lives += 1
        process.killed_by_us = False
        arguments = [sys.executable, "-m", "chaos.process"]
        if process.armed:
            arguments += ["--arm", f"{process.armed.step}:{process.armed.passing}"]
        if self._stumble and not self._calm:
            arguments += ["--stumble", str(self._stumble)]
        if self._sabotage in IN_PROCESS:
            arguments += ["--sabotage", self._sabotage]
        process.running = start_child(
            [*arguments, "--", *process.command],
            log=process.log,
            on_parent_death="KILL",
            folder=Path.cwd(),
            environment=process.environment,
        )

    async def _supervise(self) -> None:
        """Bring back whatever has died, a moment later, as the supervisor of a real deployment does."""
        while True:
            for process in self._processes.values():
                if process.alive:
                    continue
                self._note_end(process)
                process.running = None
            await asyncio.sleep(_RESTART_SECONDS)  # as long as a supervisor takes to start it again
            for process in self._processes.values():
                if process.running is None:
                    await asyncio.to_thread(self._begin, process)
            await asyncio.sleep(_LOOK_SECONDS)  # looks again: nothing tells when it is so

    def _note_end(self, process: _Process) -> None:
        code = process.running.returncode if process.running else 0
        if process.killed_by_us:
            return
        if code == -signal.SIGKILL and process.armed:
            self.tally.steps[f"{process.name} {process.armed.step}"] += 1
            self.tally.last_kill = time.monotonic()
        else:
            self.tally.ended_by_themselves[f"{process.name} with {code}"] += 1

    def _kill(self, process: _Process) -> None:
        if process.running is not None and process.alive:
            process.killed_by_us = True
            process.running.kill()
            self.tally.kills[process.name] += 1
            self.tally.last_kill = time.monotonic()

    async def _carry_out(self, fault: Fault) -> None:
        if fault.target == "postgres":
            async with self._postgres_turn:
                await asyncio.to_thread(self._kill_postgres)
        elif fault.target.startswith("kafka-"):
            node = int(fault.target.removeprefix("kafka-"))
            async with self._kafka_turn:
                if fault.kind == "kill":
                    await asyncio.to_thread(self._kill_broker, node)
                else:
                    await self._pause(fault.target, [self._kafka.pids[node - 1]])
        elif fault.kind == "kill":
            await self._until_alive(self._processes[fault.target])
            self._kill(self._processes[fault.target])
        else:
            process = self._processes[fault.target]
            await self._until_alive(process)
            await self._pause(fault.target, [process.running.pid] if process.running else [])

    async def _until_alive(self, process: _Process) -> None:
        # A process has no event that says that it lives again.
        while not process.alive:  # noqa: ASYNC110 - a process tells nobody when it is up
            await asyncio.sleep(_LOOK_SECONDS)  # looks again: nothing tells when it is so

    async def _pause(self, target: str, pids: Sequence[int]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                self.tally.pauses[target] += 1
        await asyncio.sleep(PAUSE_SECONDS)  # how long a process stands frozen
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _kill_postgres(self) -> None:
        self._postgres.kill()
        self.tally.kills["postgres"] += 1
        self.tally.last_kill = time.monotonic()
        self._postgres.start()

    def _kill_broker(self, node: int) -> None:
        self._kafka.kill(node)
        self.tally.kills[f"kafka-{node}"] += 1
        self.tally.last_kill = time.monotonic()
        self._kafka.start()
        if self.plan.brokers > 1:
            self._wait_for_replicas()

    def _wait_for_replicas(self) -> None:
        """One broker at a time: the next is not killed before every partition has all its replicas in sync again."""
        admin = KafkaAdmin(self._kafka.bootstrap, self._kafka.admin.username, self._kafka.admin.password)
        give_up = time.monotonic() + READY_SECONDS
        while admin.out_of_sync():
            if time.monotonic() > give_up:
                raise RuntimeProblem("A broker came back and its partitions never got in sync again.")
            time.sleep(_LOOK_SECONDS)  # looks again: nothing tells when it is so

    def _bring_servers_back(self) -> None:
        self._postgres.start()
        self._kafka.start()

    async def _wait_until_ready(self) -> None:
        give_up = time.monotonic() + READY_SECONDS
        waiting = [f"{url}/{service}/readyz" for url in self.base_urls for service in SERVICES]
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            while waiting:
                for process in self._processes.values():
                    if not process.alive:
                        raise RuntimeProblem(f"{process.name} ended at its start. {last_lines(process.log)}")
                try:
                    if (await client.get(waiting[0])).status_code == 200:
                        waiting.pop(0)
                        continue
                except httpx.HTTPError:
                    pass
                if time.monotonic() > give_up:
                    raise RuntimeProblem(f"Not ready after {READY_SECONDS:.0f} s: {', '.join(waiting)}")
                await asyncio.sleep(_LOOK_SECONDS)  # looks again: nothing tells when it is so
