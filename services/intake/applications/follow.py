"""What follows from panel's decisions: the form is opened again, or it is over."""

from datetime import date, datetime

from ledger.codec.sealed import from_sealed_json
from ledger.decider import Waiting
from ledger.following import follows
from ledger.recorded import Heard
from ledger.unit_of_work import UnitOfWork
from services import settings
from services.intake.applications.decider import APPLICATION, stream
from services.intake.applications.domain.events import (
    AgreementVoided,
    ApplicationClosed,
    ApplicationReopened,
    FurtherInformationAsked,
    FurtherWork,
)
from services.intake.applications.domain.hearing import HearClosed, HearDeferred, HeardFromPanel, HearReturned


@follows("uk.panelbook.panel.decision.returned.v1", leads_to=(ApplicationReopened, AgreementVoided))
async def reopen_what_was_returned(unit: UnitOfWork, heard: Heard) -> None:
    """Raises Waiting."""
    reasons = tuple(map(from_sealed_json, heard.data["reasons"]))
    await _follow(unit, heard, HearReturned(heard.data["by"], _day(heard.data.get("defer_to")), reasons))


@follows("uk.panelbook.panel.decision.withdrawn.v1", leads_to=(ApplicationClosed,))
async def close_what_was_withdrawn(unit: UnitOfWork, heard: Heard) -> None:
    """Raises Waiting."""
    await _follow(unit, heard, HearClosed("WITHDRAWN", None))


@follows("uk.panelbook.panel.decision.decided.v1", leads_to=(FurtherInformationAsked, ApplicationClosed))
async def close_what_was_decided_or_ask_for_more(unit: UnitOfWork, heard: Heard) -> None:
    """Raises Waiting."""
    data = heard.data
    if data["outcome"] != "DEFERRED":
        await _follow(unit, heard, HearClosed(data["outcome"], data["decision"]))
        return
    work = tuple(
        FurtherWork(
            piece["work"], piece["owner"], datetime.fromisoformat(piece["due_at"]), from_sealed_json(piece["text"])
        )
        for piece in data["further_work"]
    )
    await _follow(unit, heard, HearDeferred(data["decision"], work, _day(data["next_sitting_on"])))


POLICIES = (reopen_what_was_returned, close_what_was_withdrawn, close_what_was_decided_or_ask_for_more)


async def _follow(unit: UnitOfWork, heard: Heard, command: HeardFromPanel) -> None:
    """Raises Waiting for an application that this ledger does not hold (yet, after a restore)."""
    name = stream(heard.data["application"])
    if (await unit.load(APPLICATION, name)).state.started is None:
        raise Waiting("this application is not in the ledger yet")
    in_force = await settings.in_force(unit, unit.context.received_at)
    await unit.decide(APPLICATION, name, command, unit.acting(in_force))


def _day(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None
