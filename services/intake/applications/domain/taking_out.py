"""Taking somebody out of a family who was named in error: whoever was told of them is told that too (B12)."""

from collections.abc import Sequence
from dataclasses import dataclass

from councils.settings import Settings
from ledger.decider import Acting, Failing, Private
from services.intake.applications.domain.events import AgreementVoided, ApplicationEvent
from services.intake.applications.domain.form_events import FamilyMemberTakenOut
from services.intake.applications.domain.requirements import broken
from services.intake.applications.domain.state import State
from services.intake.applications.domain.whose import only_its_social_workers


@dataclass(frozen=True)
class TakeOutFamilyMember:
    """Take somebody out of the family, with the reason why they do not belong to it."""

    party: str
    reason: str


def take_out(command: TakeOutFamilyMember, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """Whoever works on it or answers for it takes them out at any stage: what is wrong may already be on its way.

    In a draft it is an edit, which voids the signatures (B6). Later the form stands as it was signed but for them. What
    they are said to think goes with them; the book keeps both, as it keeps everything.
    """
    begun, by = state.begun, acting.by
    if by.actor not in (begun.team_manager, begun.service_manager):
        only_its_social_workers(by, begun)
    if command.party == begun.person:
        raise broken(Failing("/party", "PERSON_STAYS", "The application is about this person, who stays."))
    if all(member.party != command.party for member in state.family):
        raise broken(Failing("/party", "UNKNOWN_PARTY", "Nobody by this id belongs to this application."))
    reason, announced = Private(begun.person, command.reason), state.times_submitted > 0
    taken_out = FamilyMemberTakenOut(begun.application, command.party, reason, by.actor, acting.at, announced)
    if state.stage == "draft" and (state.signed_by is not None or state.agreed_by is not None):
        return [taken_out, AgreementVoided("family", state.signed_by, state.agreed_by)]
    return [taken_out]
