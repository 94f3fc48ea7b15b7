"""Where everything is: addresses, credentials and the mode of one deployment, read once from the environment."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from edge.claims import LONGEST_LIFE, Claims
from edge.names import host_of
from ledger.decider import Failing, rule_broken

Mode = Literal["demo", "test", "production"]
PostgresRole = Literal["app", "relay", "owner"]

_PREFIX = "PANELBOOK_"
_SERVICE = re.compile(r"[a-z]+")
_CLAIMS = ("subject", "audience", "council", "roles", "team", "service")
_LOOPBACK = {True: frozenset[str](), False: frozenset({"127.0.0.1", "localhost", "::1"})}
_PAIRS_SENTENCE = "Write pairs as theirs=ours, with a comma between them."
_INSTANCE = re.compile(r"[A-Za-z0-9._-]{1,200}")


@dataclass(frozen=True)
class Deployment:
    """One deployment's settings. Its ``repr`` shows no credential; what is missing is refused when it is asked for."""

    mode: Mode
    base_url: str
    issuer: str
    audience: str
    jwks_url: str
    kafka_bootstrap: str
    instance: str
    """What a worker is called among those of its service, for good; empty where it has no lasting name."""
    smtp: tuple[str, int]
    mail_from: str
    clamd: tuple[str, int] | None
    clock_file: Path | None
    issuer_folder: Path | None
    claims: Claims
    token_life: int
    hosts: frozenset[str]
    _named: Mapping[str, str] = field(repr=False)

    def dsn(self, service: str, role: PostgresRole = "app") -> str:
        """Where a service's own database is, for one of its roles. Raises Refused NOT_CONFIGURED."""
        return self._asked(f"POSTGRES_{_upper(service)}_{role.upper()}")

    def vault_dsn(self, service: str) -> str:
        """Where the vault is, for a service's own role there. Raises Refused NOT_CONFIGURED."""
        return self._asked(f"VAULT_{_upper(service)}")

    def vault_key(self) -> bytes:
        """The 32 bytes that wrap every data key. Raises Refused NOT_CONFIGURED."""
        return _key(self._asked("VAULT_KEY")) or b""

    def kafka_password(self, service: str) -> str:
        """The password of the Kafka principal named as the service. Raises Refused NOT_CONFIGURED."""
        return self._asked(f"KAFKA_{_upper(service)}_PASSWORD")

    def _asked(self, name: str) -> str:
        value = self._named.get(_PREFIX + name, "")
        if not value:
            raise rule_broken("NOT_CONFIGURED", f"{_PREFIX}{name} is not set.", name=_PREFIX + name)
        return value


def _upper(service: str) -> str:
    if not _SERVICE.fullmatch(service):
        raise ValueError(f"{service!r} is no service")
    return service.upper()


def from_environment(env: Mapping[str, str]) -> Deployment:
    """Read a deployment from ``PANELBOOK_*``. Raises Refused NOT_CONFIGURED with every fault at once.

    ``PANELBOOK_MODE`` is production unless it says demo or test, so that a forgotten variable is the safe one.
    Production refuses a settable clock and a built-in issuer, and wants its key set over https.
    """
    named = {name: value for name, value in env.items() if name.startswith(_PREFIX)}
    failing: list[Failing] = []

    def value(name: str, default: str = "") -> str:
        return named.get(_PREFIX + name) or default

    def fault(name: str, code: str, sentence: str) -> None:
        failing.append(Failing(_PREFIX + name, code, sentence))

    mode = value("MODE", "production")
    if mode not in ("demo", "test", "production"):
        fault("MODE", "NOT_A_CHOICE", "The mode is demo, test or production.")
    production = mode not in ("demo", "test")
    base_url = value("BASE_URL", "" if production else "http://127.0.0.1:8000").rstrip("/")
    issuer = value("ISSUER", f"{base_url}/issuer" if not production else "")
    jwks_url = value("JWKS_URL", f"{base_url}/issuer/jwks.json" if not production else "")
    for name, found in (("BASE_URL", base_url), ("ISSUER", issuer), ("JWKS_URL", jwks_url)):
        if not found:
            fault(name, "REQUIRED", "Production must name this.")
    if production and jwks_url and urlsplit(jwks_url).scheme != "https":
        fault("JWKS_URL", "NOT_SECURE", "Production reads its key set over https.")
    for name in ("CLOCK_FILE", "ISSUER_FOLDER"):
        if production and value(name):
            fault(name, "NOT_IN_PRODUCTION", "Production has neither a settable clock nor a built-in issuer.")
    if value("VAULT_KEY") and _key(value("VAULT_KEY")) is None:
        fault("VAULT_KEY", "WRONG_SHAPE", "The wrapping key is 32 bytes in base64.")
    if value("INSTANCE") and not _INSTANCE.fullmatch(value("INSTANCE")):
        fault("INSTANCE", "WRONG_SHAPE", "A worker's name is up to 200 letters, digits, dots, hyphens and underscores.")
    smtp = _server(value("SMTP", "127.0.0.1:25"))
    if smtp is None:
        fault("SMTP", "WRONG_SHAPE", "The mail server is written as host:port.")
    clamd = _server(value("CLAMD"))
    if value("CLAMD") and clamd is None:
        fault("CLAMD", "WRONG_SHAPE", "The virus scanner is written as host:port.")
    claims = Claims(
        **{name: value(f"CLAIM_{name.upper()}", getattr(Claims(), name)) for name in _CLAIMS},
        council_of=_pairs(value("COUNCIL_OF"), lambda: fault("COUNCIL_OF", "WRONG_SHAPE", _PAIRS_SENTENCE)),
        role_of=_pairs(value("ROLE_OF"), lambda: fault("ROLE_OF", "WRONG_SHAPE", _PAIRS_SENTENCE)),
    )
    token_life = value("TOKEN_LIFE_SECONDS", str(LONGEST_LIFE))
    if not token_life.isdecimal() or not 60 <= int(token_life) <= 7 * LONGEST_LIFE:
        fault("TOKEN_LIFE_SECONDS", "WRONG_SHAPE", "The longest life of a token is 60 to 604800 seconds.")
    if failing or smtp is None:
        names = ", ".join(one.pointer for one in failing)
        raise rule_broken("NOT_CONFIGURED", f"The environment is not usable: {names}.", failing=failing)
    return Deployment(
        mode=cast(Mode, mode),
        base_url=base_url,
        issuer=issuer,
        audience=value("AUDIENCE", "panelbook"),
        jwks_url=jwks_url,
        kafka_bootstrap=value("KAFKA_BOOTSTRAP"),
        instance=value("INSTANCE"),
        smtp=smtp,
        mail_from=value("MAIL_FROM", "panelbook@localhost"),
        clamd=clamd,
        clock_file=Path(value("CLOCK_FILE")) if value("CLOCK_FILE") else None,
        issuer_folder=Path(value("ISSUER_FOLDER")) if value("ISSUER_FOLDER") else None,
        claims=claims,
        token_life=int(token_life),
        hosts=frozenset({host_of(base_url), *_LOOPBACK[production], *value("HOSTS").replace(",", " ").split()}) - {""},
        _named=named,
    )


def _pairs(text: str, fault: Callable[[], None]) -> dict[str, str]:
    """``theirs=ours, theirs=ours``; what is theirs may hold ``=`` and blanks, but no comma."""
    found: dict[str, str] = {}
    for one in text.split(","):
        theirs, equals, ours = (part.strip() for part in one.rpartition("="))
        if one.strip() and not (theirs and equals and ours):
            fault()
        found[theirs] = ours
    found.pop("", None)
    return found


def _server(text: str) -> tuple[str, int] | None:
    """A server written as host:port."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        return None
    return host.strip("[]"), int(port)


def _key(text: str) -> bytes | None:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == 32 else None
