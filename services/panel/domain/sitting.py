"""One sitting of a forum, from its scheduling to its signed minutes: who is heard when, and what is open now."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, assert_never
from uuid import UUID

from councils import calendar
from ledger.decider import By, Decider, not_allowed, rule_broken, wrong_state
from services.panel.domain import terms
from services.panel.domain.agenda import (
    ADMINISTRATOR,
    Candidate,
    Chair,
    CloseItem,
    CloseSitting,
    Command,
    Event,
    FreeSlot,
    ItemClosed,
    ItemOpened,
    MinutesSigned,
    OfferSlot,
    OpenItem,
    OpenSitting,
    PlaceRatification,
    RatificationPlaced,
    ScheduleSitting,
    SignMinutes,
    SittingClosed,
    SittingOpened,
    SittingScheduled,
    Slot,
    SlotFreed,
    SlotOffered,
)
from services.panel.domain.case import BeingHeard
from services.panel.domain.guards import Guards
from services.panel.domain.wording import either

ASKING = ("service_manager", "director_csw", "director_cs")
"""Roles that may ask for a place on an agenda, though only the administrator gives one."""

UNSKILLED = frozenset({"finance", "commissioning", ADMINISTRATOR})
"""Kinds of member who alone do not make a panel "appropriately skilled and trained" (guidance 10.85, S2 #19)."""

# State ----------------------------------------------------------------------------------------------------------

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
        case SlotFreed():
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


# Rules ----------------------------------------------------------------------------------------------------------


def decide(command: Command, state: State) -> list[Event]:
    """What one command leads to. Raises Refused."""
    if state.stage == "signed":
        raise wrong_state("MINUTES_SIGNED", "The minutes of this sitting are signed and cannot change (S4 appendix).")
    match command:
        case ScheduleSitting():
            return _schedule(command, state)
        case OfferSlot():
            return _offer(command, state)
        case PlaceRatification():
            return _place_ratification(command, state)
        case FreeSlot():
            return _free(command, state)
        case OpenSitting():
            return _open(command, state)
        case OpenItem():
            return _open_item(command, state)
        case CloseItem():
            return _close_item(command, state)
        case CloseSitting():
            return _close(command, state)
        case SignMinutes():
            return _sign(command, state)
        case _:
            assert_never(command)


def _schedule(command: ScheduleSitting, state: State) -> list[Event]:
    _require_role(command.by, (ADMINISTRATOR,))
    forum = command.settings.forums.get(command.forum)
    if forum is None:
        raise rule_broken("NO_SUCH_FORUM", f"The settings in force know no forum {command.forum}.", forum=command.forum)
    if state.plan is not None:
        raise wrong_state("ALREADY_SCHEDULED", f"The {forum.name} already sits on {command.on:%d %B %Y}.")
    terms.require_sitting_day(forum, command.on)
    return [
        SittingScheduled(
            sitting=command.sitting,
            forum=command.forum,
            on=command.on,
            starts_at=calendar.starts_at(forum, command.on),
            minutes=forum.minutes,
            cut_off_at=calendar.cut_off(forum, command.on),
            ordinary_minutes=forum.slots.ordinary,
            complex_minutes=forum.slots.complex,
            quorum=forum.quorum,
            chair_roles=forum.chair_roles,
            core_members=forum.core_members,
            settings_version=command.settings.version,
            scheduled_by=command.by.actor,
        )
    ]


def _offer(command: OfferSlot, state: State) -> list[Event]:
    if command.by.role in ASKING:
        # Whoever asks for a late one hears that it is late, not that another would have to ask (S4 §5; B2).
        _require_in_time(command.candidate, state.scheduled)
    _require_role(command.by, (ADMINISTRATOR,))
    _require_stage(state, "scheduled", "SITTING_STARTED", "The agenda can only change before the sitting opens.")
    plan, candidate = state.scheduled, command.candidate
    if state.slot_of(candidate.application) is not None:
        raise wrong_state("SLOT_ALREADY_OFFERED", "This application already has its place on this agenda.")
    if candidate.placed:
        raise wrong_state("SLOT_ALREADY_OFFERED", "This application has its place at another sitting that is to come.")
    guards = Guards(command.guards)
    _require_admissible(candidate, plan, guards, command.at)
    allowed = _minutes_of(candidate, plan)
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
        kept_first=_returns(candidate, plan),
        offered_by=command.by.actor,
        warned=guards.warned,
    )
    return [*_at_their_times(state, offered)]


def _minutes_of(candidate: Candidate, plan: SittingScheduled) -> tuple[int, ...]:
    return plan.complex_minutes if candidate.complex else (*plan.ordinary_minutes, *plan.complex_minutes)


def _place_ratification(command: PlaceRatification, state: State) -> list[Event]:
    """On the agenda even if it is full, after everybody who presents; what has a place there is ratified in it (E2)."""
    if state.stage != "scheduled" or state.slot_of(command.application) is not None:
        return []
    plan = state.scheduled
    minutes = min(plan.ordinary_minutes or plan.complex_minutes)
    placed = RatificationPlaced(
        plan.sitting, command.application, command.decision, plan.starts_at, minutes, command.by.actor
    )
    return [*_at_their_times(state, placed)]


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


def _returns(candidate: Candidate, plan: SittingScheduled) -> bool:
    return candidate.returns_on == plan.on


def _require_admissible(candidate: Candidate, plan: SittingScheduled, guards: Guards, at: datetime) -> None:
    if candidate.received_at is None:
        if guards.refuses("INCOMPLETE"):
            raise rule_broken(
                "INCOMPLETE", "This application has not been submitted complete, so it cannot have a slot (S3, S4 §7)."
            )
        # The guard has a level and the cut-off has none: what has not come by then is late, however it is asked for.
        _require_in_time(replace(candidate, received_at=at), plan)
        return
    below = candidate.route == "DELEGATED"
    if below and guards.refuses("BELOW_FLOOR"):
        raise rule_broken(
            "BELOW_FLOOR", "This application is decided by delegated authority and does not go to a panel (S2 #8)."
        )
    if not below and not _routed_to(candidate, plan):
        raise rule_broken(
            "OTHER_FORUM",
            f"This application was routed elsewhere, not to the {plan.forum}.",
            route=candidate.route,
            forum=candidate.forum,
        )
    _require_in_time(candidate, plan)


def belongs(candidate: Candidate, plan: SittingScheduled) -> bool:
    """Whether a received application may stand on an agenda: routed to its forum, in time or kept its place there."""
    return _routed_to(candidate, plan) and not _is_late(candidate, plan)


def _routed_to(candidate: Candidate, plan: SittingScheduled) -> bool:
    return candidate.route == "PANEL" and candidate.forum == plan.forum


def _is_late(candidate: Candidate, plan: SittingScheduled) -> bool:
    received_at = candidate.received_at
    return received_at is not None and received_at > plan.cut_off_at and not _returns(candidate, plan)


def _require_in_time(candidate: Candidate, plan: SittingScheduled) -> None:
    if candidate.received_at is not None and _is_late(candidate, plan):
        raise rule_broken(
            "LATE",
            "This application was received after the cut-off of this sitting, and no late one is considered (S4 §5).",
            cut_off_at=plan.cut_off_at.isoformat(),
            received_at=candidate.received_at.isoformat(),
        )


def _free(command: FreeSlot, state: State) -> list[Event]:
    slot = state.slot_of(command.application)
    if slot is None or command.application in state.heard:
        return []
    freed = SlotFreed(application=command.application, freed_by=command.by.actor)
    if state.stage != "scheduled" or not isinstance(slot, SlotOffered):
        return [freed]
    return [freed, *_offered_to_next(command, slot, evolve(state, freed))]


def _offered_to_next(command: FreeSlot, freed: SlotOffered, state: State) -> list[Slot]:
    """The first of those waiting, in order of receipt, whom the free minutes serve is offered them (B11)."""
    plan = state.scheduled
    free = plan.minutes - sum(slot.minutes for slot in state.agenda)
    for candidate in command.waiting:
        if candidate.received_at is None or not _routed_to(candidate, plan) or _is_late(candidate, plan):
            continue
        allowed = _minutes_of(candidate, plan)
        minutes = freed.minutes if freed.minutes in allowed else min(allowed)
        if minutes > free:
            continue
        offered = replace(
            freed,
            application=candidate.application,
            minutes=minutes,
            kept_first=False,
            offered_by=command.by.actor,
            warned=(),
        )
        # In the freed place nobody else's time moves; one that is longer goes last, and the gap closes.
        return [offered] if minutes <= freed.minutes else _at_their_times(state, offered)
    return []


def _open(command: OpenSitting, state: State) -> list[Event]:
    plan = state.scheduled
    if command.by.role not in (*plan.chair_roles, *command.may_chair):
        _require_may_chair(command.by.role, plan, command.may_chair)
        if any(one.kind in plan.chair_roles for one in command.present):
            _require_role(command.by, plan.chair_roles)
        raise rule_broken("NO_CHAIR", f"Only {either(plan.chair_roles)} opens a sitting, and neither is here (S4 §4).")
    _require_stage(state, "scheduled", "ALREADY_OPENED", "This sitting has already been opened.")
    if calendar.london_date(command.at) != plan.on:
        raise wrong_state(
            "NOT_ITS_DAY", f"This sitting is on {plan.on:%A %d %B %Y}; it opens on that day.", on=plan.on.isoformat()
        )
    kinds = {one.member: one.kind for one in command.present}
    if any(kinds[one.member] != one.kind for one in command.present):
        raise rule_broken("PRESENT_TWICE", "Somebody is named as two kinds of member among those present.")
    members = {*kinds, command.by.actor}
    if len(members) < plan.quorum:
        raise rule_broken(
            "NOT_QUORATE",
            f"{len(members)} are present and the quorum is {plan.quorum}.",
            quorum=plan.quorum,
            present=len(members),
        )
    if all(one.kind in UNSKILLED for one in command.present):
        raise rule_broken(
            "NOT_SKILLED",
            "Everybody present is of finance, commissioning or administration; a panel must be skilled (10.85).",
        )
    return [
        SittingOpened(opened_by=command.by.actor, role=command.by.role, present=command.present, opened_at=command.at)
    ]


def _open_item(command: OpenItem, state: State) -> list[Event]:
    plan = state.scheduled
    if command.by.role != ADMINISTRATOR:
        _require_may_chair(command.by.role, plan, command.may_chair)
    _require_role(command.by, (*plan.chair_roles, *command.may_chair, ADMINISTRATOR))
    chair = command.chair or (None if command.by.role == ADMINISTRATOR else Chair(command.by.actor, command.by.role))
    if chair is not None and chair.role not in (*plan.chair_roles, *command.may_chair):
        raise _may_not_chair(plan, command.may_chair)
    _require_stage(state, "open", "SITTING_NOT_OPEN", "An application can only be heard while the sitting is open.")
    if state.slot_of(command.application) is None:
        raise wrong_state("NOT_ON_AGENDA", "This application is not on the agenda of this sitting.")
    if state.open_item is not None:
        raise wrong_state("ITEM_STILL_OPEN", "Another application is still being heard; close it first.")
    if command.application in state.heard:
        raise wrong_state("ALREADY_HEARD", "This application has already been heard at this sitting.")
    return [
        ItemOpened(
            application=command.application,
            opened_by=command.by.actor,
            opened_at=command.at,
            chaired_by=chair.officer if chair else None,
            chaired_role=chair.role if chair else None,
            may_chair=command.may_chair,
        )
    ]


def _require_may_chair(role: str, plan: SittingScheduled, may_chair: tuple[str, ...]) -> None:
    """Where an order says who may chair, another role is told so (S4 §7; A13)."""
    if may_chair and role not in (*plan.chair_roles, *may_chair):
        raise _may_not_chair(plan, may_chair)


def _may_not_chair(plan: SittingScheduled, may_chair: tuple[str, ...]) -> Exception:
    roles = (*plan.chair_roles, *may_chair)
    return rule_broken(
        "CHAIR_NOT_ALLOWED", f"Such a case is chaired by {either(roles)} (S4 §7).", may_chair=list(roles)
    )


def _close_item(command: CloseItem, state: State) -> list[Event]:
    _require_role(command.by, (*state.scheduled.chair_roles, ADMINISTRATOR))
    if state.hearing(command.application) is None:
        raise wrong_state("ITEM_NOT_OPEN", "This application is not being heard now.")
    return [ItemClosed(application=command.application, closed_by=command.by.actor, closed_at=command.at)]


def _close(command: CloseSitting, state: State) -> list[Event]:
    _require_role(command.by, (*state.scheduled.chair_roles, ADMINISTRATOR))
    _require_stage(state, "open", "SITTING_NOT_OPEN", "Only an open sitting can be closed.")
    if state.open_item is not None:
        raise wrong_state("ITEM_STILL_OPEN", "An application is still being heard; close it first.")
    return [SittingClosed(closed_by=command.by.actor, closed_at=command.at)]


def _sign(command: SignMinutes, state: State) -> list[Event]:
    _require_role(command.by, state.scheduled.chair_roles)
    _require_stage(state, "closed", "SITTING_NOT_CLOSED", "The minutes are signed after the sitting has closed.")
    return [MinutesSigned(signed_by=command.by.actor, role=command.by.role, signed_at=command.at)]


def _require_role(by: By, roles: tuple[str, ...]) -> None:
    if by.role not in roles:
        raise not_allowed("ROLE_NOT_ALLOWED", f"Only {either(roles)} may do this.", role=by.role)


def _require_stage(state: State, stage: Stage, code: str, sentence: str) -> None:
    if state.stage != stage:
        raise wrong_state(code, sentence, stage=state.stage)


DECIDER: Decider[Command, State, Event] = Decider(State(), evolve, decide)
