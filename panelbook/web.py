"""The combined web app: the five services by path, the built-in issuer in demo and test, and a page that says so."""

import os
from contextlib import AsyncExitStack

import uvicorn
from fastapi import FastAPI
from starlette.responses import HTMLResponse

from edge.app import TELEMETRY, harden, health
from edge.deployment import Deployment
from edge.hosts import KnownHosts
from edge.issuer import issuer_router
from edge.protocol import server_config
from edge.telemetry import configure_logging, configure_tracing, exporter_of
from panelbook.catalogue import CATALOGUE
from services.hosting import VERSION, create_app, open_host, published_keys


async def serve(deployment: Deployment, *, port: int, bind: str = "127.0.0.1") -> None:
    """Serve until told to stop. Every pool is open before the first request and closed after the last."""
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
        for service in CATALOGUE.values():
            host = await stack.enter_async_context(open_host(service, deployment))
            root.mount(f"/{service.name}", create_app(host, keys))
        if deployment.mode != "production":
            root.include_router(issuer_router(deployment))
        root.include_router(health({}))

        @root.get("/", include_in_schema=False)
        async def index() -> HTMLResponse:
            return HTMLResponse(_index())

        harden(root)
        known = KnownHosts(root, deployment.hosts)
        server = uvicorn.Server(server_config(known, host=bind, port=port, lifespan="on"))
        await server.serve()


def _index() -> str:
    lines = "".join(
        f'<li><a href="/{service.name}/openapi.json">{service.name}</a>: {service.summary}</li>'
        for service in CATALOGUE.values()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Panelbook</title></head><body><main>'
        "<h1>Panelbook</h1><p>The book of record for social-care funding panels. Each service describes its routes"
        f" in OpenAPI:</p><ul>{lines}</ul></main></body></html>"
    )
