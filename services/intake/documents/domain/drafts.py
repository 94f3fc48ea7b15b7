"""Who may write a draft of a section, and who may read what was written before."""

from dataclasses import dataclass

from councils.settings import Settings
from ledger.decider import By, not_allowed
from services.intake.applications.domain.form import SOCIAL_WORKER, owner
from services.intake.applications.domain.sections import only_texts
from services.intake.applications.domain.whose import only_in_our_hands, only_who_writes


@dataclass(frozen=True)
class Writing:
    """An application as drafts need to know it."""

    person: str
    kind: str
    stage: str
    originator: str
    team: str
    service: str


def may_write(by: By, application: Writing, section: str, settings: Settings) -> None:
    """A section's draft is written by whoever may complete the section, and while that may be done.

    Raises Refused UNKNOWN_SECTION, NOT_YOUR_APPLICATION, SECTION_NOT_YOURS, APPLICATION_CLOSED, IN_PANELS_HANDS.
    """
    only_texts(section, settings, application.kind)
    only_who_writes(by, section, settings, application)
    only_in_our_hands(application.stage, deferred_too=True)


def may_read(by: By, application: Writing, section: str, settings: Settings) -> None:
    """Drafts and earlier versions are the team's own: its workers, its managers, and who writes the section.

    Raises Refused NOT_YOUR_APPLICATION.
    """
    own_worker = by.role == SOCIAL_WORKER and (by.actor == application.originator or by.team == application.team)
    own_manager = by.role == "team_manager" and by.team == application.team
    own_service = by.role == "service_manager" and by.service == application.service
    writer = owner(section, settings)
    if not (own_worker or own_manager or own_service or (writer != SOCIAL_WORKER and by.role == writer)):
        raise not_allowed("NOT_YOUR_APPLICATION", "Only the application's own team may read what was written before.")
