"""What the routes of officers take and show."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from edge.forms import Day, Email, Form, Identifier, Line, Moment, Pence, Role
from edge.lists import ListAsked, Narrow, PageShown
from services.routing.officers.domain.officer import AppointOfficer, ChangeRole, GrantAuthority, RecordTraining

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
"""A word in capitals, as the council's settings use it."""


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
    role: Role
    team: Identifier | None = None
    service: Identifier | None = None
    name: Line
    email: Email

    def command(self) -> AppointOfficer:
        """The officer appointed."""
        return AppointOfficer(self.officer, self.role, self.team or "", self.service or "", self.name, self.email)


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

    role: Role
    team: Identifier | None = None
    service: Identifier | None = None
    name: Line
    email: Email

    def command(self, officer: str) -> ChangeRole:
        """That officer's new role and place."""
        return ChangeRole(officer, self.role, self.team or "", self.service or "", self.name, self.email)


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

    def command(self, officer: str) -> GrantAuthority:
        """Authority for that officer."""
        return GrantAuthority(
            officer,
            self.limit_weekly_pence,
            self.from_at,
            self.until_at,
            self.limit_one_off_pence,
            self.limit_yearly_pence,
        )


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

    def command(self, officer: str) -> RecordTraining:
        """That officer's training."""
        return RecordTraining(officer, self.course, self.completed_on, self.valid_until)


class ReaderShown(BaseModel):
    """An officer who has read a version of the settings, or has not."""

    officer: str
    role: str
    team: str
    service: str
    name: str | None
    acknowledged_at: datetime | None


class OfficersAsked(ListAsked):
    """Which officers are listed."""

    officer: Narrow = None
    role: Narrow = None
    team: Narrow = None
    service: Narrow = None


class AcknowledgementsShown(PageShown):
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


class AddressedShown(BaseModel):
    """A letter, alarm or task that would reach nobody, and the roles that it goes to."""

    what: str
    roles: tuple[str, ...]


class ReadinessShown(BaseModel):
    """Whether everything that must be told would reach somebody; ids and roles only."""

    ready: bool
    settings_published: bool
    reaching_nobody: tuple[AddressedShown, ...]
    without_address: tuple[str, ...]


class OfficersShown(PageShown):
    """Every officer of the council."""

    officers: tuple[OfficerShown, ...]
