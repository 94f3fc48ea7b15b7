"""A real SMTP server on this machine that delivers nothing onward: every message it takes is kept in a Maildir."""

import mailbox
import re
import socket
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

from deploy.local.processes import RuntimeProblem, Say, free_port

LARGEST_MESSAGE_BYTES = 5 * 1024 * 1024
_NAME = re.compile(r"(\d+)\.M(\d+)P\d+Q(\d+)")


class LocalMail:
    """Listens on 127.0.0.1, unless a container needs another `host`; `port=0` picks a free one.

    Messages survive in `folder`, a Maildir that only its owner may read.
    """

    def __init__(self, folder: Path, *, host: str = "127.0.0.1", port: int = 0, say: Say = print) -> None:
        self.host = host
        self.folder = folder.absolute()
        self._port = port
        self._say = say
        self._server: Controller | None = None

    @property
    def port(self) -> int:
        """Where it listens. Raises RuntimeProblem before the start."""
        if self._server is None:
            raise RuntimeProblem("The mail server is not running.")
        return self._port

    def start(self) -> None:
        """Listen, in a thread of this process. Raises RuntimeProblem when the port is taken."""
        if self._server is not None:
            return
        _make_maildir(self.folder)
        self._port = self._port or free_port()
        try:
            socket.create_server((self.host, self._port)).close()
        except OSError as error:
            raise RuntimeProblem(f"The mail server cannot listen on {self.host}:{self._port}: {error}") from error
        server = Controller(
            Mailbox(self.folder),
            hostname=self.host,
            port=self._port,
            server_hostname="localhost",
            data_size_limit=LARGEST_MESSAGE_BYTES,
        )
        server.start()
        self._server = server
        self._say(f"Mail: listening on {self.host}:{self._port}, keeping messages in {self.folder}")

    def stop(self) -> None:
        """Stop listening. The messages stay."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def messages(self) -> list[EmailMessage]:
        """Every message taken so far, oldest first. Its envelope is in `X-MailFrom` and `X-RcptTo`."""
        return read_messages(self.folder)


def read_messages(folder: Path) -> list[EmailMessage]:
    """Every message in a Maildir, oldest first; another process may be the one that writes it."""
    _make_maildir(folder)
    kept = mailbox.Maildir(str(folder), factory=None, create=False)
    parser = BytesParser(_class=EmailMessage, policy=default)
    return [parser.parsebytes(kept.get_bytes(key)) for key in sorted(kept.keys(), key=_arrival)]


def _make_maildir(folder: Path) -> None:
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def _arrival(key: str) -> tuple[int, ...]:
    """When a message came: a Maildir's file names begin `<seconds>.M<microseconds>P<process>Q<count>`."""
    found = _NAME.match(key)
    return tuple(int(part) for part in found.groups()) if found else ()
