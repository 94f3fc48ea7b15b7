"""Panel's reports: how much of what is decided goes to a panel."""

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from councils.calendar import DAY, london
from edge.answers import shown
from edge.calls import Reading
from edge.forms import Day
from services.panel.reports.domain.share import percent
from services.panel.reports.read import final_outcomes

Since = Annotated[Day | None, Query(alias="from", description="The first day that counts, in London.")]
Until = Annotated[Day | None, Query(alias="to", description="The last day that counts, in London.")]


class PanelShare(BaseModel):
    """Applications with a final outcome, and the panel's share of them in percent; null of none."""

    decided: int
    by_panel: int
    delegated: int
    out_of_panel: int
    share_percent: str | None


routes = APIRouter(prefix="/councils/{council}/reports", tags=["reports"])


@routes.get("/panel-share", response_model=PanelShare)
async def panel_share(call: Reading, since: Since = None, until: Until = None) -> Response:
    """How many applications were decided, and which share of them by a panel; each counts once, at its newest."""
    async with call.reading() as reader:
        made = await final_outcomes(reader, _begins(since), _begins(until + DAY if until else None))
    await call.log_read("report_panel_share")
    decided, by_panel = sum(made.values()), made.get("PANEL", 0)
    return shown(
        {
            "decided": decided,
            "by_panel": by_panel,
            "delegated": made.get("DELEGATED", 0),
            "out_of_panel": made.get("OUT_OF_PANEL", 0),
            "share_percent": percent(by_panel, decided),
        }
    )


def _begins(day: date | None) -> datetime | None:
    return london(day, time()) if day else None
