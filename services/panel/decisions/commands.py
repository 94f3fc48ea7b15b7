"""One function for every command about an application, and about a sitting that needs its applications."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from councils.settings import OutOfPanel
from edge.calls import Call, VersionedCall
from ledger.book import Book
from ledger.decider import Acting, not_found
from ledger.rows import Context, Outcome
from ledger.unit_of_work import Prepare, UnitOfWork, no_extras, prepared
from services import officers, settings
from services.panel.decisions.decider import DECIDER, Command, stream
from services.panel.decisions.domain.by_delegation import DecideByDelegation
from services.panel.decisions.domain.by_panel import DecideByPanel
from services.panel.decisions.domain.events import DecidedOutOfPanel, Event
from services.panel.decisions.domain.out_of_panel.alarms import RaiseAlarm
from services.panel.decisions.domain.out_of_panel.deciding import DecideOutOfPanel
from services.panel.decisions.domain.out_of_panel.ratifying import NoteReplacement, Ratify
from services.panel.decisions.domain.receiving import candidate
from services.panel.decisions.domain.state import State
from services.panel.decisions.domain.withdrawing import AgreeWithdrawal, Withdraw
from services.panel.decisions.follow import bound, stages_of_forum
from services.panel.decisions.read import receipts
from services.panel.known.read import limit_of, originator_of
from services.panel.sittings import decider as sittings
from services.panel.sittings.domain.agenda import OfferSlot
from services.panel.sittings.domain.hearing import OpenItem, OpenSitting, order_chairs
from services.panel.sittings.read import coming_sittings_of

Answer = Callable[[State, Sequence[Event]], Mapping[str, Any]]
Prepared = tuple[Command, Acting[Any]]
ForSitting = tuple[sittings.Command, Acting[Any]]


# Sittings that need their applications --------------------------------------------------------------------------


async def offer_slot(call: VersionedCall, sitting: UUID, command: OfferSlot) -> Outcome:
    """Give an application its minutes on a sitting's agenda; the answer adds when they start."""

    async def prepare(unit: UnitOfWork, state: sittings.State) -> ForSitting:
        case = await unit.load(DECIDER, stream(command.application))
        elsewhere = set(await coming_sittings_of(unit, command.application)) - {sitting}
        found = replace(candidate(command.application, case.state), placed=bool(elsewhere))
        its_own = await settings.of_version(unit, state.scheduled.settings_version)
        received = await receipts(unit, [slot.application for slot in state.agenda])
        return replace(command, candidate=found, receipts=received), unit.acting(its_own)

    def starts(state: sittings.State, _: Sequence[sittings.Event]) -> dict[str, Any]:
        slot = state.slot_of(command.application)
        return {"starts_at": slot.starts_at if slot else None}

    return await call.book.carry_out(
        call.context, sittings.DECIDER, sittings.stream(sitting), prepare, expected=call.version, answer=starts
    )


async def open_sitting(call: VersionedCall, sitting: UUID, command: OpenSitting) -> Outcome:
    """Open a sitting with those present."""

    async def prepare(unit: UnitOfWork, state: sittings.State) -> ForSitting:
        chairs = [await _order_chairs(unit, slot.application) for slot in state.agenda]
        # A case without an order is chaired by the forum's own chairs alone, and so is a sitting that hears one.
        common = tuple(role for role in (chairs[0] if chairs else ()) if all(role in roles for roles in chairs))
        return replace(command, may_chair=common), unit.acting()

    return await call.book.carry_out(
        call.context, sittings.DECIDER, sittings.stream(sitting), prepare, expected=call.version
    )


async def open_item(call: VersionedCall, sitting: UUID, command: OpenItem) -> Outcome:
    """Begin to hear one application; an order says who else may chair it."""

    async def prepare(unit: UnitOfWork, _: sittings.State) -> ForSitting:
        chairs = await _order_chairs(unit, command.application)
        appointed = await officers.role_of(unit, command.chair.officer) if command.chair else None
        return replace(command, may_chair=chairs, appointed=appointed), unit.acting()

    return await call.book.carry_out(
        call.context, sittings.DECIDER, sittings.stream(sitting), prepare, expected=call.version
    )


async def _order_chairs(unit: UnitOfWork, application: UUID) -> tuple[str, ...]:
    case = (await unit.load(DECIDER, stream(application))).state
    return order_chairs(await bound(unit, case), case.case.order) if case.case else ()


# Applications ---------------------------------------------------------------------------------------------------


async def carry_out(call: VersionedCall, application: UUID, command: Command) -> Outcome:
    """A command that needs nothing but its application, and the settings that its route names."""

    async def prepare(unit: UnitOfWork, state: State) -> Prepared:
        return command, unit.acting(await bound(unit, state))

    return await _carry_out(call, application, prepare)


async def withdraw(call: VersionedCall, application: UUID, command: AgreeWithdrawal | Withdraw) -> Outcome:
    """A withdrawal, or the agreement to one: no settings have a part in it."""

    async def prepare(unit: UnitOfWork, state: State) -> Prepared:
        if state.received is None:
            raise not_found()
        return command, unit.acting()

    return await _carry_out(call, application, prepare)


async def decide_by_panel(call: VersionedCall, application: UUID, command: DecideByPanel) -> Outcome:
    """Record what the panel decided while it hears the application."""

    async def prepare(unit: UnitOfWork, state: State) -> Prepared:
        binding = await bound(unit, state)
        hearing = await unit.load(sittings.DECIDER, sittings.stream(command.sitting))
        return replace(command, item=hearing.state.hearing(application)), unit.acting(binding)

    return await _carry_out(call, application, prepare, answer=_reference)


async def decide_by_delegation(call: VersionedCall, application: UUID, command: DecideByDelegation) -> Outcome:
    """Decide within the officer's own authority, as this service knows it now."""

    async def prepare(unit: UnitOfWork, state: State) -> Prepared:
        binding = await bound(unit, state)
        limit = await limit_of(unit, unit.context.actor, unit.context.received_at)
        return replace(command, limit=limit), unit.acting(binding)

    return await _carry_out(call, application, prepare, answer=_reference)


async def ratify(call: VersionedCall, application: UUID, command: Ratify) -> Outcome:
    """Record what the panel made of a decision outside it, while it hears the application."""

    async def prepare(unit: UnitOfWork, _: State) -> Prepared:
        hearing = await unit.load(sittings.DECIDER, sittings.stream(command.sitting))
        originator = await originator_of(unit, application)
        return replace(command, item=hearing.state.hearing(application), originator=originator), unit.acting()

    return await _carry_out(call, application, prepare)


async def note_replacement(call: VersionedCall, application: UUID, command: NoteReplacement) -> Outcome:
    """Note that other support took the place of what was not ratified."""
    return await _carry_out(call, application, prepared(command))


async def decide_out_of_panel(call: Call, command: DecideOutOfPanel) -> Outcome:
    """Decide outside a panel; the answer adds the application, the decision, and what is due because of it.

    At a risk to life it is decided under the defaults where this service has heard of no settings.
    """

    async def prepare(unit: UnitOfWork, state: State) -> Prepared:
        in_force = await settings.in_force(unit, unit.context.received_at)
        if command.basis != "RISK_TO_LIFE":
            in_force = settings.required(in_force)
        adviser, found = command.asked.advised_by, await stages_of_forum(unit, in_force, state)
        role = await officers.role_of(unit, adviser) if adviser else None
        originator = await originator_of(unit, command.application)
        ready = replace(command, stages=found, adviser_role=role, originator=originator)
        return ready, unit.acting(in_force)

    def reference(state: State, _: Sequence[Event]) -> dict[str, Any]:
        made = state.elsewhere.of(command.decision).made
        assert isinstance(made, DecidedOutOfPanel), "it has just been decided"
        shown = ("application", "decision", "application_due_at", "forum", "ratify_on")
        return {name: getattr(made, name) for name in shown}

    return await call.book.carry_out(call.context, DECIDER, stream(command.application), prepare, answer=reference)


async def raise_alarm(book: Book, context: Context, application: UUID, command: RaiseAlarm) -> Outcome:
    """Say that something is overdue, to the directors who decide at high cost."""

    async def prepare(unit: UnitOfWork, state: State) -> Prepared:
        if not state.elsewhere.made:
            raise not_found()
        in_force = await settings.in_force(unit, context.received_at)
        rules = in_force.out_of_panel if in_force else OutOfPanel()
        return replace(command, roles=rules.high_cost_by), unit.acting(in_force)

    return await book.carry_out(context, DECIDER, stream(application), prepare)


async def _carry_out(
    call: VersionedCall, application: UUID, prepare: Prepare[State, Command], answer: Answer = no_extras
) -> Outcome:
    return await call.book.carry_out(
        call.context, DECIDER, stream(application), prepare, expected=call.version, answer=answer
    )


def _reference(state: State, _: Sequence[Event]) -> dict[str, Any]:
    return {"decision": state.rulings[-1], "stage": state.stage, "returns_on": state.returns_on}


def decision_id(context: Context) -> UUID:
    """The id of the decision that a command makes."""
    return uuid5(context.command_id, "decision")


def new_application(context: Context) -> UUID:
    """The id of the application that is due after a decision that was made without one."""
    return uuid5(context.command_id, "application")
