"""Handing an application in: complete and in time, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from councils.settings import Settings
from ledger.decider import Acting
from services.intake.applications.domain.events import ApplicationEvent, ApplicationSubmitted
from services.intake.applications.domain.form import SOCIAL_WORKER
from services.intake.applications.domain.requirements.completeness import NEVER_PASSED, gaps
from services.intake.applications.domain.requirements.sittings import judged_sitting, late_gap, refuse_if_late
from services.intake.applications.domain.state import State
from services.intake.applications.domain.whose import only_in_our_hands, only_its_social_workers, only_three_persons
from services.requirements import judge, refused


@dataclass(frozen=True)
class SubmitApplication:
    """Hand the application in, for a sitting where the council asks for one. ``received_at`` is the server's."""

    sitting_on: date | None


def submit(command: SubmitApplication, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """Complete and in time, or not at all; what is missing is said at once (B1 and B5)."""
    settings = acting.settings
    if acting.by.role != SOCIAL_WORKER and state.stage == "draft":
        # Whoever asks on the social workers' behalf: a late one is late for everybody, whatever their rank (B2).
        refuse_if_late(settings, command.sitting_on, acting.at)
    only_its_social_workers(acting.by, state.begun)
    only_in_our_hands(state.stage)
    only_three_persons(acting.by, state.begun, state.signed_by, state.agreed_by)
    judged = judge(settings, gaps(state, settings, command.sitting_on), kind=state.begun.kind, never=NEVER_PASSED)
    if judged.failing or state.costs is None or state.indicative_weekly_pence is None:
        failing = (*judged.failing, *late_gap(settings, command.sitting_on, acting.at))
        raise refused(failing, f"{len(failing)} things stand in the way of this application.")
    sitting = judged_sitting(settings, command.sitting_on, acting.at)
    return [
        ApplicationSubmitted(
            application=state.begun.application,
            person=state.begun.person,
            person_name=state.begun.person_name,
            contact_email=state.begun.contact_email,
            kind=state.begun.kind,
            weekly_pence=state.costs.weekly_pence,
            one_off_pence=state.costs.one_off_pence,
            indicative_weekly_pence=state.indicative_weekly_pence,
            complex=state.complexity.complex,
            distinctive=state.complexity.distinctive,
            reasons_given=state.complexity.reason,
            miles=state.begun.miles,
            originator=state.begun.originator,
            team=state.begun.team,
            team_manager=state.begun.team_manager,
            service=state.begun.service,
            service_manager=state.begun.service_manager,
            sitting_on=sitting.on if sitting else None,
            forum=sitting.forum if sitting else None,
            cut_off_at=sitting.cut_off_at if sitting else None,
            received_at=acting.at,
            settings_version=settings.version,
            needs=state.texts.get("needs"),
            family=state.family,
            times_submitted=state.times_submitted + 1,
            resources=state.resources,
            circumstances=state.circumstances,
            consequence=state.texts.get("consequence"),
            warnings=judged.warned,
        )
    ]
