"""What is stored when a part of the form is written: each event holds its part whole, as it reads from then on.

A member that may be None is one the form can still lack while it is a draft; what a council's form must hold is judged
by `requirements`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from councils.guards import Warned
from councils.texts import says_something
from ledger.decider import Private

WORKER_TIME = "WORKER_TIME"
"""The allocated worker's own time: a resource that never counts towards a cost (S4 §6)."""


def private(person: str, text: str | None) -> Private | None:
    """Text that is sealed as somebody's, letter for letter, or None where nothing is said (H)."""
    return Private(person, text) if text is not None and says_something(text) else None


Relationship = Literal["child", "young_person", "parent", "carer", "person"]
"""How somebody in a family stands to it."""


@dataclass(frozen=True)
class FamilyMember:
    """Somebody in the family, the person concerned included; the name is sealed as their own."""

    party: str
    relationship: str
    name: Private
    has_parental_responsibility: bool


@dataclass(frozen=True)
class FamilyMemberNamed:
    """Somebody was added to the family after the form began, or is described anew under the same id (S4 §13)."""

    member: FamilyMember


@dataclass(frozen=True)
class FamilyMemberTakenOut:
    """Somebody who was named in error is no longer of the family, nor are their views; and why (S4 §13; B12).

    ``announced``: the form was handed in before, so that others have heard of them.
    """

    application: str
    party: str
    reason: Private
    taken_out_by: str
    taken_out_at: datetime
    announced: bool


@dataclass(frozen=True)
class BudgetIndicated:
    """The indicative budget in pence a week, known before the plan is written (S0)."""

    weekly_pence: int


@dataclass(frozen=True)
class CostsGiven:
    """What is asked for: pence a week, and pence once."""

    weekly_pence: int
    one_off_pence: int


@dataclass(frozen=True)
class ResourceLine:
    """One resource asked for: pence a week, pence once, and where that is limited from when and for how many days."""

    resource: str
    weekly_pence: int
    one_off_pence: int
    days: int | None = None
    starts_on: date | None = None


def sums_of(lines: tuple[ResourceLine, ...]) -> tuple[int, int]:
    """What resources cost a week and once, in pence; the worker's own time never counts (S4 §6; A15)."""
    counted = [line for line in lines if line.resource != WORKER_TIME]
    return sum(line.weekly_pence for line in counted), sum(line.one_off_pence for line in counted)


@dataclass(frozen=True)
class ResourcesListed:
    """The resources that the costs are made of; their sums without the worker's own time are the costs."""

    lines: tuple[ResourceLine, ...]


@dataclass(frozen=True)
class CircumstancesStated:
    """What routing must know of the case besides its kind and its costs (S4 §6 and §7).

    ``within`` names the wider packages that this is part of, ``section`` the section of the Children Act 1989,
    ``order`` the order that the support is for, ``package`` a package the council's lists know.
    """

    within: tuple[str, ...] = ()
    emergency: bool = False
    disability_team: bool = False
    complex_health: bool = False
    section: str | None = None
    order: str | None = None
    package: str | None = None


UNSTATED = CircumstancesStated()
"""Nothing was said of the circumstances."""


@dataclass(frozen=True)
class ComplexityMarked:
    """Whether the case is very complex or particularly distinctive, and why (S1)."""

    complex: bool
    distinctive: bool
    reason: Private | None


@dataclass(frozen=True)
class SectionCompleted:
    """A section of the form was written, or written anew."""

    section: str
    text: Private


@dataclass(frozen=True)
class GuardPassed:
    """A part was written although a guard of the council's would refuse it, because the guard stands lower."""

    passed: Warned
    part: str


@dataclass(frozen=True)
class OptionTried:
    """Another option that was tried or considered, and why it was unsuitable."""

    option: Private
    why_unsuitable: Private | None


@dataclass(frozen=True)
class OptionsTried:
    """Every other option that was tried before this one was asked for (S2 #5, S4 §12)."""

    options: tuple[OptionTried, ...]


@dataclass(frozen=True)
class FundingSource:
    """Whether another source may fund this, and what is known of it (S4 §7)."""

    source: str
    possible: bool
    information: Private | None


@dataclass(frozen=True)
class OtherFundingStated:
    """The other sources that were considered; none in the list means that none is possible."""

    sources: tuple[FundingSource, ...]


@dataclass(frozen=True)
class PlannedAction:
    """One action of the plan: who is responsible for it, by when, and when it is reviewed (S4 §10)."""

    action: Private
    owner: Private | None
    due_on: date | None
    review_on: date | None


@dataclass(frozen=True)
class ActionsPlanned:
    """The plan of action (S4 §10)."""

    actions: tuple[PlannedAction, ...]


@dataclass(frozen=True)
class FamilyAgreementStated:
    """Whether the family agrees to the plan; if not why, or that significant harm is the exception (S4 §10)."""

    agreed: bool
    reason: Private | None
    significant_harm: bool


@dataclass(frozen=True)
class Stated:
    """What is said under one of the council's codes."""

    code: str
    text: Private


@dataclass(frozen=True)
class SupportNeedsStated:
    """A child's needs under an order or adoption support, and the advice that was sought about them (S4 §7)."""

    needs: tuple[Stated, ...]
    advice: tuple[Stated, ...]


@dataclass(frozen=True)
class ParentalResponsibilityStated:
    """Who holds parental responsibility where no relative does: the council, by an order, or nobody; and why (S4 §13).

    None in both takes back what was said: it is held by those whom the family names. ``manager`` is the officer from
    whom the council's own view comes.
    """

    held_by: str | None
    reason: Private | None
    manager: str | None = None


@dataclass(frozen=True)
class VoiceRecorded:
    """What somebody in the family thinks and wishes, or why that could not be had; each sealed as their own.

    A child's wishes and feelings stand beside their age in years and their understanding (S4 §13).
    """

    party: str
    views: Private | None
    why_not_obtainable: Private | None
    age_years: Private | None = None
    understanding: Private | None = None


Scan = Literal["clean", "not_scanned"]


@dataclass(frozen=True)
class AttachmentAdded:
    """A document was attached. Its bytes are kept sealed beside the ledger, never in it.

    ``fingerprint`` (hex) finds them: an HMAC under the person's key, gone with it. ``digest`` (hex) is SHA-256 of the
    ciphertext, so that an altered one is found. ``size`` is that of the content in bytes.
    """

    attachment: str
    name: Private
    type: str
    size: int
    fingerprint: str
    digest: str
    scan: Scan
    added_by: str


@dataclass(frozen=True)
class AttachmentRemoved:
    """A document is no longer part of the form. ``kept``: it was handed in once, so the record holds its bytes."""

    attachment: str
    removed_by: str
    fingerprint: str
    kept: bool


PartWritten = (
    FamilyMemberNamed
    | FamilyMemberTakenOut
    | BudgetIndicated
    | CostsGiven
    | ResourcesListed
    | CircumstancesStated
    | ComplexityMarked
    | SectionCompleted
    | GuardPassed
    | OptionsTried
    | OtherFundingStated
    | ActionsPlanned
    | FamilyAgreementStated
    | SupportNeedsStated
    | ParentalResponsibilityStated
    | VoiceRecorded
    | AttachmentAdded
    | AttachmentRemoved
)
