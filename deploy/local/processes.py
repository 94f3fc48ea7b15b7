"""Child processes of the local runtime: they end with their parent, stop cleanly, and own a data folder alone."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

Say = Callable[[str], None]


class RuntimeProblem(Exception):
    """Something on this machine keeps the local runtime from working; the message says what to do about it."""


@dataclass(frozen=True)
class Credential:
    """A name and password, whose `repr` does not show the password."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Credential(username={self.username!r}, password=...)"


@dataclass(frozen=True)
class Account:
    """A system account that a child runs as."""

    uid: int
    gid: int


class _Process(Protocol):
    def poll(self) -> int | None: ...


class _Starter:
    """Starts every child from one thread that lives as long as this process.

    The kernel ties the parent-death signal to the *thread* that started the child: a child started from a
    worker thread would be signalled as soon as that worker ends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: SimpleQueue[tuple[Future[subprocess.Popen[bytes]], Callable[[], subprocess.Popen[bytes]]]]
        self._wanted = SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self, begin: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="child-starter", daemon=True)
                self._thread.start()
        future: Future[subprocess.Popen[bytes]] = Future()
        self._wanted.put((future, begin))
        return future.result()

    def _run(self) -> None:
        while True:
            future, begin = self._wanted.get()
            try:
                future.set_result(begin())
            except BaseException as error:  # Handed to the caller, who waits in `start`.
                future.set_exception(error)


_STARTER = _Starter()


def start_child(
    arguments: Sequence[str],
    *,
    log: Path,
    on_parent_death: str,
    folder: Path,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C reaches only us, with its output appended to `log`.

    `on_parent_death` names the signal (`KILL`, `INT`) that the kernel sends the child when this process is gone, even
    by `kill -9`. It is `setpriv` (util-linux) that asks for it; where there is none, as on macOS, the child is stopped
    by `stop` alone.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    command = [setpriv, "--pdeathsig", on_parent_death, "--", *arguments] if setpriv else list(arguments)
    with log.open("ab") as output:
        return _STARTER.start(
            lambda: subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        )


def stop_process(process: subprocess.Popen[bytes], signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn, waiting its number of seconds, until the child has ended; SIGKILL comes last."""
    for number, patience in signals:
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(patience)
            return
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    process.wait()


def wait_until(ready: Callable[[], bool], *, process: _Process, seconds: float, what: str, log: Path) -> None:
    """Poll until `ready`, every 20 ms; raise with the end of the log when the child ends first or time runs out."""
    give_up = time.monotonic() + seconds
    while not ready():
        code = process.poll()
        if code is not None:
            raise RuntimeProblem(f"{what} ended with code {code} while starting.\n{last_lines(log)}")
        if time.monotonic() > give_up:
            raise RuntimeProblem(f"{what} was not ready after {seconds:.0f} s.\n{last_lines(log)}")
        time.sleep(0.02)  # looks again: nothing tells when it is so


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, headed by where the whole of it is."""
    if not log.exists():
        return f"It wrote no log at {log}."
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    return "\n".join([f"The last lines of {log}:", *(f"  {line}" for line in lines)])


class FolderLock:
    """Held while this process runs servers on a folder, and let go by the kernel however the process ends."""

    def __init__(self, folder: Path, what: str) -> None:
        self._path = folder / "lock"
        self._what = what
        self._descriptor: int | None = None

    def take(self, patience: float = 0.0) -> None:
        """Raise RuntimeProblem when another process still holds the folder after `patience` seconds."""
        if self._descriptor is not None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        give_up = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > give_up:
                    os.close(descriptor)
                    raise RuntimeProblem(
                        f"{self._what}: another Panelbook is using {self._path.parent}. "
                        "Stop it first, or name another folder."
                    ) from None
                time.sleep(0.05)  # looks again: nothing tells when it is so
            else:
                self._descriptor = descriptor
                return

    def give_back(self) -> None:
        """Let another process have the folder."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def free_port(taken: Sequence[int] = ()) -> int:
    """A port on 127.0.0.1 that nothing listens on, below the range from which the kernel takes outgoing ports."""
    start = 20_000 + int.from_bytes(os.urandom(2), "big") % 10_000
    for port in range(start, start + 2_000):
        if port in taken:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeProblem("No free port was found on 127.0.0.1 between 20000 and 32000.")


def cache_folder() -> Path:
    """Where what is fetched or made once is kept, outside the tree: `PANELBOOK_CACHE` or `~/.cache/panelbook`."""
    named = os.environ.get("PANELBOOK_CACHE")
    folder = Path(named) if named else Path.home() / ".cache" / "panelbook"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def write_secret(path: Path, text: str, account: Account | None = None) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_suffix(path.suffix + ".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if account is not None:
        os.chown(draft, account.uid, account.gid)
    draft.replace(path)
