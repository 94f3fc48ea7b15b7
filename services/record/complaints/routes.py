"""Complaints' routes: recording what a family disagrees with, and the officer's list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.commands import CommandAnswer, CommandContext, Purpose, ReadingContext, answered, shown
from ledger.decider import not_found
from services.hosting import Host
from services.record.complaints import read
from services.record.complaints.commands import Disagreement, record_disagreement
from services.record.complaints.domain.readers import must_read_complaints
from services.record.complaints.forms import ComplaintShown, ComplaintsShown, DisagreementForm


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
        must_read_complaints(context.role)
        named = str(application) if application else None
        async with host.book.reading(context.council) as reader:
            found = await read.complaints(reader, application=named)
        await host.access.read(context, "complaints", named or "", purpose)
        return shown({"complaints": [{name: one[name] for name in one if name != "words"} for one in found]})

    @routes.get(
        "/complaints/{complaint}",
        response_model=ComplaintShown,
        summary="One complaint with the words it was opened with",
    )
    async def show_complaint(complaint: UUID, context: ReadingContext, purpose: Purpose) -> Response:
        must_read_complaints(context.role)
        async with host.book.reading(context.council) as reader:
            found = await read.complaints(reader, complaint=str(complaint))
        if not found:
            raise not_found()
        await host.access.read(context, "complaint", str(complaint), purpose)
        return shown(await host.vault.unseal_all(context.council, found[0]), version=found[0]["version"])

    return routes
