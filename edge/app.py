"""The FastAPI app of a service: its routes behind the middleware, its health, its metrics and its OpenAPI document."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import chain
from typing import Any, NoReturn

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from edge.access import AccessLog
from edge.calls import Edge, Purposes, Slugs, no_slug
from edge.clock import Clock
from edge.middleware import RootMiddleware, ServiceMiddleware
from edge.need_to_know import Table
from edge.openapi import finished
from edge.principal import TokenVerifier
from edge.telemetry import metrics
from ledger.book import Book
from ledger.vault.vault import Vault

Check = Callable[[], Awaitable[None]]
"""Says that something is ready by returning, and that it is not by raising."""

CHECK_SECONDS = 2.0

TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""FastAPI's own telemetry is off: ours stands outside, and FastAPI's would carry raw paths and exceptions' words."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    *,
    service: str,
    version: str,
    summary: str,
    clock: Clock,
    tokens: TokenVerifier,
    book: Book,
    vault: Vault,
    access: AccessLog,
    routers: Sequence[APIRouter],
    ready: Mapping[str, Check],
    table: Table,
    purposes: Purposes,
    slug: Slugs = no_slug,
    lifespan: Lifespan | None = None,
    uploads: Sequence[str] = (),
    resources: Sequence[object] = (),
) -> FastAPI:
    """Build a service's app, to be mounted under ``/<service>``.

    Every error is a problem document, every refusal of a known caller is in the access lane before it is answered.
    ``table`` says who is shown what on each route, ``purposes`` for which purposes a council lets it be read, and
    ``slug`` what it may be called in an address.
    ``ready`` names the checks of ``/readyz``, ``uploads`` the routes that take a file as it stands, ``resources`` are
    for :meth:`edge.calls.Call.resource`. A mounted app's lifespan is entered by whoever mounts it.
    """
    app = FastAPI(
        title=f"Panelbook {service}",
        version=version,
        summary=summary,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry=TELEMETRY,
        # Both have handlers by default; here every exception goes up to the middleware, which answers them all.
        exception_handlers={HTTPException: _to_the_middleware, RequestValidationError: _to_the_middleware},
    )
    shared = {type(one): one for one in resources}
    app.state.edge = Edge(service, clock, tokens, book, vault, access, shared, table, purposes, slug=slug)
    # Side by side, so that a request is matched once: `include_router` matches it twice, at every level.
    for route in chain.from_iterable(routes.routes for routes in [*routers, health(ready)]):
        if isinstance(route, APIRoute):
            route.operation_id = route.name
        app.router.routes.append(route)
    app.middleware_stack = ServiceMiddleware(_below(app), service=service, clock=clock, access=access, uploads=uploads)
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = finished(describe(), service)
        return app.openapi_schema

    app.openapi = openapi
    return app


def _below(app: FastAPI) -> ASGIApp:
    """FastAPI's own way to an app's routes, without the layers outside of it that our middleware stands for."""
    return ExceptionMiddleware(AsyncExitStackMiddleware(app.router), handlers=dict(app.exception_handlers))


def _to_the_middleware(_: Request, error: Exception) -> NoReturn:
    raise error


def _no_reasons() -> Sequence[str]:
    return ()


def health(ready: Mapping[str, Check], reasons: Callable[[], Sequence[str]] = _no_reasons) -> APIRouter:
    """``/livez``, ``/readyz`` and ``/metrics``: of the web processes, and of the workers' small port.

    ``reasons`` says in sentences, without content, why a process is not ready.
    """
    routes = APIRouter(include_in_schema=False)

    @routes.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @routes.get("/readyz")
    async def readyz() -> Response:
        found = dict(zip(ready, await asyncio.gather(*(_checked(check) for check in ready.values())), strict=True))
        good = all(found.values())
        return JSONResponse(
            {
                "status": "ready" if good else "not ready",
                "checks": {name: "ok" if ok else "failing" for name, ok in found.items()},
                **({} if good else {"reasons": list(reasons())}),
            },
            200 if good else 503,
        )

    @routes.get("/metrics")
    async def current() -> Response:
        body, kind = metrics()
        return Response(body, media_type=kind)

    return routes


async def _checked(check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception:
        # Whatever a check raises means the same to whoever asks, and its words are for the log of what it checked.
        return False
    return True


def harden(app: FastAPI) -> None:
    """Give the combined web app the same headers and problems for its own addresses.

    The last to be done with it: services that are mounted afterwards are found by FastAPI only, which takes longer.
    """
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _to_the_middleware)
    mounted = {route.path.strip("/"): route for route in app.routes if isinstance(route, Mount)}
    app.middleware_stack = RootMiddleware(_below(app), mounted)
