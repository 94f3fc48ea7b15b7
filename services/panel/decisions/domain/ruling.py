"""What every decision says of itself, whoever makes it."""

from datetime import datetime
from uuid import UUID

from councils import facts
from councils.settings import Settings
from ledger.decider import By, not_allowed
from services.panel.decisions.domain.events import Ruling
from services.panel.known.domain.case import Budget, Case, Concerned


def ruling(decision: UUID, by: By, at: datetime, version: int, case: Case, concerned: Concerned) -> Ruling:
    """Which decision, by whom, when, under which settings, on which cost, about whom."""
    return Ruling(
        decision=decision,
        application=case.application,
        decided_by=by.actor,
        decided_role=by.role,
        decided_at=at,
        settings_version=version,
        weekly_pence=case.weekly_pence,
        concerned=concerned,
    )


def require_not_own(by: By, concerned: Concerned) -> None:
    """Whoever asks for it does not decide it, in whichever role (S0; A6). Raises Refused."""
    if by.actor == concerned.originator:
        raise not_allowed("SELF_APPROVAL", "Nobody decides their own application (S0).")


def budget(case: Case, settings: Settings) -> Budget:
    """The final budget of an agreed case, by the settings' own factor from a week to a year (D19)."""
    return Budget(
        weekly_pence=case.weekly_pence,
        yearly_pence=facts.yearly_pence(settings, case.weekly_pence),
        indicative_weekly_pence=case.indicative_weekly_pence,
        difference_pence=case.weekly_pence - case.indicative_weekly_pence,
    )
