"""Announcing an application for a sitting, before it is handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from councils.calendar import cut_off
from councils.settings import Settings
from ledger.decider import Acting
from services.intake.applications.domain.events import ApplicationEvent, ApplicationExpected
from services.intake.applications.domain.requirements.sittings import refuse_if_late, sitting_gaps
from services.intake.applications.domain.state import State
from services.intake.applications.domain.whose import only_in_our_hands, only_its_social_workers
from services.requirements import refused


@dataclass(frozen=True)
class ExpectApplication:
    """Announce the application for a sitting, before it is handed in."""

    sitting_on: date


def expect(command: ExpectApplication, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """Announce the application for a sitting; after its cut-off nothing more is announced for it (S4 §5; B10)."""
    settings = acting.settings
    by = acting.by
    manages = (by.role == "service_manager" and by.service == state.begun.service) or (
        by.role == "team_manager" and by.team == state.begun.team
    )
    if not manages:
        only_its_social_workers(by, state.begun)
    only_in_our_hands(state.stage)
    failing = tuple(sitting_gaps(settings, command.sitting_on))
    if settings.submitted_to is None or failing:
        raise refused(failing, "This is no sitting of the council's.")
    refuse_if_late(settings, command.sitting_on, acting.at)
    if state.expected is not None and state.expected.sitting_on == command.sitting_on:
        return []
    forum = settings.submitted_to
    at = cut_off(settings.forums[forum], command.sitting_on)
    return [ApplicationExpected(forum, command.sitting_on, at, by.actor, by.role)]
