"""A sabotage that changed nothing would make the proof worthless: each takes hold of what is there today."""

import subprocess
import sys

import asyncpg
import pytest

from chaos.sabotage import IN_DATABASE, IN_PROCESS, PROTECTIONS
from tests.databases import MakeDatabase


def test_every_protection_can_be_taken_away() -> None:
    assert set(PROTECTIONS) == {*IN_PROCESS, *IN_DATABASE}


@pytest.mark.parametrize("protection", sorted(IN_PROCESS))
def test_a_sabotage_finds_what_it_replaces(protection: str) -> None:
    # In a process of its own: what it replaces stays replaced.
    program = f"from chaos.sabotage import IN_PROCESS; IN_PROCESS[{protection!r}]()"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.connected
@pytest.mark.parametrize("protection", sorted(IN_DATABASE))
async def test_a_database_can_be_sabotaged(service_database: MakeDatabase, protection: str) -> None:
    database = await service_database("intake")
    connection = await asyncpg.connect(database.admin_dsn)
    try:
        await IN_DATABASE[protection](connection)
    finally:
        await connection.close()
