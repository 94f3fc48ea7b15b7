"""A service as small as can be, to try the edge on: counters that are started and raised."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from uuid import UUID, uuid4, uuid5

import asyncpg
import httpx
from fastapi import APIRouter, FastAPI, Query
from fastapi.routing import APIRoute
from pydantic import Field
from starlette.responses import Response

from edge.access import STORED as ACCESS_STORED
from edge.access import AccessLog
from edge.answers import CommandAnswer, answered, shown
from edge.app import create_app, harden
from edge.calls import Command, Creation, Reading
from edge.clock import SettableClock
from edge.forms import Day, Form, Line, Moment, Pence, Text
from edge.issuer import Issuer
from edge.keys import FixedKeys
from edge.need_to_know import Kind, Route, Shown
from edge.principal import TokenVerifier
from edge.roles import ROLES
from ledger.book import Book
from ledger.changes import Change
from ledger.codec.codec import Codec, stored
from ledger.decider import Acting, Decider, not_allowed, not_found, not_ready, rule_broken, wrong_state
from ledger.recorded import Recorded
from ledger.rows import ACCESS, Lane
from ledger.store import Busy, Ledger, NewerThanMe, StaleVersion, TooLarge, Unknown
from ledger.testing.memory import MemoryLedger
from ledger.unit_of_work import prepared
from ledger.vault.vault import MemoryVault

SWINDON = "c4d81e"
SHROPSHIRE = "c92ab7"
ISSUER = "urn:panelbook:issuer"


@dataclass(frozen=True)
class CounterStarted:
    """A counter began."""

    label: str


@dataclass(frozen=True)
class CounterRaised:
    """A counter went up."""

    by: int


@dataclass(frozen=True)
class Raise:
    """Start the counter, with a label, or raise it."""

    by: int = 0
    label: str = ""


def decide(command: Raise, state: int | None, acting: Acting[Any]) -> Sequence[CounterStarted | CounterRaised]:
    """Start once; raise by at most a hundred."""
    if state is None:
        return [CounterStarted(command.label)] if command.label else _missing()
    if command.label:
        raise wrong_state("ALREADY_STARTED", "This counter has been started.")
    if command.by > 100:
        raise not_allowed("LIMIT_EXCEEDED", "A counter is raised by at most 100.", limit=100)
    return [CounterRaised(command.by)]


def _missing() -> Sequence[CounterStarted]:
    raise not_found()


def evolve(state: int | None, event: CounterStarted | CounterRaised) -> int | None:
    """The sum so far; None before the start."""
    match event:
        case CounterStarted():
            return 0
        case CounterRaised():
            return (state or 0) + event.by


COUNTER: Decider[Raise, int | None, CounterStarted | CounterRaised] = Decider(None, evolve, decide)
CODEC = Codec(
    (stored("counter.started", 1, CounterStarted), stored("counter.raised", 1, CounterRaised), *ACCESS_STORED)
)


class PartForm(Form):
    """A part of a form."""

    number: int
    words: Text


class StartForm(Form):
    """Every kind of field that forms have."""

    label: Line
    pence: Pence = 0
    kind: Literal["PLAIN", "FANCY"] = "PLAIN"
    flag: bool = False
    on: Day | None = None
    at: Moment | None = None
    ref: UUID | None = None
    parts: tuple[PartForm, ...] = ()
    named: dict[str, Text] = Field(default_factory=dict[str, Text])


class RaiseForm(Form):
    """By how much."""

    by: int


class NoWords(Form):
    """Nothing to say beyond the address."""


routes = APIRouter(prefix="/councils/{council}", tags=["counters"])
"""A creation, a command, a logged reading, and routes that fail in each way."""


@routes.post("/counters", status_code=201, response_model=CommandAnswer, summary="Start a counter")
async def start_counter(call: Creation, form: StartForm) -> Response:
    counter = uuid5(call.context.command_id, "counter")
    async with call.book.unit_of_work(call.context) as unit:
        outcome = await unit.carry_out(
            COUNTER,
            f"counter-{counter}",
            prepared(Raise(label=form.label)),
            answer=lambda state, events: {"form": form.model_dump(mode="json")},
        )
    return answered(outcome, location=f"counters/{counter}")


@routes.post("/counters/{counter}/raising", response_model=CommandAnswer, summary="Raise a counter")
async def raise_counter(call: Command, counter: UUID, form: RaiseForm) -> Response:
    raising = prepared(Raise(form.by))
    outcome = await call.book.carry_out(call.context, COUNTER, f"counter-{counter}", raising, expected=call.version)
    return answered(outcome)


@routes.get("/counters/{counter}", summary="One counter")
async def show_counter(call: Reading, counter: UUID, as_at: Annotated[datetime | None, Query()] = None) -> Response:
    async with call.book.unit_of_work(call.context) as unit:
        loaded = await unit.load(COUNTER, f"counter-{counter}")
    if loaded.state is None:
        raise not_found()
    await call.log_read("counter", str(counter))
    return shown({"id": counter, "sum": loaded.state, "as_at": as_at}, version=loaded.version)


@routes.post("/faults/{kind}", response_model=CommandAnswer, summary="Fail in one way")
async def fail(call: Creation, kind: str, form: NoWords) -> Response:
    raise FAULTS[kind]


FAULTS: dict[str, Exception] = {
    "rule": rule_broken("LATE", "This is too late.", offered="2026-10-20"),
    "not-ready": not_ready("SETTINGS_NOT_HERE", "The settings have not reached this service yet."),
    "busy": Busy("hunter2"),
    "unknown": Unknown("hunter2"),
    "newer": NewerThanMe("hunter2"),
    "stale": StaleVersion("hunter2"),
    "large": TooLarge("hunter2"),
    "network": ConnectionResetError("the password of postgres is hunter2"),
    "gone": asyncpg.ConnectionDoesNotExistError("hunter2"),
    "protocol": asyncpg.InternalClientError("hunter2"),
    "constraint": asyncpg.UniqueViolationError("hunter2"),
    "fault": RuntimeError("hunter2"),
}
"""What a route can come to grief on; the messages must never reach the caller."""


class Breaking:
    """A ledger whose COMMIT fails, or whose access lane cannot be written, when it is told to."""

    def __init__(self, inner: Ledger) -> None:
        self._inner = inner
        self.service = inner.service
        self.commit_fails: Exception | None = None
        self.access_fails: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def append(self, context: Any, drafts: Any, lane: Lane = "book") -> Any:
        """As the ledger inside, unless it is to fail."""
        failure = self.access_fails if lane == ACCESS else self.commit_fails
        if failure is not None:
            raise failure
        return await self._inner.append(context, drafts, lane)

    @asynccontextmanager
    async def transaction(self, context: Any, lane: Lane = "book") -> AsyncIterator[Any]:
        """As the ledger inside, until COMMIT."""
        failure = self.access_fails if lane == ACCESS else self.commit_fails
        async with self._inner.transaction(context, lane) as work:
            yield work
            if failure is not None:
                raise failure


@dataclass
class House:
    """The counter service mounted in a combined app, with everything that a test may want to turn."""

    app: FastAPI
    http: httpx.AsyncClient
    ledger: Breaking
    clock: SettableClock
    issuer: Issuer
    ready: dict[str, Any] = field(default_factory=dict[str, Any])

    def headers(
        self, *, actor: str = "sw-1", council: str = SWINDON, roles: Sequence[str] = ("social_worker",)
    ) -> dict[str, str]:
        """Headers of a command under a fresh key."""
        token = self.issuer.token(actor, council, roles, team="north")
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}

    async def access_events(self, council: str = SWINDON) -> list[Any]:
        """What stands in the access lane."""
        return [CODEC.decode_row(row) for row in await self.ledger.rows(council, lane=ACCESS)]

    async def start(self, label: str = "one") -> str:
        """A new counter's id."""
        answer = await self.http.post(
            f"/counter/councils/{SWINDON}/counters", json={"label": label}, headers=self.headers()
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]


def nothing_to_show(recorded: Recorded) -> Sequence[Change]:
    """No read model."""
    return []


EVERYBODYS = Route(Kind.LIST, dict.fromkeys(ROLES, Shown.ALL))


async def purposes(council: str, at: datetime) -> Sequence[str]:
    """For which purposes a counter may be read."""
    return ("case_work", "complaint_review")


@asynccontextmanager
async def counter_house(
    folder: Path, inner: Ledger | None = None, project: Callable[[Recorded], Sequence[Change]] = nothing_to_show
) -> AsyncIterator[House]:
    """A running house over memory, or over the ledger given."""
    ledger = Breaking(inner or MemoryLedger("counter"))
    clock = SettableClock(folder / "clock.json")
    issuer = Issuer(folder / "issuer", issuer=ISSUER)
    vault = MemoryVault()
    book = Book(ledger=cast(Ledger, ledger), codec=CODEC, vault=vault, project=project, publish=lambda decided: [])
    ready: dict[str, Any] = {}
    service = create_app(
        service="counter",
        version="1.0.0",
        summary="Counts.",
        clock=clock,
        tokens=TokenVerifier(issuer=ISSUER, audience="panelbook", keys=FixedKeys(issuer.jwks())),
        book=book,
        vault=vault,
        access=AccessLog(book),
        routers=[routes],
        ready=ready,
        table={route.name: EVERYBODYS for route in routes.routes if isinstance(route, APIRoute)},
        purposes=purposes,
    )
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    harden(app)
    app.mount("/counter", service)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://panelbook") as http:
        yield House(app, http, ledger, clock, issuer, ready)
