"""Which PostgreSQL, Kafka and mail server to run on: addresses in the environment, Docker, or servers of our own."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

from deploy.local import containers
from deploy.local.kafka import LocalKafka
from deploy.local.mail import LocalMail
from deploy.local.postgres import LocalPostgres
from deploy.local.processes import Credential, RuntimeProblem, Say

POSTGRES_DSN = "PANELBOOK_POSTGRES_ADMIN_DSN"
KAFKA_BOOTSTRAP = "PANELBOOK_KAFKA_BOOTSTRAP"
KAFKA_USERNAME = "PANELBOOK_KAFKA_ADMIN_USERNAME"
KAFKA_PASSWORD = "PANELBOOK_KAFKA_ADMIN_PASSWORD"
SMTP = "PANELBOOK_SMTP"
FORCED = "PANELBOOK_BACKENDS"


@dataclass(frozen=True)
class Choice:
    """Where the servers come from, and why, in words for whoever watches."""

    kind: Literal["addresses", "docker", "local"]
    reason: str


@dataclass
class Backends:
    """Servers that answer. `mail_folder` is None where mail goes to a server that is not ours."""

    postgres_admin_dsn: str = field(repr=False)
    kafka_bootstrap: str
    kafka_admin: Credential
    smtp_host: str
    smtp_port: int
    mail_folder: Path | None
    described: str
    brokers: int
    _stops: list[Callable[[], None]] = field(default_factory=list, repr=False)

    def dsn(self, user: str, password: str, database: str) -> str:
        """The address of a database on the same server, for asyncpg."""
        return _dsn_like(self.postgres_admin_dsn, user, password, database)

    def stop(self) -> None:
        """Stop whatever was started for this, and nothing else. The last one started goes first."""
        while self._stops:
            self._stops.pop()()


def choose(environment: Mapping[str, str], *, brokers: int = 1) -> Choice:
    """Where servers will come from: the first of addresses, Docker and our own that can be.

    `PANELBOOK_BACKENDS` (`docker` or `local`) overrules. Raises RuntimeProblem when the environment names only some of
    the addresses, because a half-named set would silently mix two systems.
    """
    needed = (POSTGRES_DSN, KAFKA_BOOTSTRAP, KAFKA_USERNAME, KAFKA_PASSWORD)
    missing = [name for name in needed if not environment.get(name)]
    if not missing:
        return Choice("addresses", "their addresses are in the environment")
    if len(missing) < len(needed):
        raise RuntimeProblem(f"The environment names some servers, but not: {', '.join(missing)}.")
    forced = environment.get(FORCED, "")
    if forced not in ("", "docker", "local"):
        raise RuntimeProblem(f"{FORCED} is {forced!r}; it may be docker or local.")
    if forced == "docker":
        return Choice("docker", f"{FORCED} asks for it")
    if forced == "local":
        return Choice("local", f"{FORCED} asks for it")
    if brokers > 1:
        return Choice("local", "a cluster of three is offered there only")
    unusable = containers.docker_answers()
    return Choice("docker", "its daemon answers") if unusable is None else Choice("local", unusable)


def start_backends(folder: Path, *, brokers: int = 1, durable: bool = True, say: Say = print) -> Backends:
    """Choose, say what was chosen, and return once every server takes logins. Data is kept under `folder`.

    `durable=False` is for tests: it does not survive a crash of the whole machine. Raises RuntimeProblem with what to
    do about it; whatever was started by then is stopped again.
    """
    environment = dict(os.environ)
    choice = choose(environment, brokers=brokers)
    stops: list[Callable[[], None]] = []
    try:
        match choice.kind:
            case "addresses":
                backends = _named(environment, brokers, stops)
            case "docker":
                backends = _contained(say, durable, choice, stops)
            case "local":
                backends = _own(folder, brokers, durable, say, choice, stops)
        _mail(backends, environment, folder, say)
    except BaseException:
        while stops:
            stops.pop()()
        raise
    say(backends.described)
    return backends


def _named(environment: Mapping[str, str], brokers: int, stops: list[Callable[[], None]]) -> Backends:
    return Backends(
        postgres_admin_dsn=environment[POSTGRES_DSN],
        kafka_bootstrap=environment[KAFKA_BOOTSTRAP],
        kafka_admin=Credential(environment[KAFKA_USERNAME], environment[KAFKA_PASSWORD]),
        smtp_host="",
        smtp_port=0,
        mail_folder=None,
        described="PostgreSQL and Kafka: real, at the addresses that the environment names",
        brokers=max(brokers, environment[KAFKA_BOOTSTRAP].count(",") + 1),
        _stops=stops,
    )


def _contained(say: Say, durable: bool, choice: Choice, stops: list[Callable[[], None]]) -> Backends:
    servers = containers.start_containers(say, durable=durable)
    stops.append(servers.stop)
    return Backends(
        postgres_admin_dsn=servers.postgres_admin_dsn,
        kafka_bootstrap=servers.kafka_bootstrap,
        kafka_admin=servers.kafka_admin,
        smtp_host="",
        smtp_port=0,
        mail_folder=None,
        described=(
            f"PostgreSQL ({containers.POSTGRES_IMAGE}) and Kafka ({containers.KAFKA_IMAGE}): "
            f"real, in Docker, because {choice.reason}"
        ),
        brokers=1,
        _stops=stops,
    )


def _own(
    folder: Path, brokers: int, durable: bool, say: Say, choice: Choice, stops: list[Callable[[], None]]
) -> Backends:
    postgres = LocalPostgres(folder / "postgres", durable=durable, say=say)
    kafka = LocalKafka(folder / "kafka", brokers=brokers, say=say)
    stops += [postgres.stop, kafka.stop]
    with ThreadPoolExecutor(2) as together:
        for started in [together.submit(postgres.start), together.submit(kafka.start)]:
            started.result()
    nodes = "one node" if brokers == 1 else f"{brokers} nodes"
    return Backends(
        postgres_admin_dsn=postgres.admin_dsn,
        kafka_bootstrap=kafka.bootstrap,
        kafka_admin=kafka.admin,
        smtp_host="",
        smtp_port=0,
        mail_folder=None,
        described=f"PostgreSQL and Kafka ({nodes}): real, run from {folder}, because {choice.reason}",
        brokers=brokers,
        _stops=stops,
    )


def _mail(backends: Backends, environment: Mapping[str, str], folder: Path, say: Say) -> None:
    named = environment.get(SMTP)
    if named:
        host, _, port = named.rpartition(":")
        if not host or not port.isdigit():
            raise RuntimeProblem(f"{SMTP} is {named!r}; it must be host:port.")
        backends.smtp_host, backends.smtp_port = host, int(port)
        return
    mail = LocalMail(folder / "mail", say=say)
    mail.start()
    backends._stops.append(mail.stop)
    backends.smtp_host, backends.smtp_port, backends.mail_folder = mail.host, mail.port, mail.folder


def _dsn_like(dsn: str, user: str, password: str, database: str) -> str:
    parts = urlsplit(dsn)
    where = parts.netloc.rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    # urlunsplit drops an empty host together with the login, so the pieces are put together here.
    tail = urlunsplit(("", "", f"/{quote(database, safe='')}", parts.query, ""))
    return f"{parts.scheme}://{login}@{where}{tail}"
