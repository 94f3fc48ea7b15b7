"""What is done to routes: an exception is granted."""

from collections.abc import Sequence
from typing import Any

from edge.calls import VersionedCall
from ledger.decider import not_found, not_ready
from ledger.rows import Outcome
from services.routing.routes import read
from services.routing.routes.domain import route
from services.routing.routes.domain.route import ROUTE, Asked, GrantException
from services.routing.settings import read as settings_read


async def grant_exception(call: VersionedCall, application: str, reason: str) -> Outcome:
    """Agree, as the officer whom the settings name, that what the scheme says shall not hold for one application."""
    async with call.book.unit_of_work(call.context) as unit:
        known = await unit.outcome()
        if known is not None:
            return known
        way = await read.route_of(unit, application)
        if way is None:
            raise not_found()
        submitted = await read.submission(unit, application)
        settings = await settings_read.of_version(unit, way["settings_version"])
        in_force = await settings_read.in_force(unit, call.context.received_at)
        if submitted is None or settings is None or in_force is None:
            raise not_ready("SUBMISSION_NOT_HERE", "This application has not reached this service in full. Try again.")
        command = GrantException(
            by=call.by,
            application=application,
            settings=settings,
            in_force=in_force,
            said=submitted["said"],
            reason=reason,
            person=submitted["person"],
            originator=submitted["originator"],
            standing=submitted["standing"],
            at=call.context.received_at,
            asked=Asked(submitted["forum"], submitted["sitting_on"]),
        )
        return await unit.carry_out(ROUTE, route.stream(application), command, expected=call.version, answer=_way_now)


def _way_now(state: route.State, _: Sequence[route.RouteEvent]) -> dict[str, Any]:
    assert state.way is not None, "an exception is granted to a route"
    return {"route": state.way.route, "forum": state.way.forum, "sitting_on": state.way.sitting_on}
