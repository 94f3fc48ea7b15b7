"""Complaints' routes: recording what a family disagrees with, and the officer's list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.answers import CommandAnswer, answered, shown
from edge.calls import Creation, Reading, StatedReading
from ledger.decider import not_found
from services.record.complaints import read
from services.record.complaints.commands import record_disagreement
from services.record.complaints.forms import ComplaintShown, ComplaintsShown, DisagreementForm

routes = APIRouter(prefix="/councils/{council}", tags=["complaints"])


@routes.post(
    "/disagreements",
    summary="Record a family's disagreement; the same accepted request opens the complaint",
    status_code=201,
    response_model=CommandAnswer,
)
async def disagreement(call: Creation, form: DisagreementForm) -> Response:
    outcome = await record_disagreement(call, form.said())
    return answered(outcome, location=f"complaints/{outcome.answer['id']}")


@routes.get("/complaints", response_model=ComplaintsShown, summary="Complaints, soonest due first; without their words")
async def list_complaints(
    call: Reading,
    application: Annotated[UUID | None, Query(description="Only those about this application.")] = None,
) -> Response:
    named = str(application) if application else None
    async with call.reading() as reader:
        found = await read.complaints(reader, application=named)
    await call.log_read("complaints", named or "")
    return shown({"complaints": [{name: one[name] for name in one if name != "words"} for one in found]})


@routes.get(
    "/complaints/{complaint}", response_model=ComplaintShown, summary="One complaint with the words it was opened with"
)
async def show_complaint(call: StatedReading, complaint: UUID) -> Response:
    async with call.reading() as reader:
        found = await read.complaints(reader, complaint=str(complaint))
    if not found:
        raise not_found()
    await call.log_read("complaint", str(complaint))
    return shown(await call.unsealed(found[0]), version=found[0]["version"])
