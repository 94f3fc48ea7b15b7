"""A small HTTP/1.1 client that costs less than what it measures: one request at a time on each connection."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import msgspec


class Caller:
    """One kept-alive connection to 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def again(self) -> None:
        """Begin a new connection where the last one ended, or ended nobody knows how."""
        self._writer.close()
        await self.__aenter__()

    async def send(
        self, method: str, path: str, body: Any, headers: Mapping[str, str]
    ) -> tuple[int, bytes, dict[bytes, bytes]]:
        """Status, body and headers (names in small letters) of the answer."""
        content = msgspec.json.encode(body)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        start = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        self._writer.write(f"{start}{lines}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        head = await self._reader.readuntil(b"\r\n\r\n")
        first, *rest = head[:-4].split(b"\r\n")
        answered = {name.lower(): value for name, _, value in (line.partition(b": ") for line in rest)}
        answer = await self._reader.readexactly(int(answered.get(b"content-length", b"0")))
        return int(first.split(b" ", 2)[1]), answer, answered
