"""How a request arrives: its body in full and in time, and what is known of it from then on."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from edge.bodies import read_json, read_urlencoded
from edge.forms import URLENCODED
from edge.principal import Principal
from edge.problems import Problem
from ledger.rows import Context

MAX_BODY = 256 * 1024
"""Bytes; half of what one entry of the ledger may hold."""

BODY_SECONDS = 20.0
"""Seconds in which a body must have arrived, so that a caller cannot hold a connection by sending slowly."""

MAX_UPLOAD = 20 * 1024 * 1024
"""Bytes of a file that is posted as it stands; what a council allows may be less, never more."""

UPLOAD_SECONDS = 120.0
"""Seconds in which a file must have arrived: 20 MiB over a poor line of 1.4 Mbit/s."""

UPLOADS_AT_ONCE = 4
"""Files of one council that one process takes at a time, each of which it holds in memory."""

_OF_THE_BODY = (b"content-length", b"transfer-encoding", b"content-type")


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
    """The arrival of a request that came through the middleware."""
    return request.state.arrival


@dataclass(frozen=True, slots=True)
class Body:
    """A checked body: what it says in one order of its fields, and what is handed on to the form."""

    said: bytes
    handed_on: bytes


NOTHING = Body(b"", b"")


async def read_body(headers: Headers, receive: Receive) -> Body | None:
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
        return NOTHING
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
    return Body(msgspec.json.encode(value, order="sorted"), handed_on)


def limited(headers: Headers, receive: Receive) -> Receive:
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


class Uploads:
    """How many files of each council are on their way: a slow line takes turns of its own council and no other's."""

    def __init__(self) -> None:
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def turn(self, council: str) -> Iterator[None]:
        """A turn to send a file, until its bytes are let go. Raises Problem 503 UPLOADS_BUSY."""
        if self._under_way[council] >= UPLOADS_AT_ONCE:
            sentence = f"{UPLOADS_AT_ONCE} files of this council are on their way already. Try again in a moment."
            raise Problem(503, "UPLOADS_BUSY", sentence, headers={"Connection": "close"})
        self._under_way[council] += 1
        try:
            yield
        finally:
            self._under_way[council] -= 1
            if not self._under_way[council]:
                del self._under_way[council]


def _fits(headers: Headers, most: int) -> None:
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 12 or int(length) > most:
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


def replayed(scope: Scope, headers: Headers, body: bytes, receive: Receive) -> tuple[Scope, Receive]:
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
