"""Asks an antivirus scanner about a file before it is kept: a clamd that speaks INSTREAM, or none."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, Protocol

from ledger.decider import Refused, not_ready

SCAN_SECONDS = 60.0
"""The longest that a scan may take, the connection included."""

_PART = 1024 * 1024
_LONGEST_ANSWER = 4096

Found = Literal["clean", "infected", "not_scanned"]


class Scanner(Protocol):
    """Whatever judges a file's content."""

    async def scan(self, content: bytes) -> Found:
        """What it found. Raises Refused SCANNER_AWAY (503)."""
        ...


class NoScanner:
    """A deployment that names no scanner: every file is taken, and marked as not scanned."""

    async def scan(self, content: bytes) -> Found:
        """Nothing was looked for."""
        return "not_scanned"


class Clamd:
    """A clamd reached over TCP: one connection and one INSTREAM command for each file."""

    def __init__(self, host: str, port: int, seconds: float = SCAN_SECONDS) -> None:
        self._host = host
        self._port = port
        self._seconds = seconds

    async def scan(self, content: bytes) -> Found:
        """What clamd says. A file that it will not look at whole counts as a scanner that is away."""
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._asked(content)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            raise _away() from None
        if answer.endswith(b" OK"):
            return "clean"
        # The signature's name is not passed on: it says something about the content.
        if answer.endswith(b" FOUND"):
            return "infected"
        raise _away()

    async def _asked(self, content: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=_LONGEST_ANSWER)
        try:
            writer.write(b"zINSTREAM\0")
            for part in (*_parts(content), b""):
                writer.write(len(part).to_bytes(4, "big") + part)
                await writer.drain()
            return (await reader.readuntil(b"\0"))[:-1]
        finally:
            # A plain close would wait for ever to hand over what a scanner that hangs does not take.
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


def scanner_of(clamd: tuple[str, int] | None) -> Scanner:
    """The scanner that a deployment names."""
    return NoScanner() if clamd is None else Clamd(*clamd)


def _parts(content: bytes) -> Sequence[bytes]:
    return [content[at : at + _PART] for at in range(0, len(content), _PART)]


def _away() -> Refused:
    return not_ready("SCANNER_AWAY", "The virus scanner cannot be reached. Nothing was stored. Try again.")
