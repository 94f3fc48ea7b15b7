"""Health and metrics of a process on a small port of their own, which nobody outside need reach."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from fastapi import APIRouter, FastAPI

from edge.app import TELEMETRY, harden
from edge.protocol import server_config


@asynccontextmanager
async def probes(title: str, routes: APIRouter, *, port: int, bind: str) -> AsyncIterator[None]:
    """Answer ``routes`` (:func:`edge.app.health`) on a port for the length of the block; ``port`` 0 opens none."""
    if not port:
        yield
        return
    app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None, telemetry=TELEMETRY)
    app.include_router(routes)
    harden(app)
    server = uvicorn.Server(server_config(app, host=bind, port=port))
    # The process itself listens for signals, not this small server: it ends when the process does.
    serving = asyncio.create_task(server._serve())
    try:
        yield
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving
