"""What follows from what panel decides or hears: slots freed and offered, ratifications placed, conflicts found."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from councils.calendar import london_date
from councils.settings import Settings
from ledger.codec.sealed import from_sealed_json
from ledger.decider import Waiting, not_found
from ledger.following import follows
from ledger.recorded import Decided, Heard, Recorded
from ledger.unit_of_work import UnitOfWork, subject_of
from services import settings
from services.panel.decisions.decider import DECIDER, stream
from services.panel.decisions.domain.events import (
    AlarmRaised,
    AuthorityConflictFound,
    DecidedOutOfPanel,
    Deferred,
    DeferredToSitting,
    FamilyMemberTakenOut,
    FurtherInformationReceived,
    RatificationSet,
    Received,
    Returned,
    RouteChanged,
    Withdrawn,
)
from services.panel.decisions.domain.out_of_panel.alarms import RaiseAlarm
from services.panel.decisions.domain.out_of_panel.conflicts import FindAuthorityConflict, FindSelfApproval
from services.panel.decisions.domain.out_of_panel.following_sitting import (
    SetRatification,
    next_to_open,
    ratifying_forum,
)
from services.panel.decisions.domain.receiving import (
    Receive,
    ReceiveFurtherInformation,
    TakeOutFamilyMember,
    candidate,
)
from services.panel.decisions.domain.state import State
from services.panel.decisions.read import (
    decided_alone_since,
    forum_of_decision,
    moved_on,
    receipts,
    returning_to,
    to_place,
    to_ratify,
    waiting_for,
    without_sitting,
)
from services.panel.known.domain.case import Answer
from services.panel.known.read import private_or_none, route, submitted
from services.panel.sittings import decider as sittings
from services.panel.sittings.domain.agenda import FreeSlot, PlaceMovedOn, PlaceRatification, PlaceReturning
from services.panel.sittings.domain.candidate import belongs
from services.panel.sittings.domain.events import (
    RatificationPlaced,
    SittingClosed,
    SittingScheduled,
    SlotFreed,
    SlotMovedOn,
    SlotOffered,
)
from services.panel.sittings.read import coming, coming_sittings_of, last_slot, stages

# An application comes, and goes ---------------------------------------------------------------------------------


@follows("uk.panelbook.routing.route.routed.v1", leads_to=(Received, RouteChanged))
async def receive(unit: UnitOfWork, heard: Heard) -> None:
    """What was submitted and routed is in panel's hands. Raises Waiting while the submission is not here."""
    application = UUID(heard.data["application"])
    submission = await submitted(unit, application)
    state = (await unit.load(DECIDER, stream(application))).state
    returned = state.stage == "returned"
    if submission is None or (returned and submission[0].times_submitted <= state.known.case.times_submitted):
        raise Waiting("the submission that was routed has not been heard yet")
    received = Received(*submission, route(heard.data))
    await unit.decide(DECIDER, stream(application), Receive(received), unit.acting())


@follows("uk.panelbook.intake.application.further_information_given.v1", leads_to=(FurtherInformationReceived,))
async def receive_further_information(unit: UnitOfWork, heard: Heard) -> None:
    """What was given for further work belongs to the application. Raises Waiting while its route is not here."""
    data, application = heard.data, UUID(heard.data["application"])
    if (await unit.load(DECIDER, stream(application))).state.received is None:
        raise Waiting("this application has not been routed yet")
    given = FurtherInformationReceived(
        application=application,
        answers=tuple(Answer(answer["work"], from_sealed_json(answer["text"])) for answer in data["answers"]),
        changed_sections=tuple(data["changed_sections"]),
        weekly_pence=data["weekly_pence"],
        given_by=data["given_by"],
        received_at=datetime.fromisoformat(data["received_at"]),
        one_off_pence=data.get("one_off_pence"),
        consequence=private_or_none(data.get("consequence")),
    )
    await unit.decide(DECIDER, stream(application), ReceiveFurtherInformation(given), unit.acting())


@follows("uk.panelbook.intake.application.family_member_taken_out.v1", leads_to=(FamilyMemberTakenOut,))
async def take_out_of_family(unit: UnitOfWork, heard: Heard) -> None:
    """Whoever was named in error is told nothing that panel decides; what was not received yet comes without them."""
    application = UUID(heard.data["application"])
    command = TakeOutFamilyMember(application, heard.data["party"])
    await unit.decide(DECIDER, stream(application), command, unit.acting())


@follows(Received, RouteChanged, Returned, Withdrawn, leads_to=(SlotFreed, SlotOffered, RatificationPlaced))
async def free_slots(unit: UnitOfWork, decided: Decided) -> None:
    """Its minutes on every agenda to come are free where it does not belong any more, and offered to the next (B11).

    What was returned or withdrawn belongs on none, nor does what no longer goes to a panel (A1), nor on an agenda for
    which it came too late what had a place there before it was handed in (B2).
    """
    application = UUID(subject_of(decided.row.stream))
    state = (await unit.load(DECIDER, stream(application))).state
    goes_to_panel = isinstance(decided.event, Received | RouteChanged) and state.known.route.route == "PANEL"
    for identity in await coming_sittings_of(unit, application):
        sitting = (await unit.load(sittings.DECIDER, sittings.stream(identity))).state
        if goes_to_panel and belongs(candidate(application, state), sitting.scheduled):
            continue
        if state.stage == "returned" and state.returns_on == sitting.scheduled.on:
            continue
        plan = sitting.scheduled
        waiting = await waiting_for(unit, plan.forum)
        left = (made for one, made in await _placed(unit, plan.forum, plan.on) if one == application)
        others = tuple(one for one in waiting if one.application != application)
        freeing = FreeSlot(application, others, next(left, None))
        await unit.decide(sittings.DECIDER, sittings.stream(identity), freeing, unit.acting())


@follows(Deferred, DeferredToSitting, SittingScheduled, leads_to=(SlotOffered, RatificationPlaced, SlotMovedOn))
async def place_returning(unit: UnitOfWork, decided: Decided) -> None:
    """What was deferred stands first at the sitting that was named, or once that is scheduled, by itself (D5)."""
    event = decided.event
    if isinstance(event, SittingScheduled):
        forum, on = event.forum, event.on
        applications = await returning_to(unit, forum, on)
    else:
        applications = [UUID(subject_of(decided.row.stream))]
        state = (await unit.load(DECIDER, stream(applications[0]))).state
        forum, on = state.known.route.forum, state.returns_on
    if forum is None or on is None:
        return
    identity = sittings.sitting_id(unit.council, forum, on)
    for application in applications:
        sitting = (await unit.load(sittings.DECIDER, sittings.stream(identity))).state
        if sitting.plan is None:
            return
        case = (await unit.load(DECIDER, stream(application))).state.known.case
        minutes, place = await last_slot(unit, application) or (None, "")
        received = await receipts(unit, [slot.application for slot in sitting.agenda])
        placing = PlaceReturning(application, case.complex, minutes, place, received)
        await unit.decide(sittings.DECIDER, sittings.stream(identity), placing, unit.acting())


@follows(SlotMovedOn, SittingScheduled, leads_to=(SlotOffered, RatificationPlaced))
async def place_moved_on(unit: UnitOfWork, decided: Decided) -> None:
    """What no longer fitted has its place at the next sitting that has the minutes, by order of receipt (D5, C21)."""
    event = decided.event
    later = [event.sitting] if isinstance(event, SittingScheduled) else await coming(unit, event.forum, event.on)
    for identity in later:
        plan = (await unit.load(sittings.DECIDER, sittings.stream(identity))).state.scheduled
        for application, _, minutes, place in await moved_on(unit, plan.forum, plan.on):
            placing = PlaceMovedOn(application, minutes, place)
            await unit.decide(sittings.DECIDER, sittings.stream(identity), placing, unit.acting())


# Ratification ---------------------------------------------------------------------------------------------------


@follows(settings.PUBLISHED, SittingScheduled, leads_to=(RatificationSet,), each=True)
async def set_ratifications(unit: UnitOfWork, recorded: Recorded) -> None:
    """Settings name the sitting of what was decided while this service knew of none (E2, E3)."""
    if isinstance(recorded, Heard):
        known = Settings.read(recorded.data["settings"])
    else:
        known = await settings.in_force(unit, unit.context.received_at)
    for application, made in await without_sitting(unit) if known else ():
        state = (await unit.load(DECIDER, stream(application))).state
        setting = SetRatification(made, await stages_of_forum(unit, known, state))
        await unit.decide(DECIDER, stream(application), setting, unit.acting(known))


@follows(
    SittingScheduled,
    DecidedOutOfPanel,
    RatificationSet,
    AuthorityConflictFound,
    AlarmRaised,
    SlotMovedOn,
    leads_to=(RatificationPlaced, SlotOffered),
    each=True,
)
async def place_ratifications(unit: UnitOfWork, decided: Decided) -> None:
    """What waits to be ratified stands on the agenda of its sitting, if that has not begun (E2)."""
    forum, on = await _ratifies(unit, decided.event)
    if forum is None or on is None:
        return
    identity = sittings.sitting_id(unit.council, forum, on)
    for application, made in await _placed(unit, forum, on):
        placing = PlaceRatification(application, made)
        await unit.decide(sittings.DECIDER, sittings.stream(identity), placing, unit.acting())


async def _placed(unit: UnitOfWork, forum: str, on: date) -> list[tuple[UUID, UUID]]:
    """What the sitting of a day is to ratify, and none before it."""
    return await to_place(unit, forum, on, london_date(unit.context.received_at))


async def _ratifies(unit: UnitOfWork, event: Any) -> tuple[str | None, date | None]:
    """The forum whose sitting of a day is to ratify something now."""
    match event:
        case SittingScheduled() | SlotMovedOn():
            return event.forum, event.on
        case AlarmRaised() if event.sitting is not None:
            left = await unit.load(sittings.DECIDER, sittings.stream(event.sitting))
            return left.state.scheduled.forum, event.ratify_on
        case AlarmRaised() if event.ratifies_anew:
            return await forum_of_decision(unit, event.decision), event.ratify_on
        case DecidedOutOfPanel() | RatificationSet() | AuthorityConflictFound():
            return event.forum, event.ratify_on
        case _:
            return None, None


@follows(SittingClosed, leads_to=(AlarmRaised,), each=True)
async def raise_left_unratified(unit: UnitOfWork, decided: Decided) -> None:
    """What a sitting left unratified is an alarm to its chair and the directors, and waits for the next one (E2)."""
    at, identity = unit.context.received_at, UUID(subject_of(decided.row.stream))
    sitting = (await unit.load(sittings.DECIDER, sittings.stream(identity))).state
    plan = sitting.scheduled
    left = await to_ratify(unit, plan.forum, plan.on)
    known = await settings.in_force(unit, at) if left else None
    if known is None or plan.forum not in known.forums:
        return
    on = next_to_open(known.forums[plan.forum], at, await stages(unit, plan.forum, london_date(at)))
    for application, made in left:
        alarm = RaiseAlarm(
            decision=made,
            code="RATIFICATION_OVERDUE",
            fell_due_at=at,
            officers=(sitting.opened_by,),
            roles=known.out_of_panel.high_cost_by,
            sitting=identity,
            ratify_on=on,
        )
        await unit.decide(DECIDER, stream(application), alarm, unit.acting(known))


@follows("uk.panelbook.routing.officer.authority_ended.v1", leads_to=(AuthorityConflictFound,), each=True)
async def find_authority_conflicts(unit: UnitOfWork, heard: Heard) -> None:
    """What an officer decided alone after their authority had ended, before we heard that it had (A6)."""
    officer, ended_at = heard.data["officer"], datetime.fromisoformat(heard.data["ended_at"])
    known = await settings.in_force(unit, unit.context.received_at)
    for application in await decided_alone_since(unit, officer, ended_at):
        state = (await unit.load(DECIDER, stream(application))).state
        finding = FindAuthorityConflict(officer, ended_at, await stages_of_forum(unit, known, state))
        await unit.decide(DECIDER, stream(application), finding, unit.acting(known))


@follows("uk.panelbook.intake.application.started.v1", Received, leads_to=(AlarmRaised,))
async def find_self_approvals(unit: UnitOfWork, recorded: Recorded) -> None:
    """What its own originator had decided out of panel, or ratified, before we heard that they asked for it (I6)."""
    if isinstance(recorded, Heard):
        application, originator = UUID(recorded.data["application"]), recorded.data["originator"]
    else:
        application, originator = recorded.event.case.application, recorded.event.concerned.originator
    state = (await unit.load(DECIDER, stream(application))).state
    if not state.elsewhere.made:
        return
    known = await settings.in_force(unit, unit.context.received_at)
    finding = FindSelfApproval(originator, await stages_of_forum(unit, known, state))
    await unit.decide(DECIDER, stream(application), finding, unit.acting(known))


async def stages_of_forum(unit: UnitOfWork, known: Settings | None, state: State) -> dict[date, str]:
    """The stages of the sittings of the forum that is to ratify what was decided about an application."""
    if known is None or not known.forums:
        return {}
    return await stages(unit, ratifying_forum(known, state.route), london_date(unit.context.received_at))


async def bound(unit: UnitOfWork, state: State) -> Settings:
    """The settings that the application's route binds it to. Raises Refused NOT_FOUND, SETTINGS_NOT_HERE."""
    if state.received is None:
        raise not_found()
    return await settings.required_version(unit, state.received.route.settings_version)


POLICIES = (
    receive,
    receive_further_information,
    take_out_of_family,
    free_slots,
    place_returning,
    place_moved_on,
    set_ratifications,
    place_ratifications,
    raise_left_unratified,
    find_authority_conflicts,
    find_self_approvals,
)
