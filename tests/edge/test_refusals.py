"""Whatever a known caller is refused leaves its trace; whoever is refused too often waits, and fills nothing."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from starlette.routing import Mount

from edge.access import AccessLog, AccessRefused
from edge.arrivals import MAX_BODY
from edge.middleware import ServiceMiddleware
from edge.problems import Problem
from edge.refusals import MINUTE, MOST, Refusals
from ledger.rows import Context
from tests.edge.counter import SHROPSHIRE, SWINDON, House
from tests.edge.test_commands import problem

URL = f"/counter/councils/{SWINDON}/counters"
NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("content", "changed", "expected"),
    [
        (b'{"label": "x", "colour": "red"}', {}, (422, "UNKNOWN_FIELD")),
        (b"{}", {}, (422, "FORM_INCOMPLETE")),
        (b'{"label": "x\\u0000"}', {}, (422, "TEXT_NOT_ALLOWED")),
        (b"{", {}, (400, "MALFORMED_JSON")),
        (b'{"label": 1, "label": 2}', {}, (400, "SAME_FIELD_TWICE")),
        (b"x" * (MAX_BODY + 1), {}, (413, "BODY_TOO_LARGE")),
        (b"label", {"Content-Type": "text/plain"}, (415, "NOT_JSON")),
        (b"{}", {"Content-Encoding": "gzip"}, (415, "NOT_JSON")),
        (b'{"label": "x"}', {"Idempotency-Key": "1"}, (422, "IDEMPOTENCY_KEY_NOT_A_UUID")),
        (b'{"label": "x"}', {"Panelbook-Role": "chair"}, (403, "ROLE_NOT_YOURS")),
    ],
)
async def test_a_refusal_of_the_edge_itself_is_in_the_access_lane(
    house: House, content: bytes, changed: dict[str, str], expected: tuple[int, str]
) -> None:
    """Unknown fields, another media type, too large a body: each with its author, like a refusal of the rules."""
    answer = await house.http.post(URL, content=content, headers=house.headers() | JSON | changed)
    assert problem(answer) == expected
    assert await house.access_events() == [AccessRefused("start_counter", expected[1], "counters")]
    (row,) = await house.ledger.rows(SWINDON, lane="access")
    assert (row.actor, str(row.correlation_id)) == ("sw-1", answer.headers["X-Correlation-Id"])


async def test_a_field_of_the_address_leaves_its_trace_too(house: House) -> None:
    answer = await house.http.get(f"{URL}/no-uuid", headers=house.headers())
    assert problem(answer) == (404, "NOT_FOUND")
    assert await house.access_events() == [AccessRefused("show_counter", "NOT_FOUND", "counters/no-uuid")]


@pytest.mark.parametrize("content", [b"{", b'{"label": "x"}', b"x" * (MAX_BODY + 1)])
@pytest.mark.parametrize("token", ["", "Bearer nonsense"])
async def test_a_stranger_is_refused_and_leaves_nothing(house: House, content: bytes, token: str) -> None:
    answer = await house.http.post(URL, content=content, headers={"Authorization": token, **JSON})
    assert 400 <= answer.status_code < 500
    assert await house.access_events() == []


async def test_no_address_of_ours_leaves_nothing(house: House) -> None:
    """Nothing is there that anybody could be refused."""
    for method, path in (("POST", "/counter/nowhere"), ("DELETE", URL)):
        assert (await house.http.request(method, path, content=b"{", headers=house.headers())).status_code >= 400
    assert await house.access_events() == []


@pytest.mark.parametrize(
    ("asked", "written"), [(SHROPSHIRE, SHROPSHIRE), ("c" * 32, "c" * 32), ("Mary-Smith", ""), ("c" * 33, "")]
)
async def test_asking_for_another_councils_record_is_marked_in_the_callers_own_lane(
    house: House, asked: str, written: str
) -> None:
    """With the council that was asked for; what is no council's id is not repeated."""
    counter = uuid4()
    for call in (
        house.http.get(f"/counter/councils/{asked}/counters/{counter}", headers=house.headers()),
        house.http.post(f"/counter/councils/{asked}/counters", content=b"{", headers=house.headers() | JSON),
    ):
        await call
    reading, command = await house.access_events()
    assert reading == AccessRefused("show_counter", "NOT_FOUND", f"counters/{counter}", written)
    assert command == AccessRefused("start_counter", "MALFORMED_JSON", "counters", written)
    assert await house.access_events(SHROPSHIRE) == []


async def test_more_than_sixty_refusals_in_a_minute_are_429_and_one_row(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever tries ids learns nothing more and fills nothing; another person and what is right are as ever."""
    now = [1000.0]
    middleware: Any = _middleware(house)
    monkeypatch.setattr(middleware, "_refusals", Refusals(middleware._refusals._access, lambda: now[0]))
    counter = await house.start()
    for _ in range(MOST):
        assert (await house.http.get(f"{URL}/{uuid4()}", headers=house.headers())).status_code == 404
    now[0] += 20
    for _ in range(40):
        late = await house.http.get(f"{URL}/{uuid4()}", headers=house.headers())
        assert problem(late) == (429, "TOO_MANY_REFUSALS")
        assert int(late.headers["Retry-After"]) == 41
    codes = [one.code for one in await house.access_events()]
    assert codes == ["NOT_FOUND"] * MOST + ["TOO_MANY_REFUSALS"]
    assert (await house.http.get(f"{URL}/{counter}", headers=house.headers())).status_code == 200
    other = await house.http.get(f"{URL}/{uuid4()}", headers=house.headers(actor="sw-2"))
    assert other.status_code == 404
    now[0] += 40
    again = await house.http.get(f"{URL}/{uuid4()}", headers=house.headers())
    assert again.status_code == 404
    counted = (await house.http.get("/counter/metrics")).text
    assert 'panelbook_refusals_total{code="TOO_MANY_REFUSALS",service="counter"}' in counted


async def test_whoever_was_refused_long_ago_is_forgotten() -> None:
    class Nowhere:
        async def refused(self, *_: Any) -> None: ...

    now = [0.0]
    refusals: Any = Refusals(Nowhere(), lambda: now[0])  # pyright: ignore[reportArgumentType]
    for number in range(50):
        context = Context(SWINDON, f"sw-{number}", "social_worker", NOW, NOW, uuid4(), uuid4())
        await refusals.written(context, "x", "y", SWINDON, Problem(404, "NOT_FOUND", "Nothing."))
        now[0] += MINUTE / 10
    assert len(refusals._counts) <= 11


def _middleware(house: House) -> ServiceMiddleware:
    (service,) = [route.app for route in house.app.routes if isinstance(route, Mount)]
    assert isinstance(service, FastAPI)
    middleware = service.middleware_stack
    assert isinstance(middleware, ServiceMiddleware)
    assert isinstance(middleware._refusals, Refusals)
    assert isinstance(middleware._refusals._access, AccessLog)
    return middleware
