"""History's routes: one case as at any moment, and up to when that can be asked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.commands import Purpose, ReadingContext, shown
from edge.forms import Moment
from services.hosting import Host
from services.record.history.commands import completeness, history
from services.record.history.domain.readers import must_read_histories
from services.record.history.forms import CompletenessShown, HistoryShown


def router(host: Host) -> APIRouter:
    """The routes of one council's histories."""
    routes = APIRouter(prefix="/councils/{council}", tags=["history"])

    @routes.get(
        "/completeness", response_model=CompletenessShown, summary="Up to which moment every service has reported"
    )
    async def complete_until(context: ReadingContext) -> Response:
        found = await completeness(host.book, context.council)
        return shown({"until": found.until, "by_service": found.by_service})

    @routes.get(
        "/applications/{application}/history",
        response_model=HistoryShown,
        summary="One case as it was known at a moment: the same question always gets the same bytes",
    )
    async def case_history(
        application: UUID,
        context: ReadingContext,
        purpose: Purpose,
        as_at: Annotated[
            Moment | None, Query(description="What was recorded up to and including then; now, when not given.")
        ] = None,
    ) -> Response:
        must_read_histories(context.role)
        answer = await history(host.book, host.vault, context, str(application), as_at)
        await host.access.read(context, "history", str(application), purpose)
        headers = {"Digest": f"sha-256={answer.digest}", "Panelbook-As-At": answer.as_at.isoformat()}
        return Response(answer.body, headers=headers, media_type="application/json")

    return routes
