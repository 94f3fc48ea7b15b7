"""What the routes of applications' ways take and show."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from councils.facts import Facts
from councils.settings import Route
from edge.forms import Day, Form, Moment, Pence
from edge.lists import Narrow, OfMoments, PageShown
from edge.me import MeShown
from services.routing.officers.forms import Code, TrainingShown
from services.routing.routes.domain.deciding import Wait

Words = Annotated[str, StringConstraints(max_length=20_000)]
"""Narrative that a rule judges, so that an empty one is answered with the rule's own code."""


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

    def facts(self) -> Facts:
        """What a scheme looks at."""
        return Facts.read(self.model_dump(exclude={"at"}))


class ExclusionShown(BaseModel):
    """What the table of excluded resources says about one resource."""

    resource: str
    table: str
    row: str
    route: Route | Literal["ADMISSIBLE"]
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
    route: Route
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
    route: Route
    wait: Wait
    forum: str | None
    sitting_on: date | None
    officers: tuple[str, ...] = Field(description="Officers who could see to it now.")
    roles: tuple[str, ...] = Field(description="Roles that may grant the exception.")
    exception: str | None


class WaitingAsked(OfMoments):
    """Which applications are listed; the days are those since which they wait."""

    application: Narrow = None
    wait: Narrow = None
    route: Narrow = None
    kind: Narrow = None
    team: Narrow = None
    forum: Narrow = None
    sitting_on: Day | None = None


class QueueShown(PageShown):
    """What waits for the caller, what waits for others, and the terms that the caller has not acknowledged."""

    mine: tuple[WaitingShown, ...]
    others: tuple[WaitingShown, ...]
    terms: tuple[int, ...]


class AppointedShown(BaseModel):
    """What an officer is appointed to, and up to how much they may decide alone; null where nothing was granted."""

    role: str
    team: str
    service: str
    limit_weekly_pence: int | None
    limit_one_off_pence: int | None
    limit_yearly_pence: int | None
    from_at: datetime | None
    until_at: datetime | None
    authority_in_force: bool = Field(description="Whether the authority holds at this moment.")
    training: tuple[TrainingShown, ...]


class RoutingMeShown(MeShown):
    """Who the caller is, what they are appointed to, and what waits for them here."""

    appointed: AppointedShown | None = Field(
        description="Null for whoever is not appointed: a role of the token alone gives no authority to decide."
    )


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
    route: Route
    wait: Wait
    forum: str | None
    sitting_on: date | None
    roles: tuple[str, ...]
    exception: str | None
    deciders: tuple[DeciderShown, ...]
    others: tuple[DeciderShown, ...]
