"""Who is heard when: a place given, a ratification placed, minutes freed and offered to the next."""

from dataclasses import dataclass, replace
from datetime import timedelta
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
from services.panel.sittings.domain.events import Event, RatificationPlaced, Slot, SlotFreed, SlotOffered
from services.panel.sittings.domain.requirements import ADMINISTRATOR, require_role, require_stage
from services.panel.sittings.domain.state import State, evolve

ASKING = ("service_manager", "director_csw", "director_cs")
"""Roles that may ask for a place on an agenda, though only the administrator gives one."""


@dataclass(frozen=True)
class OfferSlot:
    """Give an application its minutes on this agenda, at the next free time or, when it returns, first.

    ``candidate`` is how it stands, None where panel knows nothing of it.
    """

    application: UUID
    minutes: int
    place: str
    candidate: Candidate | None = None


def offer(command: OfferSlot, state: State, acting: Acting[Settings | None]) -> list[Event]:
    """Its place, and a new one for everybody whom it moves, under the settings of the sitting. Raises Refused."""
    plan, candidate = state.scheduled, command.candidate or Candidate(command.application)
    if acting.by.role in ASKING:
        # Whoever asks for a late one hears that it is late, not that another would have to ask (S4 §5; B2).
        require_in_time(candidate, plan)
    require_role(acting.by, (ADMINISTRATOR,))
    require_stage(state, "scheduled", "SITTING_STARTED", "The agenda can only change before the sitting opens.")
    if state.slot_of(candidate.application) is not None:
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
    used = sum(slot.minutes for slot in state.agenda)
    if used + command.minutes > plan.minutes:
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
        kept_first=returns(candidate, plan),
        offered_by=acting.by.actor,
        warned=warned,
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
    plan = state.scheduled
    minutes = min(plan.ordinary_minutes or plan.complex_minutes)
    placed = RatificationPlaced(
        plan.sitting, command.application, command.decision, plan.starts_at, minutes, acting.by.actor
    )
    return [*_at_their_times(state, placed)]


@dataclass(frozen=True)
class FreeSlot:
    """Take an application off the agenda because it left the panel's hands.

    ``waiting`` are those without a place, in order of receipt: the first that fits is offered the minutes (B11).
    """

    application: UUID
    waiting: tuple[Candidate, ...] = ()


def free(command: FreeSlot, state: State, acting: Acting[Any]) -> list[Event]:
    """Its minutes are free, and offered to the next whom they serve, before the sitting opens."""
    slot = state.slot_of(command.application)
    if slot is None or command.application in state.heard:
        return []
    freed = SlotFreed(application=command.application, freed_by=acting.by.actor)
    if state.stage != "scheduled" or not isinstance(slot, SlotOffered):
        return [freed]
    return [freed, *_offered_to_next(command, slot, evolve(state, freed), acting.by)]


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
        # In the freed place nobody else's time moves; one that is longer goes last, and the gap closes.
        return [offered] if minutes <= freed.minutes else _at_their_times(state, offered)
    return []


def _at_their_times(state: State, newcomer: Slot) -> list[Slot]:
    """The newcomer's offer, and a new one for everybody whose time it moves (D5: a returning one goes first).

    The agenda has no gaps afterwards, so minutes that fit in sum also end in time.
    """
    before = [slot for slot in state.agenda if slot.kept_first or not newcomer.kept_first]
    order = [*before, newcomer, *(slot for slot in state.agenda if slot not in before)]
    offers: list[Slot] = []
    free_at = state.scheduled.starts_at
    for slot in order:
        timed = replace(slot, starts_at=free_at)
        if slot is newcomer or timed != slot:
            offers.append(timed)
        free_at += timedelta(minutes=slot.minutes)
    return offers
