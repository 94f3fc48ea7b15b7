"""Tells the story while it happens: every line is one real request, with who, which role, what, and by which rule."""

import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from councils.calendar import in_london
from edge.clock import SettableClock
from edge.issuer import Issuer

PATIENCE = 60.0
"""Seconds in which something that travels over Kafka must have arrived."""

_BETWEEN = 0.05
_WIDTH = 118
_NOT_YET = frozenset({"SETTINGS_NOT_HERE", "BUSY", "NOT_COMPLETE_YET"})

_IN_WORDS = {"director_csw": "Director of Children's Social Work", "iro": "independent reviewing officer"}

T = TypeVar("T")


class StoryBroken(Exception):
    """Something did not happen as the story says; the message tells what came instead."""


@dataclass(frozen=True)
class Officer:
    """Somebody in the story. ``name`` is invented; only the narrator prints it."""

    id: str
    name: str
    role: str
    council: str
    team: str = ""
    service: str = ""
    token: str = field(default="", repr=False)

    @property
    def email(self) -> str:
        """An address that only the local mail server knows."""
        return f"{self.id}@{self.council}.example"


@dataclass(frozen=True)
class Reply:
    """An answer: its status, its body, and its version when it names one."""

    status: int
    body: dict[str, Any]
    version: int
    headers: httpx.Headers
    content: bytes


def opaque() -> str:
    """A new id of somebody, of which nothing can be read: it stands in every ledger and on every topic."""
    return f"p-{uuid4().hex[:10]}"


def pounds(pence: int) -> str:
    """Pence as people write them."""
    return f"£{pence // 100:,}.{pence % 100:02d}"


def way_of(route: dict[str, Any]) -> str:
    """A route with its reasons, and the version, table and row that decided."""
    return (
        route["route"]
        + (f" to {route['forum']} on {route['sitting_on']}" if route["forum"] else "")
        + f", because {', '.join(route['reasons']) or 'nothing calls for a panel'}"
        + f" (settings version {route['settings_version']}, table {route['table']}, row {route['row']})"
    )


def complete_until(body: dict[str, Any], wanted: datetime) -> str | None:
    """The newest complete moment that record tells, once it has reached ``wanted``; None before."""
    until = body["until"]
    return until if until and datetime.fromisoformat(until) >= wanted else None


class Narrator:
    """Prints the story and makes it happen, over HTTP only."""

    def __init__(self, client: httpx.Client, clock: SettableClock, issuer: Issuer, say: Callable[[str], None]) -> None:
        self._client = client
        self._clock = clock
        self._issuer = issuer
        self._say = say
        self.clear_words: set[str] = set()
        """Names and narratives used so far: what no topic may hold in clear."""

    def chapter(self, title: str) -> None:
        """Begin a part of the story."""
        self._say("")
        self._say(title)
        self._say("-" * len(title))

    def note(self, line: str) -> None:
        """A line that is not a request, as it is."""
        self._say(f"    {line}")

    def led_to(self, text: str) -> None:
        """What a request led to."""
        self._wrapped("                    => ", text)

    def private(self, text: str) -> str:
        """Remember a name or narrative, so that the byte scan can look for it."""
        self.clear_words.add(text)
        return text

    def clock_to(self, moment: str) -> None:
        """Turn the clock forward to a moment (RFC 3339)."""
        self._clock.set(moment)

    def forward(self, moment: datetime) -> None:
        """Turn the clock forward to a moment."""
        self._clock.set(moment)

    @property
    def now(self) -> datetime:
        """What the clock shows."""
        return self._clock.now()

    def appoint(
        self, officer_id: str, name: str, role: str, council: str, team: str = "", service: str = ""
    ) -> Officer:
        """Somebody with a token of the built-in issuer."""
        self.private(name)
        token = self._issuer.token(officer_id, council, [role], team=team, service=service)
        return Officer(officer_id, name, role, council, team, service, token)

    def does(
        self,
        who: Officer,
        what: str,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        version: int | None = None,
        rule: str = "",
        result: Callable[[dict[str, Any]], str] | None = None,
    ) -> Reply:
        """One command that must succeed. Waits while a service has not heard yet what it needs."""
        reply = self._command(who, method, path, body, version)
        if reply.status >= 300:
            raise StoryBroken(f"{who.name} {what}: {reply.status} {reply.body.get('code')} {reply.body.get('detail')}")
        self._line(who, what, rule)
        if result is not None:
            self.led_to(result(reply.body))
        return reply

    def writes(
        self,
        who: Officer,
        what: str,
        application: str,
        version: int,
        steps: Sequence[tuple[str, str, dict[str, Any]]],
        *,
        rule: str = "",
    ) -> int:
        """Several parts of one form, a request each (method, part, body), told in one line. Returns its version."""
        for method, part, body in steps:
            reply = self._command(who, method, f"intake/applications/{application}/{part}", body, version)
            if reply.status >= 300:
                raise StoryBroken(f"{who.name} {what}, {part}: {reply.status} {reply.body}")
            version = reply.version
        self._line(who, f"{what} ({len(steps)} requests)", rule)
        return version

    def is_refused(
        self,
        who: Officer,
        what: str,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        code: str,
        version: int | None = None,
        rule: str = "",
        result: Callable[[dict[str, Any]], str] | None = None,
    ) -> Reply:
        """One command that must be refused with ``code``; the refusal is told in its own sentence."""
        reply = self._command(who, method, path, body, version)
        if reply.body.get("code") != code:
            raise StoryBroken(f"{who.name} {what}: expected {code}, got {reply.status} {reply.body}")
        self._line(who, what, rule)
        self.led_to(f"refused, {code}: {reply.body['detail']}")
        if result is not None:
            self.led_to(result(reply.body))
        return reply

    def reads(self, who: Officer, path: str, **query: str) -> Reply:
        """One reading, not narrated. Raises StoryBroken unless it is answered with 200."""
        reply = self._ask(who, "GET", path, None, None, None, query)
        if reply.status != 200:
            raise StoryBroken(f"GET {path}: {reply.status} {reply.body}")
        return reply

    def until(self, who: Officer, path: str, ready: Callable[[dict[str, Any]], T | None], **query: str) -> T:
        """Read again and again until ``ready`` returns something: for what travels over Kafka."""
        deadline = time.monotonic() + PATIENCE
        while True:
            reply = self._ask(who, "GET", path, None, None, None, query)
            if reply.status == 200 and (found := ready(reply.body)) is not None:
                return found
            if time.monotonic() > deadline:
                raise StoryBroken(f"GET {path} did not get there in {PATIENCE:.0f} s: {reply.status} {reply.body}")
            time.sleep(_BETWEEN)  # so that it can be followed

    def _command(self, who: Officer, method: str, path: str, body: dict[str, Any] | None, version: int | None) -> Reply:
        key = str(uuid4())
        deadline = time.monotonic() + PATIENCE
        while True:
            reply = self._ask(who, method, path, body or {}, key, version, {})
            if reply.body.get("code") not in _NOT_YET or time.monotonic() > deadline:
                return reply
            time.sleep(_BETWEEN)  # so that it can be followed

    def _ask(
        self,
        who: Officer,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        key: str | None,
        version: int | None,
        query: dict[str, str],
    ) -> Reply:
        service, _, rest = path.partition("/")
        headers = {"Authorization": f"Bearer {who.token}", "Panelbook-Purpose": "case_work"}
        if key is not None:
            headers["Idempotency-Key"] = key
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        answer = self._client.request(
            method, f"/{service}/councils/{who.council}/{rest}", json=body, headers=headers, params=query
        )
        shown = answer.headers.get("etag", '"0"').strip('"')
        return Reply(answer.status_code, answer.json(), int(shown), answer.headers, answer.content)

    def _line(self, who: Officer, what: str, rule: str) -> None:
        shown = in_london(self._clock.now())
        self._wrapped(f"{shown:%a} {shown.day:2} {shown:%b %H:%M:%S}  ", f"{who.name} ({_plain(who.role)}) {what}.")
        if rule:
            self._wrapped("                       Rule: ", rule)

    def _wrapped(self, head: str, text: str) -> None:
        for line in textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head)):
            self._say(line)


def _plain(role: str) -> str:
    return _IN_WORDS.get(role) or role.replace("_", " ")
