"""A process that starts while its database is away waits for it: a supervisor need not start it again and again."""

import base64

import pytest

from deploy.local.processes import free_port
from edge.deployment import from_environment
from ledger.store import Busy
from services.hosting import open_host
from services.intake.main import SERVICE


async def test_a_service_starts_while_its_database_is_away_and_is_busy_until_it_is_there() -> None:
    nowhere = f"postgresql://a:b@127.0.0.1:{free_port()}/a"
    environment = {
        "PANELBOOK_MODE": "test",
        "PANELBOOK_POSTGRES_INTAKE_APP": nowhere,
        "PANELBOOK_VAULT_INTAKE": nowhere,
        "PANELBOOK_VAULT_KEY": base64.b64encode(bytes(32)).decode(),
    }
    async with open_host(SERVICE, from_environment(environment)) as host:
        with pytest.raises(Busy):
            async with host.book.reading("c4d81e"):
                pass
