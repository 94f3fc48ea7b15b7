"""One function for every command about an application, and about a sitting that needs its applications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from councils.calendar import london_date
from councils.settings import OutOfPanel, Settings
from edge.commands import by
from ledger.book import Book
from ledger.decider import not_found, not_ready
from ledger.loaded import Loaded
from ledger.rows import Context, Outcome
from ledger.unit_of_work import UnitOfWork
from services.panel.decisions.decider import DECIDER, stream
from services.panel.decisions.domain.by_delegation import DecideByDelegation
from services.panel.decisions.domain.by_panel import DecideByPanel, PanelsWords
from services.panel.decisions.domain.court import FilePlanWithCourt
from services.panel.decisions.domain.events import Alarm, Basis, DecidedOutOfPanel, Event
from services.panel.decisions.domain.out_of_panel.alarms import RaiseAlarm
from services.panel.decisions.domain.out_of_panel.deciding import Asked, DecideOutOfPanel
from services.panel.decisions.domain.out_of_panel.following_sitting import ratifying_forum
from services.panel.decisions.domain.out_of_panel.ratifying import NoteReplacement, Ratify
from services.panel.decisions.domain.receiving import candidate
from services.panel.decisions.domain.returning import ReturnToOriginator
from services.panel.decisions.domain.state import State
from services.panel.decisions.domain.withdrawing import AgreeWithdrawal, Withdraw
from services.panel.decisions.follow import _free_slots, _left_unratified, place_ratifications, set_ratifications
from services.panel.known.read import limit_of, role_of, settings_in_force, settings_version
from services.panel.sittings import decider as sittings
from services.panel.sittings.domain.agenda import OfferSlot
from services.panel.sittings.domain.closing import CloseSitting
from services.panel.sittings.domain.events import Present
from services.panel.sittings.domain.hearing import Chair, OpenItem, OpenSitting, order_chairs
from services.panel.sittings.domain.scheduling import ScheduleSitting
from services.panel.sittings.read import coming_sittings_of, stages


async def schedule_sitting(book: Book, context: Context, forum: str, on: date) -> Outcome:
    """Put a sitting in the calendar under the settings in force."""
    identity = sittings.sitting_id(context.council, forum, on)
    async with book.unit_of_work(context) as unit:
        settings = await settings_in_force(unit, context.received_at)
        if settings is None:
            raise settings_not_here()
        command = ScheduleSitting(by(context), identity, forum, on, settings)
        outcome = await unit.carry_out(sittings.DECIDER, sittings.stream(identity), command)
        await set_ratifications(unit, settings)
        await place_ratifications(unit, by(context), identity, forum, on)
        return outcome


async def offer_slot(
    book: Book, context: Context, expected: int, identity: UUID, application: UUID, minutes: int, place: str
) -> Outcome:
    """Give an application its minutes on a sitting's agenda; the answer adds when they start."""

    def starts(state: sittings.State, _: Sequence[sittings.Event]) -> dict[str, Any]:
        slot = state.slot_of(application)
        return {"starts_at": slot.starts_at if slot else None}

    async with book.unit_of_work(context) as unit:
        if known := await unit.outcome():
            return known
        case = await unit.load(DECIDER, stream(application))
        elsewhere = set(await coming_sittings_of(unit, application)) - {identity}
        asking = replace(candidate(application, case.state), placed=bool(elsewhere))
        guards = await _guards_of(unit, identity)
        command = OfferSlot(by(context), asking, minutes, place, context.received_at, guards)
        return await unit.carry_out(
            sittings.DECIDER, sittings.stream(identity), command, expected=expected, answer=starts
        )


async def open_sitting(
    book: Book, context: Context, expected: int, identity: UUID, present: tuple[Present, ...]
) -> Outcome:
    """Open a sitting with those present."""
    async with book.unit_of_work(context) as unit:
        if known := await unit.outcome():
            return known
        loaded = await unit.load(sittings.DECIDER, sittings.stream(identity))
        chairs = [await _order_chairs(unit, slot.application) for slot in loaded.state.agenda]
        # A case without an order is chaired by the forum's own chairs alone, and so is a sitting that hears one.
        common = tuple(role for role in (chairs[0] if chairs else ()) if all(role in roles for roles in chairs))
        command = OpenSitting(by(context), present, context.received_at, common)
        return await unit.carry_out(sittings.DECIDER, sittings.stream(identity), command, expected=expected)


async def open_item(
    book: Book, context: Context, expected: int, identity: UUID, application: UUID, chair: Chair | None
) -> Outcome:
    """Begin to hear one application; an order says who else may chair it."""
    async with book.unit_of_work(context) as unit:
        if known := await unit.outcome():
            return known
        may_chair = await _order_chairs(unit, application)
        command = OpenItem(by(context), application, context.received_at, chair, may_chair)
        return await unit.carry_out(sittings.DECIDER, sittings.stream(identity), command, expected=expected)


async def _order_chairs(unit: UnitOfWork, application: UUID) -> tuple[str, ...]:
    case = await unit.load(DECIDER, stream(application))
    received = case.state.received
    return order_chairs(await _bound(unit, case), received.case.order) if received else ()


async def _guards_of(unit: UnitOfWork, identity: UUID) -> Mapping[str, str]:
    """The guards of the settings that a sitting was scheduled under."""
    loaded = await unit.load(sittings.DECIDER, sittings.stream(identity))
    plan = loaded.state.plan
    settings = await settings_version(unit, plan.settings_version) if plan else None
    return settings.guards if settings else {}


async def close_sitting(book: Book, context: Context, expected: int, identity: UUID) -> Outcome:
    """End a sitting; what it left unratified is an alarm, and waits for the next one (E2)."""
    async with book.unit_of_work(context) as unit:
        if known := await unit.outcome():
            return known
        closing = CloseSitting(by(context), context.received_at)
        outcome = await unit.carry_out(sittings.DECIDER, sittings.stream(identity), closing, expected=expected)
        await _left_unratified(unit, identity)
        return outcome


async def decide_by_panel(
    book: Book, context: Context, expected: int, application: UUID, identity: UUID, words: PanelsWords
) -> Outcome:
    """Record what the panel decided while it hears the application."""
    async with book.unit_of_work(context) as unit:
        if known := await unit.outcome():
            return known
        case = await _received(unit, application)
        heard_by = await unit.load(sittings.DECIDER, sittings.stream(identity))
        command = DecideByPanel(
            by=by(context),
            at=context.received_at,
            decision=_decision_id(context),
            item=heard_by.state.hearing(application),
            settings=await _bound(unit, case),
            words=words,
        )
        return await _decided(unit, expected, application, command)


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
    async with book.unit_of_work(context) as unit:
        if known := await unit.outcome():
            return known
        case = await _received(unit, application)
        command = DecideByDelegation(
            by=by(context),
            at=context.received_at,
            decision=_decision_id(context),
            limit=await limit_of(unit, context.actor, context.received_at),
            settings=await _bound(unit, case),
            outcome=outcome,
            reasons=reasons,
            needed=needed,
        )
        return await _decided(unit, expected, application, command)


async def _decided(
    unit: UnitOfWork, expected: int, application: UUID, command: DecideByPanel | DecideByDelegation
) -> Outcome:
    def reference(state: State, _: Sequence[Event]) -> dict[str, Any]:
        return {"decision": state.rulings[-1], "stage": state.stage, "returns_on": state.returns_on}

    return await unit.carry_out(DECIDER, stream(application), command, expected=expected, answer=reference)


async def file_with_court(book: Book, context: Context, expected: int, application: UUID) -> Outcome:
    """Record that the plan was submitted to the court."""
    async with book.unit_of_work(context) as unit:
        if known := await unit.outcome():
            return known
        command = FilePlanWithCourt(
            by(context), context.received_at, await _bound(unit, await _received(unit, application))
        )
        return await unit.carry_out(DECIDER, stream(application), command, expected=expected)


async def return_to_originator(
    book: Book, context: Context, expected: int, application: UUID, reasons: tuple[str, ...], defer_to: date | None
) -> Outcome:
    """Send an application back to its originator; its minutes on a coming agenda are free again."""
    async with book.unit_of_work(context) as unit:
        if known := await unit.outcome():
            return known
        settings = await _bound(unit, await _received(unit, application))
        command = ReturnToOriginator(by(context), context.received_at, reasons, defer_to, settings)
        outcome = await unit.carry_out(DECIDER, stream(application), command, expected=expected)
        await _free_slots(unit, by(context), application)
        return outcome


async def agree_withdrawal(book: Book, context: Context, expected: int, application: UUID, reason: str) -> Outcome:
    """Agree, as its service manager, that an application is withdrawn."""
    async with book.unit_of_work(context) as unit:
        if known := await unit.outcome():
            return known
        await _received(unit, application)
        command = AgreeWithdrawal(by(context), context.received_at, reason)
        return await unit.carry_out(DECIDER, stream(application), command, expected=expected)


async def withdraw(book: Book, context: Context, expected: int, application: UUID, reason: str) -> Outcome:
    """Withdraw an application; its minutes on a coming agenda are free again."""
    async with book.unit_of_work(context) as unit:
        if known := await unit.outcome():
            return known
        await _received(unit, application)
        command = Withdraw(by(context), context.received_at, reason)
        outcome = await unit.carry_out(DECIDER, stream(application), command, expected=expected)
        await _free_slots(unit, by(context), application)
        return outcome


async def _received(unit: UnitOfWork, application: UUID) -> Loaded[State]:
    """The application as panel received it. Raises Refused NOT_FOUND."""
    loaded = await unit.load(DECIDER, stream(application))
    if loaded.state.received is None:
        raise not_found()
    return loaded


async def _bound(unit: UnitOfWork, case: Loaded[State]) -> Settings:
    """The settings that the application's route binds it to. Raises Refused SETTINGS_NOT_HERE."""
    settings = await settings_version(unit, case.state.known.route.settings_version)
    if settings is None:
        raise settings_not_here()
    return settings


def settings_not_here() -> Exception:
    """The refusal while no settings, or not those that are named, have been heard."""
    return not_ready("SETTINGS_NOT_HERE", "The council's settings have not reached this service yet. Try again.")


def _decision_id(context: Context) -> UUID:
    return uuid5(context.command_id, "decision")


@dataclass(frozen=True)
class Said:
    """What the chair records of a ratification."""

    sitting: UUID
    made: UUID
    outcome: str
    reasons: tuple[str, ...]
    needed: tuple[str, ...]


def new_application(context: Context) -> UUID:
    """The id of the application that is due after a decision that was made without one."""
    return uuid5(context.command_id, "application")


async def decide_out_of_panel(
    book: Book, context: Context, application: UUID, basis: Basis, asked: Asked, *, needs_settings: bool = True
) -> Outcome:
    """Decide outside a panel; the decision stands on the agenda of the following sitting at once.

    The answer adds the application, the decision, when the application is due, and when it is to be ratified. Without
    ``needs_settings`` it is decided under the defaults where this service has heard of no settings.
    """

    def reference(state: State, _: Sequence[Event]) -> dict[str, Any]:
        made = state.elsewhere.made[-1].made
        assert isinstance(made, DecidedOutOfPanel), "it has just been decided"
        return {
            "application": made.application,
            "decision": made.decision,
            "application_due_at": made.application_due_at,
            "forum": made.forum,
            "ratify_on": made.ratify_on,
        }

    async with book.unit_of_work(context) as unit:
        if known := await unit.outcome():
            return known
        loaded = await unit.load(DECIDER, stream(application))
        settings = await settings_in_force(unit, context.received_at)
        if settings is None and needs_settings:
            raise settings_not_here()
        received = loaded.state.received
        code = ratifying_forum(settings, received.route if received else None) if settings else ""
        command = DecideOutOfPanel(
            by=by(context),
            at=context.received_at,
            decision=uuid5(context.command_id, "decision"),
            application=application,
            basis=basis,
            asked=asked,
            settings=settings,
            stages=await stages(unit, code, london_date(context.received_at)),
            adviser_role=await role_of(unit, asked.advised_by) if asked.advised_by else None,
        )
        outcome = await unit.carry_out(DECIDER, loaded.stream, command, answer=reference)
        if outcome.answer["ratify_on"]:
            after = await unit.load(DECIDER, loaded.stream)
            on = after.state.elsewhere.made[-1].made.ratify_on
            assert on is not None, "the answer said that there is a day"
            await place_ratifications(unit, by(context), sittings.sitting_id(context.council, code, on), code, on)
        return outcome


async def ratify(book: Book, context: Context, expected: int, application: UUID, said: Said) -> Outcome:
    """Record what the panel made of a decision outside it, while it hears the application."""
    async with book.unit_of_work(context) as unit:
        if known := await unit.outcome():
            return known
        heard_by = await unit.load(sittings.DECIDER, sittings.stream(said.sitting))
        command = Ratify(
            by=by(context),
            at=context.received_at,
            decision=said.made,
            item=heard_by.state.hearing(application),
            outcome=said.outcome,
            reasons=said.reasons,
            needed=said.needed,
        )
        return await unit.carry_out(DECIDER, stream(application), command, expected=expected)


async def note_replacement(
    book: Book, context: Context, expected: int, application: UUID, made: UUID, words: str
) -> Outcome:
    """Note that other support took the place of what was not ratified."""
    async with book.unit_of_work(context) as unit:
        command = NoteReplacement(by(context), context.received_at, made, words)
        return await unit.carry_out(DECIDER, stream(application), command, expected=expected)


async def raise_alarm(
    book: Book, context: Context, application: UUID, made: UUID, code: Alarm, fell_due_at: datetime
) -> Outcome:
    """Say that something is overdue, to the directors who decide at high cost."""
    async with book.unit_of_work(context) as unit:
        settings = await settings_in_force(unit, context.received_at)
        roles = settings.out_of_panel.high_cost_by if settings else OutOfPanel().high_cost_by
        alarm = RaiseAlarm(context.received_at, made, code, fell_due_at, (), roles)
        loaded = await unit.load(DECIDER, stream(application))
        if not loaded.version:
            raise not_found()
        return await unit.carry_out(DECIDER, loaded.stream, alarm)
