"""The JSON routes of applications: one form from first draft to submission, further information, and reading it."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.answers import CommandAnswer, answered, shown
from edge.calls import Command, Creation, Reading, StatedReading
from edge.forms import Identifier, NoWords
from edge.lists import listed
from edge.need_to_know import narrowed
from ledger.decider import not_found
from services.intake.applications import commands, lists, read
from services.intake.applications.domain.abandoning import AbandonApplication, AgreeAbandonment
from services.intake.applications.domain.signing import AgreeApplication
from services.intake.applications.forms import (
    AnswerCommentForm,
    AssessmentForm,
    BeginningForm,
    ExpectedForm,
    FurtherInformationForm,
    ReasonForm,
    SignatureForm,
    StartForm,
    SubmissionForm,
)
from services.intake.applications.shown import ApplicationsAsked, ApplicationShown, ApplicationsShown

routes = APIRouter(prefix="/councils/{council}", tags=["intake"])


@routes.post("/assessments", status_code=201, response_model=CommandAnswer)
async def hold_assessment(call: Creation, form: AssessmentForm) -> Response:
    """Take an assessment in, from which applications can begin."""
    command = form.command(commands.new_id(call.context, "assessment"))
    return answered(await commands.hold_assessment(call, command), location=f"assessments/{command.assessment}")


@routes.post("/assessments/{assessment}/applications", status_code=201, response_model=CommandAnswer)
async def start_from_assessment(call: Creation, assessment: Identifier, form: BeginningForm) -> Response:
    """Begin an application with what an assessment already holds: nothing of it is asked again."""
    outcome = await commands.start_from_assessment(call, assessment, form.command)
    return answered(outcome, location=f"../../applications/{commands.new_id(call.context)}")


@routes.post("/applications", status_code=201, response_model=CommandAnswer)
async def start(call: Creation, form: StartForm) -> Response:
    """Begin an application."""
    command = form.command(commands.new_id(call.context))
    return answered(await commands.start(call, command), location=f"applications/{command.application}")


@routes.post("/applications/{application}/signature", response_model=CommandAnswer)
async def sign(call: Command, application: Identifier, form: SignatureForm) -> Response:
    """Sign as the manager of the application's team; after a deferral only what changed is signed."""
    return answered(await commands.carry_out(call, application, form.command()))


@routes.put("/applications/{application}/comments/{comment}/answer", response_model=CommandAnswer)
async def answer_comment(
    call: Command, application: Identifier, comment: Identifier, form: AnswerCommentForm
) -> Response:
    """Answer one of the team manager's comments."""
    return answered(await commands.carry_out(call, application, form.command(comment)))


@routes.post("/applications/{application}/agreement", response_model=CommandAnswer)
async def agree(call: Command, application: Identifier, _: NoWords) -> Response:
    """Agree to the submission as the manager of the application's service; after a deferral to what changed."""
    return answered(await commands.carry_out(call, application, AgreeApplication()))


@routes.put("/applications/{application}/expected", response_model=CommandAnswer)
async def expect(call: Command, application: Identifier, form: ExpectedForm) -> Response:
    """Announce the application for a sitting, before it is handed in."""
    return answered(await commands.carry_out(call, application, form.command()))


@routes.post("/applications/{application}/submission", status_code=201, response_model=CommandAnswer)
async def submit(call: Command, application: Identifier, form: SubmissionForm) -> Response:
    """Hand the application in: complete and by the cut-off, or not at all."""
    return answered(await commands.submit(call, application, form.command()), location=f"../{application}")


@routes.post("/applications/{application}/abandonment-agreement", response_model=CommandAnswer)
async def agree_abandonment(call: Command, application: Identifier, form: ReasonForm) -> Response:
    """Agree, as the manager of the application's service, that it is given up."""
    return answered(await commands.carry_out(call, application, AgreeAbandonment(form.reason)))


@routes.post("/applications/{application}/abandonment", response_model=CommandAnswer)
async def abandon(call: Command, application: Identifier, form: ReasonForm) -> Response:
    """Give the application up while it is the social worker's; once submitted it is withdrawn from panel."""
    return answered(await commands.carry_out(call, application, AbandonApplication(form.reason)))


@routes.post("/applications/{application}/further-information", response_model=CommandAnswer)
async def give_further_information(call: Command, application: Identifier, form: FurtherInformationForm) -> Response:
    """Answer what a deferral asked for, without entering anything again; what was changed is signed first."""
    return answered(await commands.give_further_information(call, application, form.command()))


@routes.get("/applications", response_model=ApplicationsShown)
async def applications(call: Reading, asked: Annotated[ApplicationsAsked, Query()]) -> Response:
    """Applications without anything personal, newest first."""
    page_asked = asked.asked(call)
    async with call.reading() as reader:
        page = await lists.APPLICATIONS.page(reader, page_asked, narrowed(call.whose()))
    await call.log_read("applications")
    return listed(call, asked, "applications", page)


@routes.get("/applications/{application}", response_model=ApplicationShown)
async def application(call: StatedReading, application: Identifier) -> Response:
    """One application with everything written in it; the reading is logged."""
    async with call.reading() as reader:
        call.must_see(await read.case_of(reader, application, call.context.received_at))
        found = await read.application_of(reader, application)
    if found is None:
        raise not_found()
    await call.log_read("application", application)
    return shown(await call.unsealed(found), version=found["version"])
