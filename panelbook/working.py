"""Runs one service's worker in this process, with its health and metrics on a small port of its own."""

import os

from edge.app import health
from edge.deployment import Deployment
from edge.telemetry import configure_logging, configure_tracing, exporter_of
from panelbook.catalogue import CATALOGUE
from panelbook.probes import probes
from services.hosting import create_worker, open_worker_host


async def work(service: str, deployment: Deployment, *, port: int, bind: str = "127.0.0.1") -> None:
    """Work until told to stop. ``port`` 0 opens no port."""
    configure_logging(f"{service} worker")
    configure_tracing(f"{service} worker", exporter_of(os.environ))
    async with open_worker_host(CATALOGUE[service], deployment) as host:
        worker = create_worker(host)
        health_routes = health({"progress": worker.ready}, worker.reasons)
        async with probes(f"Panelbook {service} worker", health_routes, port=port, bind=bind):
            await worker.run()
