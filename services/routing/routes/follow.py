"""What follows when routing hears of an application: it finds the way that the application takes."""

from datetime import date, datetime

from councils.facts import Facts
from councils.settings import Settings
from ledger.decider import Acting, Waiting
from ledger.following import follows
from ledger.recorded import Heard
from ledger.unit_of_work import UnitOfWork
from services import settings
from services.routing.routes import read
from services.routing.routes.domain.route import (
    ROUTE,
    Asked,
    Rerouted,
    RouteApplication,
    RouteChangedCost,
    Routed,
    stream,
)


@follows("uk.panelbook.intake.application.submitted.v1", leads_to=(Routed, Rerouted))
async def route_submission(unit: UnitOfWork, heard: Heard) -> None:
    """An application that was submitted takes a way. Waits while the settings version that it names is not here."""
    data = heard.data
    sitting_on = date.fromisoformat(data["sitting_on"]) if data["sitting_on"] else None
    command = RouteApplication(
        application=data["application"],
        facts=Facts.read(read.said(data)),
        asked=Asked(data["forum"], sitting_on),
        times_submitted=data["times_submitted"],
    )
    await unit.decide(ROUTE, stream(command.application), command, await _bound(unit, heard, data["settings_version"]))


@follows("uk.panelbook.intake.application.further_information_given.v1", leads_to=(Rerouted,))
async def route_changed_cost(unit: UnitOfWork, heard: Heard) -> None:
    """Another cost or other resources may lead another way. Waits while the submission has not been routed yet."""
    data = heard.data
    way = (await unit.load(ROUTE, stream(data["application"]))).state.way
    if way is None:
        raise Waiting("the submission of this application has not been routed yet")
    known = await read.submission(unit, data["application"])
    command = RouteChangedCost(
        application=data["application"],
        # A submission heard before routing kept what it said: the way itself still holds it.
        said=known["said"] if known else read.said(data),
        asked=Asked(known["forum"], known["sitting_on"]) if known else Asked(),
    )
    await unit.decide(ROUTE, stream(command.application), command, await _bound(unit, heard, way.settings_version))


async def _bound(unit: UnitOfWork, heard: Heard, version: int) -> Acting[Settings]:
    """Under the settings that bind an application, at the moment at which intake received what was heard."""
    received_at = datetime.fromisoformat(heard.data["received_at"])
    return Acting(unit.context.by, received_at, await settings.required_version(unit, version))


POLICIES = (route_submission, route_changed_cost)
