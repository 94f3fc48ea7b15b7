"""No server outlives the process that started it, however that process ends."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.listening import listening_addresses

pytestmark = pytest.mark.connected

ROOT = Path(__file__).parents[2]
# Started from a thread that ends at once: the signal must be tied to the process and not to that thread.
PROGRAM = """
import signal, sys, threading
from pathlib import Path
from deploy.local.backends import start_backends
started = []
worker = threading.Thread(target=lambda: started.append(start_backends(Path(sys.argv[1]), say=lambda _: None)))
worker.start()
worker.join()
print("ready", flush=True)
if sys.argv[2] == "stops":
    sys.stdin.readline()
    started[0].stop()
    print("stopped", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="panelbook-parent-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


def _start(folder: Path, ending: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PANELBOOK_BACKENDS": "local", "PYTHONPATH": str(ROOT)}
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), ending],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=ROOT,
        start_new_session=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    return program


def _servers_of(folder: Path) -> list[int]:
    """Every living process whose command line or working folder lies in the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            inside = os.readlink(process / "cwd").startswith(str(folder))
        except OSError:
            continue
        # A zombie has no command line: it has ended, and waits only for its parent to hear of it.
        if (
            command
            and int(process.name) != os.getpid()
            and (inside or (b"java" in command and str(folder).encode() in command))
        ):
            found.append(int(process.name))
    return found


def _wait_until_gone(folder: Path, seconds: float = 20.0) -> list[int]:
    give_up = time.monotonic() + seconds
    while (left := _servers_of(folder)) and time.monotonic() < give_up:
        os.sched_yield()
    return left


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_the_servers_end_with_a_process_that_is_killed_and_start_again_on_what_is_left(
    folder: Path, ending: signal.Signals
) -> None:
    program = _start(folder, "waits")
    servers = _servers_of(folder)
    assert len(servers) >= 2
    # A worker of PostgreSQL may end between the two looks; the servers themselves may not.
    for server in servers:
        if Path(f"/proc/{server}/fd").exists():
            assert {host for host, _ in listening_addresses(server)} <= {"127.0.0.1"}
    program.send_signal(ending)
    program.communicate()
    assert _wait_until_gone(folder) == []

    again = _start(folder, "stops")
    assert again.stdin is not None
    assert again.stdout is not None
    again.stdin.write("\n")
    again.stdin.flush()
    assert again.stdout.readline() == "stopped\n"
    # `stop` returns when they are gone, not soon after.
    assert _servers_of(folder) == []
    again.communicate("\n")
    assert again.returncode == 0
