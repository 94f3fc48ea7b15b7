"""The credentials of councils' own systems: each reads one council's decisions, and is shown its password once."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from bus.kafka_admin import KafkaAdmin
from contracts.registry import registry
from deploy.local.processes import RuntimeProblem
from panelbook.local_deployment import subscriber_of
from panelbook.preparing import kafka_admin

_SYSTEM = re.compile(r"[a-z0-9_]{1,32}")


@dataclass(frozen=True)
class Credential:
    """What a council's system needs to read its decisions. Its ``repr`` shows no password."""

    council: str
    username: str
    password: str = field(repr=False)
    bootstrap: str

    def said(self) -> dict[str, str]:
        """Names and values, as they are printed or written to a file."""
        return {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-256",
            "username": self.username,
            "password": self.password,
            "topic": f"council.{self.council}.decisions",
            "consumer_groups_begin_with": f"{self.username}-",
        }


def add(environment: Mapping[str, str], council: str, system: str) -> Credential:
    """A credential for another of a council's systems. Raises RuntimeProblem where that name has one already."""
    admin, username = kafka_admin(environment), _named(council, system)
    _must_be_loaded(admin, council)
    if username in admin.users():
        raise RuntimeProblem(f"{username} has a credential already: panelbook subscriber rotate gives it another.")
    admin.ensure_acls(registry().subscriber_acls(council, username))
    return _given(environment, admin, council, username)


def rotate(environment: Mapping[str, str], council: str, system: str) -> Credential:
    """Another password in place of the old one of a system, or of the council's first subscriber where none is named.

    The old one is refused from then on. Raises RuntimeProblem.
    """
    admin = kafka_admin(environment)
    username = _named(council, system) if system else subscriber_of(council)
    _must_be_there(admin, username)
    return _given(environment, admin, council, username)


def remove(environment: Mapping[str, str], council: str, system: str) -> None:
    """Take a system's credential and all that it was allowed. Raises RuntimeProblem."""
    admin, username = kafka_admin(environment), _named(council, system)
    _must_be_there(admin, username)
    admin.remove_user(username)


def known(environment: Mapping[str, str], council: str) -> list[str]:
    """The principals of a council's systems, its first subscriber's too; nobody's password."""
    first = subscriber_of(council)
    return sorted(one for one in kafka_admin(environment).users() if one == first or one.startswith(f"{first}-"))


def _given(environment: Mapping[str, str], admin: KafkaAdmin, council: str, username: str) -> Credential:
    password = secrets.token_urlsafe(32)
    admin.ensure_user(username, password)
    return Credential(council, username, password, environment["PANELBOOK_KAFKA_BOOTSTRAP"])


def _named(council: str, system: str) -> str:
    if not _SYSTEM.fullmatch(system):
        raise RuntimeProblem("A system's name is 1 to 32 small letters, digits and underscores, such as finance.")
    return subscriber_of(council, system)


def _must_be_there(admin: KafkaAdmin, username: str) -> None:
    if username not in admin.users():
        raise RuntimeProblem(f"There is no {username} here: panelbook subscriber list shows who there is.")


def _must_be_loaded(admin: KafkaAdmin, council: str) -> None:
    if f"council.{council}.decisions" not in admin.list_topics():
        raise RuntimeProblem(f"There is no council {council} here: panelbook council load makes its topic.")
