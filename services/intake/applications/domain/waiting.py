"""For what an application that nobody has handed in yet waits, of one person: the rules of writing and signing it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from councils.settings import Settings
from ledger.decider import By
from services.intake.applications.domain.form import SOCIAL_WORKER, owner

Wait = Literal[
    "REPAIR", "WRITING", "SECTION", "COMMENT", "SIGNATURE", "AGREEMENT", "SUBMISSION", "FURTHER_WORK"
]  # fmt: skip


@dataclass(frozen=True)
class Unfinished:
    """An application in its social workers' hands, as far as it says what is to be done next.

    ``signed_by`` and ``agreed_by`` are of what is theirs to judge now: after a deferral only what changed, and then
    ``changed`` says whether anything did. ``work`` are who owes further work.
    """

    kind: str
    originator: str
    team: str
    service: str
    deferred: bool
    returned: bool
    changed: bool
    signed_by: str | None
    agreed_by: str | None
    sections: frozenset[str]
    open_comments: bool
    work: frozenset[str]


def waits_for(one: Unfinished, by: By, settings: Settings) -> Iterator[Wait]:
    """What an application waits for of somebody, as a command of theirs would be taken."""
    asked = settings.signatures_for(one.kind)
    its_workers = by.role == SOCIAL_WORKER and (by.actor == one.originator or by.team == one.team)
    signs = asked.signed_by is not None and (by.role, by.team) == (asked.signed_by, one.team)
    agrees = asked.agreed_by is not None and (by.role, by.service) == (asked.agreed_by, one.service)
    writes = [section for section in _sections(one, settings) if owner(section, settings) == by.role]
    own = by.actor == one.originator
    if one.returned and (its_workers or signs or agrees or (writes and by.role != SOCIAL_WORKER)):
        yield "REPAIR"
    if by.actor in one.work:
        yield "FURTHER_WORK"
    if one.open_comments and its_workers:
        yield "COMMENT"
    if by.role != SOCIAL_WORKER and not one.deferred and any(section not in one.sections for section in writes):
        yield "SECTION"
    judged = one.changed or not one.deferred
    unsigned = judged and asked.signed_by is not None and one.signed_by is None
    unagreed = judged and asked.agreed_by is not None and one.agreed_by is None
    if unsigned and signs and not own:
        yield "SIGNATURE"
    if unagreed and not unsigned and not one.open_comments and agrees and not own and by.actor != one.signed_by:
        yield "AGREEMENT"
    if not one.deferred and own and its_workers:
        if unsigned and not one.returned:
            yield "WRITING"
        if not unsigned and not unagreed:
            yield "SUBMISSION"


def _sections(one: Unfinished, settings: Settings) -> tuple[str, ...]:
    return settings.kinds[one.kind].sections if one.kind in settings.kinds else ()
