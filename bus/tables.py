"""The SQL files that make the bus's tables in a service's database, in order."""

from pathlib import Path

_HERE = Path(__file__).parent

MIGRATIONS = (_HERE / "schema.sql", *sorted(_HERE.glob("0*.sql")))
"""Applied after the ledger's own schema (ledger/migrate.py)."""
