"""Who may write a draft of a section, and who may read what was written before."""

from dataclasses import dataclass

from councils.settings import Settings
from ledger.decider import By, Failing, not_allowed, rule_broken, wrong_state
from services.intake.domain.form import SOCIAL_WORKER, TEXTS, is_text, owner


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
    if not is_text(section, settings.kinds.get(application.kind)):
        sentence = f"These sections are one text: {', '.join(TEXTS)}."
        raise rule_broken("UNKNOWN_SECTION", sentence, failing=[Failing("/section", "UNKNOWN_SECTION", sentence)])
    writer = owner(section, settings)
    if writer == SOCIAL_WORKER:
        if by.role != SOCIAL_WORKER or (by.actor != application.originator and by.team != application.team):
            raise not_allowed("NOT_YOUR_APPLICATION", "Only the social workers of the application's team may do this.")
    elif by.role != writer:
        raise not_allowed("SECTION_NOT_YOURS", f"This section is written by the {writer.replace('_', ' ')}.")
    if application.stage == "closed":
        raise wrong_state("APPLICATION_CLOSED", "This application has been decided, withdrawn or given up.")
    if application.stage not in ("draft", "further_information"):
        raise wrong_state(
            "IN_PANELS_HANDS",
            "This application is in the panel's hands until it is returned, or deferred for further information.",
        )


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
