"""What can be asked of an application: the commands of social workers, managers and reviewers, and what is heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from councils.settings import Settings
from ledger.decider import By
from services.intake.domain.assessment import AssessmentHeld
from services.intake.domain.attachment import AttachFile, RemoveAttachment
from services.intake.domain.events import FurtherWork
from services.intake.domain.parts import ResourceLine


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
class StartFromAssessment:
    """Begin an application from an assessment already held: what it says is not asked again (B7)."""

    by: By
    settings: Settings
    application: str
    kind: str
    assessment: AssessmentHeld
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
    """Say what is asked for, and of which resources it is made up; none where the council lists no resources."""

    by: By
    settings: Settings
    weekly_pence: int
    one_off_pence: int
    resources: tuple[ResourceLine, ...] = ()


@dataclass(frozen=True)
class StateCircumstances:
    """Say what routing must know besides kind and costs; see `parts.CircumstancesStated`."""

    by: By
    within: tuple[str, ...] = ()
    emergency: bool = False
    disability_team: bool = False
    complex_health: bool = False
    section: str | None = None
    order: str | None = None
    package: str | None = None


@dataclass(frozen=True)
class MarkComplexity:
    """Mark the case very complex or particularly distinctive, or take the marks away."""

    by: By
    complex: bool
    distinctive: bool
    reason: str | None


@dataclass(frozen=True)
class CompleteSection:
    """Write a section that is one text."""

    by: By
    settings: Settings
    section: str
    text: str


@dataclass(frozen=True)
class ListOptionsTried:
    """Write the other options that were tried: pairs of option and why it was unsuitable."""

    by: By
    settings: Settings
    options: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class StateOtherFunding:
    """Say of other sources of funding whether each is possible, and what is known of it."""

    by: By
    settings: Settings
    sources: tuple[tuple[str, bool, str | None], ...]


@dataclass(frozen=True)
class Action:
    """One action of the plan as it is written down; a draft may lack owner and dates."""

    action: str
    owner: str | None
    due_on: date | None
    review_on: date | None


@dataclass(frozen=True)
class PlanActions:
    """Write the plan of action."""

    by: By
    settings: Settings
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class StateFamilyAgreement:
    """Say whether the family agrees to the plan; if not, why, or that significant harm is the exception."""

    by: By
    settings: Settings
    agreed: bool
    reason: str | None
    significant_harm: bool


@dataclass(frozen=True)
class StateSupportNeeds:
    """Write a child's needs under an order, and the advice sought about them, each under the council's code."""

    by: By
    settings: Settings
    needs: Mapping[str, str]
    advice: Mapping[str, str]


@dataclass(frozen=True)
class NameFamilyMember:
    """Add somebody to the family, or correct what is said of them under the same id."""

    by: By
    member: Relative


@dataclass(frozen=True)
class StateParentalResponsibility:
    """Say that the council or nobody holds parental responsibility, and why; None takes that back."""

    by: By
    held_by: Literal["COUNCIL", "NOBODY"] | None
    reason: str | None


@dataclass(frozen=True)
class RecordVoice:
    """Write down somebody's views, or why they could not be had; a child's beside their age and understanding."""

    by: By
    party: str
    views: str | None
    why_not_obtainable: str | None
    age_years: int | None = None
    understanding: str | None = None


@dataclass(frozen=True)
class SignApplication:
    """Sign the form as the manager of its team."""

    by: By
    settings: Settings
    comments: tuple[str, ...]


@dataclass(frozen=True)
class AnswerComment:
    """Answer one of the team manager's comments."""

    by: By
    comment: str
    answer: str


@dataclass(frozen=True)
class AgreeApplication:
    """Agree to the submission as the manager of its service."""

    by: By
    settings: Settings


@dataclass(frozen=True)
class ExpectApplication:
    """Announce the application for a sitting, before it is handed in."""

    by: By
    settings: Settings
    sitting_on: date
    at: datetime


@dataclass(frozen=True)
class AgreeAbandonment:
    """Agree, as the manager of its service, that the application is given up."""

    by: By
    reason: str


@dataclass(frozen=True)
class AbandonApplication:
    """Give the application up while it is in the social worker's hands."""

    by: By
    settings: Settings
    reason: str
    at: datetime


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

    ``sections`` and ``weekly_pence`` write these parts anew at the same time, where no signature is asked for them;
    ``weekly_pence`` None leaves the cost as it stands.
    """

    by: By
    settings: Settings
    answers: tuple[tuple[str, str], ...]
    sections: Mapping[str, str]
    weekly_pence: int | None
    received_at: datetime


@dataclass(frozen=True)
class HearReturned:
    """Panel returned the application to its originator. ``settings`` are those in force; None while none are known."""

    by: str
    defer_to: date | None
    settings: Settings | None


@dataclass(frozen=True)
class HearDeferred:
    """Panel deferred the application and asks for further work. ``settings`` are those in force, as for a return."""

    decision: str
    work: tuple[FurtherWork, ...]
    next_sitting_on: date | None
    settings: Settings | None


@dataclass(frozen=True)
class HearClosed:
    """Panel is done with the application."""

    outcome: Literal["AGREED", "NOT_AGREED", "WITHDRAWN"]
    decision: str | None


Part = (
    GiveCosts
    | CompleteSection
    | ListOptionsTried
    | StateOtherFunding
    | PlanActions
    | StateFamilyAgreement
    | StateSupportNeeds
    | RecordVoice
    | AttachFile
    | RemoveAttachment
)
"""The edits that a deferral opens again; the others are what routing judged, and whom others were told of."""

Edit = IndicateBudget | MarkComplexity | StateCircumstances | NameFamilyMember | StateParentalResponsibility | Part
HeardFromPanel = HearReturned | HearDeferred | HearClosed
ApplicationCommand = (
    StartApplication
    | StartFromAssessment
    | Edit
    | SignApplication
    | AnswerComment
    | AgreeApplication
    | ExpectApplication
    | SubmitApplication
    | AgreeAbandonment
    | AbandonApplication
    | GiveFurtherInformation
    | HeardFromPanel
)
