"""What every decision says of itself, whoever makes it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from councils import facts
from councils.settings import Settings
from ledger.decider import Acting, By, not_allowed, wrong_state
from services.panel.decisions.domain.events import Received, Ruling
from services.panel.decisions.domain.state import State
from services.panel.known.domain.case import Budget, Case
from services.panel.sittings.domain.state import BeingHeard


def ruling(decision: UUID, received: Received, acting: Acting[Any]) -> Ruling:
    """Which decision, by whom, when, under which settings, on which cost, about whom."""
    return Ruling(
        decision=decision,
        application=received.case.application,
        decided_by=acting.by.actor,
        decided_role=acting.by.role,
        decided_at=acting.at,
        settings_version=acting.settings.version,
        weekly_pence=received.case.weekly_pence,
        concerned=received.concerned,
    )


def require_heard(item: BeingHeard | None, acting: Acting[Any], sentence: str) -> BeingHeard:
    """A panel speaks while it hears the application, and its chair records that. Raises Refused (S3 #11; D1)."""
    if item is None:
        raise wrong_state("ITEM_NOT_OPEN", sentence)
    if not item.records(acting.by):
        raise not_allowed("ROLE_NOT_ALLOWED", "Only the chair or vice chair records what the panel decided.")
    return item


def after_opening(item: BeingHeard, acting: Acting[Any]) -> Acting[Any]:
    """Under what a panel speaks of an item: strictly after its opening, as the book records them (D1).

    The book has the opening, so that what is said now is recorded after it. Two machines' clocks may differ, and one
    that is set may stand still: what the clock showed is no earlier than the microsecond after the opening.
    """
    return replace(acting, at=max(acting.at, item.opened_at + timedelta(microseconds=1)))


def require_not_own(by: By, state: State, originator: str | None = None) -> None:
    """Whoever asks for it decides nothing of it, in whichever role (S0; A6, I6). Raises Refused.

    ``originator`` is who began its draft, where panel has heard of no more than that.
    """
    if by.actor in (originator, state.concerned.originator if state.concerned else None):
        raise not_allowed("SELF_APPROVAL", "Nobody decides their own application (S0).")


def budget(case: Case, settings: Settings) -> Budget:
    """The final budget of an agreed case, by the settings' own factor from a week to a year (D19)."""
    return Budget(
        weekly_pence=case.weekly_pence,
        yearly_pence=facts.yearly_pence(settings, case.weekly_pence),
        indicative_weekly_pence=case.indicative_weekly_pence,
        difference_pence=case.weekly_pence - case.indicative_weekly_pence,
    )
