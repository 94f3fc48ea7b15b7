"""What the routes of sittings take and show."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from councils.guards import Level
from edge.forms import Day, Form, Identifier, Line, Role
from edge.lists import Narrow, OfDays, PageShown
from services.panel.sittings.domain.agenda import OfferSlot
from services.panel.sittings.domain.events import Present
from services.panel.sittings.domain.hearing import Chair, OpenItem, OpenSitting
from services.panel.sittings.domain.state import Stage

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

    def command(self) -> OfferSlot:
        """The command that this asks for."""
        return OfferSlot(self.application, self.minutes, self.place)


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

    def command(self) -> OpenSitting:
        """The command that this asks for."""
        return OpenSitting(tuple(Present(one.member, one.kind) for one in self.present))


class ChairForm(Form):
    """Who chairs a case, and in which role."""

    officer: Identifier
    role: Role


class ItemForm(Form, json_schema_extra={"example": {"chair": {"officer": "officer-004", "role": "service_manager"}}}):
    """Who chairs the case that begins to be heard, where it is not whoever opens it."""

    chair: ChairForm | None = None

    def command(self, application: UUID) -> OpenItem:
        """The command that this asks for."""
        return OpenItem(application, Chair(self.chair.officer, self.chair.role) if self.chair else None)


class SittingListed(BaseModel):
    """A sitting, and how many of its minutes are given out."""

    sitting: UUID
    forum: str
    sitting_on: date
    starts_at: datetime
    ends_at: datetime
    cut_off_at: datetime
    minutes: int
    stage: Stage
    version: int
    minutes_given_out: int


class SittingsAsked(OfDays):
    """Which sittings are listed; one about an application has it on its agenda."""

    sitting: UUID | None = None
    forum: Narrow = None
    stage: Narrow = None
    application: UUID | None = None


class SittingsShown(PageShown):
    """Sittings, newest first."""

    sittings: tuple[SittingListed, ...]


class GuardShown(BaseModel):
    """A guard that stood in the way and let it through, and its level."""

    code: str
    level: Level


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
    stage: Stage
    opened_by: str | None
    opened_at: datetime | None
    present: tuple[PresentForm, ...]
    closed_at: datetime | None
    signed_by: str | None
    signed_at: datetime | None
    version: int
    agenda: tuple[SlotShown, ...]
