"""Complaints' routes: recording what a family disagrees with, and the officer's list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.answers import CommandAnswer, answered, shown
from edge.calls import Creation, Reading, StatedReading
from edge.lists import listed
from ledger.decider import not_found
from services.record.complaints import read
from services.record.complaints.commands import record_disagreement
from services.record.complaints.forms import ComplaintsAsked, ComplaintShown, ComplaintsShown, DisagreementForm

routes = APIRouter(prefix="/councils/{council}", tags=["complaints"])


@routes.post(
    "/disagreements",
    status_code=201,
    response_model=CommandAnswer,
    responses={200: {"model": CommandAnswer, "description": "The same words opened a complaint already: this one."}},
)
async def disagreement(call: Creation, form: DisagreementForm) -> Response:
    """Record a family's disagreement; the same accepted request opens the complaint, or is linked to the same words."""
    outcome = await record_disagreement(call, form.said())
    repeated = "record.complaint.repeated" in outcome.answer["events"]
    return answered(outcome, location="" if repeated else f"complaints/{outcome.answer['id']}")


@routes.get("/complaints", response_model=ComplaintsShown, summary="Complaints, soonest due first; without their words")
async def list_complaints(call: Reading, asked: Annotated[ComplaintsAsked, Query()]) -> Response:
    page_asked = asked.asked(call)
    async with call.reading() as reader:
        page = await read.COMPLAINTS.page(reader, page_asked)
    await call.log_read("complaints", str(asked.application or ""))
    return listed(call, asked, "complaints", page)


@routes.get(
    "/complaints/{complaint}", response_model=ComplaintShown, summary="One complaint with the words it was opened with"
)
async def show_complaint(call: StatedReading, complaint: UUID) -> Response:
    async with call.reading() as reader:
        found = await read.complaint_of(reader, str(complaint))
    if found is None:
        raise not_found()
    await call.log_read("complaint", str(complaint))
    return shown(await call.unsealed(found), version=found["version"])
