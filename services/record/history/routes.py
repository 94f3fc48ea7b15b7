"""History's routes: one case as at any moment, and up to when that can be asked."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from edge.commands import Purpose, ReadingContext, shown
from edge.forms import Moment
from ledger.decider import not_allowed
from ledger.rows import Context
from services.hosting import Host
from services.record.history.handlers import completeness, history

READERS = frozenset({"complaints_officer", "records_officer", "director_csw", "director_cs"})
"""Roles that may read a whole case across services."""


class CompletenessShown(BaseModel):
    """Up to which moment each service has reported, and all of them; null before every one has."""

    until: datetime | None
    by_service: dict[str, datetime]


class PlaceShown(BaseModel):
    """The last position of one service that an answer uses."""

    epoch: int
    position: int


class RulesShown(BaseModel):
    """One version of the council's settings that the case was judged by."""

    version: int
    in_force_from: datetime
    published_at: datetime
    published_by: str
    digest: str
    delegated_limits: dict[str, int]


class EntryShown(BaseModel):
    """One row: where it stands, who did it, and what it said; erased personal content is null."""

    service: str
    position: int
    epoch: int
    kind: Literal["decided", "heard"]
    name: str
    schema_: int = Field(alias="schema")
    stream: str
    version: int
    received_at: datetime
    recorded_at: datetime
    actor: str
    role: str
    cause: str
    leaf: str
    content: Any


class HistoryShown(BaseModel):
    """One case as it was known at a moment, from a cut that stays."""

    format: int
    council: str
    application: str
    as_at: datetime
    cut: dict[str, PlaceShown]
    rules: tuple[RulesShown, ...]
    entries: tuple[EntryShown, ...]


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
        must_read_histories(context)
        answer = await history(host.book, host.vault, context, str(application), as_at)
        await host.access.read(context, "history", str(application), purpose)
        headers = {"Digest": f"sha-256={answer.digest}", "Panelbook-As-At": answer.as_at.isoformat()}
        return Response(answer.body, headers=headers, media_type="application/json")

    return routes


def must_read_histories(context: Context) -> None:
    """Raises Refused NOT_A_READER_OF_HISTORIES."""
    if context.role not in READERS:
        raise not_allowed(
            "NOT_A_READER_OF_HISTORIES", "Whole cases are read by complaints and records officers and by directors."
        )
