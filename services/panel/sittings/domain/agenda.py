"""Who is heard when: a place given, a ratification placed, minutes freed and offered to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from councils.settings import Settings
from ledger.decider import Acting, By, rule_broken, wrong_state
from services.panel.known.domain.wording import either
from services.panel.sittings.domain.candidate import (
    Candidate,
    is_late,
    minutes_of,
    require_admissible,
    require_in_time,
    returns,
    routed_to,
)
from services.panel.sittings.domain.events import Event, RatificationPlaced, Slot, SlotFreed, SlotMovedOn, SlotOffered
from services.panel.sittings.domain.requirements import ADMINISTRATOR, require_role, require_stage
from services.panel.sittings.domain.state import State, evolve

ASKING = ("service_manager", "director_csw", "director_cs")
"""Roles that may ask for a place on an agenda, though only the administrator gives one."""

PLACE_TO_BE_SAID = "to be said by the panel administrator"
"""The room or link of a place that a deferral gave: offered again, the administrator says it."""

Receipts = Mapping[UUID, datetime]
"""When each application of an agenda was received."""


@dataclass(frozen=True)
class OfferSlot:
    """Give an application its minutes on this agenda, at the next free time or, when it returns, first.

    ``candidate`` is how it stands, None where panel knows nothing of it; ``receipts`` say who moves on for one that
    returns (D5).
    """

    application: UUID
    minutes: int
    place: str
    candidate: Candidate | None = None
    receipts: Receipts = field(default_factory=dict[UUID, datetime])


def offer(command: OfferSlot, state: State, acting: Acting[Settings | None]) -> list[Event]:
    """Its place, and a new one for everybody whom it moves, under the settings of the sitting. Raises Refused."""
    plan, candidate = state.scheduled, command.candidate or Candidate(command.application)
    if acting.by.role in ASKING:
        # Whoever asks for a late one hears that it is late, not that another would have to ask (S4 §5; B2).
        require_in_time(candidate, plan)
    require_role(acting.by, (ADMINISTRATOR,))
    require_stage(state, "scheduled", "SITTING_STARTED", "The agenda can only change before the sitting opens.")
    has = state.slot_of(candidate.application)
    if isinstance(has, SlotOffered) and has.place != PLACE_TO_BE_SAID:
        raise wrong_state("SLOT_ALREADY_OFFERED", "This application already has its place on this agenda.")
    if candidate.placed:
        raise wrong_state("SLOT_ALREADY_OFFERED", "This application has its place at another sitting that is to come.")
    warned = require_admissible(candidate, plan, acting)
    allowed = minutes_of(candidate, plan)
    if command.minutes not in allowed:
        kind = "A complex case" if candidate.complex else "An application"
        raise rule_broken(
            "SLOT_LENGTH",
            f"{kind} has a slot of {either(allowed)} minutes here (S4 §5), not {command.minutes}.",
            allowed=list(allowed),
        )
    returning = returns(candidate, plan)
    used = sum(slot.minutes for slot in state.agenda)
    if used + command.minutes > plan.minutes and not returning:
        raise rule_broken(
            "AGENDA_FULL",
            f"The sitting has {plan.minutes} minutes, {used} are given out, and {command.minutes} more do not fit.",
            minutes=plan.minutes,
            used=used,
        )
    offered = SlotOffered(
        sitting=plan.sitting,
        application=candidate.application,
        starts_at=plan.starts_at,
        minutes=command.minutes,
        place=command.place,
        members=plan.core_members,
        kept_first=returning,
        offered_by=acting.by.actor,
        warned=warned,
    )
    return _with_room(state, offered, command.receipts) if returning else [*_at_their_times(state, offered)]


@dataclass(frozen=True)
class PlaceReturning:
    """Put what a deferral sent here on the agenda, first; ``minutes`` and ``place`` are what it had before."""

    application: UUID
    complex: bool = False
    minutes: int | None = None
    place: str = ""
    receipts: Receipts = field(default_factory=dict[UUID, datetime])


def place_returning(command: PlaceReturning, state: State, acting: Acting[Any]) -> list[Event]:
    """Item 1, after those deferred before it, whatever cut-off and minutes; asked again, nothing follows (D5)."""
    plan, has = state.scheduled, state.slot_of(command.application)
    if state.stage != "scheduled" or (has is not None and has.kept_first):
        return []
    allowed = minutes_of(Candidate(command.application, complex=command.complex), plan)
    offered = SlotOffered(
        sitting=plan.sitting,
        application=command.application,
        starts_at=plan.starts_at,
        minutes=command.minutes if command.minutes in allowed and command.minutes else min(allowed),
        place=command.place or PLACE_TO_BE_SAID,
        members=plan.core_members,
        kept_first=True,
        offered_by=acting.by.actor,
    )
    return _with_room(state, offered, command.receipts)


def _with_room(state: State, returning: SlotOffered, receipts: Receipts) -> list[Event]:
    """Its place; whoever no longer fits moves on, the last received first, and what is to be ratified stays (E2)."""
    plan = state.scheduled
    others = [one for one in state.agenda if isinstance(one, SlotOffered) and one.application != returning.application]
    excess = sum(one.minutes for one in others) + returning.minutes - plan.minutes
    moved: list[Event] = []
    last_first = sorted(others, key=lambda one: (receipts.get(one.application, plan.cut_off_at), one.starts_at))[::-1]
    for one in last_first:
        if excess <= 0:
            break
        if one.kept_first:
            continue
        gone = SlotMovedOn(
            one.application,
            returning.application,
            plan.forum,
            plan.on,
            one.minutes,
            one.place,
            returning.offered_by,
        )
        moved.append(gone)
        state, excess = evolve(state, gone), excess - one.minutes
    return [*moved, *_at_their_times(state, returning)]


@dataclass(frozen=True)
class PlaceMovedOn:
    """Give what had to move on from an earlier sitting its minutes here, if they fit."""

    application: UUID
    minutes: int
    place: str


def place_moved_on(command: PlaceMovedOn, state: State, acting: Acting[Any]) -> list[Event]:
    """Behind those who are here already; it came in time for an earlier sitting, and so for this one."""
    plan = state.scheduled
    used = sum(slot.minutes for slot in state.agenda)
    full = used + command.minutes > plan.minutes
    if state.stage != "scheduled" or isinstance(state.slot_of(command.application), SlotOffered) or full:
        return []
    offered = SlotOffered(
        sitting=plan.sitting,
        application=command.application,
        starts_at=plan.starts_at,
        minutes=command.minutes,
        place=command.place,
        members=plan.core_members,
        kept_first=False,
        offered_by=acting.by.actor,
    )
    return [*_at_their_times(state, offered)]


@dataclass(frozen=True)
class PlaceRatification:
    """Put a decision that was made outside the panel on this agenda, to be ratified."""

    application: UUID
    decision: UUID


def place_ratification(command: PlaceRatification, state: State, acting: Acting[Any]) -> list[Event]:
    """On the agenda even if it is full, after everybody who presents; what has a place there is ratified in it (E2)."""
    if state.stage != "scheduled" or state.slot_of(command.application) is not None:
        return []
    return [*_at_their_times(state, _ratification(command.application, command.decision, state, acting.by))]


def _ratification(application: UUID, decision: UUID, state: State, by: By) -> RatificationPlaced:
    """A place at which nothing but a decision is ratified, at the sitting's beginning until it is put in order."""
    plan = state.scheduled
    minutes = min(plan.ordinary_minutes or plan.complex_minutes)
    return RatificationPlaced(plan.sitting, application, decision, plan.starts_at, minutes, by.actor)


@dataclass(frozen=True)
class FreeSlot:
    """Take an application off the agenda because it left the panel's hands.

    ``waiting`` are those without a place, in order of receipt: the first that fits is offered the minutes (B11).
    ``to_ratify`` is a decision about it that this sitting was to ratify in its place.
    """

    application: UUID
    waiting: tuple[Candidate, ...] = ()
    to_ratify: UUID | None = None


def free(command: FreeSlot, state: State, acting: Acting[Any]) -> list[Event]:
    """Its minutes are free, and offered to the next whom they serve, before the sitting opens.

    What was decided about it outside the panel is ratified all the same, whatever became of the application (E2).
    """
    slot = state.slot_of(command.application)
    if not isinstance(slot, SlotOffered) or command.application in state.heard:
        return []
    freed: list[Event] = [SlotFreed(application=command.application, freed_by=acting.by.actor)]
    state = evolve(state, freed[0])
    if state.stage == "scheduled":
        for offered in _offered_to_next(command, slot, state, acting.by):
            freed.append(offered)
            state = evolve(state, offered)
    if command.to_ratify is None:
        return freed
    placed = _ratification(command.application, command.to_ratify, state, acting.by)
    # While the panel sits nobody's time moves any more.
    open_now = state.stage != "scheduled"
    return [*freed, *([replace(placed, starts_at=slot.starts_at)] if open_now else _at_their_times(state, placed))]


def _offered_to_next(command: FreeSlot, freed: SlotOffered, state: State, by: By) -> list[Slot]:
    """The first of those waiting, in order of receipt, whom the free minutes serve is offered them (B11)."""
    plan = state.scheduled
    free = plan.minutes - sum(slot.minutes for slot in state.agenda)
    for candidate in command.waiting:
        if candidate.received_at is None or not routed_to(candidate, plan) or is_late(candidate, plan):
            continue
        allowed = minutes_of(candidate, plan)
        minutes = freed.minutes if freed.minutes in allowed else min(allowed)
        if minutes > free:
            continue
        offered = replace(
            freed,
            application=candidate.application,
            minutes=minutes,
            kept_first=False,
            offered_by=by.actor,
            warned=(),
        )
        # In the freed place nobody else's time moves; one that is longer goes last, and so does one before whom a
        # deferred case would stand: that is the first now (D5). Then the gap closes.
        before_deferred = any(slot.kept_first and slot.starts_at > freed.starts_at for slot in state.agenda)
        in_place = minutes <= freed.minutes and not before_deferred
        return [offered] if in_place else _at_their_times(state, offered)
    return []


def _at_their_times(state: State, newcomer: Slot) -> list[Slot]:
    """The newcomer's offer, and a new one for everybody whose time it moves (D5: a returning one goes first).

    The agenda has no gaps afterwards, so minutes that fit in sum also end in time.
    """
    has = state.slot_of(newcomer.application)
    if has is not None and _rank(has) == _rank(newcomer):
        order = [newcomer if slot is has else slot for slot in state.agenda]
    else:
        order = [*(slot for slot in state.agenda if slot is not has), newcomer]
    order.sort(key=_rank)
    offers: list[Slot] = []
    free_at = state.scheduled.starts_at
    for slot in order:
        timed = replace(slot, starts_at=free_at)
        if slot is newcomer or timed != slot:
            offers.append(timed)
        free_at += timedelta(minutes=slot.minutes)
    return offers


def _rank(slot: Slot) -> int:
    """Deferred cases first, then the others, and last what nobody presents: ratifications."""
    if slot.kept_first:
        return 0
    return 1 if isinstance(slot, SlotOffered) else 2
