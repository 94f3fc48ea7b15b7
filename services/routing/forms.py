"""What routing's routes take and show: request models, and answers as the document describes them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from edge.forms import Day, Email, Form, Identifier, Line, Moment, Pence

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
"""A word in capitals, as the council's settings use it."""

Words = Annotated[str, StringConstraints(max_length=20_000)]
"""Narrative that a rule judges, so that an empty one is answered with the rule's own code."""

# --- What is asked --------------------------------------------------------------------------------------------


class SettingsForm(Form):
    """A council's terms, whole, and the moment from which they shall be in force."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"settings": {"id": "c92ab7", "slug": "shropshire"}, "in_force_from": "2026-10-05T08:15:00Z"}
        }
    )

    settings: dict[str, Any]
    in_force_from: Moment


class RetirementForm(Form):
    """Why a version of the settings is taken back; about the rules, never about a person."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "The limit was published a digit short."}})

    reason: Line


class OfficerForm(Form):
    """An officer of the council: the id that their token carries, their role and where they work."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "officer": "officer-017",
                "role": "practice_manager",
                "team": "north-practice",
                "service": "adults",
                "name": "A name",
                "email": "officer-017@council.example",
            }
        }
    )

    officer: Identifier
    role: Identifier
    team: Identifier | None = None
    service: Identifier | None = None
    name: Line
    email: Email


class RoleForm(Form):
    """What an officer is from now on, whole; authority ends with the role that it was granted to."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "role": "head_of_service",
                "team": None,
                "service": "adults",
                "name": "A name",
                "email": "officer-017@council.example",
            }
        }
    )

    role: Identifier
    team: Identifier | None = None
    service: Identifier | None = None
    name: Line
    email: Email


class AuthorityForm(Form):
    """Up to how many pence an officer may decide alone, that amount included, and in which time."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"limit_weekly_pence": 100000, "from_at": "2026-10-05T08:00:00Z"}}
    )

    limit_weekly_pence: Pence
    limit_one_off_pence: Pence | None = None
    limit_yearly_pence: Pence | None = None
    from_at: Moment
    until_at: Moment | None = None


class TrainingForm(Form):
    """A course that an officer completed, and the last day on which it is good."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"course": "PANEL_MEMBER", "completed_on": "2025-10-06", "valid_until": "2026-10-05"}
        }
    )

    course: Code
    completed_on: Day
    valid_until: Day | None = None


class ExceptionForm(Form):
    """Why the scheme's answer shall not hold for this application."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"reason": "No bus goes there, and the school is the only one with a place."}}
    )

    reason: Words


class ResourceForm(Form):
    """One resource asked for: what it costs a week and once, and for how many days, the last one included."""

    resource: Code
    weekly_pence: Pence = 0
    one_off_pence: Pence = 0
    days: Annotated[int, Field(ge=0, le=36_600)] | None = None
    starts_on: Day | None = None


class DraftForm(Form):
    """What a scheme looks at in an application, and the moment for which it shall be asked; now where none is named."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "kind": "RESOURCES",
                "weekly_pence": 49999,
                "resources": [{"resource": "TRANSPORT", "weekly_pence": 49999}],
            }
        }
    )

    kind: Code
    weekly_pence: Pence
    one_off_pence: Pence = 0
    indicative_weekly_pence: Pence | None = None
    complex: bool = False
    distinctive: bool = False
    resources: Annotated[tuple[ResourceForm, ...], Field(max_length=200)] = ()
    within: Annotated[tuple[Code, ...], Field(max_length=50)] = ()
    emergency: bool = False
    disability_team: bool = False
    complex_health: bool = False
    section: Literal["17", "18", "20"] | None = None
    order: Literal["SGO", "CHILD_ARRANGEMENTS", "ADOPTION_SUPPORT"] | None = None
    package: Code | None = None
    at: Moment | None = None


# --- What is shown --------------------------------------------------------------------------------------------


class VersionShown(BaseModel):
    """One published version of a council's settings, and what became of it."""

    version: int
    in_force_from: datetime
    settings: dict[str, Any]
    digest: str
    published_by: str
    published_at: datetime
    retired_at: datetime | None
    retired_by: str | None
    retired_because: str | None
    replaced_by: int | None


class SettingsShown(BaseModel):
    """Every published version, newest first, and the number of the one in force now."""

    settings: tuple[VersionShown, ...]
    in_force: int | None


class FindingShown(BaseModel):
    """One thing wrong with a draft; ``row`` is the decision table's row by its own name, where it is in one."""

    pointer: str
    code: str
    sentence: str
    row: str | None


class ValidationShown(BaseModel):
    """Whether a draft could be published at that moment, and everything that stands in its way."""

    valid: bool
    failing: tuple[FindingShown, ...]


class ReaderShown(BaseModel):
    """An officer who has read a version of the settings, or has not."""

    officer: str
    role: str
    team: str
    service: str
    name: str | None
    acknowledged_at: datetime | None


class AcknowledgementsShown(BaseModel):
    """Which officers have acknowledged a version of the settings, and which have not yet."""

    version: int
    acknowledged: tuple[ReaderShown, ...]
    outstanding: tuple[ReaderShown, ...]


class TrainingShown(BaseModel):
    """A course that an officer completed."""

    course: str
    completed_on: date
    valid_until: date | None


class OfficerShown(BaseModel):
    """An officer with role and authority; a name or address that was erased is null."""

    officer: str
    role: str
    team: str
    service: str
    name: str | None
    email: str | None
    limit_weekly_pence: int | None
    limit_one_off_pence: int | None
    limit_yearly_pence: int | None
    from_at: datetime | None
    until_at: datetime | None
    training: tuple[TrainingShown, ...]
    version: int


class OfficersShown(BaseModel):
    """Every officer of the council."""

    officers: tuple[OfficerShown, ...]


class ExclusionShown(BaseModel):
    """What the table of excluded resources says about one resource."""

    resource: str
    table: str
    row: str
    route: str
    reason: str


class GrantedShown(BaseModel):
    """An exception that was granted, by whom and why; a reason that was erased is null."""

    exception: str
    granted_by: str
    granted_role: str
    granted_at: datetime
    reason: str | None
    resources: tuple[str, ...]
    weekly_pence: int
    one_off_pence: int
    settings_version: int


class _WayShown(BaseModel):
    route: str
    forum: str | None
    sitting_on: date | None
    reasons: tuple[str, ...]
    settings_version: int
    table: str
    row: str
    inputs: dict[str, Any]
    limit_weekly_pence: int | None
    limit_yearly_pence: int | None
    limit_one_off_pence: int | None
    exclusions: tuple[ExclusionShown, ...]


class RouteShown(_WayShown):
    """The way of one application, exactly which row of which settings said so, and the exceptions that led to it."""

    application: str
    exceptions: tuple[GrantedShown, ...]
    routed_at: datetime
    version: int


class PreviewShown(_WayShown):
    """Where a draft would go, in the same words as a route and in one sentence; nothing is stored."""

    cut_off_at: datetime | None
    sentence: str
    exception: str | None = Field(description="The exception that could be granted to it.")
    granted_by: tuple[str, ...] = Field(description="The roles that may grant it.")


class WaitingShown(BaseModel):
    """One application and whom it waits on; ids only."""

    application: str
    since: datetime
    route: str
    wait: str = Field(description="DELEGATED_DECISION, PANEL, OTHER_PANEL, EXCEPTION, FURTHER_WORK, RESUBMISSION.")
    forum: str | None
    sitting_on: date | None
    officers: tuple[str, ...] = Field(description="Officers who could see to it now.")
    roles: tuple[str, ...] = Field(description="Roles that may grant the exception.")
    exception: str | None


class QueueShown(BaseModel):
    """What waits for the caller, what waits for others, and the terms that the caller has not acknowledged."""

    mine: tuple[WaitingShown, ...]
    others: tuple[WaitingShown, ...]
    terms: tuple[int, ...]


class DeciderShown(BaseModel):
    """An officer, and the code with which their decision on this application would be refused now; null if none."""

    officer: str
    role: str
    team: str
    service: str
    name: str | None
    limit_weekly_pence: int | None
    limit_one_off_pence: int | None
    limit_yearly_pence: int | None
    from_at: datetime | None
    until_at: datetime | None
    refused: str | None


class DecidersShown(BaseModel):
    """Who could decide one application now, who could not and why, and whom it waits on."""

    application: str
    route: str
    wait: str
    forum: str | None
    sitting_on: date | None
    roles: tuple[str, ...]
    exception: str | None
    deciders: tuple[DeciderShown, ...]
    others: tuple[DeciderShown, ...]
