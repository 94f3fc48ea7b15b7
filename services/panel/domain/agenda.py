"""What happens at one sitting of a forum, and what is asked of it: its events and its commands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from councils.settings import Settings
from ledger.decider import By
from services.panel.domain.guards import Warned

ADMINISTRATOR = "panel_administrator"

# Events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SittingScheduled:
    """A sitting stands in the calendar, with the rules of the settings it was scheduled under."""

    sitting: UUID
    forum: str
    on: date
    starts_at: datetime
    minutes: int
    cut_off_at: datetime
    ordinary_minutes: tuple[int, ...]
    complex_minutes: tuple[int, ...]
    quorum: int
    chair_roles: tuple[str, ...]
    core_members: tuple[str, ...]
    settings_version: int
    scheduled_by: str

    @property
    def ends_at(self) -> datetime:
        """When the sitting's time is used up."""
        return self.starts_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class SlotOffered:
    """An application has its time on the agenda; offered again when its time moves (C3)."""

    sitting: UUID
    application: UUID
    starts_at: datetime
    minutes: int
    place: str
    members: tuple[str, ...]
    kept_first: bool
    offered_by: str
    warned: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class RatificationPlaced:
    """A decision that was made outside the panel stands on the agenda to be ratified, cut-off or not, full or not (E2).

    Placed again when its time moves. Nobody presents it.
    """

    sitting: UUID
    application: UUID
    decision: UUID
    starts_at: datetime
    minutes: int
    placed_by: str

    @property
    def kept_first(self) -> bool:
        """It stands after those who present."""
        return False


Slot = SlotOffered | RatificationPlaced
"""A place on the agenda."""


@dataclass(frozen=True)
class SlotFreed:
    """An application was withdrawn or returned, and its minutes are free again (B11)."""

    application: UUID
    freed_by: str


@dataclass(frozen=True)
class Present:
    """Somebody at the sitting: an opaque id and the kind of member they are."""

    member: str
    kind: str


@dataclass(frozen=True)
class SittingOpened:
    """The chair or vice chair opened the sitting before a quorum."""

    opened_by: str
    role: str
    present: tuple[Present, ...]
    opened_at: datetime


@dataclass(frozen=True)
class ItemOpened:
    """The panel began to hear one application.

    ``chaired_by`` chairs this case, in ``chaired_role``, where that was said; ``may_chair`` are the roles that may
    besides those of the sitting (S4 §7).
    """

    application: UUID
    opened_by: str
    opened_at: datetime
    chaired_by: str | None = None
    chaired_role: str | None = None
    may_chair: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemClosed:
    """The panel finished hearing one application."""

    application: UUID
    closed_by: str
    closed_at: datetime


@dataclass(frozen=True)
class SittingClosed:
    """The sitting is over."""

    closed_by: str
    closed_at: datetime


@dataclass(frozen=True)
class MinutesSigned:
    """The chair signed the minutes; nothing in the sitting changes any more (D12)."""

    signed_by: str
    role: str
    signed_at: datetime


Event = (
    SittingScheduled
    | SlotOffered
    | RatificationPlaced
    | SlotFreed
    | SittingOpened
    | ItemOpened
    | ItemClosed
    | SittingClosed
    | MinutesSigned
)

# Commands -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScheduleSitting:
    """Put a sitting of a forum in the calendar, under the settings in force."""

    by: By
    sitting: UUID
    forum: str
    on: date
    settings: Settings


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


@dataclass(frozen=True)
class OfferSlot:
    """Give an application its minutes on this agenda, at the next free time or, when it returns, first.

    ``guards`` are the levels of the settings under which the sitting was scheduled.
    """

    by: By
    candidate: Candidate
    minutes: int
    place: str
    at: datetime
    guards: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class PlaceRatification:
    """Put a decision that was made outside the panel on this agenda, to be ratified."""

    by: By
    application: UUID
    decision: UUID


@dataclass(frozen=True)
class FreeSlot:
    """Take an application off the agenda because it left the panel's hands.

    ``waiting`` are those without a place, in order of receipt: the first that fits is offered the minutes (B11).
    """

    by: By
    application: UUID
    waiting: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class OpenSitting:
    """Open the sitting with those present; ``may_chair`` are roles that may chair every case on its agenda (A13)."""

    by: By
    present: tuple[Present, ...]
    at: datetime
    may_chair: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chair:
    """Who chairs a case, and in which role."""

    officer: str
    role: str


@dataclass(frozen=True)
class OpenItem:
    """Begin to hear one application; ``may_chair`` are roles that may chair this case besides the forum's own."""

    by: By
    application: UUID
    at: datetime
    chair: Chair | None = None
    may_chair: tuple[str, ...] = ()


@dataclass(frozen=True)
class CloseItem:
    """Finish hearing one application."""

    by: By
    application: UUID
    at: datetime


@dataclass(frozen=True)
class CloseSitting:
    """End the sitting."""

    by: By
    at: datetime


@dataclass(frozen=True)
class SignMinutes:
    """Sign the minutes of a closed sitting."""

    by: By
    at: datetime


Command = (
    ScheduleSitting
    | OfferSlot
    | PlaceRatification
    | FreeSlot
    | OpenSitting
    | OpenItem
    | CloseItem
    | CloseSitting
    | SignMinutes
)
