"""Opening a sitting before a quorum, and hearing one application at a time."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from councils import calendar
from councils.settings import Settings
from ledger.decider import Acting, rule_broken, wrong_state
from services.panel.known.domain.wording import either
from services.panel.sittings.domain.events import (
    Event,
    ItemClosed,
    ItemOpened,
    Present,
    SittingOpened,
    SittingScheduled,
)
from services.panel.sittings.domain.requirements import ADMINISTRATOR, require_role, require_stage
from services.panel.sittings.domain.state import State

UNSKILLED = frozenset({"finance", "commissioning", ADMINISTRATOR})
"""Kinds of member who alone do not make a panel "appropriately skilled and trained" (guidance 10.85, S2 #19)."""


@dataclass(frozen=True)
class OpenSitting:
    """Open the sitting with those present; ``may_chair`` are roles that may chair every case on its agenda (A13)."""

    present: tuple[Present, ...]
    may_chair: tuple[str, ...] = ()


def open_sitting(command: OpenSitting, state: State, acting: Acting[Any]) -> list[Event]:
    """Opened by a chair, on its day, before a quorum that is skilled. Raises Refused."""
    plan = state.scheduled
    if acting.by.role not in (*plan.chair_roles, *command.may_chair):
        _require_may_chair(acting.by.role, plan, command.may_chair)
        if any(one.kind in plan.chair_roles for one in command.present):
            require_role(acting.by, plan.chair_roles)
        raise rule_broken("NO_CHAIR", f"Only {either(plan.chair_roles)} opens a sitting, and neither is here (S4 §4).")
    require_stage(state, "scheduled", "ALREADY_OPENED", "This sitting has already been opened.")
    if calendar.london_date(acting.at) != plan.on:
        raise wrong_state(
            "NOT_ITS_DAY", f"This sitting is on {plan.on:%A %d %B %Y}; it opens on that day.", on=plan.on.isoformat()
        )
    kinds = {one.member: one.kind for one in command.present}
    if any(kinds[one.member] != one.kind for one in command.present):
        raise rule_broken("PRESENT_TWICE", "Somebody is named as two kinds of member among those present.")
    members = {*kinds, acting.by.actor}
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
    return [SittingOpened(opened_by=acting.by.actor, role=acting.by.role, present=command.present, opened_at=acting.at)]


@dataclass(frozen=True)
class Chair:
    """Who chairs a case, and in which role."""

    officer: str
    role: str


@dataclass(frozen=True)
class OpenItem:
    """Begin to hear one application; ``may_chair`` are roles that may chair this case besides the forum's own.

    ``appointed`` is the role to which routing appointed whoever is named as its chair, None where we heard of none.
    """

    application: UUID
    chair: Chair | None = None
    may_chair: tuple[str, ...] = ()
    appointed: str | None = None


def open_item(command: OpenItem, state: State, acting: Acting[Any]) -> list[Event]:
    """One application at a time, from the agenda of an open sitting. Raises Refused."""
    plan = state.scheduled
    if acting.by.role != ADMINISTRATOR:
        _require_may_chair(acting.by.role, plan, command.may_chair)
    require_role(acting.by, (*plan.chair_roles, *command.may_chair, ADMINISTRATOR))
    chair = command.chair or (None if acting.by.role == ADMINISTRATOR else Chair(acting.by.actor, acting.by.role))
    # Whoever opens says who chairs, and in which role; what they were appointed to says whether they may (A13).
    roles = (*plan.chair_roles, *command.may_chair)
    if chair is not None and (chair.role not in roles or (command.appointed or chair.role) not in roles):
        raise _may_not_chair(plan, command.may_chair)
    require_stage(state, "open", "SITTING_NOT_OPEN", "An application can only be heard while the sitting is open.")
    if state.slot_of(command.application) is None:
        raise wrong_state("NOT_ON_AGENDA", "This application is not on the agenda of this sitting.")
    if state.open_item is not None:
        raise wrong_state("ITEM_STILL_OPEN", "Another application is still being heard; close it first.")
    if command.application in state.heard:
        raise wrong_state("ALREADY_HEARD", "This application has already been heard at this sitting.")
    return [
        ItemOpened(
            application=command.application,
            opened_by=acting.by.actor,
            opened_at=acting.at,
            chaired_by=chair.officer if chair else None,
            chaired_role=chair.role if chair else None,
            may_chair=command.may_chair,
        )
    ]


@dataclass(frozen=True)
class CloseItem:
    """Finish hearing one application."""

    application: UUID


def close_item(command: CloseItem, state: State, acting: Acting[Any]) -> list[Event]:
    """The application that is being heard is heard: so says its chair, whoever chairs it. Raises Refused."""
    hearing = state.hearing(command.application)
    if hearing is None or not hearing.records(acting.by):
        require_role(acting.by, (*state.scheduled.chair_roles, ADMINISTRATOR))
    if hearing is None:
        raise wrong_state("ITEM_NOT_OPEN", "This application is not being heard now.")
    return [ItemClosed(application=command.application, closed_by=acting.by.actor, closed_at=acting.at)]


def _require_may_chair(role: str, plan: SittingScheduled, may_chair: tuple[str, ...]) -> None:
    """Where an order says who may chair, another role hears that (S4 §7; A13). Raises Refused."""
    if may_chair and role not in (*plan.chair_roles, *may_chair):
        raise _may_not_chair(plan, may_chair)


def _may_not_chair(plan: SittingScheduled, may_chair: tuple[str, ...]) -> Exception:
    roles = (*plan.chair_roles, *may_chair)
    return rule_broken(
        "CHAIR_NOT_ALLOWED", f"Such a case is chaired by {either(roles)} (S4 §7).", may_chair=list(roles)
    )


def order_chairs(settings: Settings, order: str | None) -> tuple[str, ...]:
    """Roles that may chair a case of an order besides the forum's own (S4 §7; A13); none for any other case."""
    return settings.chairs_by_order.get(order or "", ())
