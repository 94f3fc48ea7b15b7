"""Writing the form: who may write which part and when, and what becomes of signatures on what is written anew.

Each part's command stands beside its rule in the file of its topic.
"""

from collections.abc import Sequence
from typing import assert_never

from councils.settings import Settings
from ledger.decider import Acting
from services.intake.applications.domain.attaching import AttachFile, RemoveAttachment, attach_file, remove_attachment
from services.intake.applications.domain.costs import (
    GiveCosts,
    IndicateBudget,
    MarkComplexity,
    StateCircumstances,
    give_costs,
    indicate_budget,
    mark_complexity,
    state_circumstances,
)
from services.intake.applications.domain.events import (
    AgreementVoided,
    ApplicationEvent,
    PartReopened,
)
from services.intake.applications.domain.family import (
    NameFamilyMember,
    RecordVoice,
    StateParentalResponsibility,
    name_family_member,
    record_voice,
    state_parental_responsibility,
)
from services.intake.applications.domain.sections import (
    CompleteSection,
    ListOptionsTried,
    PlanActions,
    StateFamilyAgreement,
    StateOtherFunding,
    StateSupportNeeds,
    complete_section,
    list_options_tried,
    plan_actions,
    state_family_agreement,
    state_other_funding,
    state_support_needs,
)
from services.intake.applications.domain.state import State
from services.intake.applications.domain.whose import only_in_our_hands, only_its_social_workers, only_who_writes

Part = (
    GiveCosts
    | CompleteSection
    | ListOptionsTried
    | StateOtherFunding
    | PlanActions
    | StateFamilyAgreement
    | StateSupportNeeds
    | RecordVoice
    | AttachFile
    | RemoveAttachment
)
"""The edits that a deferral opens again; the others are what routing judged, and whom others were told of."""


Edit = IndicateBudget | MarkComplexity | StateCircumstances | NameFamilyMember | StateParentalResponsibility | Part


_FIXED = (IndicateBudget, MarkComplexity, StateCircumstances, NameFamilyMember, StateParentalResponsibility)
"""What routing judged at submission, and whom others were told of then: a deferral does not open it again."""


_SECTIONS = (
    CompleteSection,
    ListOptionsTried,
    StateOtherFunding,
    PlanActions,
    StateFamilyAgreement,
    StateSupportNeeds,
)
"""The edits of sections, which a council may give to another role than the social worker."""


def edit(command: Edit, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """Write a part of the form.

    Only those who own it write it, and only while the form is theirs (D6). An edit after the signature voids signature
    and agreement (B6); after a deferral only the part that changed needs signing again (D5).
    """
    part = command.part
    if isinstance(command, _SECTIONS):
        only_who_writes(acting.by, part, acting.settings, state.begun)
    else:
        only_its_social_workers(acting.by, state.begun)
    only_in_our_hands(state.stage, deferred_too=not isinstance(command, _FIXED))
    events = _written(command, state, acting)
    if not events:
        return []
    if state.stage == "further_information":
        signed = state.changes_signed_by is not None or state.changes_agreed_by is not None
        return [*events, PartReopened(part)] if signed or part not in state.changed else events
    if state.signed_by is None and state.agreed_by is None:
        return events
    return [*events, AgreementVoided(part, state.signed_by, state.agreed_by)]


def _written(command: Edit, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """The events of an edit; none when it changes nothing."""
    match command:
        case IndicateBudget():
            return indicate_budget(command, state, acting)
        case GiveCosts():
            return give_costs(command, state, acting)
        case StateCircumstances():
            return state_circumstances(command, state, acting)
        case MarkComplexity():
            return mark_complexity(command, state, acting)
        case CompleteSection():
            return complete_section(command, state, acting)
        case PlanActions():
            return plan_actions(command, state, acting)
        case ListOptionsTried():
            return list_options_tried(command, state, acting)
        case StateOtherFunding():
            return state_other_funding(command, state, acting)
        case StateFamilyAgreement():
            return state_family_agreement(command, state, acting)
        case StateSupportNeeds():
            return state_support_needs(command, state, acting)
        case NameFamilyMember():
            return name_family_member(command, state, acting)
        case StateParentalResponsibility():
            return state_parental_responsibility(command, state, acting)
        case RecordVoice():
            return record_voice(command, state, acting)
        case AttachFile():
            return attach_file(command, state, acting)
        case RemoveAttachment():
            return remove_attachment(command, state, acting)
        case _:
            assert_never(command)
