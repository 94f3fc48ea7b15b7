"""Who may write a draft of a section; who may read what was written before is the need to know's to say."""

from dataclasses import dataclass

from councils.settings import Settings
from ledger.decider import By
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
