"""One deployment on this machine: its folder, its secrets, and the environment that every process of it is given."""

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from councils.packs import pack_id, packs
from deploy.local.processes import RuntimeProblem, write_secret

if TYPE_CHECKING:  # Every worker imports this module, and none of them starts servers.
    from deploy.local.backends import Backends

SERVICES = ("intake", "routing", "panel", "notify", "record")
"""The five services, in the order in which they are started and listed."""

DEFAULT_FOLDER = Path(".panelbook")
_ENVIRONMENT = "environment.json"

TOKEN = "PANELBOOK_TOKEN"
"""The variable that a token is read from: what stands on a command line can be read by everybody on the machine."""


@dataclass(frozen=True)
class Secrets:
    """Every password of one local deployment, derived from one random secret that stays in its folder."""

    master: bytes

    def password(self, name: str) -> str:
        """The password of a database role, a Kafka principal or a subscriber."""
        return hmac.new(self.master, name.encode(), hashlib.sha256).hexdigest()

    def vault_key(self) -> str:
        """The key that wraps every data key, in base64."""
        return base64.b64encode(hmac.new(self.master, b"vault key", hashlib.sha256).digest()).decode()


def secrets_of(folder: Path) -> Secrets:
    """The folder's secret; made on first use, readable by its owner only."""
    path = folder / "secret"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_secret(path, secrets.token_hex(32))
    return Secrets(bytes.fromhex(path.read_text(encoding="ascii").strip()))


def council_id(named: str) -> str:
    """The opaque id behind a slug; an id stands for itself."""
    return pack_id(named) if named in packs() else named


def subscriber_of(council: str, system: str = "") -> str:
    """The Kafka principal of a council's subscriber, or of one of the council's systems by its name."""
    return f"subscriber-{council}-{system}" if system else f"subscriber-{council}"


def environment_of(folder: Path, backends: "Backends", *, port: int, mode: str) -> dict[str, str]:
    """The ``PANELBOOK_*`` variables of a local deployment, as :mod:`edge.deployment` reads them."""
    secret = secrets_of(folder)
    environment = {
        "PANELBOOK_MODE": mode,
        "PANELBOOK_BASE_URL": f"http://127.0.0.1:{port}",
        "PANELBOOK_POSTGRES_ADMIN_DSN": backends.postgres_admin_dsn,
        "PANELBOOK_KAFKA_BOOTSTRAP": backends.kafka_bootstrap,
        "PANELBOOK_KAFKA_ADMIN_USERNAME": backends.kafka_admin.username,
        "PANELBOOK_KAFKA_ADMIN_PASSWORD": backends.kafka_admin.password,
        "PANELBOOK_KAFKA_BROKERS": str(backends.brokers),
        "PANELBOOK_SMTP": f"{backends.smtp_host}:{backends.smtp_port}",
        "PANELBOOK_MAIL_FROM": "panel@panelbook.example",
        "PANELBOOK_VAULT_KEY": secret.vault_key(),
        "PANELBOOK_CLOCK_FILE": str((folder / "clock.json").resolve()),
        "PANELBOOK_ISSUER_FOLDER": str((folder / "issuer").resolve()),
        "PANELBOOK_VAULT_OWNER": backends.dsn("vault_owner", secret.password("vault_owner"), "panelbook_vault"),
    }
    if backends.mail_folder is not None:
        environment["PANELBOOK_MAIL_FOLDER"] = str(backends.mail_folder.resolve())
    for service in SERVICES:
        named = service.upper()
        for role in ("app", "relay", "owner"):
            user = f"{service}_{role}"
            dsn = backends.dsn(user, secret.password(user), f"panelbook_{service}")
            environment[f"PANELBOOK_POSTGRES_{named}_{role.upper()}"] = dsn
        user = f"vault_{service}"
        environment[f"PANELBOOK_VAULT_{named}"] = backends.dsn(user, secret.password(user), "panelbook_vault")
        environment[f"PANELBOOK_KAFKA_{named}_PASSWORD"] = secret.password(service)
    return environment


def of_process(environment: Mapping[str, str], service: str | None) -> dict[str, str]:
    """The part of an environment that one process needs: a service's worker its own secrets, the web process (None)
    what answers requests; neither an owner's, nor the administrators' of the servers."""
    needed = {
        name
        for one in ([service] if service else SERVICES)
        for name in (f"POSTGRES_{one.upper()}_APP", f"VAULT_{one.upper()}")
    }
    if service:
        needed |= {f"POSTGRES_{service.upper()}_RELAY", f"KAFKA_{service.upper()}_PASSWORD"}

    def is_kept(name: str) -> bool:
        kind, _, rest = name.removeprefix("PANELBOOK_").partition("_")
        secret = (kind == "POSTGRES" and rest) or (kind == "VAULT" and rest != "KEY") or name.endswith("_PASSWORD")
        return not name.startswith("PANELBOOK_") or not secret or f"{kind}_{rest}" in needed

    return {name: value for name, value in environment.items() if is_kept(name)}


def remember(folder: Path, environment: Mapping[str, str]) -> None:
    """Keep the environment for commands given in another shell."""
    write_secret(folder / _ENVIRONMENT, json.dumps(dict(environment), indent=1, sort_keys=True))


def known_environment(folder: Path) -> dict[str, str]:
    """The process's environment, filled up from the deployment that runs in ``folder``.

    Raises RuntimeProblem when neither says where Panelbook is.
    """
    environment = dict(os.environ)
    path = next((at / _ENVIRONMENT for at in (folder, folder / "demo") if (at / _ENVIRONMENT).exists()), folder)
    if "PANELBOOK_MODE" not in environment:
        if not path.is_file():
            raise RuntimeProblem(
                f"No Panelbook is known in {folder}, and PANELBOOK_MODE is not set. Start one: panelbook up"
            )
        environment = {**json.loads(path.read_text(encoding="utf-8")), **environment}
    return environment
