"""Makes the databases: roles, schemas and numbered migrations of a service, and the vault that services share."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

LEDGER_SCHEMA = Path(__file__).with_name("schema.sql")
VAULT_SCHEMA = Path(__file__).with_name("vault.sql")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ROLES_LOCK = 7215640012
"""Roles belong to the whole server: two preparations at once take turns over them (in the admin's database)."""


_AS = "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
"""How a database sorts and compares, whatever the server's own locale: by code points, the same on every machine.

A collation of the operating system changes with its release, and indexes over it are wrong from then on, silently.
"""


class MigrationProblem(Exception):
    """A migration that was applied has been edited since, or a read model is not kept apart by council."""


def service_roles(service: str) -> tuple[str, str, str]:
    """The three roles of a service: the owner migrates, the app works, the relay carries rows to the topics."""
    return f"{service}_owner", f"{service}_app", f"{service}_relay"


async def prepare_service(
    admin_dsn: str,
    service: str,
    *,
    database: str,
    passwords: Mapping[str, str],
    migrations: Sequence[Path] = (),
) -> None:
    """Bring a service's database up to date; safe to run again.

    Creates the roles (with ``passwords`` by role name) and the database if they are missing, applies the ledger's
    schema and then each file of ``migrations`` once, in order, and puts every table of schema ``read`` under row-level
    security. In a migration ``__OWNER__``, ``__APP__`` and ``__RELAY__`` stand for the role names. Raises
    MigrationProblem, and leaves what was applied before it in place.
    """
    owner, app, relay = service_roles(service)
    await _prepare_database(admin_dsn, database, owner, [owner, app, relay], passwords)
    names = {"__OWNER__": owner, "__APP__": app, "__RELAY__": relay}
    async with _owner_connection(admin_dsn, database, owner) as connection:
        await _apply(connection, [LEDGER_SCHEMA, *migrations], names)
        await _guard_read_models(connection, app)


async def prepare_vault(admin_dsn: str, *, database: str, passwords: Mapping[str, str]) -> None:
    """Bring the vault's database up to date; safe to run again.

    ``passwords`` names the roles that may use it (``vault_<service>``) and, as ``vault_owner``, the role that owns it.
    In its schema ``__OWNER__`` stands for the owner and ``__ROLES__`` for the others, separated by commas; the grants
    of a role added later are repeated from the block that the schema marks ``-- GRANTS``.
    """
    owner = "vault_owner"
    users = sorted(set(passwords) - {owner})
    await _prepare_database(admin_dsn, database, owner, [owner, *users], passwords)
    schema = VAULT_SCHEMA.read_text(encoding="utf-8")
    _, _, grants = schema.partition("-- GRANTS")
    names = {"__OWNER__": owner, "__ROLES__": ", ".join(_identifier(user) for user in users)}
    async with _owner_connection(admin_dsn, database, owner) as connection:
        await connection.execute("CREATE SCHEMA IF NOT EXISTS ledger")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS ledger.migration"
            " (name text PRIMARY KEY, digest bytea NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        await _apply(connection, [VAULT_SCHEMA], names)
        if grants:
            await connection.execute(_filled(grants, names))


def database_dsn(dsn: str, database: str) -> str:
    """The same address with another database."""
    return urlunsplit(urlsplit(dsn)._replace(path="/" + quote(database, safe="")))


async def _prepare_database(
    admin_dsn: str, database: str, owner: str, roles: Sequence[str], passwords: Mapping[str, str]
) -> None:
    for name in (database, *roles):
        _identifier(name)
    connection = await asyncpg.connect(admin_dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _ROLES_LOCK)
        for role in roles:
            if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
                await connection.execute(f"CREATE ROLE {role} LOGIN NOINHERIT")
            if role in passwords:
                # ALTER ROLE takes no parameters; format() quotes the literal on the server.
                statement = await connection.fetchval("SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)",
                                                      role, passwords[role])  # fmt: skip
                await connection.execute(statement)
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
            await connection.execute(f"CREATE DATABASE {database} OWNER {owner} {_AS}")
        await connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        await connection.execute(f"GRANT CONNECT ON DATABASE {database} TO {', '.join(roles)}")
    finally:
        await connection.close()


@asynccontextmanager
async def _owner_connection(admin_dsn: str, database: str, owner: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the admin acting as the owner, the only one to migrate this database while it is open."""
    connection = await asyncpg.connect(database_dsn(admin_dsn, database))
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _ROLES_LOCK)
        await connection.execute(f"SET ROLE {_identifier(owner)}")
        yield connection
    finally:
        await connection.close()


async def _apply(connection: asyncpg.Connection, files: Sequence[Path], names: Mapping[str, str]) -> None:
    for file in files:
        name = "/".join(file.parts[-2:])
        text = file.read_text(encoding="utf-8")
        digest = sha256(text.encode()).digest()
        known = None
        if await connection.fetchval("SELECT to_regclass('ledger.migration')"):
            known = await connection.fetchval("SELECT digest FROM ledger.migration WHERE name = $1", name)
        if known == digest:
            continue
        if known is not None:
            raise MigrationProblem(f"{name} was applied and has been edited since: write a new migration instead.")
        async with connection.transaction():
            await connection.execute(_filled(text, names))
            await connection.execute("INSERT INTO ledger.migration (name, digest) VALUES ($1, $2)", name, digest)


async def _guard_read_models(connection: asyncpg.Connection, app: str) -> None:
    """Row-level security and grants on every table of ``read``; each must have council first in its primary key."""
    tables = await connection.fetch(
        """
        SELECT format('%I.%I', n.nspname, c.relname) AS name,
               (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = c.oid AND i.indisprimary) AS first_key,
               EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'one_council') AS guarded
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'read' AND c.relkind IN ('r', 'p') ORDER BY 1
        """
    )
    async with connection.transaction():
        for table in tables:
            name = table["name"]
            if table["first_key"] != "council":
                raise MigrationProblem(f"{name} must have council as the first column of its primary key.")
            await connection.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
            if not table["guarded"]:
                await connection.execute(
                    f"CREATE POLICY one_council ON {name} USING (council = current_setting('panelbook.council', true))"
                )
            await connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {app}")
        await connection.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA read TO {app}")


def _filled(text: str, names: Mapping[str, str]) -> str:
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    return text


def _identifier(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no plain PostgreSQL name: small letters, digits and underscores only.")
    return name
