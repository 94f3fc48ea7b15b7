"""One function for every command about a decision outside a panel: load, decide, append."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from councils.calendar import london_date
from councils.settings import OutOfPanel
from edge.commands import by
from ledger.book import Book, Desk
from ledger.decider import not_found
from ledger.rows import Context, Outcome
from services.panel import projections
from services.panel.domain import agenda, decision, out_of_panel, outside, terms
from services.panel.domain.out_of_panel import Asked, Basis
from services.panel.handlers import (
    DECISION,
    SITTING,
    decision_stream,
    place_ratifications,
    settings_not_here,
    sitting_id,
    sitting_stream,
    stages_of_forum,
)
from services.panel.outside.projections import decided_alone_since, to_ratify
from services.panel.outside.projections import stages as stages_since


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

    def reference(state: decision.State, _: Sequence[decision.Event]) -> dict[str, Any]:
        made = state.elsewhere.made[-1].made
        assert isinstance(made, out_of_panel.DecidedOutOfPanel), "it has just been decided"
        return {
            "application": made.application,
            "decision": made.decision,
            "application_due_at": made.application_due_at,
            "forum": made.forum,
            "ratify_on": made.ratify_on,
        }

    async with book.unit_of_work(context) as desk:
        if known := await desk.outcome():
            return known
        loaded = await desk.load(DECISION, decision_stream(application))
        settings = await projections.settings_in_force(desk, context.received_at)
        if settings is None and needs_settings:
            raise settings_not_here()
        received = loaded.state.received
        code = outside.ratifying_forum(settings, received.route if received else None) if settings else ""
        command = out_of_panel.DecideOutOfPanel(
            by=by(context),
            at=context.received_at,
            decision=uuid5(context.command_id, "decision"),
            application=application,
            basis=basis,
            asked=asked,
            settings=settings,
            stages=await stages_since(desk, code, london_date(context.received_at)),
            adviser_role=await projections.role_of(desk, asked.advised_by) if asked.advised_by else None,
        )
        outcome = await desk.carry_out(DECISION, loaded.stream, command, answer=reference)
        if outcome.answer["ratify_on"]:
            after = await desk.load(DECISION, loaded.stream)
            on = after.state.elsewhere.made[-1].made.ratify_on
            assert on is not None, "the answer said that there is a day"
            await place_ratifications(desk, by(context), sitting_id(context.council, code, on), code, on)
        return outcome


async def ratify(book: Book, context: Context, expected: int, application: UUID, said: Said) -> Outcome:
    """Record what the panel made of a decision outside it, while it hears the application."""
    async with book.unit_of_work(context) as desk:
        if known := await desk.outcome():
            return known
        heard_by = await desk.load(SITTING, sitting_stream(said.sitting))
        command = out_of_panel.Ratify(
            by=by(context),
            at=context.received_at,
            decision=said.made,
            item=heard_by.state.hearing(application),
            outcome=said.outcome,
            reasons=said.reasons,
            needed=said.needed,
        )
        return await desk.carry_out(DECISION, decision_stream(application), command, expected=expected)


async def note_replacement(
    book: Book, context: Context, expected: int, application: UUID, made: UUID, words: str
) -> Outcome:
    """Note that other support took the place of what was not ratified."""
    async with book.unit_of_work(context) as desk:
        command = out_of_panel.NoteReplacement(by(context), context.received_at, made, words)
        return await desk.carry_out(DECISION, decision_stream(application), command, expected=expected)


async def close_sitting(book: Book, context: Context, expected: int, identity: UUID) -> Outcome:
    """End a sitting; what it left unratified is an alarm, and waits for the next one (E2)."""
    async with book.unit_of_work(context) as desk:
        if known := await desk.outcome():
            return known
        closing = agenda.CloseSitting(by(context), context.received_at)
        outcome = await desk.carry_out(SITTING, sitting_stream(identity), closing, expected=expected)
        await _left_unratified(desk, identity)
        return outcome


async def _left_unratified(desk: Desk, identity: UUID) -> None:
    at = desk.context.received_at
    loaded = await desk.load(SITTING, sitting_stream(identity))
    plan = loaded.state.scheduled
    left = await to_ratify(desk, plan.forum, plan.on)
    settings = await projections.settings_in_force(desk, at)
    if not left or settings is None or plan.forum not in settings.forums:
        return
    stages = await stages_since(desk, plan.forum, london_date(at))
    on = terms.next_to_open(settings.forums[plan.forum], at, stages)
    for application, made in left:
        alarm = out_of_panel.RaiseAlarm(
            at=at,
            decision=made,
            code="RATIFICATION_OVERDUE",
            fell_due_at=at,
            officers=(loaded.state.opened_by,),
            roles=settings.out_of_panel.high_cost_by,
            sitting=identity,
            ratify_on=on,
        )
        stream = await desk.load(DECISION, decision_stream(application))
        await desk.record(stream, DECISION.decide(alarm, stream.state))
    next_one = sitting_id(desk.council, plan.forum, on)
    await place_ratifications(desk, by(desk.context), next_one, plan.forum, on)


async def find_authority_conflicts(desk: Desk, officer: str, ended_at: datetime) -> None:
    """Find what an officer decided alone after their authority had ended, before we heard that it had (A6)."""
    at = desk.context.received_at
    settings = await projections.settings_in_force(desk, at)
    for application in await decided_alone_since(desk, officer, ended_at):
        loaded = await desk.load(DECISION, decision_stream(application))
        stages = await stages_of_forum(desk, settings, loaded.state)
        command = out_of_panel.FindAuthorityConflict(at, officer, ended_at, settings, stages)
        events = DECISION.decide(command, loaded.state)
        await desk.record(loaded, events)
        for found in events:
            if isinstance(found, out_of_panel.AuthorityConflictFound) and found.forum and found.ratify_on:
                identity = sitting_id(desk.council, found.forum, found.ratify_on)
                await place_ratifications(desk, by(desk.context), identity, found.forum, found.ratify_on)


async def raise_alarm(
    book: Book, context: Context, application: UUID, made: UUID, code: out_of_panel.Alarm, fell_due_at: datetime
) -> Outcome:
    """Say that something is overdue, to the directors who decide at high cost."""
    async with book.unit_of_work(context) as desk:
        settings = await projections.settings_in_force(desk, context.received_at)
        roles = settings.out_of_panel.high_cost_by if settings else OutOfPanel().high_cost_by
        alarm = out_of_panel.RaiseAlarm(context.received_at, made, code, fell_due_at, (), roles)
        loaded = await desk.load(DECISION, decision_stream(application))
        if not loaded.version:
            raise not_found()
        return await desk.carry_out(DECISION, loaded.stream, alarm)
