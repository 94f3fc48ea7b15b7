"""Writing the form: who may write which part and when, and what becomes of signatures on what is written anew."""

from collections.abc import Callable, Sequence
from typing import assert_never

from councils.settings import Settings
from ledger.decider import By, Failing, Private, Refused, not_allowed, rule_broken, wrong_state
from services.intake.domain.attachment import AttachFile, RemoveAttachment, attached
from services.intake.domain.commands import (
    CompleteSection,
    Edit,
    GiveCosts,
    IndicateBudget,
    ListOptionsTried,
    MarkComplexity,
    NameFamilyMember,
    PlanActions,
    RecordVoice,
    StateCircumstances,
    StateFamilyAgreement,
    StateOtherFunding,
    StateParentalResponsibility,
    StateSupportNeeds,
)
from services.intake.domain.completeness import sums_of
from services.intake.domain.events import (
    AgreementVoided,
    ApplicationEvent,
    ApplicationStarted,
    BudgetIndicated,
    ComplexityMarked,
    CostsGiven,
    FamilyMemberNamed,
    GuardPassed,
    PartReopened,
    SectionCompleted,
    VoiceRecorded,
)
from services.intake.domain.form import SOCIAL_WORKER, TEXTS, is_text, owner
from services.intake.domain.levels import judge
from services.intake.domain.parts import (
    WORKER_TIME,
    ActionsPlanned,
    CircumstancesStated,
    FamilyAgreementStated,
    FundingSource,
    OptionsTried,
    OptionTried,
    OtherFundingStated,
    ParentalResponsibilityStated,
    PlannedAction,
    ResourcesListed,
    Stated,
    SupportNeedsStated,
)
from services.intake.domain.starting import family_member
from services.intake.domain.state import State

_FIXED = (IndicateBudget, MarkComplexity, StateCircumstances, NameFamilyMember, StateParentalResponsibility)
"""What routing judged at submission, and whom others were told of then: a deferral does not open it again."""

MOST_RELATIVES = 50
"""People in one family: as many as a form may begin with."""


_SECTIONS = (
    CompleteSection,
    ListOptionsTried,
    StateOtherFunding,
    PlanActions,
    StateFamilyAgreement,
    StateSupportNeeds,
)
"""The edits of sections, which a council may give to another role than the social worker."""


def edit(command: Edit, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    """Write a part of the form.

    Only those who own it write it, and only while the form is theirs (D6). An edit after the signature voids signature
    and agreement (B6); after a deferral only the part that changed needs signing again (D5).
    """
    part = part_of(command)
    _only_who_writes(command, part, started)
    only_in_our_hands(state, deferred_too=not isinstance(command, _FIXED))
    events = _written(command, state, started)
    if not events:
        return []
    if state.stage == "further_information":
        signed = state.changes_signed_by is not None or state.changes_agreed_by is not None
        return [*events, PartReopened(part)] if signed or part not in state.changed else events
    if state.signed_by is None and state.agreed_by is None:
        return events
    return [*events, AgreementVoided(part, state.signed_by, state.agreed_by)]


def part_of(command: Edit) -> str:
    """The part of the form that an edit writes."""
    match command:
        case IndicateBudget():
            return "indicative_budget"
        case GiveCosts():
            return "costs"
        case StateCircumstances():
            return "circumstances"
        case MarkComplexity():
            return "complexity"
        case CompleteSection(section=section):
            return section
        case ListOptionsTried():
            return "options_tried"
        case StateOtherFunding():
            return "other_funding"
        case PlanActions():
            return "actions"
        case StateFamilyAgreement():
            return "family_agreement"
        case StateSupportNeeds():
            return "support_needs"
        case NameFamilyMember():
            return "family"
        case StateParentalResponsibility():
            return "parental_responsibility"
        case RecordVoice():
            return "voices"
        case AttachFile() | RemoveAttachment():
            return "attachments"
        case _:
            assert_never(command)


def only_its_social_workers(by: By, started: ApplicationStarted) -> None:
    """Raises Refused NOT_YOUR_APPLICATION for anybody but the social workers of the application's team."""
    if by.role != SOCIAL_WORKER or (by.actor != started.originator and by.team != started.team):
        raise not_allowed("NOT_YOUR_APPLICATION", "Only the social workers of the application's team may do this.")


def only_in_our_hands(state: State, *, deferred_too: bool = False) -> None:
    """Raises Refused unless the form is a draft, or one that a deferral opened again."""
    if state.stage == "closed":
        raise wrong_state("APPLICATION_CLOSED", "This application has been decided, withdrawn or given up.")
    if state.stage != "draft" and not (deferred_too and state.stage == "further_information"):
        raise wrong_state(
            "IN_PANELS_HANDS",
            "This application is in the panel's hands until it is returned, or deferred for further information.",
        )


def _only_who_writes(command: Edit, part: str, started: ApplicationStarted) -> None:
    by = command.by
    writer = owner(part, command.settings) if isinstance(command, _SECTIONS) else SOCIAL_WORKER
    if writer == SOCIAL_WORKER:
        only_its_social_workers(by, started)
    elif by.role != writer:
        raise not_allowed("SECTION_NOT_YOURS", f"This section is written by the {writer.replace('_', ' ')}.")


def _written(command: Edit, state: State, started: ApplicationStarted) -> list[ApplicationEvent]:
    """The events of an edit; none when it changes nothing."""

    def private(text: str | None) -> Private | None:
        return Private(started.person, text) if text else None

    match command:
        case IndicateBudget(_, weekly_pence):
            return [] if weekly_pence == state.indicative_weekly_pence else [BudgetIndicated(weekly_pence)]
        case GiveCosts():
            return _costs(command, state)
        case StateCircumstances(_, within, emergency, disability_team, complex_health, section, order, package):
            stated = CircumstancesStated(within, emergency, disability_team, complex_health, section, order, package)
            return [] if stated == state.circumstances else [stated]
        case MarkComplexity(_, is_complex, distinctive, reason):
            if (is_complex or distinctive) and not reason:
                raise _broken("/reason", "COMPLEXITY_REASON_MISSING", "Say why the case is complex or distinctive.")
            marked = ComplexityMarked(is_complex, distinctive, private(reason))
            return [] if marked == state.complexity else [marked]
        case CompleteSection(_, settings, section, text):
            if not is_text(section, settings.kinds.get(started.kind)):
                raise _broken("/section", "UNKNOWN_SECTION", f"These sections are one text: {', '.join(TEXTS)}.")
            passed = _budget_first(section, settings, state) if section == "plan" else []
            return [SectionCompleted(section, Private(started.person, text)), *passed]
        case PlanActions(_, settings, actions):
            planned = tuple(
                PlannedAction(Private(started.person, one.action), private(one.owner), one.due_on, one.review_on)
                for one in actions
            )
            return [ActionsPlanned(planned), *_budget_first("actions", settings, state)]
        case ListOptionsTried(_, _, options):
            tried = tuple(OptionTried(Private(started.person, option), private(why)) for option, why in options)
            return [OptionsTried(tried)]
        case StateOtherFunding():
            return _other_funding(command, private)
        case StateFamilyAgreement(_, _, agreed, reason, significant_harm):
            return [FamilyAgreementStated(agreed, private(reason), significant_harm)]
        case StateSupportNeeds():
            return _support_needs(command, started)
        case NameFamilyMember():
            return _family(command, state)
        case StateParentalResponsibility(_, held_by, reason):
            if held_by is not None and not reason:
                raise _broken("/reason", "PR_REASON_MISSING", "Say why no relative holds parental responsibility.")
            unsaid = held_by is None and state.parental_responsibility is None
            stated = ParentalResponsibilityStated(held_by, private(reason) if held_by else None)
            return [] if unsaid else [stated]
        case RecordVoice():
            return [_voice(command, state, started)]
        case AttachFile() | RemoveAttachment():
            return [*attached(command, state.attachments, started.person)]
        case _:
            assert_never(command)


def _costs(command: GiveCosts, state: State) -> list[ApplicationEvent]:
    """What is asked for. Where lines are given, the costs are their sums without the worker's own time."""
    lines = command.resources
    known = {*command.settings.resources, WORKER_TIME}
    failing = [
        Failing(f"/resources/{index}/resource", "UNKNOWN_RESOURCE", "The council lists no such resource.")
        for index, line in enumerate(lines)
        if line.resource not in known
    ]
    if lines:
        names = ("weekly_pence", "one_off_pence")
        given = (command.weekly_pence, command.one_off_pence)
        failing += [
            Failing(f"/{name}", "COSTS_DO_NOT_ADD_UP", f"The resources listed add up to {total} pence, not to {said}.")
            for name, said, total in zip(names, given, sums_of(lines), strict=True)
            if said != total
        ]
    if failing:
        raise rule_broken(failing[0].code, failing[0].sentence, failing=failing)
    costs, listed = CostsGiven(command.weekly_pence, command.one_off_pence), ResourcesListed(lines)
    changed: list[ApplicationEvent] = [] if costs == state.costs else [costs]
    return changed if lines == state.resources else [*changed, listed]


def _budget_first(section: str, settings: Settings, state: State) -> list[ApplicationEvent]:
    """The person knows the indicative budget before they plan (S0; B8)."""
    if state.indicative_weekly_pence is not None:
        return []
    missing = Failing("/indicative-budget", "NO_INDICATIVE_BUDGET", "Indicate the budget before the plan is written.")
    judged = judge(settings, [missing])
    if judged.failing:
        raise rule_broken(missing.code, missing.sentence, failing=judged.failing)
    return [GuardPassed(guard, level, section) for guard, level in judged.guards.items()]


def _other_funding(
    command: StateOtherFunding, private: Callable[[str | None], Private | None]
) -> list[ApplicationEvent]:
    known = command.settings.other_funding_sources
    names = [source for source, _, _ in command.sources]
    failing = [
        Failing(f"/sources/{index}/source", "UNKNOWN_SOURCE", f"The council knows these sources: {', '.join(known)}.")
        for index, name in enumerate(names)
        if known and name not in known
    ]
    failing += [
        Failing(f"/sources/{index}/source", "SOURCE_TWICE", "This source is named already.")
        for index, name in enumerate(names)
        if name in names[:index]
    ]
    if failing:
        raise rule_broken(failing[0].code, failing[0].sentence, failing=failing)
    stated = tuple(FundingSource(source, possible, private(text)) for source, possible, text in command.sources)
    return [OtherFundingStated(stated)]


def _support_needs(command: StateSupportNeeds, started: ApplicationStarted) -> list[ApplicationEvent]:
    asked = (("needs", command.needs, command.settings.support_needs),
             ("advice", command.advice, command.settings.support_advice))  # fmt: skip
    failing = [
        Failing(f"/{member}", "UNKNOWN_SUPPORT_NEED", f"The council asks for these: {', '.join(known) or 'none'}.")
        for member, said, known in asked
        if set(said) - set(known)
    ]
    if failing:
        raise rule_broken(failing[0].code, failing[0].sentence, failing=failing)
    needs, advice = (
        tuple(Stated(code, Private(started.person, said[code])) for code in known if code in said)
        for _, said, known in asked
    )
    return [SupportNeedsStated(needs, advice)]


def _family(command: NameFamilyMember, state: State) -> list[ApplicationEvent]:
    """One more of the family, or one of them described anew."""
    known = {member.party for member in state.family}
    if command.member.party not in known and len(known) >= MOST_RELATIVES:
        raise _broken("/party", "FAMILY_FULL", f"A family has at most {MOST_RELATIVES} people.")
    return [FamilyMemberNamed(family_member(command.member))]


def _voice(command: RecordVoice, state: State, started: ApplicationStarted) -> VoiceRecorded:
    party, views, why_not = command.party, command.views, command.why_not_obtainable
    if party not in {started.person, *(member.party for member in state.family)}:
        raise _broken("/party", "UNKNOWN_PARTY", "Nobody by this id belongs to this application.")
    if not views and not why_not:
        raise _broken("/views", "VIEWS_EMPTY", "Write down the views, or why they could not be had.")

    def own(text: str | None) -> Private | None:
        return Private(party, text) if text else None

    age = None if command.age_years is None else str(command.age_years)
    return VoiceRecorded(party, own(views), own(why_not), own(age), own(command.understanding))


def _broken(pointer: str, code: str, sentence: str) -> Refused:
    return rule_broken(code, sentence, failing=[Failing(pointer, code, sentence)])
