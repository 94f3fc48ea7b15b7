"""Whose the form is, and while it is theirs to write."""

from typing import Protocol

from councils.settings import Settings
from ledger.decider import By, not_allowed, wrong_state
from services.intake.applications.domain.form import SOCIAL_WORKER, owner


class Owned(Protocol):
    """An application as far as it says whose it is."""

    @property
    def originator(self) -> str:
        """The social worker who began it."""
        ...

    @property
    def team(self) -> str:
        """The team whose social workers share it."""
        ...


def only_its_social_workers(by: By, application: Owned) -> None:
    """Raises Refused NOT_YOUR_APPLICATION for anybody but the social workers of the application's team."""
    if by.role != SOCIAL_WORKER or (by.actor != application.originator and by.team != application.team):
        raise not_allowed("NOT_YOUR_APPLICATION", "Only the social workers of the application's team may do this.")


def only_who_writes(by: By, section: str, settings: Settings, application: Owned) -> None:
    """Raises Refused SECTION_NOT_YOURS for anybody but the role that the council gives a section to (D6)."""
    writer = owner(section, settings)
    if writer == SOCIAL_WORKER:
        only_its_social_workers(by, application)
    elif by.role != writer:
        raise not_allowed("SECTION_NOT_YOURS", f"This section is written by the {writer.replace('_', ' ')}.")


def not_their_own(by: By, application: Owned, *others: str | None) -> None:
    """Raises Refused SELF_APPROVAL for whoever asks for it, and for ``others`` whose part must be another person's.

    It is the person who counts, whichever of their roles they choose (DOMAIN.md, I6).
    """
    if by.actor in (application.originator, *others):
        raise not_allowed("SELF_APPROVAL", "Nobody signs or agrees what they asked for, and no one person does both.")


def only_three_persons(by: By, application: Owned, signed_by: str | None, agreed_by: str | None) -> None:
    """Raises Refused SELF_APPROVAL where whoever hands it in, or asked for it, also signed or agreed, or one did both.

    What was signed so before is signed anew after an edit, which voids it.
    """
    approved = [officer for officer in (signed_by, agreed_by) if officer is not None]
    if len({*approved, by.actor}) <= len(approved) or application.originator in approved:
        raise not_allowed(
            "SELF_APPROVAL", "Whoever asks for it, signs it and agrees to it are different persons, in whichever role."
        )


def only_in_our_hands(stage: str, *, deferred_too: bool = False) -> None:
    """Raises Refused unless the form is a draft, or one that a deferral opened again."""
    if stage == "closed":
        raise wrong_state("APPLICATION_CLOSED", "This application has been decided, withdrawn or given up.")
    if stage != "draft" and not (deferred_too and stage == "further_information"):
        raise wrong_state(
            "IN_PANELS_HANDS",
            "This application is in the panel's hands until it is returned, or deferred for further information.",
        )
