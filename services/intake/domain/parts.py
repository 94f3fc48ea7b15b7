"""The parts of the form that are lists and statements rather than one text: what is stored of each when it is written.

Each event holds its part whole, as it reads from then on. A member that may be None is one the form can still lack
while it is a draft; what a council's form must hold is judged by `completeness`.
"""

from dataclasses import dataclass
from datetime import date

from ledger.decider import Private

WORKER_TIME = "WORKER_TIME"
"""The allocated worker's own time: a resource that never counts towards a cost (S4 §6)."""


@dataclass(frozen=True)
class ResourceLine:
    """One resource asked for: pence a week, pence once, and where that is limited from when and for how many days."""

    resource: str
    weekly_pence: int
    one_off_pence: int
    days: int | None = None
    starts_on: date | None = None


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

    None in both takes back what was said: it is held by those whom the family names.
    """

    held_by: str | None
    reason: Private | None


PartWritten = (
    ResourcesListed
    | CircumstancesStated
    | OptionsTried
    | OtherFundingStated
    | ActionsPlanned
    | FamilyAgreementStated
    | SupportNeedsStated
    | ParentalResponsibilityStated
)
