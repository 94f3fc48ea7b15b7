"""A connection is read with limits: a head has a size and a time, and its headers end where the body begins."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from edge.hosts import KnownHosts, WithoutProbes
from edge.names import host_of
from edge.protocol import MOST_HEAD, GuardedProtocol, server_config


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the headers, as the app sees them once the body has come."""
    request = Request(scope, receive)
    body = await request.body()
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    await JSONResponse({"headers": headers, "body": len(body)})(scope, receive, send)


@asynccontextmanager
async def serving(app: Any = echo) -> AsyncIterator[int]:
    """The app behind the protocol, on a port of its own."""
    server = uvicorn.Server(server_config(app, host="127.0.0.1", port=0, lifespan="off"))
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it.
        await asyncio.sleep(0.01)  # looks again: nothing tells when it is so
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def said(port: int, *pieces: bytes, pause: float = 0) -> tuple[int, dict[str, str], Any]:
    """What a server answers to these bytes: status, headers, JSON."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send() -> None:
        with suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)  # slowly: that is what is tried

    sending = asyncio.create_task(send())
    try:
        return await answer(reader)
    finally:
        sending.cancel()
        writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], Any]:
    """One answer."""
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
    status, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(status.split()[1]), headers, json.loads(await reader.readexactly(int(headers["content-length"])))


async def test_an_ordinary_request_is_served() -> None:
    async with serving() as port:
        status, _, found = await said(port, b"GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\n\r\n")
        assert (status, found) == (200, {"headers": {"a": "1"}, "body": 0})


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"x" * (MOST_HEAD + 1) + b"\r\n\r\n",
        b"GET /" + b"x" * (MOST_HEAD + 1) + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: 1\r\n" * 15_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"x" * (4 * MOST_HEAD),
    ],
    ids=["one header", "address", "many headers", "never ends"],
)
async def test_a_head_that_is_too_large_is_told_so(head: bytes) -> None:
    async with serving() as port:
        status, headers, found = await said(port, head)
        assert (status, found["code"]) == (431, "HEAD_TOO_LARGE")
        assert headers["content-type"] == "application/problem+json"


async def test_a_large_body_beside_a_small_head_is_no_large_head() -> None:
    async with serving() as port:
        body = b"x" * (3 * MOST_HEAD)
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        status, _, found = await said(port, head + body)
        assert (status, found["body"]) == (200, len(body))


async def test_a_head_that_comes_in_drops_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GuardedProtocol, "head_seconds", 0.2)
    async with serving() as port:
        drops = [b"GET / HTTP/1.1\r\n", *[b"A: 1\r\n"] * 40]
        status, _, found = await said(port, *drops, pause=0.05)
        assert (status, found["code"]) == (408, "HEAD_TOO_SLOW")


async def test_a_connection_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GuardedProtocol, "head_seconds", 0.1)
    async with serving() as port:
        status, _, found = await said(port)
        assert (status, found["code"]) == (408, "HEAD_TOO_SLOW")


async def test_a_slow_body_is_not_a_slow_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GuardedProtocol, "head_seconds", 0.1)
    async with serving() as port:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
        status, _, found = await said(port, head, b"ab", b"cd", pause=0.15)
        assert (status, found["body"]) == (200, 4)


async def test_trailers_become_no_headers() -> None:
    """A token behind the body would speak for a request that was already judged without one."""
    async with serving() as port:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n"
        trailer = b"0\r\nAuthorization: Bearer stolen\r\nHost: y\r\n\r\n"
        status, _, found = await said(port, head + b"3\r\nabc\r\n" + trailer)
        assert (status, found["body"]) == (200, 3)
        assert "authorization" not in found["headers"]


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00"])
async def test_what_is_no_http_is_answered_as_every_other_refusal(sent: bytes) -> None:
    async with serving() as port:
        status, headers, found = await said(port, sent)
        assert (status, found["code"]) == (400, "NOT_HTTP")
        assert headers["content-type"] == "application/problem+json"


async def test_two_requests_on_one_connection_have_a_head_each() -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"x" * (MOST_HEAD // 2) + b"\r\n\r\n")
            assert (await answer(reader))[0] == 200
        writer.close()


async def test_more_connections_than_a_process_can_hold_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GuardedProtocol, "most_connections", 2)
    async with serving() as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await asyncio.sleep(0.05)  # until the server has seen both
        status, headers, found = await said(port)
        assert (status, found["code"]) == (503, "TOO_MANY_CONNECTIONS")
        assert int(headers["retry-after"]) > 0
        for _, writer in held:
            writer.close()


@pytest.mark.parametrize(
    ("named", "status"),
    [
        (b"panelbook.example", 200),
        (b"PANELBOOK.example:8000", 200),
        (b"127.0.0.1:8000", 200),
        (b"[::1]:8000", 200),
        (b"evil.example", 421),
        (b"panelbook.example.evil.example", 421),
        (b"panelbook.example@evil.example", 421),
        (b"evil.example/panelbook.example", 421),
        (b"", 421),
    ],
)
async def test_a_request_for_another_host_is_refused_without_repeating_it(named: bytes, status: int) -> None:
    app = KnownHosts(echo, {"panelbook.example", "127.0.0.1", "::1"})
    async with serving(app) as port:
        found = await said(port, b"GET / HTTP/1.1\r\nHost: " + named + b"\r\n\r\n")
        assert found[0] == status
        assert "evil" not in str(found)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/livez", 404),
        ("/readyz", 404),
        ("/metrics", 404),
        ("/intake/readyz", 404),
        ("/intake/metrics", 404),
        ("/intake", 200),
        ("/intake/councils/c4d81e/metrics", 200),
    ],
)
async def test_a_port_without_probes_has_nothing_at_their_addresses(path: str, status: int) -> None:
    async with serving(WithoutProbes(echo)) as port:
        assert (await said(port, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()))[0] == status


def test_the_host_of_an_address_is_known() -> None:
    assert host_of("https://panelbook.example:8443") == "panelbook.example"
