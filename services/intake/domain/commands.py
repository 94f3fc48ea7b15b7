"""What can be asked of an application: the commands of social workers and managers, and what is heard from panel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from councils.settings import Settings
from ledger.decider import By
from services.intake.domain.events import FurtherWork


@dataclass(frozen=True)
class Relative:
    """Somebody in the family, as the social worker names them."""

    party: str
    relationship: Literal["child", "young_person", "parent", "carer", "person"]
    name: str
    has_parental_responsibility: bool


@dataclass(frozen=True)
class StartApplication:
    """Begin an application of one of the council's kinds."""

    by: By
    settings: Settings
    application: str
    kind: str
    person: str
    person_name: str
    born_on: date
    contact_email: str | None
    miles: float | None
    team: str
    team_manager: str
    service: str
    service_manager: str
    family: tuple[Relative, ...]
    at: datetime


@dataclass(frozen=True)
class IndicateBudget:
    """Say what the support may be expected to cost, before the plan is written."""

    by: By
    weekly_pence: int


@dataclass(frozen=True)
class GiveCosts:
    """Say what is asked for."""

    by: By
    weekly_pence: int
    one_off_pence: int


@dataclass(frozen=True)
class MarkComplexity:
    """Mark the case very complex or particularly distinctive, or take the marks away."""

    by: By
    complex: bool
    distinctive: bool
    reason: str | None


@dataclass(frozen=True)
class CompleteSection:
    """Write a section."""

    by: By
    section: str
    text: str


@dataclass(frozen=True)
class RecordVoice:
    """Write down somebody's views, or why they could not be had."""

    by: By
    party: str
    views: str | None
    why_not_obtainable: str | None


@dataclass(frozen=True)
class SignApplication:
    """Sign the form as the manager of its team."""

    by: By
    settings: Settings
    comments: tuple[str, ...]


@dataclass(frozen=True)
class AgreeApplication:
    """Agree to the submission as the manager of its service."""

    by: By
    settings: Settings


@dataclass(frozen=True)
class SubmitApplication:
    """Hand the application in, for a sitting where the council asks for one. ``received_at`` is the server's."""

    by: By
    settings: Settings
    sitting_on: date | None
    received_at: datetime


@dataclass(frozen=True)
class GiveFurtherInformation:
    """Answer every piece of work that a deferral asked for: pairs of work and text.

    ``weekly_pence`` None leaves the cost as it stands.
    """

    by: By
    answers: tuple[tuple[str, str], ...]
    sections: Mapping[str, str]
    weekly_pence: int | None
    received_at: datetime


@dataclass(frozen=True)
class HearReturned:
    """Panel returned the application to its originator."""

    by: str
    defer_to: date | None


@dataclass(frozen=True)
class HearDeferred:
    """Panel deferred the application and asks for further work."""

    decision: str
    work: tuple[FurtherWork, ...]
    next_sitting_on: date | None


@dataclass(frozen=True)
class HearClosed:
    """Panel is done with the application."""

    outcome: Literal["AGREED", "NOT_AGREED", "WITHDRAWN"]
    decision: str | None


Edit = IndicateBudget | GiveCosts | MarkComplexity | CompleteSection | RecordVoice
HeardFromPanel = HearReturned | HearDeferred | HearClosed
ApplicationCommand = (
    StartApplication
    | Edit
    | SignApplication
    | AgreeApplication
    | SubmitApplication
    | GiveFurtherInformation
    | HeardFromPanel
)
