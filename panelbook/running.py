"""Runs a whole Panelbook on this machine: servers, one web process, a worker for each service; stops it cleanly."""

import asyncio
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import httpx

from councils.packs import load_pack
from deploy.local.backends import start_backends
from deploy.local.processes import (
    FolderLock,
    RuntimeProblem,
    free_port,
    last_lines,
    start_child,
    stop_process,
)
from panelbook.local_deployment import SERVICES, environment_of, of_process, remember, secrets_of, subscriber_of
from panelbook.preparing import enlist, prepare_databases, prepare_topics

READY_SECONDS = 60.0
"""Seconds in which every process must say that it is ready."""


@dataclass(frozen=True)
class Running:
    """A Panelbook that answers."""

    environment: dict[str, str]
    base_url: str
    worker_ports: dict[str, int]
    """Where each worker tells its health and metrics, on loopback."""
    web_health: int
    """Where the web process does."""
    processes: dict[str, "Popen[bytes]"]

    def fallen(self) -> str | None:
        """The name of a process that has ended by itself, or None."""
        return next((name for name, process in self.processes.items() if process.poll() is not None), None)


def demo_folder(folder: Path, *, once: bool) -> Path:
    """An empty folder for a demo's data: one of its own for a single run, else ``demo``, whose last run is forgotten.

    Raises RuntimeProblem while another demo runs there.
    """
    # Its parent too: a folder that is made on the way to another one has whatever mode others' files have.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    chosen = folder / (f"once-{os.getpid()}" if once else "demo")
    if chosen.exists():
        lock = FolderLock(chosen, "The demo")
        lock.take()
        shutil.rmtree(chosen)
        lock.give_back()
    return chosen


@contextmanager
def running(
    folder: Path,
    *,
    port: int,
    brokers: int,
    councils: Sequence[str],
    mode: str = "demo",
    say: Callable[[str], None] = print,
) -> Iterator[Running]:
    """Start everything, give it to the caller, and stop everything on the way out, whatever happened.

    ``port`` 0 picks a free one; ``councils`` are packs to load. Raises RuntimeProblem with what to do about it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        lock = FolderLock(folder, "Panelbook")
        lock.take()
        stack.callback(lock.give_back)
        backends = start_backends(folder, brokers=brokers, say=say)
        stack.callback(backends.stop)
        chosen = port or free_port()
        environment = {**os.environ, **environment_of(folder, backends, port=chosen, mode=mode)}
        remember(folder, {name: value for name, value in environment.items() if name.startswith("PANELBOOK_")})
        say("Databases, topics and permissions ...")
        asyncio.run(prepare_databases(environment))
        prepare_topics(environment)
        for slug in councils:
            load_council(environment, folder, slug, say=say)
        say("One web process and five workers ...")
        ports = _worker_ports(chosen)
        web_health = free_port([chosen, *ports.values()])
        processes = _start(folder, environment, chosen, web_health, ports, stack)
        started = Running(environment, environment["PANELBOOK_BASE_URL"], ports, web_health, processes)
        _wait_until_ready(started, folder)
        say(f"Panelbook answers at {started.base_url}")
        health = ", ".join(f"{service} {port}" for service, port in ports.items())
        say(f"Health and metrics, on loopback: web {web_health}, workers {health}")
        yield started


def load_council(environment: dict[str, str], folder: Path, slug: str, *, say: Callable[[str], None]) -> None:
    """Make a council's topics, permissions and books; safe to repeat. Its settings are published by its officers."""
    council: str = load_pack(slug)["id"]
    load_councils(environment, folder, [council])
    say(f"Council {slug} ({council}) is loaded; its subscriber is {subscriber_of(council)}")


def load_councils(environment: dict[str, str], folder: Path, councils: Sequence[str]) -> None:
    """Make the topics, permissions and books of councils by their ids; safe to repeat."""
    secret = secrets_of(folder)
    prepare_topics(environment, councils, {one: secret.password(subscriber_of(one)) for one in councils})
    asyncio.run(enlist(environment, councils))


def _worker_ports(taken: int) -> dict[str, int]:
    ports: dict[str, int] = {}
    for service in SERVICES:
        ports[service] = free_port([taken, *ports.values()])
    return ports


def start_process(folder: Path, environment: dict[str, str], name: str, *arguments: str) -> "Popen[bytes]":
    """One process of the command line under a name of its own, which a worker bears among those of its service."""
    logs = folder / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    service = arguments[1] if arguments[0] == "work" else None
    return start_child(
        [sys.executable, "-m", "panelbook", *arguments],
        log=logs / f"{name}.log",
        on_parent_death="TERM",
        folder=Path.cwd(),
        environment={**of_process(environment, service), "PANELBOOK_INSTANCE": name},
    )


def _start(
    folder: Path,
    environment: dict[str, str],
    port: int,
    web_health: int,
    worker_ports: dict[str, int],
    stack: ExitStack,
) -> dict[str, "Popen[bytes]"]:
    workers = {service: ["work", service, "--port", str(at)] for service, at in worker_ports.items()}
    commands = {"web": ["serve", "--port", str(port), "--health-port", str(web_health)], **workers}
    processes: dict[str, Popen[bytes]] = {}
    stack.callback(_stop, processes)
    for name, arguments in commands.items():
        processes[name] = start_process(folder, environment, name, *arguments)
    return processes


def _stop(processes: dict[str, "Popen[bytes]"]) -> None:
    """Ask all of them at once, then wait for each: the slowest decides, not their sum."""
    threads = [
        threading.Thread(target=stop_process, args=(process, [(signal.SIGTERM, 15.0)]))
        for process in processes.values()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _wait_until_ready(started: Running, folder: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    ports = [started.web_health, *started.worker_ports.values()]
    waiting = [f"http://127.0.0.1:{port}/readyz" for port in ports]
    while waiting:
        if (fallen := started.fallen()) is not None:
            raise RuntimeProblem(f"The process {fallen} ended. {last_lines(folder / 'logs' / f'{fallen}.log')}")
        for url in list(waiting):
            try:
                if httpx.get(url, timeout=2.0).status_code == 200:
                    waiting.remove(url)
            except httpx.HTTPError:
                pass
        if time.monotonic() > deadline:
            raise RuntimeProblem(f"Not ready after {READY_SECONDS:.0f} s: {', '.join(waiting)}")
        time.sleep(0.1)  # looks again: nothing tells when it is so
