"""What panel's routes take and show: request models, and answers as the document describes them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from edge.forms import IDENTIFIER, Day, Form, Identifier, Line, Moment, Pence

Words = Annotated[str, StringConstraints(max_length=20_000)]
"""Narrative that a rule judges, so that an empty one is answered with the rule's own code."""

ReasonCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
"""A reason in capitals, so that no spelling of COST is another reason."""

MemberKind = Literal[
    "social_work",
    "health",
    "education",
    "occupational_therapy",
    "housing",
    "legal",
    "finance",
    "commissioning",
    "panel_administrator",
    "chair",
    "vice_chair",
]
"""What a member is at a panel; closed, because whether a panel is skilled is judged by it (S2 #19)."""

Many = Field(max_length=50)


class SittingForm(Form):
    """A forum of the council's settings and the day on which it sits."""

    model_config = ConfigDict(json_schema_extra={"example": {"forum": "CARE_PANEL", "on": "2026-10-13"}})

    forum: Identifier
    on: Day


class SlotForm(
    Form,
    json_schema_extra={
        "example": {"application": "863ac4ee-6b55-5ed3-a3ad-52e9609ad8f2", "minutes": 20, "place": "Room 4"}
    },
):
    """An application's minutes on the agenda, and the room or the link."""

    application: UUID
    minutes: Annotated[int, Field(ge=1, le=1440)]
    place: Line


class PresentForm(Form):
    """Somebody present, and the kind of member they are."""

    member: Identifier
    kind: MemberKind


class OpeningForm(
    Form,
    json_schema_extra={
        "example": {
            "present": [{"member": "officer-017", "kind": "social_work"}, {"member": "officer-032", "kind": "health"}]
        }
    },
):
    """Everybody present when the sitting opens."""

    present: Annotated[tuple[PresentForm, ...], Many]


class ChairForm(Form):
    """Who chairs a case, and in which role."""

    officer: Identifier
    role: Identifier


class ItemForm(Form, json_schema_extra={"example": {"chair": {"officer": "officer-004", "role": "service_manager"}}}):
    """Who chairs the case that begins to be heard, where it is not whoever opens it."""

    chair: ChairForm | None = None


class WorkForm(Form):
    """A specific piece of further work: what, by whom, until when."""

    owner: Annotated[str, StringConstraints(pattern=rf"^$|{IDENTIFIER}")]
    due_at: Moment
    text: Words


class PanelDecisionForm(Form):
    """What the panel decided; which fields an outcome needs is in the panel's README."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "sitting": "5d0f3c8e-7a51-5f5d-9b0a-8a6f0f2c1d11",
                "outcome": "AGREED",
                "reasons": ["The plan meets what was assessed."],
                "review_on": "2026-12-08",
            }
        }
    )

    sitting: UUID
    outcome: Annotated[str, StringConstraints(max_length=40)]
    reasons: Annotated[tuple[Words, ...], Many] = ()
    needed: Annotated[tuple[Words, ...], Many] = ()
    further_work: Annotated[tuple[WorkForm, ...], Many] = ()
    reason_codes: Annotated[tuple[ReasonCode, ...], Many] = ()
    next_sitting_on: Day | None = None
    review_on: Day | None = None
    no_review_because: Words | None = None
    meets_outcomes: bool | None = None
    meets_assessed_needs: bool | None = None
    weekly_pence: Pence | None = None


class DelegatedDecisionForm(
    Form, json_schema_extra={"example": {"outcome": "AGREED", "reasons": ["The plan meets what was assessed."]}}
):
    """What an officer decides alone."""

    outcome: Annotated[str, StringConstraints(max_length=40)]
    reasons: Annotated[tuple[Words, ...], Many] = ()
    needed: Annotated[tuple[Words, ...], Many] = ()


class ReturnForm(
    Form, json_schema_extra={"example": {"reasons": ["The costs are of another child."], "defer_to": "2026-10-20"}}
):
    """Why an application goes back, and the sitting at which its place is kept, if one is named."""

    reasons: Annotated[tuple[Words, ...], Many]
    defer_to: Day | None = None


class ReasonForm(Form, json_schema_extra={"example": {"reason": "The family moved to another area."}}):
    """Why an application is withdrawn, or may be."""

    reason: Words


# What is shown --------------------------------------------------------------------------------------------------


class SittingListed(BaseModel):
    """A sitting, and how many of its minutes are given out."""

    sitting: UUID
    forum: str
    sitting_on: date
    starts_at: datetime
    ends_at: datetime
    cut_off_at: datetime
    minutes: int
    stage: str
    version: int
    minutes_given_out: int


class SittingsShown(BaseModel):
    """Sittings, newest first."""

    sittings: tuple[SittingListed, ...]


class GuardShown(BaseModel):
    """A guard that stood in the way and let it through, and its level."""

    code: str
    level: str


class SlotShown(BaseModel):
    """An application's place on an agenda, and when it was heard."""

    application: UUID
    starts_at: datetime
    minutes: int
    place: str
    kept_first: bool
    opened_at: datetime | None
    closed_at: datetime | None
    to_ratify: tuple[UUID, ...]
    warned: tuple[GuardShown, ...]


class SittingShown(BaseModel):
    """One sitting with its agenda."""

    sitting: UUID
    forum: str
    sitting_on: date
    starts_at: datetime
    ends_at: datetime
    minutes: int
    cut_off_at: datetime
    core_members: tuple[str, ...]
    settings_version: int
    stage: str
    opened_by: str | None
    opened_at: datetime | None
    present: tuple[PresentForm, ...]
    closed_at: datetime | None
    signed_by: str | None
    signed_at: datetime | None
    version: int
    agenda: tuple[SlotShown, ...]


class DecisionListed(BaseModel):
    """An application in panel's hands, without anything personal; money in pence a week."""

    application: UUID
    stage: str
    kind: str
    weekly_pence: int
    indicative_weekly_pence: int
    complex: bool
    received_at: datetime
    times_submitted: int
    route: str
    forum: str | None
    returns_on: date | None
    version: int


class DecisionsShown(BaseModel):
    """Applications in panel's hands, newest first."""

    decisions: tuple[DecisionListed, ...]


class PersonShown(BaseModel):
    """The person concerned; an erased text is null, here as everywhere."""

    person: str
    name: str | None


class WorkShown(BaseModel):
    """A piece of further work."""

    work: str
    owner: str
    due_at: datetime
    text: str | None


class RulingShown(BaseModel):
    """One decision word for word, with everything that it rested on."""

    decision: UUID
    outcome: str
    made: str
    sitting: UUID | None
    decided_by: str
    decided_role: str
    decided_at: datetime
    reasons: tuple[str | None, ...]
    needed: tuple[str | None, ...]
    consequence: str | None = Field(
        default=None, description="Beside a refusal: what happens if this is not provided, as the application says it."
    )
    further_work: tuple[WorkShown, ...]
    next_sitting_on: date | None
    weekly_pence: int
    final_budget: dict[str, int] | None
    review_on: date | None
    settings_version: int
    limit_weekly_pence: int | None
    limit_yearly_pence: int | None = None
    limit_one_off_pence: int | None = None
    one_off_pence: int | None = None
    warned: tuple[GuardShown, ...] = ()


class ChallengeShown(BaseModel):
    """A complaint that a disagreement opened."""

    complaint: UUID
    stage: str
    received_on: date


class PlaceShown(BaseModel):
    """Where and when an application is on an agenda."""

    sitting: UUID
    starts_at: datetime
    minutes: int
    place: str


class DecisionShown(BaseModel):
    """One application: its route, its decisions word for word, and the challenges to them."""

    application: UUID
    stage: str
    kind: str
    weekly_pence: int
    one_off_pence: int
    court_order: str | None
    filed_with_court_at: datetime | None
    indicative_weekly_pence: int
    complex: bool
    distinctive: bool
    received_at: datetime
    times_submitted: int
    person: PersonShown
    originator: str
    team_manager: str
    service_manager: str
    route: dict[str, Any]
    outstanding: tuple[str, ...]
    returns_on: date | None
    decisions: tuple[RulingShown, ...]
    slots: tuple[PlaceShown, ...]
    challenges: tuple[ChallengeShown, ...]
    version: int
