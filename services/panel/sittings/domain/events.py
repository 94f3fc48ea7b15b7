"""What happens at one sitting of a forum, from its scheduling to its signed minutes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from councils.guards import Warned


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
class SlotMovedOn:
    """What no longer fitted moves on to the forum's next sitting, because one that was deferred to this one came first.

    It keeps its receipt; ``minutes`` and ``place`` are what it had here.
    """

    application: UUID
    because_of: UUID
    forum: str
    on: date
    minutes: int
    place: str
    moved_by: str


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
    | SlotMovedOn
    | SittingOpened
    | ItemOpened
    | ItemClosed
    | SittingClosed
    | MinutesSigned
)
