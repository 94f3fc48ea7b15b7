"""The short way of a well-formed request to its route, past FastAPI's general one, which still takes every other.

FastAPI solves a route's dependencies anew for each request: for a command some forty calls that look for parameters in
four places each, more work than all of ours (bench/README.md, "http command / bare"). What our routes ask for is known:
who calls, under which key, on which version, a path, a form. Where a route asks for nothing else, and a request has all
of it in order, its function is called at once. Whatever is not in order goes FastAPI's way and is answered as ever.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from re import Pattern
from typing import Any, Protocol, cast

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import ValidationError
from starlette.convertors import StringConvertor
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from edge.commands import caller, command_context, reading_context, reading_purpose, require_version, stated_purpose
from edge.door import arrival_of
from edge.forms import Form

_KNOWN = frozenset({caller, reading_context, command_context, require_version, reading_purpose, stated_purpose})
_HEADERS = ("panelbook-role", "idempotency-key", "if-match", "panelbook-purpose")
_LONGEST = 64
"""Of each of these headers, as its declaration says; what is longer is FastAPI's to refuse."""


class _Field(Protocol):
    """What is used of FastAPI's description of one parameter."""

    name: str
    alias: str
    field_info: Any

    def validate(self, value: Any, values: dict[str, Any], *, loc: tuple[str, ...]) -> tuple[Any, list[Any]]: ...

    def get_default(self) -> Any: ...


@dataclass(frozen=True)
class _Way:
    """One route as it can be called without FastAPI: its address, its function, and where each argument comes from."""

    address: Pattern[str]
    route: APIRoute
    call: Callable[..., Awaitable[Response]]
    asked: Mapping[str, Callable[..., Any]]
    path: tuple[_Field, ...]
    defaults: Mapping[str, Any]
    form: tuple[str, type[Form]] | None


class Straight:
    """ASGI middleware below the door. ``app`` is FastAPI's own way, ``routes`` the app whose routes are taken."""

    def __init__(self, app: ASGIApp, *, routes: FastAPI) -> None:
        self._app = app
        self._routes = routes
        self._ways: dict[str, list[_Way | Pattern[str]]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and (way := self._way(scope)) is not None:
            request = Request(scope)
            arguments = await _arguments(way, request)
            if arguments is not None:
                response = await way.call(**arguments)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _way(self, scope: Scope) -> _Way | None:
        if self._ways is None:
            self._ways = _ways(self._routes)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        for way in self._ways.get(scope["method"], ()):
            # The first route that answers to an address takes it, whether it can be gone straight to or not.
            matched = (way.address if isinstance(way, _Way) else way).match(path)
            if matched:
                if not isinstance(way, _Way) or self._routes.dependency_overrides:
                    return None
                if way.defaults and scope.get("query_string"):
                    return None
                scope["path_params"] = {**scope.get("path_params", {}), **matched.groupdict()}
                scope["route"] = way.route
                return way
        return None


def straight(app: FastAPI) -> set[str]:
    """The names of the routes of an app that well-formed requests go straight to."""
    return {way.route.name for ways in _ways(app).values() for way in ways if isinstance(way, _Way)}


def _ways(app: FastAPI) -> dict[str, list[_Way | Pattern[str]]]:
    found: dict[str, list[_Way | Pattern[str]]] = {}
    for context in iter_route_contexts(app.routes):
        address = getattr(context, "path_regex", None)
        if address is None:
            continue
        way = _way_of(context, address)
        for method in context.methods or ():
            found.setdefault(method, []).append(way or address)
    return found


def _way_of(context: RouteContext, address: Pattern[str]) -> _Way | None:
    """The short way to a route, or None where it asks for anything that is not known here."""
    route, call = context.original_route, context.endpoint
    if not isinstance(route, APIRoute) or call is None or not inspect.iscoroutinefunction(call):
        return None
    if inspect.signature(call).return_annotation is not Response:
        return None
    if not all(type(convertor) is StringConvertor for convertor in context.param_convertors.values()):
        return None
    told = cast(Dependant, context.dependant)
    if not all(_is_known(one) for one in told.dependencies) or _asks_for_more(told):
        return None
    fields = cast(list[_Field], told.query_params)
    if any(field.field_info.is_required() for field in fields):
        return None
    form: tuple[str, type[Form]] | None = None
    if told.body_params:
        (body, *others) = cast(list[_Field], told.body_params)
        model = body.field_info.annotation
        if others or not (isinstance(model, type) and issubclass(model, Form)) or not body.field_info.is_required():
            return None
        form = body.name, model
    asked = {one.name: one.call for one in told.dependencies if one.name is not None and one.call is not None}
    defaults = {field.name: field.get_default() for field in fields}
    return _Way(address, route, call, asked, tuple(cast(list[_Field], told.path_params)), defaults, form)


def _is_known(dependency: Dependant) -> bool:
    return dependency.call in _KNOWN and dependency.name is not None


def _asks_for_more(told: Dependant) -> bool:
    return bool(
        told.header_params
        or told.cookie_params
        or told.request_param_name
        or told.websocket_param_name
        or told.http_connection_param_name
        or told.response_param_name
        or told.background_tasks_param_name
        or told.security_scopes_param_name
    )


async def _arguments(way: _Way, request: Request) -> dict[str, Any] | None:
    """What the route's function is called with, or None where something is not in order.

    Raises what the dependencies raise. They may be asked again on FastAPI's way: none of them changes anything.
    """
    headers = {name: request.headers.get(name) for name in _HEADERS}
    if any(value is not None and len(value) > _LONGEST for value in headers.values()):
        return None
    solved: dict[Callable[..., Any], Any] = {}
    arguments: dict[str, Any] = dict(way.defaults)
    for name, call in way.asked.items():
        arguments[name] = await _solved(call, request, headers, solved)
    for field in way.path:
        value, errors = field.validate(request.path_params.get(field.alias), {}, loc=("path", field.alias))
        if errors:
            return None
        arguments[field.name] = value
    if way.form is not None:
        name, model = way.form
        try:
            # The strict JSON rules that a form asks for first; what they accept, they also build.
            arguments[name] = model.model_validate_json(arrival_of(request).body, strict=True)
        except ValidationError:
            return None
    return arguments


async def _solved(
    call: Callable[..., Any], request: Request, headers: Mapping[str, str | None], solved: dict[Callable[..., Any], Any]
) -> Any:
    """What a dependency gives, asked once for each request."""
    if call in solved:
        return solved[call]
    if call is caller:
        found = await caller(request)
    elif call is reading_context:
        principal = await _solved(caller, request, headers, solved)
        found = await reading_context(request, principal, headers["panelbook-role"])
    elif call is command_context:
        context = await _solved(reading_context, request, headers, solved)
        found = await command_context(request, context, headers["idempotency-key"])
    elif call is require_version:
        found = await require_version(request, headers["if-match"])
    elif call is reading_purpose:
        found = await reading_purpose(headers["panelbook-purpose"])
    else:
        found = await stated_purpose(headers["panelbook-purpose"])
    solved[call] = found
    return found
