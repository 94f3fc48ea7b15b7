"""The combined web app: the five services by path, the built-in issuer in demo and test, and a page that says so."""

import os
from contextlib import AsyncExitStack
from functools import partial

import asyncpg
import uvicorn
from fastapi import FastAPI
from starlette.responses import HTMLResponse

from contracts.problems import ADDRESS
from edge.app import TELEMETRY, Check, harden, health
from edge.deployment import Deployment
from edge.hosts import KnownHosts, WithoutProbes
from edge.issuer import issuer_router
from edge.protocol import server_config
from edge.publications import SCHEMA_ADDRESS, publications
from edge.telemetry import configure_logging, configure_tracing, exporter_of
from panelbook.catalogue import CATALOGUE
from panelbook.probes import probes
from services.hosting import VERSION, create_app, open_host, published_keys


async def serve(
    deployment: Deployment, *, port: int, bind: str = "127.0.0.1", health_port: int = 0, health_bind: str = "127.0.0.1"
) -> None:
    """Serve until told to stop. Every pool is open before the first request and closed after the last.

    With a ``health_port`` probes and metrics are answered there, and no longer where people's requests come in.
    """
    configure_logging("web")
    configure_tracing("web", exporter_of(os.environ))
    async with AsyncExitStack() as stack:
        keys = await stack.enter_async_context(published_keys(deployment))
        root = FastAPI(
            title="Panelbook",
            version=VERSION,
            redirect_slashes=False,
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
            telemetry=TELEMETRY,
        )
        ready: dict[str, Check] = {}
        for service in CATALOGUE.values():
            host = await stack.enter_async_context(open_host(service, deployment))
            root.mount(f"/{service.name}", create_app(host, keys))
            ready[service.name] = partial(_answers, host.pool)
        if deployment.mode != "production":
            root.include_router(issuer_router(deployment))
        root.include_router(health({}))
        root.include_router(publications)

        @root.get("/", include_in_schema=False)
        async def index() -> HTMLResponse:
            return HTMLResponse(_index())

        harden(root)
        app = WithoutProbes(root) if health_port else root
        known = KnownHosts(app, deployment.hosts)
        server = uvicorn.Server(server_config(known, host=bind, port=port, lifespan="on"))
        async with probes("Panelbook web", health(ready), port=health_port, bind=health_bind):
            await server.serve()


async def _answers(pool: asyncpg.Pool) -> None:
    await pool.fetchval("SELECT 1")


def _index() -> str:
    lines = "".join(
        f'<li><a href="/{service.name}/openapi.json">{service.name}</a>: {service.summary}</li>'
        for service in CATALOGUE.values()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Panelbook</title></head><body><main>'
        "<h1>Panelbook</h1><p>The book of record for social-care funding panels. Each service describes its routes"
        f" in OpenAPI:</p><ul>{lines}</ul><p>Every code with which something is refused is explained at <a"
        f' href="{ADDRESS}">{ADDRESS}</a>; what a council\'s settings may say stands at <a href="{SCHEMA_ADDRESS}">'
        f"{SCHEMA_ADDRESS}</a>.</p></main></body></html>"
    )
