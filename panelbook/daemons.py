"""The two verbs that run for good, without the rest of the command line: what they import they hold for good, too."""

import argparse
import asyncio
import os
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from edge.deployment import from_environment
from panelbook import problems
from panelbook.local_deployment import SERVICES

WORKER_NICE = 10
"""How far a worker stands behind: it gets a tenth of what a web process gets while both want the whole processor."""


def serve(port: int, bind: str, health_port: int = 0, health_bind: str = "127.0.0.1") -> None:
    """Run the web process until told to stop."""
    from panelbook.web import serve as serve_web

    deployment = from_environment(os.environ)
    _run(serve_web(deployment, port=port, bind=bind, health_port=health_port, health_bind=health_bind))


def work(service: str, port: int, bind: str) -> None:
    """Run one service's worker until told to stop."""
    from panelbook.working import work as run_worker

    give_way()
    _run(run_worker(service, from_environment(os.environ), port=port, bind=bind))


def give_way() -> None:
    """Let the processes that people wait for go first where processors are short: nobody waits for this one.

    Within a session the priority of the process counts. Linux may weigh sessions against each other first, by one that
    belongs to the session: that is set only where the session is this process's own.
    """
    os.nice(WORKER_NICE)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(WORKER_NICE), encoding="ascii")


def is_daemon(arguments: Sequence[str]) -> bool:
    """Whether a command line is one of these verbs, and no question about it."""
    return arguments[:1] in (["serve"], ["work"]) and "--help" not in arguments


def main(arguments: Sequence[str]) -> None:
    """Run ``serve`` or ``work`` as the command line does, which says what it is that has gone wrong."""
    parser = argparse.ArgumentParser(prog="panelbook", add_help=False)
    verbs = parser.add_subparsers(dest="verb", required=True)
    serving, working = verbs.add_parser("serve"), verbs.add_parser("work")
    working.add_argument("service", choices=SERVICES)
    for verb, port in ((serving, 8000), (working, 0)):
        verb.add_argument("--port", type=int, default=port)
        verb.add_argument("--bind", default="127.0.0.1")
    serving.add_argument("--health-port", type=int, default=0)
    serving.add_argument("--health-bind", default="127.0.0.1")
    given = parser.parse_args(arguments)
    if given.verb == "serve":
        problems.run(lambda: serve(given.port, given.bind, given.health_port, given.health_bind))
    else:
        problems.run(lambda: work(given.service, given.port, given.bind))


def _run(process: Coroutine[Any, Any, None]) -> None:
    """Run a process for good, on the quicker event loop where there is one."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(process)
    else:
        uvloop.run(process)
