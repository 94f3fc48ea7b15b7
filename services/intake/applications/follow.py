"""What intake does when it hears what became of an application: it opens the form again, or closes it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from councils.settings import Settings
from ledger.codec.sealed import from_sealed_json
from ledger.decider import UNSAID, Waiting
from ledger.recorded import Heard
from ledger.unit_of_work import UnitOfWork
from services.intake.applications.decider import APPLICATION, stream
from services.intake.applications.domain.events import FurtherWork
from services.intake.applications.domain.hearing import HearClosed, HearDeferred, HeardFromPanel, HearReturned
from services.intake.applications.queries import settings_in_force

REACTS = frozenset(
    {
        "uk.panelbook.panel.decision.returned.v1",
        "uk.panelbook.panel.decision.withdrawn.v1",
        "uk.panelbook.panel.decision.decided.v1",
    }
)
"""The types that something follows from; whatever else is heard is knowledge only, which the projections keep."""


async def react(unit: UnitOfWork, heard: Heard) -> None:
    """Follow panel's decision. Settings and routes are knowledge only, which the projections keep.

    Raises Waiting for an application that this ledger does not hold (yet, after a restore).
    """
    if heard.type not in REACTS:
        return
    command = _command(heard, await settings_in_force(unit, unit.context.received_at))
    if command is not None:
        await _hear(unit, heard.data["application"], command)


def _command(heard: Heard, settings: Settings | None) -> HeardFromPanel | None:
    data = heard.data
    match heard.type:
        case "uk.panelbook.panel.decision.returned.v1":
            return HearReturned(data["by"], _day(data.get("defer_to")), settings)
        case "uk.panelbook.panel.decision.withdrawn.v1":
            return HearClosed("WITHDRAWN", None)
        case "uk.panelbook.panel.decision.decided.v1":
            return _decided(data, settings)
        case _:
            return None


def _decided(data: Mapping[str, Any], settings: Settings | None) -> HeardFromPanel:
    if data["outcome"] != "DEFERRED":
        return HearClosed(data["outcome"], data["decision"])
    work = tuple(
        FurtherWork(
            piece["work"], piece["owner"], datetime.fromisoformat(piece["due_at"]), from_sealed_json(piece["text"])
        )
        for piece in data["further_work"]
    )
    return HearDeferred(data["decision"], work, _day(data["next_sitting_on"]), settings)


def _day(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None


async def _hear(unit: UnitOfWork, application: str, command: HeardFromPanel) -> None:
    """Follow what panel did, inside the unit of work that heard of it. Raises Waiting."""
    loaded = await unit.load(APPLICATION, stream(application))
    if loaded.state.started is None:
        raise Waiting("this application is not in the ledger yet")
    await unit.record(loaded, APPLICATION.decide(command, loaded.state, UNSAID))
