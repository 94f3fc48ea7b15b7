"""A scanner that speaks clamd's INSTREAM as clamd does, and finds what it is told to find."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The text that every scanner agrees to call a virus."""


@dataclass
class Clamd:
    """A running scanner: where it listens, what it was shown, and the most that it takes in one stream."""

    port: int = 0
    most: int = 25 * 1024 * 1024
    shown: list[bytes] = field(default_factory=list[bytes])

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            content = b""
            while size := int.from_bytes(await reader.readexactly(4), "big"):
                content += await reader.readexactly(size)
            self.shown.append(content)
            writer.write(self._answer(content))
            await writer.drain()
        finally:
            await hang_up(writer)

    def _answer(self, content: bytes) -> bytes:
        if len(content) > self.most:
            return b"INSTREAM size limit exceeded. ERROR\0"
        return b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection to its end, so that nothing of it outlives the test."""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def running_clamd(most: int = 25 * 1024 * 1024) -> AsyncIterator[Clamd]:
    clamd = Clamd(most=most)
    server = await asyncio.start_server(clamd.serve, "127.0.0.1", 0)
    clamd.port = server.sockets[0].getsockname()[1]
    async with server:
        yield clamd
