"""How a connection is read: a request's head has a size and a time, its headers end where its body begins.

uvicorn's own protocol takes a head of any size at any pace, and adds the trailers of a chunked body to the headers that
were judged already. What is refused here is answered with a problem document like everything else.
"""

import asyncio
from typing import Any
from uuid import uuid4

import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from edge.problems import Problem, response

MOST_HEAD = 64 * 1024
"""Bytes of a request's first line and headers together: a token of 16 KiB four times over."""

HEAD_SECONDS = 10.0
"""Seconds from a connection, or from the first byte of a further request, to the end of its head."""

MOST_CONNECTIONS = 2_000
"""Connections of one process at a time; each costs some 20 KiB."""

LINGER_SECONDS = 1.0
"""Seconds in which a refused caller may still send, so that it comes to read why."""

_log = structlog.get_logger("edge")

_TOO_LARGE = Problem(431, "HEAD_TOO_LARGE", f"The head of a request may have {MOST_HEAD} bytes at most.")
_TOO_SLOW = Problem(408, "HEAD_TOO_SLOW", f"The head of a request must arrive within {HEAD_SECONDS:g} seconds.")
_NO_HTTP = Problem(400, "NOT_HTTP", "This is no request that can be read.")
_TOO_MANY = Problem(503, "TOO_MANY_CONNECTIONS", "This process holds as many connections as it can. Try again.")


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits on the head of a request."""

    head_seconds = HEAD_SECONDS
    most_connections = MOST_CONNECTIONS

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A new connection: it has its time from now on."""
        super().connection_made(transport)
        self._head_bytes = 0
        self._in_head = True
        self._refused = False
        self._timer: asyncio.TimerHandle | None = None
        if len(self.connections) > self.most_connections:
            self._refuse(_TOO_MANY)
            return
        self._begin_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and so is its timer."""
        self._end_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """More bytes; those of a head are counted before anything is made of them."""
        if self._refused:
            return
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        # Of one piece that holds a head and a body, the head is what on_header saw.
        if self._in_head and self._head_bytes > MOST_HEAD:
            self._refuse(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Another request on this connection."""
        super().on_message_begin()
        self._in_head, self._head_bytes, self._seen = True, 0, 0
        self._begin_timer()

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        self._seen += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; what comes behind the body is a trailer, and nobody asked for one."""
        if self._in_head:
            self._seen += len(name) + len(value) + 4
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: the request begins, unless it was too large."""
        self._in_head = False
        self._end_timer()
        if self._seen > MOST_HEAD:
            self._refuse(_TOO_LARGE)
            raise ValueError("the head is too large")  # The parser goes no further.
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What the parser could not read is answered once, in the form of every other refusal."""
        if not self._refused:
            self._refuse(_NO_HTTP)

    def _begin_timer(self) -> None:
        self._end_timer()
        self._timer = self.loop.call_later(self.head_seconds, self._too_slow)

    def _end_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        # A connection that is kept open after an answer and says nothing ends without a word, as uvicorn has it.
        if self._in_head and not self.transport.is_closing():
            self._refuse(_TOO_SLOW)

    def _refuse(self, problem: Problem) -> None:
        self._refused = True
        self._end_timer()
        _log.info("connection refused", code=problem.code, status=problem.status)
        answer = response(problem, str(uuid4()))
        written = [STATUS_LINE[problem.status]]
        written += [b"%s: %s\r\n" % header for header in answer.raw_headers]
        self.transport.write(b"".join([*written, b"connection: close\r\n\r\n", bytes(answer.body)]))
        # What is still on its way is read and thrown away for a moment: a connection that is closed before would be
        # reset, and its caller would see no answer.
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def server_config(app: Any, **given: Any) -> uvicorn.Config:
    """How every process of ours serves HTTP."""
    return uvicorn.Config(
        app,
        http=GuardedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        **given,
    )
