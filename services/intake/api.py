"""The JSON routes of intake: one form from first draft to submission, further information, and reading it."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
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
from edge.forms import Day, Email, Form, Identifier, Line, NoWords, Pence, Text
from ledger.decider import not_found
from services.hosting import Host
from services.intake import handlers, projections
from services.intake.domain.commands import (
    CompleteSection,
    GiveCosts,
    GiveFurtherInformation,
    IndicateBudget,
    MarkComplexity,
    RecordVoice,
    Relative,
    StartApplication,
)

Stage = Literal["draft", "submitted", "further_information", "closed"]


class PersonForm(Form):
    """The person whose support is asked for, under the opaque id that the council's systems know them by."""

    person: Identifier
    name: Line
    born_on: Day
    contact_email: Email | None = None


class RelativeForm(Form):
    """Somebody in the family, the person concerned included, each under an opaque id of their own."""

    party: Identifier
    relationship: Literal["child", "young_person", "parent", "carer", "person"]
    name: Line
    has_parental_responsibility: bool = False


class StartForm(Form):
    """Who asks for what kind of support for whom, and who will sign and agree."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "kind": "PLACEMENT_MOVE",
                "person": {"person": "p-7f3a90", "name": "A name", "born_on": "2014-05-02", "contact_email": None},
                "team": "localities-north",
                "team_manager": "officer-021",
                "service": "localities",
                "service_manager": "officer-004",
                "family": [
                    {
                        "party": "p-1c22d4",
                        "relationship": "parent",
                        "name": "A name",
                        "has_parental_responsibility": True,
                    }
                ],
                "miles": 18.4,
            }
        }
    )

    kind: Identifier
    person: PersonForm
    team: Identifier
    team_manager: Identifier
    service: Identifier
    service_manager: Identifier
    family: Annotated[tuple[RelativeForm, ...], Field(max_length=50)] = ()
    miles: Annotated[float, Field(ge=0, le=1000)] | None = None


class BudgetForm(Form, json_schema_extra={"example": {"weekly_pence": 600000}}):
    """The indicative budget in pence a week."""

    weekly_pence: Pence


class CostsForm(Form, json_schema_extra={"example": {"weekly_pence": 612308, "one_off_pence": 0}}):
    """What is asked for: pence a week, and pence once."""

    weekly_pence: Pence
    one_off_pence: Pence = 0


class ComplexityForm(
    Form, json_schema_extra={"example": {"complex": True, "distinctive": False, "reason": "Two courts are involved."}}
):
    """Whether the case is very complex or particularly distinctive; either needs a reason."""

    complex: bool
    distinctive: bool = False
    reason: Text | None = None


class SectionForm(Form, json_schema_extra={"example": {"text": "The section as it reads from now on."}}):
    """A section of the form, whole."""

    text: Text


class VoiceForm(Form, json_schema_extra={"example": {"views": "In their own words.", "why_not_obtainable": None}}):
    """What somebody thinks and wishes, or why that could not be had."""

    views: Text | None = None
    why_not_obtainable: Text | None = None


class SignatureForm(Form, json_schema_extra={"example": {"comments": ["The costs are as the team knows them."]}}):
    """The team manager's comments, if there are any."""

    comments: Annotated[tuple[Text, ...], Field(max_length=50)] = ()


class SubmissionForm(Form, json_schema_extra={"example": {"sitting_on": "2026-10-13"}}):
    """The sitting that the application is for, where the council asks for one."""

    sitting_on: Day | None = None


class AnswerForm(Form):
    """The answer to one piece of further work."""

    work: Identifier
    text: Text


class FurtherInformationForm(Form):
    """An answer for every piece of work that was asked for; only what is named here changes."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "answers": [{"work": "work-1", "text": "Two further providers were asked; neither has a place."}],
                "sections": {"options_tried": "The section as it reads from now on."},
                "weekly_pence": 598000,
            }
        }
    )

    answers: Annotated[tuple[AnswerForm, ...], Field(max_length=50)]
    sections: Annotated[dict[str, Text], Field(max_length=20)] = Field(default_factory=dict[str, Text])
    weekly_pence: Pence | None = None


# --- What is shown --------------------------------------------------------------------------------------------


class RouteShown(BaseModel):
    """The way routing gave the application, and the row of the settings that says so."""

    route: str
    forum: str | None
    sitting_on: date | None
    reasons: tuple[str, ...]
    settings_version: int
    table: str
    row: str


class ApplicationListed(BaseModel):
    """An application without anything personal; money in pence."""

    application: str
    kind: str
    stage: Stage
    originator: str
    team: str
    service: str
    weekly_pence: int | None
    indicative_weekly_pence: int | None
    complex: bool
    distinctive: bool
    sitting_on: date | None
    forum: str | None
    submitted_at: datetime | None
    times_submitted: int
    route: RouteShown | None
    outcome: str | None
    version: int


class ApplicationsShown(BaseModel):
    """Applications, newest first."""

    applications: tuple[ApplicationListed, ...]


class RelativeShown(BaseModel):
    """Somebody in the family; an erased name is null, here as everywhere."""

    party: str
    relationship: str
    name: str | None
    has_parental_responsibility: bool


class SectionShown(BaseModel):
    """A section as it reads now."""

    text: str | None
    written_at: datetime


class VoiceShown(BaseModel):
    """Somebody's views, or why they could not be had."""

    party: str
    views: str | None
    why_not_obtainable: str | None
    recorded_at: datetime


class WorkShown(BaseModel):
    """A piece of further work that a deferral asks for."""

    work: str
    owner: str
    due_at: datetime
    text: str | None


class AnswerShown(BaseModel):
    """What was given for a piece of further work."""

    decision: str
    work: str
    text: str | None
    given_by: str
    given_at: datetime


class ApplicationShown(ApplicationListed):
    """One application with everything written in it."""

    person: str
    person_name: str | None
    born_on: str | None
    contact_email: str | None
    miles: float | None
    team_manager: str
    service_manager: str
    family: tuple[RelativeShown, ...]
    started_at: datetime
    one_off_pence: int | None
    complexity_reason: str | None
    signed_by: str | None
    comments: tuple[str | None, ...]
    agreed_by: str | None
    cut_off_at: datetime | None
    settings_version: int | None
    further_work: tuple[WorkShown, ...]
    next_sitting_on: date | None
    decision: str | None
    sections: dict[str, SectionShown]
    voices: tuple[VoiceShown, ...]
    answers: tuple[AnswerShown, ...]


def router(host: Host) -> APIRouter:
    """The routes of intake for one process."""
    routes = APIRouter(prefix="/councils/{council}", tags=["intake"])
    book = host.book

    @routes.post("/applications", status_code=201, response_model=CommandAnswer)
    async def start(context: CommandContext, form: StartForm) -> Response:
        """Begin an application."""
        command = StartApplication(
            by=by(context),
            settings=await handlers.settings_now(book, context),
            application=handlers.new_id(context),
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
            family=tuple(
                Relative(one.party, one.relationship, one.name, one.has_parental_responsibility) for one in form.family
            ),
            at=context.received_at,
        )
        outcome = await handlers.start(book, context, command)
        return answered(outcome, location=f"applications/{command.application}")

    @routes.post("/applications/{application}/indicative-budget", response_model=CommandAnswer)
    async def indicate_budget(
        context: CommandContext, version: Version, application: Identifier, form: BudgetForm
    ) -> Response:
        """Indicate the budget, before the plan is written."""
        command = IndicateBudget(by(context), form.weekly_pence)
        return answered(await handlers.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/costs", response_model=CommandAnswer)
    async def give_costs(
        context: CommandContext, version: Version, application: Identifier, form: CostsForm
    ) -> Response:
        """Say what is asked for."""
        command = GiveCosts(by(context), form.weekly_pence, form.one_off_pence)
        return answered(await handlers.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/complexity", response_model=CommandAnswer)
    async def mark_complexity(
        context: CommandContext, version: Version, application: Identifier, form: ComplexityForm
    ) -> Response:
        """Mark the case very complex or particularly distinctive, with the reason."""
        command = MarkComplexity(by(context), form.complex, form.distinctive, form.reason)
        return answered(await handlers.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/sections/{section}", response_model=CommandAnswer)
    async def complete_section(
        context: CommandContext, version: Version, application: Identifier, section: Identifier, form: SectionForm
    ) -> Response:
        """Write a section of the form."""
        command = CompleteSection(by(context), section, form.text)
        return answered(await handlers.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/voices/{party}", response_model=CommandAnswer)
    async def record_voice(
        context: CommandContext, version: Version, application: Identifier, party: Identifier, form: VoiceForm
    ) -> Response:
        """Record somebody's views, or why they could not be had."""
        command = RecordVoice(by(context), party, form.views, form.why_not_obtainable)
        return answered(await handlers.edit(book, context, version, application, command))

    @routes.post("/applications/{application}/signature", response_model=CommandAnswer)
    async def sign(context: CommandContext, version: Version, application: Identifier, form: SignatureForm) -> Response:
        """Sign as the manager of the application's team."""
        return answered(await handlers.sign(book, context, version, application, form.comments))

    @routes.post("/applications/{application}/agreement", response_model=CommandAnswer)
    async def agree(context: CommandContext, version: Version, application: Identifier, _: NoWords) -> Response:
        """Agree to the submission as the manager of the application's service."""
        return answered(await handlers.agree(book, context, version, application))

    @routes.post("/applications/{application}/submission", response_model=CommandAnswer)
    async def submit(
        context: CommandContext, version: Version, application: Identifier, form: SubmissionForm
    ) -> Response:
        """Hand the application in: complete and by the cut-off, or not at all."""
        return answered(await handlers.submit(book, context, version, application, form.sitting_on))

    @routes.post("/applications/{application}/further-information", response_model=CommandAnswer)
    async def give_further_information(
        context: CommandContext, version: Version, application: Identifier, form: FurtherInformationForm
    ) -> Response:
        """Answer what a deferral asked for, without entering anything again."""
        answers = tuple((answer.work, answer.text) for answer in form.answers)
        command = GiveFurtherInformation(by(context), answers, form.sections, form.weekly_pence, context.received_at)
        return answered(await handlers.give_further_information(book, context, version, application, command))

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
            found = await projections.applications(reader, team=team, stage=stage, sitting_on=sitting_on)
        await host.access.read(context, "applications", "", purpose)
        return shown({"applications": found})

    @routes.get("/applications/{application}", response_model=ApplicationShown)
    async def application(context: ReadingContext, purpose: Purpose, application: Identifier) -> Response:
        """One application with everything written in it; the reading is logged."""
        async with book.reading(context.council) as reader:
            found = await projections.application_of(reader, application)
        if found is None:
            raise not_found()
        await host.access.read(context, "application", application, purpose)
        return shown(await host.vault.unseal_all(context.council, found), version=found["version"])

    return routes
