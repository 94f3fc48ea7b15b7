"""Drops every read model of every service and folds it again from the ledgers and from record's copies."""

from collections.abc import Mapping

from edge.deployment import from_environment
from ledger.book import rebuild
from ledger.pg.ledger import connect_pool, known_councils
from panelbook.catalogue import CATALOGUE
from services.hosting import open_host
from services.record.history.commands import name_copies_again


async def rebuild_services(environment: Mapping[str, str]) -> int:
    """Fold every council of every service again; returns the rows folded. Safe beside running processes."""
    deployment = from_environment(environment)
    folded = 0
    for service in CATALOGUE.values():
        async with open_host(service, deployment, max_size=2) as host:
            dsn = deployment.dsn(service.name, "relay")
            async with await connect_pool(dsn, max_size=1, application="rebuild") as relay:
                councils = await known_councils(relay)
            folded += await rebuild(host.book, councils)
            if service.name == "record":
                folded += sum([await name_copies_again(host.book, host.pool, council) for council in councils])
    return folded
