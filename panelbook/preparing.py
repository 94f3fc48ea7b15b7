"""Makes what a deployment needs before its processes start: databases, roles, topics, principals; safe to repeat."""

import asyncio
from collections.abc import Iterable, Mapping
from urllib.parse import unquote, urlsplit

from bus.kafka_admin import KafkaAdmin
from contracts.registry import registry
from ledger.migrate import prepare_service, prepare_vault
from ledger.pg.ledger import PostgresLedger, connect_pool
from panelbook.catalogue import CATALOGUE
from panelbook.local_deployment import SERVICES, subscriber_of


def _credential(dsn: str) -> tuple[str, str, str]:
    """User, password and database of an address."""
    parts = urlsplit(dsn)
    return unquote(parts.username or ""), unquote(parts.password or ""), parts.path.lstrip("/")


async def prepare_databases(environment: Mapping[str, str]) -> None:
    """Bring the vault's and every service's database up to date."""
    admin = environment["PANELBOOK_POSTGRES_ADMIN_DSN"]
    owner, password, database = _credential(environment["PANELBOOK_VAULT_OWNER"])
    passwords = {owner: password}
    for service in SERVICES:
        user, password, _ = _credential(environment[f"PANELBOOK_VAULT_{service.upper()}"])
        passwords[user] = password
    await prepare_vault(admin, database=database, passwords=passwords)
    await asyncio.gather(*(_prepare_service(environment, admin, service) for service in SERVICES))


async def _prepare_service(environment: Mapping[str, str], admin: str, service: str) -> None:
    passwords: dict[str, str] = {}
    database = ""
    for role in ("OWNER", "APP", "RELAY"):
        user, password, database = _credential(environment[f"PANELBOOK_POSTGRES_{service.upper()}_{role}"])
        passwords[user] = password
    migrations = CATALOGUE[service].migrations()
    await prepare_service(admin, service, database=database, passwords=passwords, migrations=migrations)


def prepare_topics(
    environment: Mapping[str, str], councils: Iterable[str] = (), subscribers: Mapping[str, str] | None = None
) -> None:
    """Make the services' principals, topics and permissions, and those of ``councils``.

    ``subscribers`` gives a first password for each council's subscriber: one that has a password keeps it, so that
    what was rotated stays so.
    """
    admin = kafka_admin(environment)
    ids = list(councils)
    users = {service: environment[f"PANELBOOK_KAFKA_{service.upper()}_PASSWORD"] for service in SERVICES}
    first = {subscriber_of(council): password for council, password in (subscribers or {}).items()}
    known = admin.users() if first else frozenset[str]()
    admin.ensure_users(users | {name: password for name, password in first.items() if name not in known})
    replication = min(3, int(environment.get("PANELBOOK_KAFKA_BROKERS", "1")))
    contracts = registry()
    admin.ensure_topics(contracts.topic_specs(ids), replication)
    admin.ensure_acls(contracts.acls(ids))


async def enlist(environment: Mapping[str, str], councils: Iterable[str]) -> None:
    """Open the councils' books in every service, so that each service's marks cover them from their first moment."""
    for service in SERVICES:
        dsn = environment[f"PANELBOOK_POSTGRES_{service.upper()}_APP"]
        async with await connect_pool(dsn, max_size=1, application="enlist") as pool:
            ledger = PostgresLedger(service, pool)
            for council in councils:
                await ledger.enlist(council)


def kafka_admin(environment: Mapping[str, str]) -> KafkaAdmin:
    """The hands of Kafka's super user, as the environment names it."""
    return KafkaAdmin(
        environment["PANELBOOK_KAFKA_BOOTSTRAP"],
        environment["PANELBOOK_KAFKA_ADMIN_USERNAME"],
        environment["PANELBOOK_KAFKA_ADMIN_PASSWORD"],
    )
