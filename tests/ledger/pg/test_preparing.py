"""A service's database is made, migrated and prepared again."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from ledger.migrate import MigrationProblem, prepare_service, service_roles
from tests.databases import PASSWORD, Databases
from tests.ledger.pg.test_postgres import NOTES

pytestmark = pytest.mark.connected


class TestPreparing:
    """Databases are prepared again and again, by every start."""

    async def prepare(self, databases: Databases, name: str, migrations: list[Path]) -> None:
        roles = dict.fromkeys(service_roles("intake"), PASSWORD)
        await prepare_service(databases.admin_dsn, "intake", database=name, passwords=roles, migrations=migrations)

    @pytest.fixture
    async def name(self, databases: Databases) -> AsyncIterator[str]:
        name = f"test_{uuid4().hex[:12]}"
        yield name
        connection = await asyncpg.connect(databases.admin_dsn)
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.close()

    async def test_preparing_again_applies_only_what_is_new(
        self, databases: Databases, name: str, tmp_path: Path
    ) -> None:
        first, second = tmp_path / "0001_note.sql", tmp_path / "0002_more.sql"
        first.write_text(NOTES)
        second.write_text("ALTER TABLE read.note ADD COLUMN more text; -- for __APP__")
        await self.prepare(databases, name, [first])
        await self.prepare(databases, name, [first])
        await self.prepare(databases, name, [first, second])

    async def test_an_edited_migration_is_refused(self, databases: Databases, name: str, tmp_path: Path) -> None:
        migration = tmp_path / "0001_note.sql"
        migration.write_text(NOTES)
        await self.prepare(databases, name, [migration])
        migration.write_text(NOTES + "\n-- edited")
        with pytest.raises(MigrationProblem, match=r"0001_note\.sql was applied and has been edited since"):
            await self.prepare(databases, name, [migration])

    async def test_a_read_model_must_be_keyed_by_council(self, databases: Databases, name: str, tmp_path: Path) -> None:
        migration = tmp_path / "0001_note.sql"
        migration.write_text("CREATE TABLE read.note (id integer PRIMARY KEY, council text NOT NULL);")
        with pytest.raises(MigrationProblem, match=r"read\.note must have council"):
            await self.prepare(databases, name, [migration])

    async def test_a_failing_migration_leaves_nothing_of_itself(
        self, databases: Databases, name: str, tmp_path: Path
    ) -> None:
        migration = tmp_path / "0001_note.sql"
        migration.write_text(NOTES + "SELECT 1 / 0;")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await self.prepare(databases, name, [migration])
        migration.write_text(NOTES)
        await self.prepare(databases, name, [migration])

    async def test_a_name_that_needs_quotes_is_refused(self, databases: Databases) -> None:
        with pytest.raises(ValueError, match="no plain PostgreSQL name"):
            await self.prepare(databases, 'x"; DROP DATABASE postgres', [])
