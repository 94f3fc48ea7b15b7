"""Where one sitting stands: its agenda in order, what is open, and what was heard."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, assert_never
from uuid import UUID

from ledger.decider import By, wrong_state
from services.panel.sittings.domain.events import (
    Event,
    ItemClosed,
    ItemOpened,
    MinutesSigned,
    RatificationPlaced,
    SittingClosed,
    SittingOpened,
    SittingScheduled,
    Slot,
    SlotFreed,
    SlotMovedOn,
    SlotOffered,
)


@dataclass(frozen=True)
class BeingHeard:
    """An application that an open and quorate sitting is hearing now: the only moment at which a panel decides (D1).

    ``may_chair`` are roles in which ``chaired_by`` may chair this case besides ``chair_roles``, the sitting's own.
    """

    sitting: UUID
    on: date
    opened_at: datetime
    chair_roles: tuple[str, ...]
    chaired_by: str | None = None
    may_chair: tuple[str, ...] = ()

    def records(self, by: By) -> bool:
        """Whether somebody records what the panel decides: the sitting's chairs, and whoever chairs this case."""
        return by.role in self.chair_roles or (by.role in self.may_chair and by.actor == self.chaired_by)


Stage = Literal["none", "scheduled", "open", "closed", "signed"]


@dataclass(frozen=True)
class State:
    """The agenda in its order, and what is open."""

    stage: Stage = "none"
    plan: SittingScheduled | None = None
    agenda: tuple[Slot, ...] = ()
    opened_by: str = ""
    open_item: ItemOpened | None = None
    heard: frozenset[UUID] = frozenset()

    @property
    def scheduled(self) -> SittingScheduled:
        """The plan of a sitting that exists; callers answer 404 before they ask one that does not."""
        if self.plan is None:
            raise wrong_state("NOT_SCHEDULED", "This sitting has not been scheduled.")
        return self.plan

    def hearing(self, application: UUID) -> BeingHeard | None:
        """The application as it is being heard, in an open and quorate sitting; None when it is not (D1)."""
        item, plan = self.open_item, self.plan
        if plan is None or item is None or item.application != application:
            return None
        return BeingHeard(plan.sitting, plan.on, item.opened_at, plan.chair_roles, item.chaired_by, item.may_chair)

    def slot_of(self, application: UUID) -> Slot | None:
        """The application's place on the agenda."""
        return next((slot for slot in self.agenda if slot.application == application), None)


def evolve(state: State, event: Event) -> State:
    """The state after one more event."""
    match event:
        case SittingScheduled():
            return replace(state, stage="scheduled", plan=event)
        case SlotOffered() | RatificationPlaced():
            others = tuple(slot for slot in state.agenda if slot.application != event.application)
            return replace(state, agenda=tuple(sorted((*others, event), key=lambda slot: slot.starts_at)))
        case SlotFreed() | SlotMovedOn():
            kept = tuple(slot for slot in state.agenda if slot.application != event.application)
            return replace(state, agenda=kept)
        case SittingOpened():
            return replace(state, stage="open", opened_by=event.opened_by)
        case ItemOpened():
            return replace(state, open_item=event)
        case ItemClosed():
            return replace(state, open_item=None, heard=state.heard | {event.application})
        case SittingClosed():
            return replace(state, stage="closed")
        case MinutesSigned():
            return replace(state, stage="signed")
        case _:
            assert_never(event)
