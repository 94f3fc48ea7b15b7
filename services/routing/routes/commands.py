"""What is done to routes: an exception is granted."""

from collections.abc import Sequence
from typing import Any

from councils.settings import Settings
from edge.calls import VersionedCall
from ledger.decider import Acting, not_found, not_ready
from ledger.rows import Outcome
from ledger.unit_of_work import UnitOfWork
from services import settings
from services.routing.routes import read
from services.routing.routes.domain import route
from services.routing.routes.domain.route import ROUTE, Asked, GrantException


async def grant_exception(call: VersionedCall, application: str, reason: str) -> Outcome:
    """Agree, as the officer whom the settings name, that what the scheme says shall not hold for one application."""

    async def prepare(unit: UnitOfWork, state: route.State) -> tuple[GrantException, Acting[Settings]]:
        if state.way is None:
            raise not_found()
        submitted = await read.submission(unit, application)
        if submitted is None:
            raise not_ready("SUBMISSION_NOT_HERE", "This application has not reached this service in full. Try again.")
        command = GrantException(
            application=application,
            reason=reason,
            bound=await settings.required_version(unit, state.way.settings_version),
            said=submitted["said"],
            person=submitted["person"],
            originator=submitted["originator"],
            standing=submitted["standing"],
            asked=Asked(submitted["forum"], submitted["sitting_on"]),
        )
        return command, unit.acting(await settings.required_in_force(unit, call.context.received_at))

    name = route.stream(application)
    return await call.book.carry_out(call.context, ROUTE, name, prepare, expected=call.version, answer=_way_now)


def _way_now(state: route.State, _: Sequence[route.RouteEvent]) -> dict[str, Any]:
    assert state.way is not None, "an exception is granted to a route"
    return {"route": state.way.route, "forum": state.way.forum, "sitting_on": state.way.sitting_on}
