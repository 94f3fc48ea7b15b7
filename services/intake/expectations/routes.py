"""The route that says who is expected at a sitting and who is missing."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from edge.answers import shown
from edge.calls import Reading
from edge.forms import Day
from edge.need_to_know import Case
from services.intake.expectations import commands
from services.intake.expectations.forms import ExpectationsShown
from services.intake.expectations.read import awaited

routes = APIRouter(prefix="/councils/{council}", tags=["intake"])


@routes.get("/sittings/{sitting_on}/expected", response_model=ExpectationsShown)
async def expected(call: Reading, sitting_on: Day) -> Response:
    """Who is expected at a sitting and was not received by its cut-off; after that it is the chair's list."""
    at = call.context.received_at
    async with call.reading() as reader:
        listed = await commands.expectations(reader, sitting_on, at)
    call.whose()
    expected = [{**one, "late": awaited(one).late} for one in listed.expected if call.may_see(_case(one))]
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
    return shown(body)


def _case(expected: Mapping[str, Any]) -> Case:
    return Case(team=expected["team"], service=expected["service"], service_manager=expected["service_manager"])
