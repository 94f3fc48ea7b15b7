"""What routing does when it hears of an application: it finds the way that the application takes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from councils.scheme import Facts
from councils.settings import Settings
from ledger.decider import UNSAID, Waiting
from ledger.recorded import Heard
from ledger.unit_of_work import UnitOfWork
from services.routing.routes import read
from services.routing.routes.domain.route import ROUTE, Asked, RouteApplication, RouteChangedCost, stream
from services.routing.settings import read as settings_read

REACTS = frozenset(
    {
        "uk.panelbook.intake.application.submitted.v1",
        "uk.panelbook.intake.application.further_information_given.v1",
    }
)
"""The types that something follows from; whatever else is heard is knowledge only, which the projections keep."""


async def react(unit: UnitOfWork, heard: Heard) -> None:
    """Route a submission, or route it again when further information changed its cost.

    Raises Waiting while the settings version it names, or its first route, is not here.
    """
    if heard.type not in REACTS:
        return
    match heard.type:
        case "uk.panelbook.intake.application.submitted.v1":
            await _submitted(unit, heard.data)
        case "uk.panelbook.intake.application.further_information_given.v1":
            await _cost_changed(unit, heard.data)
        case _:
            pass


async def _submitted(unit: UnitOfWork, data: Mapping[str, Any]) -> None:
    sitting_on = date.fromisoformat(data["sitting_on"]) if data["sitting_on"] else None
    command = RouteApplication(
        application=data["application"],
        settings=await _settings(unit, data["settings_version"]),
        facts=Facts.read(read.said(data)),
        received_at=_received_at(data),
        asked=Asked(data["forum"], sitting_on),
        times_submitted=data["times_submitted"],
    )
    await _route(unit, command)


async def _cost_changed(unit: UnitOfWork, data: Mapping[str, Any]) -> None:
    way = await read.route_of(unit, data["application"])
    if way is None:
        raise Waiting("the submission of this application has not been routed yet")
    known = await read.submission(unit, data["application"])
    command = RouteChangedCost(
        application=data["application"],
        settings=await _settings(unit, way["settings_version"]),
        # A submission heard before routing kept what it said: the way itself still holds it.
        said=known["said"] if known else read.said(data),
        received_at=_received_at(data),
        asked=Asked(known["forum"], known["sitting_on"]) if known else Asked(),
    )
    await _route(unit, command)


async def _route(unit: UnitOfWork, command: RouteApplication | RouteChangedCost) -> None:
    loaded = await unit.load(ROUTE, stream(command.application))
    await unit.record(loaded, ROUTE.decide(command, loaded.state, UNSAID))


async def _settings(unit: UnitOfWork, version: int) -> Settings:
    settings = await settings_read.of_version(unit, version)
    if settings is None:
        raise Waiting(f"version {version} of the council's settings is not here yet")
    return settings


def _received_at(data: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(data["received_at"])
