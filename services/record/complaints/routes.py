"""Complaints' routes: recording what a family disagrees with, and the officer's list."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from edge.commands import CommandAnswer, CommandContext, Purpose, ReadingContext, answered, shown
from edge.forms import Day, Form, Identifier, Line, Text
from ledger.decider import not_allowed, not_found
from ledger.rows import Context
from services.hosting import Host
from services.record.complaints import projections
from services.record.complaints.handlers import Disagreement, record_disagreement

OFFICERS = frozenset({"complaints_officer", "director_csw", "director_cs", "head_of_service"})
"""Roles that may read a council's complaints."""


class DisagreementForm(
    Form,
    json_schema_extra={
        "example": {
            "application": "863ac4ee-6b55-5ed3-a3ad-52e9609ad8f2",
            "from_party": "p-1c22d4",
            "relationship": "parent",
            "received_on": "2026-10-20",
            "words": "In their own words.",
        }
    },
):
    """What somebody of the family disagrees with, in their own words."""

    application: UUID
    from_party: Identifier
    relationship: Line
    received_on: Day
    words: Text


class ComplaintListed(BaseModel):
    """One complaint with its clocks, without the words it was opened with. Days are London's."""

    complaint: str
    application: str
    decision: str | None
    stage: str
    state: str
    received_on: date
    due_on: date
    extendable_to: date | None
    acknowledge_by: date | None
    relationship: str
    from_party: str
    recorded_by: str
    version: int


class ComplaintShown(ComplaintListed):
    """One complaint with its words; null when whoever said them was erased."""

    words: str | None


class ComplaintsShown(BaseModel):
    """A council's complaints, soonest due first."""

    complaints: tuple[ComplaintListed, ...]


def router(host: Host) -> APIRouter:
    """The routes of one council's complaints."""
    routes = APIRouter(prefix="/councils/{council}", tags=["complaints"])

    @routes.post(
        "/disagreements",
        summary="Record a family's disagreement; the same accepted request opens the complaint",
        status_code=201,
        response_model=CommandAnswer,
    )
    async def disagreement(form: DisagreementForm, context: CommandContext) -> Response:
        said = Disagreement(str(form.application), form.from_party, form.relationship, form.received_on, form.words)
        outcome = await record_disagreement(host.book, context, said)
        return answered(outcome, location=f"complaints/{outcome.answer['id']}")

    @routes.get(
        "/complaints", response_model=ComplaintsShown, summary="Complaints, soonest due first; without their words"
    )
    async def list_complaints(
        context: ReadingContext,
        purpose: Purpose,
        application: Annotated[UUID | None, Query(description="Only those about this application.")] = None,
    ) -> Response:
        _must_be_officer(context)
        named = str(application) if application else None
        async with host.book.reading(context.council) as reader:
            found = await projections.complaints(reader, application=named)
        await host.access.read(context, "complaints", named or "", purpose)
        return shown({"complaints": [{name: one[name] for name in one if name != "words"} for one in found]})

    @routes.get(
        "/complaints/{complaint}",
        response_model=ComplaintShown,
        summary="One complaint with the words it was opened with",
    )
    async def show_complaint(complaint: UUID, context: ReadingContext, purpose: Purpose) -> Response:
        _must_be_officer(context)
        async with host.book.reading(context.council) as reader:
            found = await projections.complaints(reader, complaint=str(complaint))
        if not found:
            raise not_found()
        await host.access.read(context, "complaint", str(complaint), purpose)
        return shown(await host.vault.unseal_all(context.council, found[0]), version=found[0]["version"])

    return routes


def _must_be_officer(context: Context) -> None:
    if context.role not in OFFICERS:
        raise not_allowed("NOT_A_COMPLAINTS_OFFICER", "Complaints are read by complaints officers and directors.")
