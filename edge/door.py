"""The outermost layer of a service: reads the body, names the request, and turns every exception into an answer."""

import asyncio
import re
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from uuid import UUID, uuid4

import msgspec
import structlog
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.access import AccessLog
from edge.bodies import read_json, read_urlencoded
from edge.clock import Clock
from edge.forms import URLENCODED
from edge.principal import Principal
from edge.problems import Problem, problem_of, response
from edge.telemetry import REFUSALS, REQUESTS, SECONDS
from ledger.decider import Refused
from ledger.rows import Context
from ledger.traces import incoming_trace, traceparent, tracer

MAX_BODY = 256 * 1024
"""Bytes; half of what one entry of the ledger may hold."""

BODY_SECONDS = 20.0
"""Seconds in which a body must have arrived, so that a caller cannot hold a connection by sending slowly."""

MAX_UPLOAD = 20 * 1024 * 1024
"""Bytes of a file that is posted as it stands; what a council allows may be less, never more."""

UPLOAD_SECONDS = 120.0
"""Seconds in which a file must have arrived: 20 MiB over a poor line of 1.4 Mbit/s."""

SECURITY_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Set on every answer that does not set its own; a page replaces the content security policy by its own."""

_SECURITY = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
_QUIET = frozenset({"/livez", "/readyz", "/metrics"})
_OF_THE_BODY = (b"content-length", b"transfer-encoding", b"content-type")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_log = structlog.get_logger("edge")


@dataclass
class Arrival:
    """What is known of a request so far. ``received_at`` is when its last byte had reached us.

    ``body`` is what a command says, as its fingerprint sees it: a repetition may order its fields and space them as it
    likes. b'' where there is no body or it is a file that streams in.
    """

    correlation_id: UUID
    received_at: datetime
    traceparent: str = ""
    body: bytes = b""
    principal: Principal | None = None
    context: Context | None = None


def arrival_of(request: Request) -> Arrival:
    """The arrival of a request that came through the door."""
    return request.state.arrival


class Headed:
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


class Door:
    """ASGI middleware around one service's app.

    Exceptions of every kind come up to here, because here the transaction they ended is certainly over: a refusal is
    written to the access lane in a transaction of its own, and only then answered.
    """

    def __init__(
        self, app: ASGIApp, *, service: str, clock: Clock, access: AccessLog | None, uploads: Sequence[str] = ()
    ) -> None:
        self._app = app
        self._service = service
        self._clock = clock
        self._access = access
        self._uploads = [re.compile(re.sub(r"\{\w+\}", "[^/]+", template)) for template in uploads]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        correlation_id = named_or_new(headers)
        headed = Headed(send, str(correlation_id))
        with (
            structlog.contextvars.bound_contextvars(correlation_id=str(correlation_id), service=self._service),
            _span(scope, headers) as span,
        ):
            arrival: Arrival | None = None
            code = ""
            body: _Body | None = _NOTHING
            started = time.perf_counter()
            try:
                if self._is_upload(scope):
                    receive = _limited(headers, receive)
                elif scope["method"] in _WITH_BODY:
                    body = await _body(headers, receive)
                    if body is None:
                        return
                    started = time.perf_counter()
                    scope, receive = _readable(scope, headers, body.handed_on, receive)
                arrival = Arrival(correlation_id, self._clock.now(), traceparent(), body.said)
                scope.setdefault("state", {})["arrival"] = arrival
                await self._app(scope, receive, headed)
            except ClientDisconnect:
                return
            except Exception as error:
                if headed.status:
                    # The answer has begun and cannot be taken back; the server cuts the connection.
                    _log.error("answer broken off", fault=type(error).__name__, where=_where(error))
                    raise
                problem = await self._refuse(scope, arrival, error)
                code = problem.code
                await response(problem, str(correlation_id))(scope, receive, headed)
            seconds = time.perf_counter() - started
            route = _template(scope)
            if span.is_recording():
                span.update_name(f"{method_label(scope['method'])} {route}")
                span.set_attributes(_attributes(self._service, route, headed.status, code, arrival))
            self._tell(scope["method"], route, headed.status, code, seconds, arrival)

    def _is_upload(self, scope: Scope) -> bool:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        return scope["method"] == "POST" and any(upload.fullmatch(path) for upload in self._uploads)

    async def _refuse(self, scope: Scope, arrival: Arrival | None, error: Exception) -> Problem:
        """The problem to answer with, after a refusal has been written down; or the problem of writing it."""
        try:
            if isinstance(error, Refused) and self._access is not None and arrival and arrival.context:
                await self._access.refused(arrival.context, command_name(scope), error.code, subject_of(scope))
        except Exception as unwritten:
            # A refusal that could not be written is not answered as one: the caller is told to try again.
            error = unwritten
        problem = problem_of(error)
        if problem is None:
            _log.error("fault", fault=type(error).__name__, where=_where(error))
            return Problem(
                500, "FAULT", "Something went wrong on our side. Give the correlation id when you report it."
            )
        if problem.status == 503:
            _log.warning("not available", fault=type(error).__name__, where=_where(error))
        return problem

    def _tell(self, method: str, route: str, status: int, code: str, seconds: float, arrival: Arrival | None) -> None:
        REQUESTS.labels(self._service, method_label(method), route, f"{status // 100}xx").inc()
        SECONDS.labels(self._service, method_label(method), route).observe(seconds)
        if code:
            REFUSALS.labels(self._service, code).inc()
        told = {"method": method_label(method), "path": route, "status": status, "code": code}
        if arrival is not None and arrival.context is not None:
            told |= {"council": arrival.context.council, "actor": arrival.context.actor, "role": arrival.context.role}
        if route not in _QUIET or status >= 500:
            _log.info("request", **told, duration_ms=round(seconds * 1000, 1))


class Porch:
    """ASGI middleware around the app that mounts the services: the headers and the problems, for its own addresses.

    What is below a mounted service's name goes to its door at once, which does the same there.
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
        headed = Headed(send, correlation_id)
        try:
            await self._app(scope, receive, headed)
        except Exception as error:
            if headed.status:
                raise
            await response(_told(error), correlation_id)(scope, receive, headed)


def _told(error: Exception) -> Problem:
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


def _attributes(service: str, route: str, status: int, code: str, arrival: Arrival | None) -> dict[str, str | int]:
    """What a request's span says: the route's template, how it ended, and for which council."""
    council = arrival.context.council if arrival is not None and arrival.context is not None else ""
    told = {
        "http.route": route,
        "http.response.status_code": status,
        "panelbook.service": service,
        "panelbook.code": code,
        "panelbook.council": council,
    }
    return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class _Body:
    """A checked body: what it says in one order of its fields, and what is handed on to the form."""

    said: bytes
    handed_on: bytes


_NOTHING = _Body(b"", b"")


async def _body(headers: Headers, receive: Receive) -> _Body | None:
    """The whole body, checked; None when the caller has gone. Raises Problem 400, 408, 413, 415, 422."""
    _fits(headers, MAX_BODY)
    parts = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                parts += message.get("body", b"")
                if len(parts) > MAX_BODY:
                    raise _too_large(MAX_BODY)
                more = message.get("more_body", False)
    except TimeoutError:
        raise _too_slow() from None
    if not parts and "content-type" not in headers:
        return _NOTHING
    # The services read what was checked, not what was sent: no second parser sees the caller's bytes.
    match _media_type(headers):
        case "application/json":
            value = read_json(bytes(parts))
            handed_on = b"" if value is None else msgspec.json.encode(value)
        case "application/x-www-form-urlencoded":
            value = read_urlencoded(bytes(parts))
            handed_on = URLENCODED + msgspec.json.encode(value)
        case _:
            raise Problem(
                415, "NOT_JSON", "Send the body as application/json or application/x-www-form-urlencoded in UTF-8."
            )
    return _Body(msgspec.json.encode(value, order="sorted"), handed_on)


def _limited(headers: Headers, receive: Receive) -> Receive:
    """``receive`` of a file, which its route reads part by part. Raises Problem 413, then 408 and 413 as parts come."""
    _fits(headers, MAX_UPLOAD)
    until = asyncio.get_running_loop().time() + UPLOAD_SECONDS
    arrived, whole = 0, False

    async def receive_part() -> Message:
        nonlocal arrived, whole
        try:
            async with asyncio.timeout_at(None if whole else until):
                message = await receive()
        except TimeoutError:
            raise _too_slow() from None
        if message["type"] == "http.request":
            arrived += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if arrived > MAX_UPLOAD:
                raise _too_large(MAX_UPLOAD)
        return message

    return receive_part


def _fits(headers: Headers, most: int) -> None:
    told = headers.get("content-length", "0")
    if not told.isdecimal() or len(told) > 12 or int(told) > most:
        raise _too_large(most)


def _too_large(most: int) -> Problem:
    return Problem(413, "BODY_TOO_LARGE", f"The body is larger than {most} bytes.", headers={"Connection": "close"})


def _too_slow() -> Problem:
    return Problem(408, "BODY_TOO_SLOW", "The body did not arrive in time.", headers={"Connection": "close"})


def _media_type(headers: Headers) -> str:
    """The media type of a body in UTF-8, '' for one that is compressed or in another encoding."""
    kind, _, parameters = headers.get("content-type", "").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    if charset not in ("", "charset=utf-8", "charset=utf8") or "content-encoding" in headers:
        return ""
    return kind.strip()


def _readable(scope: Scope, headers: Headers, body: bytes, receive: Receive) -> tuple[Scope, Receive]:
    """The scope and ``receive`` of a request whose body is ``body``, already complete.

    Without its media type, so that FastAPI hands it to the form as it is.
    """
    kept = [(name, value) for name, value in headers.raw if name not in _OF_THE_BODY]
    unread = True

    async def replay() -> Message:
        nonlocal unread
        if unread:
            unread = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return {**scope, "headers": [*kept, (b"content-length", str(len(body)).encode())]}, replay


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
    told = headers.get("x-correlation-id", "")
    try:
        return UUID(told) if len(told) == 36 else uuid4()
    except ValueError:
        return uuid4()


def _where(error: Exception) -> str:
    """File, line and function in which an exception was raised; its message stays unsaid, it may quote a record."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return ""
    return f"{'/'.join(PurePath(frames[-1].filename).parts[-2:])}:{frames[-1].lineno} {frames[-1].name}"
