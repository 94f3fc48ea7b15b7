"""The route that says who is expected at a sitting and who is missing."""

from fastapi import APIRouter
from starlette.responses import Response

from edge.answers import shown
from edge.calls import Reading
from edge.forms import Day
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
    await call.log_read("expected", sitting_on.isoformat())
    expected = [{**one, "late": awaited(one).late} for one in listed.expected]
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
