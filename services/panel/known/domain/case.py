"""What panel's events are made of: the case as submitted, whom it concerns, its route, budgets and further work."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.decider import Private


@dataclass(frozen=True)
class FamilyMember:
    """One of the people around the person, or the person themself."""

    party: str
    relationship: str
    name: Private
    has_parental_responsibility: bool


@dataclass(frozen=True)
class Concerned:
    """Whom a decision is about and who answers for the application; names and addresses stay sealed."""

    person: str
    person_name: Private
    contact_email: Private | None
    originator: str
    team: str
    team_manager: str
    service: str
    service_manager: str
    family: tuple[FamilyMember, ...]


@dataclass(frozen=True)
class Case:
    """The application as it was submitted; ``weekly_pence`` is the cost of the plan, which panel never changes.

    ``order`` is the court's order or the adoption support that a package is for (S4 §7); ``consequence`` is what
    happens if this is not provided, in the words of the form (S3).
    """

    application: UUID
    kind: str
    weekly_pence: int
    one_off_pence: int
    indicative_weekly_pence: int
    complex: bool
    distinctive: bool
    received_at: datetime
    times_submitted: int
    order: str | None = None
    consequence: Private | None = None


@dataclass(frozen=True)
class Route:
    """The way routing gave the application, and the settings version, table and row that say so."""

    route: str
    forum: str | None
    sitting_on: date | None
    reasons: tuple[str, ...]
    settings_version: int
    table: str
    row: str


@dataclass(frozen=True)
class Budget:
    """The final personal budget beside the indicative one, in pence (S0; DOMAIN.md, D19)."""

    weekly_pence: int
    yearly_pence: int
    indicative_weekly_pence: int
    difference_pence: int


@dataclass(frozen=True)
class Work:
    """One piece of further work that a deferral asks for."""

    work: str
    owner: str
    due_at: datetime
    text: Private


@dataclass(frozen=True)
class Answer:
    """What was given for one piece of further work."""

    work: str
    text: Private
