"""Handing an application in: complete and in time, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from councils.settings import Settings
from ledger.decider import By
from services.intake.applications.domain.events import ApplicationEvent, ApplicationStarted, ApplicationSubmitted
from services.intake.applications.domain.form import SOCIAL_WORKER
from services.intake.applications.domain.levels import judge, refused
from services.intake.applications.domain.requirements.completeness import NEVER_PASSED, gaps
from services.intake.applications.domain.requirements.sittings import judged_sitting, late_gap, refuse_if_late
from services.intake.applications.domain.state import State
from services.intake.applications.domain.whose import only_in_our_hands, only_its_social_workers


@dataclass(frozen=True)
class SubmitApplication:
    """Hand the application in, for a sitting where the council asks for one. ``received_at`` is the server's."""

    by: By
    settings: Settings
    sitting_on: date | None
    received_at: datetime


def submit(command: SubmitApplication, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    """Complete and in time, or not at all; what is missing is said at once (B1 and B5)."""
    settings = command.settings
    if command.by.role != SOCIAL_WORKER and state.stage == "draft":
        # Whoever asks on the social workers' behalf: a late one is late for everybody, whatever their rank (B2).
        refuse_if_late(settings, command.sitting_on, command.received_at)
    only_its_social_workers(command.by, started)
    only_in_our_hands(state.stage)
    judged = judge(settings, gaps(state, started, settings, command.sitting_on), NEVER_PASSED)
    if judged.failing or state.costs is None or state.indicative_weekly_pence is None:
        failing = (*judged.failing, *late_gap(settings, command.sitting_on, command.received_at))
        raise refused(failing, f"{len(failing)} things stand in the way of this application.")
    sitting = judged_sitting(settings, command.sitting_on, command.received_at)
    return [
        ApplicationSubmitted(
            application=started.application,
            person=started.person,
            person_name=started.person_name,
            contact_email=started.contact_email,
            kind=started.kind,
            weekly_pence=state.costs.weekly_pence,
            one_off_pence=state.costs.one_off_pence,
            indicative_weekly_pence=state.indicative_weekly_pence,
            complex=state.complexity.complex,
            distinctive=state.complexity.distinctive,
            reasons_given=state.complexity.reason,
            miles=started.miles,
            originator=started.originator,
            team=started.team,
            team_manager=started.team_manager,
            service=started.service,
            service_manager=started.service_manager,
            sitting_on=sitting.on if sitting else None,
            forum=sitting.forum if sitting else None,
            cut_off_at=sitting.cut_off_at if sitting else None,
            received_at=command.received_at,
            settings_version=settings.version,
            needs=state.texts.get("needs"),
            family=state.family,
            times_submitted=state.times_submitted + 1,
            resources=state.resources,
            circumstances=state.circumstances,
            consequence=state.texts.get("consequence"),
            warnings=judged.warnings,
            guards=judged.guards,
        )
    ]
