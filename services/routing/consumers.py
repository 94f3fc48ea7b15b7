"""What routing does when it hears of an application: it finds the way that the application takes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from councils.scheme import Facts
from councils.settings import Settings
from ledger.book import Desk, Heard
from ledger.decider import Waiting
from services.routing import handlers, projections

REACTS = frozenset(
    {
        "uk.panelbook.intake.application.submitted.v1",
        "uk.panelbook.intake.application.further_information_given.v1",
    }
)
"""The types that something follows from; whatever else is heard is knowledge only, which the projections keep."""


async def react(desk: Desk, heard: Heard) -> None:
    """Route a submission, or route it again when further information changed its cost.

    Raises Waiting while the settings version it names, or its first route, is not here.
    """
    if heard.type not in REACTS:
        return
    match heard.type:
        case "uk.panelbook.intake.application.submitted.v1":
            await _submitted(desk, heard.data)
        case "uk.panelbook.intake.application.further_information_given.v1":
            await _cost_changed(desk, heard.data)
        case _:
            pass


async def _submitted(desk: Desk, data: Mapping[str, Any]) -> None:
    facts = Facts(
        kind=data["kind"],
        weekly_pence=data["weekly_pence"],
        one_off_pence=data["one_off_pence"],
        indicative_weekly_pence=data["indicative_weekly_pence"],
        complex=data["complex"],
        distinctive=data["distinctive"],
    )
    sitting_on = date.fromisoformat(data["sitting_on"]) if data["sitting_on"] else None
    settings = await _settings(desk, data["settings_version"])
    await handlers.route_application(
        desk, data["application"], settings, facts, _received_at(data), sitting_on, data["times_submitted"]
    )


async def _cost_changed(desk: Desk, data: Mapping[str, Any]) -> None:
    way = await projections.route_of(desk, data["application"])
    if way is None:
        raise Waiting("the submission of this application has not been routed yet")
    settings = await _settings(desk, way["settings_version"])
    await handlers.route_changed_cost(desk, data["application"], settings, data["weekly_pence"], _received_at(data))


async def _settings(desk: Desk, version: int) -> Settings:
    settings = await projections.settings_version(desk, version)
    if settings is None:
        raise Waiting(f"version {version} of the council's settings is not here yet")
    return settings


def _received_at(data: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(data["received_at"])
