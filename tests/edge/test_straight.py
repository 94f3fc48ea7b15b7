"""The short way of well-formed requests: taken by every route that it can be, and answering as FastAPI's own does."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from edge import straight
from edge.straight import Straight
from tests.edge.counter import SWINDON, House

URL = f"/counter/councils/{SWINDON}/counters"


@dataclass
class Passed:
    """How many requests went each way."""

    short: int = 0
    general: int = 0


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> Passed:
    counted = Passed()
    call, arguments = Straight.__call__, straight._arguments

    async def general(self: Straight, scope: Scope, receive: Receive, send: Send) -> None:
        inner = self._app

        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            counted.general += 1
            await inner(scope, receive, send)

        self._app = counting
        try:
            await call(self, scope, receive, send)
        finally:
            self._app = inner

    async def short(way: Any, request: Any) -> dict[str, Any] | None:
        found = await arguments(way, request)
        counted.short += found is not None
        return found

    monkeypatch.setattr(Straight, "__call__", general)
    monkeypatch.setattr(straight, "_arguments", short)
    return counted


async def test_a_well_formed_command_and_reading_go_straight_to_their_routes(house: House, passed: Passed) -> None:
    counter = await house.start()
    raised = await house.http.post(
        f"{URL}/{counter}/raising", json={"by": 3}, headers={**house.headers(), "If-Match": '"1"'}
    )
    read = await house.http.get(f"{URL}/{counter}", headers=house.headers())
    assert (raised.status_code, read.json()["sum"]) == (200, 3)
    assert (passed.short, passed.general) == (3, 0)


@pytest.mark.parametrize(
    ("particulars", "status", "code"),
    [
        ({"json": {"by": "3"}}, 422, ""),
        ({"json": {"by": 3, "more": 1}}, 422, ""),
        ({"content": b""}, 422, ""),
        ({"url": f"{URL}/no-uuid/raising"}, 404, "NOT_FOUND"),
        ({"headers": {"Panelbook-Role": "x" * 65}}, 422, ""),
        ({"headers": {"If-Match": "one"}}, 422, "IF_MATCH_NOT_A_VERSION"),
        ({"headers": {"Idempotency-Key": "k" * 36}}, 422, "IDEMPOTENCY_KEY_NOT_A_UUID"),
        ({"method": "PUT"}, 405, "METHOD_NOT_ALLOWED"),
        ({"url": f"{URL}/{uuid4()}/nothing"}, 404, "NOT_FOUND"),
        ({"json": {"by": 101}}, 403, "LIMIT_EXCEEDED"),
    ],
)
async def test_what_is_not_in_order_is_answered_as_it_is_without_the_short_way(
    house: House, monkeypatch: pytest.MonkeyPatch, particulars: dict[str, Any], status: int, code: str
) -> None:
    counter = await house.start()

    async def answer() -> httpx.Response:
        asked: dict[str, Any] = {"method": "POST", "url": f"{URL}/{counter}/raising", "json": {"by": 3}}
        asked |= {key: value for key, value in particulars.items() if key != "headers"}
        if "content" in asked:
            del asked["json"]
        headers = {**house.headers(), "If-Match": '"1"', **particulars.get("headers", {})}
        return await house.http.request(**asked, headers=headers)

    with_it = await answer()
    monkeypatch.setattr(Straight, "_way", lambda self, scope: None)
    without = await answer()
    assert (with_it.status_code, without.json()["code"]) == (status, with_it.json()["code"])
    assert code in ("", with_it.json()["code"])
    differing = ("instance", "correlation_id")
    told = [{key: value for key, value in one.json().items() if key not in differing} for one in (with_it, without)]
    assert told[0] == told[1]


async def test_a_reading_with_a_query_goes_the_general_way(house: House, passed: Passed) -> None:
    counter = await house.start()
    read = await house.http.get(f"{URL}/{counter}?as_at=2026-10-05T08:00:00Z", headers=house.headers())
    assert read.json()["as_at"] == "2026-10-05T08:00:00Z"
    assert (passed.short, passed.general) == (1, 1)
