"""One function for every command of panel: load, decide, append."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from councils.calendar import london_date
from councils.settings import Settings
from edge.commands import by
from ledger.book import Book, Desk, Loaded
from ledger.decider import By, not_found, not_ready
from ledger.rows import Context, Outcome
from services.panel import projections
from services.panel.domain import agenda, decision, out_of_panel, outside, sitting, terms
from services.panel.domain.agenda import Candidate, OfferSlot, OpenSitting, Present, ScheduleSitting
from services.panel.domain.court import FilePlanWithCourt
from services.panel.domain.ruling import DecideByDelegation, DecideByPanel, PanelsWords
from services.panel.outside.projections import stages as stages_since
from services.panel.outside.projections import to_ratify, without_sitting

SITTING = sitting.DECIDER
DECISION = decision.DECIDER


def sitting_stream(identity: UUID) -> str:
    """The stream of one sitting."""
    return f"sitting-{identity}"


def decision_stream(application: UUID) -> str:
    """The stream of what becomes of one application."""
    return f"decision-{application}"


def sitting_id(council: str, forum: str, on: date) -> UUID:
    """A forum sits once on a day, so forum and day name the sitting."""
    return uuid5(NAMESPACE_URL, f"panelbook:sitting:{council}:{forum}:{on.isoformat()}")


# Sittings -------------------------------------------------------------------------------------------------------


async def schedule_sitting(book: Book, context: Context, forum: str, on: date) -> Outcome:
    """Put a sitting in the calendar under the settings in force."""
    identity = sitting_id(context.council, forum, on)
    async with book.unit_of_work(context) as desk:
        settings = await projections.settings_in_force(desk, context.received_at)
        if settings is None:
            raise settings_not_here()
        command = ScheduleSitting(by(context), identity, forum, on, settings)
        outcome = await desk.carry_out(SITTING, sitting_stream(identity), command)
        await set_ratifications(desk, settings)
        await place_ratifications(desk, by(context), identity, forum, on)
        return outcome


async def place_ratifications(desk: Desk, who: By, identity: UUID, forum: str, on: date) -> None:
    """Put what waits to be ratified on the agenda of a sitting that has not begun (E2)."""
    for application, made in await to_ratify(desk, forum, on):
        loaded = await desk.load(SITTING, sitting_stream(identity))
        placing = agenda.PlaceRatification(who, application, made)
        await desk.record(loaded, SITTING.decide(placing, loaded.state))


async def set_ratifications(desk: Desk, settings: Settings) -> None:
    """Name a sitting for what was decided while this service knew of none, and put it on its agenda (E2, E3)."""
    at, places = desk.context.received_at, dict[tuple[str, date], None]()
    for application, made in await without_sitting(desk):
        loaded = await desk.load(DECISION, decision_stream(application))
        stages = await stages_of_forum(desk, settings, loaded.state)
        events = DECISION.decide(out_of_panel.SetRatification(at, made, settings, stages), loaded.state)
        await desk.record(loaded, events)
        places |= {(one.forum, one.ratify_on): None for one in events if isinstance(one, out_of_panel.RatificationSet)}
    for forum, on in places:
        await place_ratifications(desk, by(desk.context), sitting_id(desk.council, forum, on), forum, on)


async def stages_of_forum(desk: Desk, settings: Settings | None, state: decision.State) -> dict[date, str]:
    """The stages of the sittings of the forum that is to ratify what was decided about an application."""
    if settings is None or not settings.forums:
        return {}
    code = outside.ratifying_forum(settings, state.received.route if state.received else None)
    return await stages_since(desk, code, london_date(desk.context.received_at))


async def offer_slot(
    book: Book, context: Context, expected: int, identity: UUID, application: UUID, minutes: int, place: str
) -> Outcome:
    """Give an application its minutes on a sitting's agenda; the answer adds when they start."""

    def starts(state: sitting.State, _: Sequence[agenda.Event]) -> dict[str, Any]:
        slot = state.slot_of(application)
        return {"starts_at": slot.starts_at if slot else None}

    async with book.unit_of_work(context) as desk:
        if known := await desk.outcome():
            return known
        case = await desk.load(DECISION, decision_stream(application))
        elsewhere = set(await projections.coming_sittings_of(desk, application)) - {identity}
        candidate = replace(decision.candidate(application, case.state), placed=bool(elsewhere))
        guards = await _guards_of(desk, identity)
        command = OfferSlot(by(context), candidate, minutes, place, context.received_at, guards)
        return await desk.carry_out(SITTING, sitting_stream(identity), command, expected=expected, answer=starts)


async def open_sitting(
    book: Book, context: Context, expected: int, identity: UUID, present: tuple[Present, ...]
) -> Outcome:
    """Open a sitting with those present."""
    async with book.unit_of_work(context) as desk:
        if known := await desk.outcome():
            return known
        loaded = await desk.load(SITTING, sitting_stream(identity))
        chairs = [await _order_chairs(desk, slot.application) for slot in loaded.state.agenda]
        # A case without an order is chaired by the forum's own chairs alone, and so is a sitting that hears one.
        common = tuple(role for role in (chairs[0] if chairs else ()) if all(role in roles for roles in chairs))
        command = OpenSitting(by(context), present, context.received_at, common)
        return await desk.carry_out(SITTING, sitting_stream(identity), command, expected=expected)


async def open_item(
    book: Book, context: Context, expected: int, identity: UUID, application: UUID, chair: agenda.Chair | None
) -> Outcome:
    """Begin to hear one application; an order says who else may chair it."""
    async with book.unit_of_work(context) as desk:
        if known := await desk.outcome():
            return known
        may_chair = await _order_chairs(desk, application)
        command = agenda.OpenItem(by(context), application, context.received_at, chair, may_chair)
        return await desk.carry_out(SITTING, sitting_stream(identity), command, expected=expected)


async def _order_chairs(desk: Desk, application: UUID) -> tuple[str, ...]:
    case = await desk.load(DECISION, decision_stream(application))
    received = case.state.received
    return terms.order_chairs(await _bound(desk, case), received.case.order) if received else ()


async def _guards_of(desk: Desk, identity: UUID) -> Mapping[str, str]:
    """The guards of the settings that a sitting was scheduled under."""
    loaded = await desk.load(SITTING, sitting_stream(identity))
    plan = loaded.state.plan
    settings = await projections.settings_version(desk, plan.settings_version) if plan else None
    return settings.guards if settings else {}


async def carry_out_sitting(
    book: Book, context: Context, expected: int, identity: UUID, command: agenda.Command
) -> Outcome:
    """A command that needs nothing but its sitting."""
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(SITTING, sitting_stream(identity), command, expected=expected)


# Decisions ------------------------------------------------------------------------------------------------------


async def decide_by_panel(
    book: Book, context: Context, expected: int, application: UUID, identity: UUID, words: PanelsWords
) -> Outcome:
    """Record what the panel decided while it hears the application."""
    async with book.unit_of_work(context) as desk:
        if known := await desk.outcome():
            return known
        case = await _received(desk, application)
        heard_by = await desk.load(SITTING, sitting_stream(identity))
        command = DecideByPanel(
            by=by(context),
            at=context.received_at,
            decision=_decision_id(context),
            item=heard_by.state.hearing(application),
            settings=await _bound(desk, case),
            words=words,
        )
        return await _decided(desk, expected, application, command)


async def decide_alone(
    book: Book,
    context: Context,
    expected: int,
    application: UUID,
    outcome: str,
    reasons: tuple[str, ...],
    needed: tuple[str, ...],
) -> Outcome:
    """Decide within the officer's own authority, as this service knows it now."""
    async with book.unit_of_work(context) as desk:
        if known := await desk.outcome():
            return known
        case = await _received(desk, application)
        command = DecideByDelegation(
            by=by(context),
            at=context.received_at,
            decision=_decision_id(context),
            limit=await projections.limit_of(desk, context.actor, context.received_at),
            settings=await _bound(desk, case),
            outcome=outcome,
            reasons=reasons,
            needed=needed,
        )
        return await _decided(desk, expected, application, command)


async def _decided(
    desk: Desk, expected: int, application: UUID, command: DecideByPanel | DecideByDelegation
) -> Outcome:
    def reference(state: decision.State, _: Sequence[decision.Event]) -> dict[str, Any]:
        return {"decision": state.rulings[-1], "stage": state.stage, "returns_on": state.returns_on}

    return await desk.carry_out(DECISION, decision_stream(application), command, expected=expected, answer=reference)


async def file_with_court(book: Book, context: Context, expected: int, application: UUID) -> Outcome:
    """Record that the plan was submitted to the court."""
    async with book.unit_of_work(context) as desk:
        if known := await desk.outcome():
            return known
        command = FilePlanWithCourt(
            by(context), context.received_at, await _bound(desk, await _received(desk, application))
        )
        return await desk.carry_out(DECISION, decision_stream(application), command, expected=expected)


async def return_to_originator(
    book: Book, context: Context, expected: int, application: UUID, reasons: tuple[str, ...], defer_to: date | None
) -> Outcome:
    """Send an application back to its originator; its minutes on a coming agenda are free again."""
    async with book.unit_of_work(context) as desk:
        if known := await desk.outcome():
            return known
        settings = await _bound(desk, await _received(desk, application))
        command = decision.ReturnToOriginator(by(context), context.received_at, reasons, defer_to, settings)
        outcome = await desk.carry_out(DECISION, decision_stream(application), command, expected=expected)
        await _free_slots(desk, by(context), application)
        return outcome


async def agree_withdrawal(book: Book, context: Context, expected: int, application: UUID, reason: str) -> Outcome:
    """Agree, as its service manager, that an application is withdrawn."""
    async with book.unit_of_work(context) as desk:
        if known := await desk.outcome():
            return known
        await _received(desk, application)
        command = decision.AgreeWithdrawal(by(context), context.received_at, reason)
        return await desk.carry_out(DECISION, decision_stream(application), command, expected=expected)


async def withdraw(book: Book, context: Context, expected: int, application: UUID, reason: str) -> Outcome:
    """Withdraw an application; its minutes on a coming agenda are free again."""
    async with book.unit_of_work(context) as desk:
        if known := await desk.outcome():
            return known
        await _received(desk, application)
        command = decision.Withdraw(by(context), context.received_at, reason)
        outcome = await desk.carry_out(DECISION, decision_stream(application), command, expected=expected)
        await _free_slots(desk, by(context), application)
        return outcome


async def receive(desk: Desk, application: UUID, received: decision.Received) -> None:
    """Take a submitted and routed application into panel's hands, inside the unit of work that heard of its route.

    One that goes to a panel no longer stands on no agenda either (A1), nor does one that had a place before it was
    handed in stand where it came too late for (B2).
    """
    loaded = await desk.load(DECISION, decision_stream(application))
    await desk.record(loaded, DECISION.decide(decision.Receive(received), loaded.state))
    now = await desk.load(DECISION, decision_stream(application))
    if received.route.route != "PANEL":
        await _free_slots(desk, by(desk.context), application)
    elif now.state.stage in decision.IN_HANDS:
        await _free_slots(desk, by(desk.context), application, decision.candidate(application, now.state))


async def _free_slots(desk: Desk, who: By, application: UUID, standing: Candidate | None = None) -> None:
    """Free its minutes on every agenda to come; each is offered to the next that waits (B11).

    ``standing`` is how it stands now, where its place is only freed on an agenda that it does not belong on.
    """
    for identity in await projections.coming_sittings_of(desk, application):
        loaded = await desk.load(SITTING, sitting_stream(identity))
        if standing is not None and sitting.belongs(standing, loaded.state.scheduled):
            continue
        waiting = await projections.waiting_for(desk, loaded.state.scheduled.forum)
        others = tuple(one for one in waiting if one.application != application)
        await desk.record(loaded, SITTING.decide(agenda.FreeSlot(who, application, others), loaded.state))


async def _received(desk: Desk, application: UUID) -> Loaded[decision.State]:
    """The application as panel received it. Raises Refused NOT_FOUND."""
    loaded = await desk.load(DECISION, decision_stream(application))
    if loaded.state.received is None:
        raise not_found()
    return loaded


async def _bound(desk: Desk, case: Loaded[decision.State]) -> Settings:
    """The settings that the application's route binds it to. Raises Refused SETTINGS_NOT_HERE."""
    settings = await projections.settings_version(desk, case.state.known.route.settings_version)
    if settings is None:
        raise settings_not_here()
    return settings


def settings_not_here() -> Exception:
    """The refusal while no settings, or not those that are named, have been heard."""
    return not_ready("SETTINGS_NOT_HERE", "The council's settings have not reached this service yet. Try again.")


def _decision_id(context: Context) -> UUID:
    return uuid5(context.command_id, "decision")
