"""Whether an application may stand on an agenda: submitted, routed to this forum, in time, of the right length."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from councils.guards import Warned
from councils.settings import Settings
from ledger.decider import Acting, Failing, rule_broken
from services.panel.known.domain.requirements import require
from services.panel.sittings.domain.events import SittingScheduled


@dataclass(frozen=True)
class Candidate:
    """What the agenda needs to know of an application; ``received_at`` None says that none has been submitted.

    ``returns_on`` is the day of the sitting that a deferral named: there its place is kept, cut-off or not (D5).
    ``placed`` says that it stands on the agenda of another sitting that is still to come.
    """

    application: UUID
    received_at: datetime | None = None
    route: str = ""
    forum: str = ""
    complex: bool = False
    returns_on: date | None = None
    placed: bool = False


def belongs(candidate: Candidate, plan: SittingScheduled) -> bool:
    """Whether a received application may stand on an agenda: routed to its forum, in time or kept its place there."""
    return routed_to(candidate, plan) and not is_late(candidate, plan)


def require_admissible(
    candidate: Candidate, plan: SittingScheduled, acting: Acting[Settings | None]
) -> tuple[Warned, ...]:
    """It is submitted, for this forum and in time; the council's levels say what of that is let through.

    The guards have a level and the cut-off has none: what has not come by then is late, however it is asked for.
    Raises Refused.
    """
    warned = require(acting.settings, (*incomplete(candidate), *below_floor(candidate)))
    if candidate.received_at is None:
        require_in_time(replace(candidate, received_at=acting.at), plan)
        return warned
    if candidate.route != "DELEGATED" and not routed_to(candidate, plan):
        raise rule_broken(
            "OTHER_FORUM",
            f"This application was routed elsewhere, not to the {plan.forum}.",
            route=candidate.route,
            forum=candidate.forum,
        )
    require_in_time(candidate, plan)
    return warned


def incomplete(candidate: Candidate) -> Iterator[Failing]:
    """No slot for an application that has not been submitted complete (S3, S4 §7)."""
    if candidate.received_at is None:
        sentence = "This application has not been submitted complete, so it cannot have a slot (S3, S4 §7)."
        yield Failing("/application", "INCOMPLETE", sentence)


def below_floor(candidate: Candidate) -> Iterator[Failing]:
    """What is decided by delegated authority stands on no agenda (S2 #8)."""
    if candidate.route == "DELEGATED":
        sentence = "This application is decided by delegated authority and does not go to a panel (S2 #8)."
        yield Failing("/application", "BELOW_FLOOR", sentence)


def require_in_time(candidate: Candidate, plan: SittingScheduled) -> None:
    """The cut-off is kept, unless a deferral kept its place here. Raises Refused."""
    if candidate.received_at is not None and is_late(candidate, plan):
        raise rule_broken(
            "LATE",
            "This application was received after the cut-off of this sitting, and no late one is considered (S4 §5).",
            cut_off_at=plan.cut_off_at.isoformat(),
            received_at=candidate.received_at.isoformat(),
        )


def minutes_of(candidate: Candidate, plan: SittingScheduled) -> tuple[int, ...]:
    """The lengths that its slot may have."""
    return plan.complex_minutes if candidate.complex else (*plan.ordinary_minutes, *plan.complex_minutes)


def routed_to(candidate: Candidate, plan: SittingScheduled) -> bool:
    """Whether its way leads to this forum's panel."""
    return candidate.route == "PANEL" and candidate.forum == plan.forum


def is_late(candidate: Candidate, plan: SittingScheduled) -> bool:
    """Whether it came after the cut-off."""
    received_at = candidate.received_at
    return received_at is not None and received_at > plan.cut_off_at and not returns(candidate, plan)


def returns(candidate: Candidate, plan: SittingScheduled) -> bool:
    """Whether a deferral sent it to this sitting (D5)."""
    return candidate.returns_on == plan.on
