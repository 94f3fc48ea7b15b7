"""A proxy before PostgreSQL that loses the connection around COMMIT: before the server has it, or after it answered."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Literal
from urllib.parse import parse_qs, urlsplit, urlunsplit

Cut = Literal["before", "after"]


class CuttingProxy:
    """Passes bytes both ways; armed with :meth:`cut_next_commit` it loses one connection at its next COMMIT."""

    def __init__(self, server_dsn: str) -> None:
        parts = urlsplit(server_dsn)
        query = parse_qs(parts.query)
        self._socket = f"{query['host'][0]}/.s.PGSQL.{query['port'][0]}" if "host" in query else ""
        self._address = (parts.hostname or "", parts.port or 5432)
        self._parts = parts
        self._armed: Cut | None = None
        self._at = b""
        self._refusing = False
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0
        self.cuts = 0

    @property
    def dsn(self) -> str:
        """The server's address, by way of this proxy."""
        login = self._parts.netloc.rpartition("@")[0]
        return urlunsplit(self._parts._replace(netloc=f"{login}@127.0.0.1:{self.port}", query="sslmode=disable"))

    def cut_next_commit(self, when: Cut, *, then_refuse: bool = False, at: bytes = b"COMMIT;") -> None:
        """Lose the connection before the server gets the next COMMIT, or after it has answered it.

        ``at`` is for a statement that commits by itself: bytes that only it holds.

        With ``then_refuse`` no new connection is let through until :meth:`recover`.
        """
        self._armed, self._at = when, at
        self._refusing = False
        self._refuse_after = then_refuse

    def recover(self) -> None:
        """Let connections through again."""
        self._refusing = False

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["CuttingProxy"]:
        """Listen on a free port of this machine."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for connection in list(self._connections):
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        if self._refusing:
            writer.transport.abort()
            return
        if self._socket:
            from_server, to_server = await asyncio.open_unix_connection(self._socket)
        else:
            from_server, to_server = await asyncio.open_connection(*self._address)
        back = asyncio.create_task(self._copy(from_server, writer))
        try:
            while data := await reader.read(65536):
                if self._armed and self._at in data:
                    when, self._armed, self._refusing = self._armed, None, self._refuse_after
                    self.cuts += 1
                    back.cancel()
                    await asyncio.wait([back])
                    if when == "after":
                        to_server.write(data)
                        await from_server.read(65536)
                    break
                to_server.write(data)
                await to_server.drain()
        except ConnectionError:
            pass
        finally:
            back.cancel()
            writer.transport.abort()
            to_server.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.transport.abort()
