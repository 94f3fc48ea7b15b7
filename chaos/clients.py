"""Clients as councils have them: they send commands, try again under the same key, click twice, and give up."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from random import Random
from types import TracebackType
from typing import Any
from uuid import UUID

import httpx

from chaos.replies import NEVER_SENT, Book, Command, Reply, answer_of
from panelbook.story.narrator import Officer

ANSWER_SECONDS = 8.0
"""After so long without an answer a client takes the line for dead; what it asked for is then unknown to it."""

PATIENCE_SECONDS = 60.0
"""How long after the last kill a command or reading is tried again before its case counts as stuck."""

_GIVES_UP = 0.04
_CLICKS_TWICE = 0.05
_READ_BEFORE_SOMEBODY_ELSE = 0.02


class GaveUp(Exception):
    """A client went home without knowing how its command ended; its case ends here."""


class DayOver(Exception):
    """The run closes: a client finishes what it is doing and begins nothing new."""


class CaseStuck(Exception):
    """A case did not go on within :data:`PATIENCE_SECONDS` of the last kill."""


class Pace:
    """Lets at most ``rate`` commands a second begin, evenly spaced."""

    def __init__(self, rate: float) -> None:
        self._apart = 1.0 / rate
        self._next = 0.0

    async def __aenter__(self) -> None:
        now = time.monotonic()
        # What could not be sent while a server was away is not made up for with a burst.
        self._next = max(self._next + self._apart, now - 0.25)
        await asyncio.sleep(max(0.0, self._next - now))  # until its time in the plan

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        return None


class Client:
    """One person at one screen, with chances of their own."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_urls: Sequence[str],
        book: Book,
        pace: AbstractAsyncContextManager[None],
        chance: Random,
        over: Callable[[], bool],
    ) -> None:
        self._http = http
        self._base_urls = base_urls
        self._book = book
        self._pace = pace
        self.chance = chance
        self._over = over
        self._waits_since: float | None = None

    def fresh_id(self) -> str:
        """An id that this run's seed decides."""
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    async def does(
        self, who: Officer, method: str, path: str, body: dict[str, Any], version: int | None = None
    ) -> dict[str, Any]:
        """One command until it is told yes; returns the answer. Raises GaveUp, DayOver, CaseStuck."""
        async with self._pace:
            if self._over():
                raise DayOver
            if version and self.chance.random() < _READ_BEFORE_SOMEBODY_ELSE:
                await self._send_stale(who, method, path, body, version)
            command = self._opened(who, method, path)
            if self.chance.random() < _CLICKS_TWICE:
                await asyncio.gather(*(self._send(who, command, body, version) for _ in range(2)))
            while True:
                reply = await self._send(who, command, body, version)
                if reply.answer == "yes":
                    assert reply.body is not None
                    return reply.body
                if 400 <= reply.status < 500:
                    self._book.unforeseen[f"{reply.status} {reply.code} to {method} {_shape(path)}"] += 1
                    raise GaveUp
                if reply.status == 500:
                    self._book.unforeseen[f"500 {reply.code} to {method} {_shape(path)}"] += 1
                if reply.code != NEVER_SENT and self.chance.random() < _GIVES_UP:
                    raise GaveUp
                if self._lost_patience():
                    raise CaseStuck(f"{method} {_shape(path)}: {reply.status} {reply.code}")
                await asyncio.sleep(self.chance.uniform(0.1, 0.6))  # a person thinks

    async def until(self, who: Officer, path: str, *, ready: Callable[[dict[str, Any]], bool] = bool) -> dict[str, Any]:
        """Read until it is there and ``ready``. Raises CaseStuck."""
        wait = 0.5
        while True:
            status, body = await self._ask(who, "GET", path, None, {"Panelbook-Purpose": "case_work"})
            if status == 200 and ready(body):
                return body
            if self._lost_patience():
                raise CaseStuck(f"GET {_shape(path)}: {status} {body.get('code')}")
            await asyncio.sleep(wait)  # before the next try
            wait = min(2.0, wait * 1.5)

    def _lost_patience(self) -> bool:
        # While the kills go on, nobody can say that anything takes too long.
        if self._waits_since is None and self._over():
            self._waits_since = time.monotonic()
        return self._waits_since is not None and time.monotonic() - self._waits_since > PATIENCE_SECONDS

    async def _send_stale(self, who: Officer, method: str, path: str, body: dict[str, Any], version: int) -> None:
        """The same command by somebody who read an older version: it must be told no, and store nothing."""
        reply = await self._send(who, self._opened(who, method, path), body, version - 1)
        if reply.answer == "yes":
            self._book.unforeseen[f"{reply.status} to a stale {method} {_shape(path)}"] += 1

    def _opened(self, who: Officer, method: str, path: str) -> Command:
        service, _, _ = path.partition("/")
        return self._book.open(Command(who.council, service, who.id, method, _address(who, path), key=self.fresh_id()))

    async def _send(self, who: Officer, command: Command, body: dict[str, Any], version: int | None) -> Reply:
        headers = {"Idempotency-Key": command.key}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        began = time.monotonic()
        status, answer = await self._ask(who, command.method, command.path, body, headers)
        reply = Reply(
            answer_of(status, answer.get("code", "")),
            status,
            str(answer.get("code", "")),
            answer if 200 <= status < 300 else None,
        )
        self._book.note(command, reply, time.monotonic() - began)
        return reply

    async def _ask(
        self,
        who: Officer,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        headers: dict[str, str],
    ) -> tuple[int, dict[str, Any]]:
        """Status and body; status 0 when no answer came."""
        address = path if path.startswith("/") else _address(who, path)
        named = {"Authorization": f"Bearer {who.token}", **headers}
        for base_url in self.chance.sample(self._base_urls, len(self._base_urls)):
            try:
                answer = await self._http.request(method, base_url + address, json=body, headers=named)
                return answer.status_code, answer.json()
            except httpx.ConnectError:
                continue
            except (httpx.HTTPError, ValueError) as problem:
                return 0, {"code": type(problem).__name__}
        return 0, {"code": NEVER_SENT}


def _address(who: Officer, path: str) -> str:
    service, _, rest = path.partition("/")
    return f"/{service}/councils/{who.council}/{rest}"


def _shape(path: str) -> str:
    """A path without the ids in it, so that the same thing counts as the same."""
    return "/".join("*" if len(part) == 36 else part for part in path.split("/"))
