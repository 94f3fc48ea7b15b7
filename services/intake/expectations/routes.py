"""The route that says who is expected at a sitting and who is missing."""

from fastapi import APIRouter
from starlette.responses import Response

from edge.commands import Purpose, ReadingContext, shown
from edge.forms import Day
from services.hosting import Host
from services.intake.expectations import commands
from services.intake.expectations.forms import ExpectationsShown
from services.intake.expectations.read import awaited


def router(host: Host) -> APIRouter:
    """The routes of expectations for one process."""
    routes = APIRouter(prefix="/councils/{council}", tags=["intake"])
    book = host.book

    @routes.get("/sittings/{sitting_on}/expected", response_model=ExpectationsShown)
    async def expected(context: ReadingContext, purpose: Purpose, sitting_on: Day) -> Response:
        """Who is expected at a sitting and was not received by its cut-off; after that it is the chair's list."""
        async with book.reading(context.council) as reader:
            listed = await commands.expectations(reader, sitting_on, context.received_at)
        await host.access.read(context, "expected", sitting_on.isoformat(), purpose)
        expected = [{**one, "late": awaited(one).late} for one in listed.expected]
        body = {
            "forum": listed.forum,
            "sitting_on": listed.sitting_on,
            "cut_off_at": listed.cut_off_at,
            "cut_off_passed": context.received_at > listed.cut_off_at,
            "noticed_at": listed.noticed_at,
            "expected": expected,
            "not_received": [one for one in expected if awaited(one).missing],
        }
        return shown(body)

    return routes
