"""A database that we make sorts and compares the same on every machine, and after every change of its system."""

from uuid import uuid4

import asyncpg

from ledger.migrate import database_dsn, prepare_service, prepare_vault, service_roles
from tests.databases import PASSWORD, Databases

LOCALE = """
    SELECT datlocprovider::text, datlocale, datcollate, pg_encoding_to_char(encoding)
    FROM pg_database WHERE datname = current_database()
"""


async def test_every_database_is_made_with_the_builtin_locale(databases: Databases) -> None:
    """A service's and the vault's, whatever locale the server has: code points in order, letters of any language."""
    ours, vaults = f"locale_{uuid4().hex[:12]}", f"locale_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(databases.admin_dsn)
    try:
        await prepare_service(
            databases.admin_dsn, "intake", database=ours, passwords=dict.fromkeys(service_roles("intake"), PASSWORD)
        )
        await prepare_vault(
            databases.admin_dsn, database=vaults, passwords=dict.fromkeys(("vault_owner", "vault_intake"), PASSWORD)
        )
        for name in (ours, vaults):
            connection = await asyncpg.connect(database_dsn(databases.admin_dsn, name))
            try:
                assert tuple(await connection.fetchrow(LOCALE)) == ("b", "C.UTF-8", "C", "UTF8")
                assert await connection.fetchval("SELECT upper('é') || lower('Ŵ')") == "Éŵ"
                given = ["b", "B", "a-b", "ab", "é", "Z"]
                (found,) = await connection.fetchrow("SELECT array_agg(x ORDER BY x) FROM unnest($1::text[]) x", given)
                assert found == sorted(given)
            finally:
                await connection.close()
    finally:
        for name in (ours, vaults):
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()
