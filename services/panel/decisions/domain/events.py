"""What happens to one application in panel's hands, by a panel, by one officer, or outside a panel."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from councils.guards import Warned
from ledger.decider import Private
from services.panel.known.domain.case import Answer, Budget, Case, Concerned, Route, Work

# In panel's hands ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Received:
    """A submitted and routed application came into panel's hands."""

    case: Case
    concerned: Concerned
    route: Route


@dataclass(frozen=True)
class RouteChanged:
    """Routing gave the application another way, because its cost changed."""

    application: UUID
    route: Route


@dataclass(frozen=True)
class FurtherInformationReceived:
    """The further work that a deferral asked for was answered; the cost stands as it now is.

    ``one_off_pence`` and ``consequence`` are None where nothing was said of them, and then they stand as they were.
    """

    application: UUID
    answers: tuple[Answer, ...]
    changed_sections: tuple[str, ...]
    weekly_pence: int
    given_by: str
    received_at: datetime
    one_off_pence: int | None = None
    consequence: Private | None = None


@dataclass(frozen=True)
class FamilyMemberTakenOut:
    """Somebody who was named in error is no longer of the family; why, intake keeps (B12)."""

    application: UUID
    party: str


@dataclass(frozen=True)
class Returned:
    """An inaccurate or incomplete application went back to its originator, who is told why and for when (B5)."""

    application: UUID
    returned_by: str
    role: str
    returned_at: datetime
    reasons: tuple[Private, ...]
    defer_to: date | None


@dataclass(frozen=True)
class DeferredToSitting:
    """A returned application keeps its place at a named sitting: a fact of its own, never a panel's outcome (B5)."""

    application: UUID
    sitting_on: date


@dataclass(frozen=True)
class WithdrawalAgreed:
    """The relevant service manager agrees that the application is withdrawn (S4 §5)."""

    application: UUID
    agreed_by: str
    agreed_at: datetime
    reason: Private


@dataclass(frozen=True)
class Withdrawn:
    """The application was withdrawn from panel."""

    application: UUID
    withdrawn_by: str
    withdrawn_at: datetime
    agreed_by: str
    reason: Private


@dataclass(frozen=True)
class PlanFiledWithCourt:
    """The plan of support was submitted to the court."""

    application: UUID
    order: str
    filed_by: str
    role: str
    filed_at: datetime
    warned: tuple[Warned, ...]


# Decided ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ruling:
    """What every decision says: which, by whom, when, under which settings, on which cost, about whom."""

    decision: UUID
    application: UUID
    decided_by: str
    decided_role: str
    decided_at: datetime
    settings_version: int
    weekly_pence: int
    concerned: Concerned


@dataclass(frozen=True)
class Agreed:
    """The panel agreed the plan as it was put, with its final budget and its review."""

    ruling: Ruling
    sitting: UUID
    reasons: tuple[Private, ...]
    budget: Budget
    review_on: date | None
    no_review_because: Private | None


@dataclass(frozen=True)
class Deferred:
    """The panel asks for further work and hears the application again."""

    ruling: Ruling
    sitting: UUID
    reasons: tuple[Private, ...]
    further_work: tuple[Work, ...]
    next_sitting_on: date


@dataclass(frozen=True)
class NotAgreed:
    """The panel did not agree, says why and what would be needed.

    ``consequence`` stands beside every refusal: what happens if this is not provided, as the form says it (S3; B17).
    """

    ruling: Ruling
    sitting: UUID
    reasons: tuple[Private, ...]
    needed: tuple[Private, ...]
    reason_codes: tuple[str, ...]
    meets_outcomes: bool | None
    meets_assessed_needs: bool | None
    warned: tuple[Warned, ...]
    consequence: Private | None = None


@dataclass(frozen=True)
class DelegatedDecisionMade:
    """An officer decided within their own authority, away from any agenda (S1; DOMAIN.md, A1).

    ``one_off_pence`` is None in what was stored before it was kept; ``consequence`` as for the panel's refusal, and
    None where it is agreed.
    """

    ruling: Ruling
    outcome: Literal["AGREED", "NOT_AGREED"]
    limit_weekly_pence: int
    reasons: tuple[Private, ...]
    needed: tuple[Private, ...]
    budget: Budget | None
    one_off_pence: int | None = None
    limit_one_off_pence: int | None = None
    limit_yearly_pence: int | None = None
    consequence: Private | None = None


Decision = Agreed | Deferred | NotAgreed | DelegatedDecisionMade


# Out of panel -------------------------------------------------------------------------------------------------------


Basis = Literal["EMERGENCY", "SHORT_PERIOD", "RISK_TO_LIFE"]
"""S4 §9, and the two sentences of S4 §12 NB."""


Alarm = Literal["APPLICATION_OVERDUE", "SHORT_PERIOD_ENDED", "RATIFICATION_OVERDUE", "SELF_APPROVAL"]


@dataclass(frozen=True)
class DecidedOutOfPanel:
    """An officer decided outside a panel; support goes on until something else is decided.

    ``need`` is the emergency or the risk as it was found, ``words`` what was decided. Costs are None where nobody said
    them; ``ratify_on`` is the following sitting of ``forum`` and ``settings_version`` the rules that all this rests on,
    None where this service knew no settings.
    """

    decision: UUID
    application: UUID
    person: str
    basis: Basis
    grounds: tuple[str, ...]
    need: Private
    words: Private
    decided_by: str
    decided_role: str
    decided_at: datetime
    weekly_pence: int | None
    one_off_pence: int | None
    high_cost_weekly_pence: int
    advised_by: str | None
    advice: Private | None
    ends_on: date | None
    application_due_at: datetime | None
    forum: str | None
    ratify_on: date | None
    settings_version: int | None
    warned: tuple[Warned, ...]


@dataclass(frozen=True)
class Ratified:
    """The panel ratified a decision that was made outside it."""

    application: UUID
    decision: UUID
    sitting: UUID
    ratified_by: str
    role: str
    ratified_at: datetime
    reasons: tuple[Private, ...]


@dataclass(frozen=True)
class NotRatified:
    """The panel did not; the first decision stays as it was made, and its support until a replacement is in place."""

    application: UUID
    decision: UUID
    sitting: UUID
    refused_by: str
    role: str
    refused_at: datetime
    reasons: tuple[Private, ...]
    needed: tuple[Private, ...]


@dataclass(frozen=True)
class ReplacementInPlace:
    """Other support took the place of what a decision that was not ratified had given (E4)."""

    application: UUID
    decision: UUID
    recorded_by: str
    recorded_at: datetime
    words: Private


@dataclass(frozen=True)
class AlarmRaised:
    """Something fell due and had not happened; nothing stops by itself because of it (S4 §12 NB; DOMAIN.md, E5, E7).

    ``officers`` and everybody in ``roles`` are told. ``ratify_on`` is the next sitting that a decision waits for which
    ``sitting`` left unratified. `SELF_APPROVAL` says that it was its own originator who decided at ``fell_due_at``, or
    who recorded its ratification then, which we heard afterwards: with a ``ratify_on`` it waits to be ratified anew.
    """

    application: UUID
    decision: UUID
    code: Alarm
    fell_due_at: datetime
    noticed_at: datetime
    officers: tuple[str, ...]
    roles: tuple[str, ...]
    sitting: UUID | None
    ratify_on: date | None

    @property
    def ratifies_anew(self) -> bool:
        """Whether what was ratified waits to be ratified again."""
        return self.code == "SELF_APPROVAL" and self.ratify_on is not None


@dataclass(frozen=True)
class RatificationSet:
    """The sitting that ratifies a decision which was made while this service knew of none (E2, E3)."""

    application: UUID
    decision: UUID
    forum: str
    ratify_on: date
    settings_version: int


@dataclass(frozen=True)
class AuthorityConflictFound:
    """An officer decided alone when their authority had ended, at ``ended_at``, which we heard afterwards (A6).

    Nothing is undone by itself: the decision stands and waits for the forum's following sitting to be ratified, and
    everybody in ``roles`` is told. ``forum`` and ``ratify_on`` are None where no settings are known.
    """

    application: UUID
    decision: UUID
    person: str
    decided_by: str
    decided_role: str
    decided_at: datetime
    weekly_pence: int
    ended_at: datetime
    noticed_at: datetime
    roles: tuple[str, ...]
    forum: str | None
    ratify_on: date | None
    settings_version: int | None


OutOfPanelEvent = (
    DecidedOutOfPanel
    | Ratified
    | NotRatified
    | ReplacementInPlace
    | AlarmRaised
    | RatificationSet
    | AuthorityConflictFound
)


Event = (
    Received
    | RouteChanged
    | FurtherInformationReceived
    | FamilyMemberTakenOut
    | Returned
    | DeferredToSitting
    | WithdrawalAgreed
    | Withdrawn
    | Decision
    | PlanFiledWithCourt
    | OutOfPanelEvent
)
