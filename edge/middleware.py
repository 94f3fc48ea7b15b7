"""The outermost layer of a service: reads the body, names the request, and turns every exception into an answer."""

import re
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import PurePath
from uuid import UUID, uuid4

import structlog
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.access import AccessLog
from edge.arrivals import NOTHING, Arrival, Body, limited, read_body, replayed
from edge.calls import identified
from edge.clock import Clock
from edge.problems import Problem, problem_of, response
from edge.refusals import Refusals
from edge.telemetry import REFUSALS, REQUESTS, SECONDS
from ledger.decider import Refused
from ledger.traces import incoming_trace, traceparent, tracer

SECURITY_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Set on every answer that does not set its own; a page replaces the content security policy by its own."""

_SECURITY = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
_QUIET = frozenset({"/livez", "/readyz", "/metrics"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_log = structlog.get_logger("edge")


class AnswerHeaders:
    """Wraps ``send``: adds the headers that every answer has and remembers the status."""

    def __init__(self, send: Send, correlation_id: str) -> None:
        self._send = send
        self._extra = ((b"x-correlation-id", correlation_id.encode()),)
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message["headers"])
            own = {name for name, _ in headers}
            headers += [header for header in _SECURITY if header[0] not in own]
            headers += [(name, value) for name, value in self._extra if name not in own]
            message = {**message, "headers": headers}
        await self._send(message)


class ServiceMiddleware:
    """Around one service's app: reads the body, names the request, and turns every exception into an answer.

    Exceptions of every kind come up to here, because here the transaction they ended is certainly over: a refusal is
    written to the access lane in a transaction of its own, and only then answered.
    """

    def __init__(
        self, app: ASGIApp, *, service: str, clock: Clock, access: AccessLog | None, uploads: Sequence[str] = ()
    ) -> None:
        self._app = app
        self._service = service
        self._clock = clock
        self._refusals = Refusals(access) if access is not None else None
        self._uploads = [re.compile(re.sub(r"\{\w+\}", "[^/]+", template)) for template in uploads]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        correlation_id = named_or_new(headers)
        headed = AnswerHeaders(send, str(correlation_id))
        with (
            structlog.contextvars.bound_contextvars(correlation_id=str(correlation_id), service=self._service),
            _span(scope, headers) as span,
        ):
            # Received, until the last byte is here, since the first.
            arrival = Arrival(correlation_id, self._clock.now(), traceparent())
            scope.setdefault("state", {})["arrival"] = arrival
            code = ""
            body: Body | None = NOTHING
            whole = False
            started = time.perf_counter()
            try:
                if self._is_upload(scope):
                    receive = limited(headers, receive)
                elif scope["method"] in _WITH_BODY:
                    body = await read_body(headers, receive)
                    if body is None:
                        return
                    started = time.perf_counter()
                    scope, receive = replayed(scope, headers, body.handed_on, receive)
                arrival.received_at, arrival.body, whole = self._clock.now(), body.said, True
                await self._app(scope, receive, headed)
            except ClientDisconnect:
                return
            except Exception as error:
                if headed.status:
                    # The answer has begun and cannot be taken back; the server cuts the connection.
                    _log.error("answer broken off", fault=type(error).__name__, where=_where(error))
                    raise
                if not whole:
                    await _find_author(scope, arrival)
                problem = await self._refuse(scope, arrival, error)
                code = problem.code
                await response(problem, str(correlation_id), scope.get("route"))(scope, receive, headed)
            seconds = time.perf_counter() - started
            route = _template(scope)
            if span.is_recording():
                span.update_name(f"{method_label(scope['method'])} {route}")
                span.set_attributes(_attributes(self._service, route, headed.status, code, arrival))
            self._count(scope["method"], route, headed.status, code, seconds, arrival)

    def _is_upload(self, scope: Scope) -> bool:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        return scope["method"] == "POST" and any(upload.fullmatch(path) for upload in self._uploads)

    async def _refuse(self, scope: Scope, arrival: Arrival, error: Exception) -> Problem:
        """The problem to answer with, after a refusal has been written down; or the problem of writing it.

        Whatever a known caller is refused is written, whoever refuses it: a rule, the form, or the edge itself.
        """
        problem = problem_of(error)
        if problem is not None and problem.status < 500 and arrival.context is not None and self._refusals is not None:
            asked = str(scope.get("path_params", {}).get("council", ""))
            about = (command_name(scope), subject_of(scope), asked)
            try:
                return await self._refusals.written(arrival.context, *about, problem)
            except Exception as unwritten:
                # A refusal that could not be written is not answered as one: the caller is asked to try again.
                error, problem = unwritten, problem_of(unwritten)
        if problem is None:
            _log.error("fault", fault=type(error).__name__, where=_where(error))
            return Problem(
                500, "FAULT", "Something went wrong on our side. Give the correlation id when you report it."
            )
        if problem.status == 503:
            _log.warning("not available", fault=type(error).__name__, where=_where(error))
        return problem

    def _count(self, method: str, route: str, status: int, code: str, seconds: float, arrival: Arrival) -> None:
        REQUESTS.labels(self._service, method_label(method), route, f"{status // 100}xx").inc()
        SECONDS.labels(self._service, method_label(method), route).observe(seconds)
        if code:
            REFUSALS.labels(self._service, code).inc()
        line = {"method": method_label(method), "path": route, "status": status, "code": code}
        if arrival.context is not None:
            line |= {"council": arrival.context.council, "actor": arrival.context.actor, "role": arrival.context.role}
        if route not in _QUIET or status >= 500:
            _log.info("request", **line, duration_ms=round(seconds * 1000, 1))


class RootMiddleware:
    """ASGI middleware around the app that mounts the services: the headers and the problems, for its own addresses.

    What is below a mounted service's name goes to its own middleware at once, which does the same there.
    """

    def __init__(self, app: ASGIApp, mounted: Mapping[str, Mount]) -> None:
        self._app = app
        self._mounted = mounted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        service = self._mounted.get(scope["path"][1:].partition("/")[0])
        if service is not None:
            match, below = service.matches(scope)
            if match == Match.FULL:
                scope.update(below)
                await service.app(scope, receive, send)
                return
        correlation_id = str(named_or_new(Headers(scope=scope)))
        headed = AnswerHeaders(send, correlation_id)
        try:
            await self._app(scope, receive, headed)
        except Exception as error:
            if headed.status:
                raise
            await response(_problem(error), correlation_id)(scope, receive, headed)


def _problem(error: Exception) -> Problem:
    """The problem of an exception; a fault and an absence are also put in the log, by class and place only."""
    problem = problem_of(error)
    if problem is None:
        _log.error("fault", fault=type(error).__name__, where=_where(error))
        return Problem(500, "FAULT", "Something went wrong on our side. Give the correlation id when you report it.")
    if problem.status == 503:
        _log.warning("not available", fault=type(error).__name__, where=_where(error))
    return problem


def _span(scope: Scope, headers: Headers) -> AbstractContextManager[Span]:
    """The span of one request; whoever asks how we are every few seconds leaves none."""
    if scope["path"].endswith(tuple(_QUIET)):
        return nullcontext(INVALID_SPAN)
    return tracer().start_as_current_span(
        "request",
        context=incoming_trace(headers),
        kind=SpanKind.SERVER,
        # An exception's words may quote a record: neither they nor a status made of them go anywhere.
        record_exception=False,
        set_status_on_exception=False,
    )


def _attributes(service: str, route: str, status: int, code: str, arrival: Arrival) -> dict[str, str | int]:
    """What a request's span says: the route's template, how it ended, and for which council."""
    council = arrival.context.council if arrival.context is not None else ""
    found = {
        "http.route": route,
        "http.response.status_code": status,
        "panelbook.service": service,
        "panelbook.code": code,
        "panelbook.council": council,
    }
    return {name: value for name, value in found.items() if value}


async def _find_author(scope: Scope, arrival: Arrival) -> None:
    """Route a request that was refused before it came to that, and find out whose it is, if it is anybody's."""
    for route in scope["app"].router.routes:
        match, found = route.matches(scope)
        if match == Match.FULL:
            scope.update(found)
            with suppress(Problem, Refused):
                await identified(Request(scope))
            return


def command_name(scope: Scope) -> str:
    """The name of the function that a request was routed to, as the access lane names commands; '' for none."""
    return str(getattr(scope.get("route"), "name", "") or "")


def subject_of(scope: Scope) -> str:
    """What a request is about: the address below the council, which holds opaque ids only."""
    parameters: Mapping[str, object] = scope.get("path_params", {})
    below = str(getattr(scope.get("route"), "path", "")).partition("/councils/{council}/")[2]
    return "/".join(
        str(parameters.get(step[1:-1], "")) if step.startswith("{") else step for step in below.split("/") if step
    )


def _template(scope: Scope) -> str:
    """The route's template, never the path itself: that would put ids of persons into lines and labels."""
    return str(getattr(scope.get("route"), "path", "") or "unmatched")


def method_label(method: str) -> str:
    """The method, if it is one that HTTP knows: a caller cannot grow our metrics by inventing others."""
    return method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"


def named_or_new(headers: Headers) -> UUID:
    """The caller's correlation id if it is a UUID; anything else is not repeated, and a new one is made."""
    given = headers.get("x-correlation-id", "")
    try:
        return UUID(given) if len(given) == 36 else uuid4()
    except ValueError:
        return uuid4()


def _where(error: Exception) -> str:
    """File, line and function in which an exception was raised; its message stays unsaid, it may quote a record."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return ""
    return f"{'/'.join(PurePath(frames[-1].filename).parts[-2:])}:{frames[-1].lineno} {frames[-1].name}"
