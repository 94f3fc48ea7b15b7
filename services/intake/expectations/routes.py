"""The route that says who is expected at a sitting and who is missing."""

from collections.abc import Mapping
from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.calls import Reading
from edge.forms import Day
from edge.lists import paged
from edge.need_to_know import Case
from ledger.listing import page_of
from services.intake.expectations import commands
from services.intake.expectations.forms import ExpectationsShown, ExpectedAsked
from services.intake.expectations.read import awaited

routes = APIRouter(prefix="/councils/{council}", tags=["intake"])


@routes.get("/sittings/{sitting_on}/expected", response_model=ExpectationsShown)
async def expected(call: Reading, sitting_on: Day, asked: Annotated[ExpectedAsked, Query()]) -> Response:
    """Who is expected at a sitting and was not received by its cut-off; after that it is the chair's list."""
    at, page_asked = call.context.received_at, asked.asked(call)
    async with call.reading() as reader:
        listed = await commands.expectations(reader, sitting_on, at)
    call.whose()
    seen = [one for one in listed.expected if call.may_see(_case(one)) and _is_asked_for(one, asked)]
    page, total, last = page_of(seen, _place, page_asked)
    expected = [{**one, "late": awaited(one).late} for one in page]
    await call.log_read("expected", sitting_on.isoformat())
    body = {
        "forum": listed.forum,
        "sitting_on": listed.sitting_on,
        "cut_off_at": listed.cut_off_at,
        "cut_off_passed": at > listed.cut_off_at,
        "noticed_at": listed.noticed_at,
        "expected": expected,
        "not_received": [one for one in expected if awaited(one).missing],
    }
    return paged(call, asked, body, total, last)


def _is_asked_for(expected: Mapping[str, Any], asked: ExpectedAsked) -> bool:
    return all(value is None or expected[name] == value for name, value in asked.narrowed().items())


def _place(expected: Mapping[str, Any]) -> tuple[str, ...]:
    return expected["since"].astimezone(UTC).isoformat(timespec="microseconds"), expected["application"]


def _case(expected: Mapping[str, Any]) -> Case:
    return Case(team=expected["team"], service=expected["service"], service_manager=expected["service_manager"])
