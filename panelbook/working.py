"""Runs one service's worker in this process, with its health and metrics on a small port of its own."""

import asyncio
import os
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from edge.app import TELEMETRY, harden, health
from edge.deployment import Deployment
from edge.protocol import server_config
from edge.telemetry import configure_logging, configure_tracing, exporter_of
from panelbook.catalogue import CATALOGUE
from services.hosting import create_worker, open_worker_host


async def work(service: str, deployment: Deployment, *, port: int, bind: str = "127.0.0.1") -> None:
    """Work until told to stop. ``port`` 0 opens no port."""
    configure_logging(f"{service} worker")
    configure_tracing(f"{service} worker", exporter_of(os.environ))
    async with open_worker_host(CATALOGUE[service], deployment) as host:
        worker = create_worker(host)
        if not port:
            await worker.run()
            return
        app = FastAPI(
            title=f"Panelbook {service} worker", docs_url=None, redoc_url=None, openapi_url=None, telemetry=TELEMETRY
        )
        app.include_router(health({"progress": worker.ready}, worker.reasons))
        harden(app)
        server = uvicorn.Server(server_config(app, host=bind, port=port))
        # The worker listens for signals, not this small server: it ends when the worker does.
        serving = asyncio.create_task(server._serve())
        try:
            await worker.run()
        finally:
            server.should_exit = True
            with suppress(asyncio.CancelledError):
                await serving
