"""History's routes: one case as at any moment, and up to when that can be asked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.answers import shown
from edge.calls import Lookup, StatedReading
from edge.forms import Moment
from services.record.history.commands import completeness, history
from services.record.history.forms import CompletenessShown, HistoryShown

routes = APIRouter(prefix="/councils/{council}", tags=["history"])


@routes.get("/completeness", response_model=CompletenessShown, summary="Up to which moment every service has reported")
async def complete_until(call: Lookup) -> Response:
    found = await completeness(call.book, call.context.council)
    return shown({"until": found.until, "by_service": found.by_service})


@routes.get(
    "/applications/{application}/history",
    response_model=HistoryShown,
    summary="One case as it was known at a moment: the same question always gets the same bytes",
)
async def case_history(
    call: StatedReading,
    application: UUID,
    as_at: Annotated[
        Moment | None, Query(description="What was recorded up to and including then; now, when not given.")
    ] = None,
) -> Response:
    answer = await history(call.book, call.vault, call.context, str(application), as_at)
    await call.log_read("history", str(application))
    headers = {"Digest": f"sha-256={answer.digest}", "Panelbook-As-At": answer.as_at.isoformat()}
    return Response(answer.body, headers=headers, media_type="application/json")
