"""The JSON routes of intake: one form from first draft to submission, further information, and reading it."""

from datetime import date

from fastapi import APIRouter
from starlette.responses import Response

from edge.commands import (
    CommandAnswer,
    CommandContext,
    Narrow,
    Purpose,
    ReadingContext,
    Version,
    answered,
    by,
    shown,
)
from edge.forms import Identifier, NoWords
from ledger.decider import not_found
from services.hosting import Host
from services.intake.applications import commands, queries
from services.intake.applications.domain.assessment import HoldAssessment
from services.intake.applications.domain.family import Relative
from services.intake.applications.domain.further_information import GiveFurtherInformation
from services.intake.applications.domain.starting import StartApplication
from services.intake.applications.forms import (
    AnswerCommentForm,
    AssessmentForm,
    BeginningForm,
    ExpectedForm,
    FurtherInformationForm,
    ReasonForm,
    RelativeForm,
    SignatureForm,
    StartForm,
    SubmissionForm,
)
from services.intake.applications.part_routes import parts
from services.intake.applications.reading import reading
from services.intake.applications.shown import ApplicationShown, ApplicationsShown, Stage


def router(host: Host) -> APIRouter:
    """The routes of intake for one process."""
    routes = APIRouter(prefix="/councils/{council}", tags=["intake"])
    book = host.book

    @routes.post("/assessments", status_code=201, response_model=CommandAnswer)
    async def hold_assessment(context: CommandContext, form: AssessmentForm) -> Response:
        """Take an assessment in, from which applications can begin."""
        command = HoldAssessment(
            by=by(context),
            at=context.received_at,
            assessment=commands.new_id(context, "assessment"),
            person=form.person.person,
            person_name=form.person.name,
            born_on=form.person.born_on,
            contact_email=form.person.contact_email,
            assessed_on=form.assessed_on,
            needs=form.needs,
            outcomes=form.outcomes,
            analysis=form.analysis,
            indicative_weekly_pence=form.indicative_weekly_pence,
            weekly_pence=form.weekly_pence,
            one_off_pence=form.one_off_pence,
        )
        outcome = await commands.hold_assessment(book, context, command)
        return answered(outcome, location=f"assessments/{command.assessment}")

    @routes.post("/assessments/{assessment}/applications", status_code=201, response_model=CommandAnswer)
    async def start_from_assessment(context: CommandContext, assessment: Identifier, form: BeginningForm) -> Response:
        """Begin an application with what an assessment already holds: nothing of it is asked again."""
        begun = commands.Beginning(
            kind=form.kind,
            miles=form.miles,
            team=form.team,
            team_manager=form.team_manager,
            service=form.service,
            service_manager=form.service_manager,
            family=_family(form.family),
        )
        outcome = await commands.start_from_assessment(book, context, assessment, begun)
        return answered(outcome, location=f"../../applications/{commands.new_id(context)}")

    @routes.post("/applications", status_code=201, response_model=CommandAnswer)
    async def start(context: CommandContext, form: StartForm) -> Response:
        """Begin an application."""
        command = StartApplication(
            by=by(context),
            settings=await commands.settings_now(book, context),
            application=str(form.application) if form.application else commands.new_id(context),
            kind=form.kind,
            person=form.person.person,
            person_name=form.person.name,
            born_on=form.person.born_on,
            contact_email=form.person.contact_email,
            miles=form.miles,
            team=form.team,
            team_manager=form.team_manager,
            service=form.service,
            service_manager=form.service_manager,
            family=_family(form.family),
            at=context.received_at,
        )
        outcome = await commands.start(book, context, command)
        return answered(outcome, location=f"applications/{command.application}")

    parts(routes, host)

    @routes.post("/applications/{application}/signature", response_model=CommandAnswer)
    async def sign(context: CommandContext, version: Version, application: Identifier, form: SignatureForm) -> Response:
        """Sign as the manager of the application's team; after a deferral only what changed is signed."""
        return answered(await commands.sign(book, context, version, application, form.comments))

    @routes.put("/applications/{application}/comments/{comment}/answer", response_model=CommandAnswer)
    async def answer_comment(
        context: CommandContext, version: Version, application: Identifier, comment: Identifier, form: AnswerCommentForm
    ) -> Response:
        """Answer one of the team manager's comments."""
        return answered(await commands.answer_comment(book, context, version, application, comment, form.answer))

    @routes.post("/applications/{application}/agreement", response_model=CommandAnswer)
    async def agree(context: CommandContext, version: Version, application: Identifier, _: NoWords) -> Response:
        """Agree to the submission as the manager of the application's service; after a deferral to what changed."""
        return answered(await commands.agree(book, context, version, application))

    @routes.put("/applications/{application}/expected", response_model=CommandAnswer)
    async def expect(
        context: CommandContext, version: Version, application: Identifier, form: ExpectedForm
    ) -> Response:
        """Announce the application for a sitting, before it is handed in."""
        return answered(await commands.expect(book, context, version, application, form.sitting_on))

    @routes.post("/applications/{application}/submission", status_code=201, response_model=CommandAnswer)
    async def submit(
        context: CommandContext, version: Version, application: Identifier, form: SubmissionForm
    ) -> Response:
        """Hand the application in: complete and by the cut-off, or not at all."""
        outcome = await commands.submit(book, context, version, application, form.sitting_on)
        return answered(outcome, location=f"../{application}")

    @routes.post("/applications/{application}/abandonment-agreement", response_model=CommandAnswer)
    async def agree_abandonment(
        context: CommandContext, version: Version, application: Identifier, form: ReasonForm
    ) -> Response:
        """Agree, as the manager of the application's service, that it is given up."""
        return answered(await commands.agree_abandonment(book, context, version, application, form.reason))

    @routes.post("/applications/{application}/abandonment", response_model=CommandAnswer)
    async def abandon(context: CommandContext, version: Version, application: Identifier, form: ReasonForm) -> Response:
        """Give the application up while it is the social worker's; once submitted it is withdrawn from panel."""
        return answered(await commands.abandon(book, context, version, application, form.reason))

    @routes.post("/applications/{application}/further-information", response_model=CommandAnswer)
    async def give_further_information(
        context: CommandContext, version: Version, application: Identifier, form: FurtherInformationForm
    ) -> Response:
        """Answer what a deferral asked for, without entering anything again; what was changed is signed first."""
        answers = tuple((answer.work, answer.text) for answer in form.answers)
        settings = await commands.settings_now(book, context)
        command = GiveFurtherInformation(
            by(context), settings, answers, form.sections, form.weekly_pence, context.received_at
        )
        return answered(await commands.give_further_information(book, context, version, application, command))

    @routes.get("/applications", response_model=ApplicationsShown)
    async def applications(
        context: ReadingContext,
        purpose: Purpose,
        team: Narrow = None,
        stage: Stage | None = None,
        sitting_on: date | None = None,
    ) -> Response:
        """Applications without anything personal, newest first."""
        async with book.reading(context.council) as reader:
            found = await queries.applications(reader, team=team, stage=stage, sitting_on=sitting_on)
        await host.access.read(context, "applications", "", purpose)
        return shown({"applications": found})

    @routes.get("/applications/{application}", response_model=ApplicationShown)
    async def application(context: ReadingContext, purpose: Purpose, application: Identifier) -> Response:
        """One application with everything written in it; the reading is logged."""
        async with book.reading(context.council) as reader:
            found = await queries.application_of(reader, application)
        if found is None:
            raise not_found()
        await host.access.read(context, "application", application, purpose)
        return shown(await host.vault.unseal_all(context.council, found), version=found["version"])

    reading(routes, host)
    return routes


def _family(family: tuple[RelativeForm, ...]) -> tuple[Relative, ...]:
    return tuple(Relative(one.party, one.relationship, one.name, one.has_parental_responsibility) for one in family)
