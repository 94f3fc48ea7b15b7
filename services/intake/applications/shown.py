"""What intake's routes show, as the document describes it: erased text is null everywhere."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from councils.settings import Route
from edge.forms import Day
from edge.lists import Narrow, OfMoments, PageShown
from services.intake.applications.domain.form_events import Relationship

Stage = Literal["draft", "submitted", "further_information", "closed"]


class RouteShown(BaseModel):
    """The way routing gave the application, and the row of the settings that says so."""

    route: Route
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
    outcome: Literal["AGREED", "DEFERRED", "NOT_AGREED", "WITHDRAWN", "ABANDONED"] | None
    version: int


class ApplicationsAsked(OfMoments):
    """Which applications are listed; the days are those on which they were begun."""

    application: Narrow = None
    stage: Stage | None = None
    kind: Narrow = None
    team: Narrow = None
    service: Narrow = None
    originator: Narrow = None
    forum: Narrow = None
    sitting_on: Day | None = None
    outcome: Narrow = None


class ApplicationsShown(PageShown):
    """Applications, newest first."""

    applications: tuple[ApplicationListed, ...]


class RelativeShown(BaseModel):
    """Somebody in the family; an erased name is null, here as everywhere."""

    party: str
    relationship: Relationship
    name: str | None
    has_parental_responsibility: bool


class ParentalResponsibilityShown(BaseModel):
    """Who holds parental responsibility where no relative does: the council, by whom it speaks, or nobody; and why."""

    held_by: str
    reason: str | None
    manager: str | None = None


class ResourceShown(BaseModel):
    """One resource that the costs are made of."""

    resource: str
    weekly_pence: int
    one_off_pence: int
    days: int | None
    starts_on: date | None


class CircumstancesShown(BaseModel):
    """What the council's scheme looks at besides kind and costs."""

    within: tuple[str, ...]
    emergency: bool
    disability_team: bool
    complex_health: bool
    section: str | None
    order: str | None
    package: str | None


class OptionShown(BaseModel):
    """Another option that was tried, and why it was unsuitable."""

    option: str | None
    why_unsuitable: str | None


class SourceShown(BaseModel):
    """Whether another source may pay, and the information about it."""

    source: str
    possible: bool
    information: str | None


class ActionShown(BaseModel):
    """One action of the plan."""

    action: str | None
    owner: str | None
    due_on: date | None
    review_on: date | None


class FamilyAgreementShown(BaseModel):
    """Whether the family agrees to the plan."""

    agreed: bool
    reason: str | None
    significant_harm: bool


class StatedShown(BaseModel):
    """What is said under one of the council's codes."""

    code: str
    text: str | None


class SupportNeedsShown(BaseModel):
    """A child's needs under an order, and the advice that was sought."""

    needs: tuple[StatedShown, ...]
    advice: tuple[StatedShown, ...]


class CommentShown(BaseModel):
    """A comment of the team manager's, and the answer once there is one."""

    comment: str
    text: str | None
    made_by: str
    made_at: datetime
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None


class SectionShown(BaseModel):
    """A section as it reads now."""

    text: str | None
    written_at: datetime


class VoiceShown(BaseModel):
    """Somebody's views, or why they could not be had."""

    party: str
    views: str | None
    why_not_obtainable: str | None
    age_years: str | None
    understanding: str | None
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
    cut_off_at: datetime | None = Field(description="Of the sitting that the deferral named; null where it named none.")
    late: bool = Field(description="Whether it was received after that cut-off; it is taken, and keeps its place.")


class ReturnShown(BaseModel):
    """Why panel returned the form, word for word, until it is handed in again; an erased text is null."""

    by: str
    at: datetime
    reasons: tuple[str | None, ...]


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
    parental_responsibility: ParentalResponsibilityShown | None
    started_at: datetime
    one_off_pence: int | None
    complexity_reason: str | None
    signed_by: str | None
    comments: tuple[CommentShown, ...]
    agreed_by: str | None
    cut_off_at: datetime | None
    settings_version: int | None
    further_work: tuple[WorkShown, ...]
    next_sitting_on: date | None
    returned: ReturnShown | None
    decision: str | None
    sections: dict[str, SectionShown]
    voices: tuple[VoiceShown, ...]
    answers: tuple[AnswerShown, ...]
    resources: tuple[ResourceShown, ...]
    circumstances: CircumstancesShown | None
    options_tried: tuple[OptionShown, ...] | None
    other_funding: tuple[SourceShown, ...] | None
    actions: tuple[ActionShown, ...] | None
    family_agreement: FamilyAgreementShown | None
    support_needs: SupportNeedsShown | None
    assessment: str | None
    assessed_on: date | None
    assessed_parts: tuple[str, ...]
    expected_on: date | None
    changed: tuple[str, ...] = Field(description="The parts written anew since a deferral.")
    changes_signed_by: str | None
    changes_agreed_by: str | None
    abandonment_agreed_by: str | None
    warnings: tuple[str, ...] = Field(description="The guards that warned at the submission.")
    guards: dict[str, str] = Field(description="The level of each guard that would have refused and did not.")


class AssessmentShown(BaseModel):
    """An assessment already held; money in pence."""

    assessment: str
    person: str
    person_name: str | None
    born_on: str | None
    assessed_on: date
    needs: str | None
    outcomes: str | None
    analysis: str | None
    indicative_weekly_pence: int | None
    weekly_pence: int | None
    one_off_pence: int
    held_by: str
    held_at: datetime


class FormShown(BaseModel):
    """The form of one kind of application as JSON Schema (draft 2020-12)."""

    form: dict[str, Any] = Field(alias="schema", description="What is asked, by whom, and what is still required.")


class UnknownOfficerShown(BaseModel):
    """Somebody whose form it is, or who is named as manager, and is no officer: in how many forms that are not over."""

    officer: str
    member: str
    applications: int


class ReadinessShown(BaseModel):
    """Whether everybody who is written to about a form is an officer; ids only."""

    ready: bool
    unknown_officers: tuple[UnknownOfficerShown, ...]


class PreviewShown(BaseModel):
    """Where a draft would go if it were received now, and why; nothing is decided by looking."""

    sentence: str
    route: Route
    forum: str | None
    sitting_on: date | None
    cut_off_at: datetime | None
    reasons: tuple[str, ...]
    settings_version: int
    table: str
    row: str
    inputs: dict[str, Any] = Field(description="What the tables were shown.")
