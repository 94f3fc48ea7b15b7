"""The stream `application-<id>`: one form from first draft to submission, and further information for a deferral.

From submission on the application is in panel's hands: intake hears what became of it and opens the form again when
panel returned it, or for the pieces of further work that a deferral asked for. Its events stand in `events`, its
commands in `commands`, what a form must hold in `completeness`; here is how events add up and what commands lead to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from ledger.decider import By, Decider, Failing, Private, Refused, not_allowed, not_found, rule_broken, wrong_state
from services.intake.domain.commands import (
    AgreeApplication,
    ApplicationCommand,
    CompleteSection,
    Edit,
    GiveCosts,
    GiveFurtherInformation,
    HearClosed,
    HearDeferred,
    HearReturned,
    IndicateBudget,
    MarkComplexity,
    RecordVoice,
    SignApplication,
    StartApplication,
    SubmitApplication,
)
from services.intake.domain.completeness import SECTIONS, Form, gaps, judged_sitting
from services.intake.domain.events import (
    AgreementVoided,
    Answer,
    ApplicationAgreed,
    ApplicationClosed,
    ApplicationEvent,
    ApplicationReopened,
    ApplicationSigned,
    ApplicationStarted,
    ApplicationSubmitted,
    BudgetIndicated,
    ChangedSection,
    ComplexityMarked,
    CostsGiven,
    FamilyMember,
    FurtherInformationAsked,
    FurtherInformationGiven,
    SectionCompleted,
    VoiceRecorded,
)

# --- State ----------------------------------------------------------------------------------------------------


UNMARKED = ComplexityMarked(False, False, None)


@dataclass(frozen=True)
class State:
    """The form as rules need it: handles of sealed text, and which parts are there."""

    stage: Literal["new", "draft", "submitted", "further_information", "closed"] = "new"
    started: ApplicationStarted | None = None
    indicative_weekly_pence: int | None = None
    costs: CostsGiven | None = None
    complexity: ComplexityMarked = UNMARKED
    needs: Private | None = None
    sections: frozenset[str] = frozenset()
    voices: frozenset[str] = frozenset()
    signed_by: str | None = None
    agreed_by: str | None = None
    times_submitted: int = 0
    deferred_by: str = ""
    open_work: tuple[str, ...] = ()


def evolve(state: State, event: ApplicationEvent) -> State:
    """Each event fills in its part; a void takes signature and agreement away."""
    match event:
        case ApplicationStarted():
            return replace(state, stage="draft", started=event)
        case BudgetIndicated(weekly_pence):
            return replace(state, indicative_weekly_pence=weekly_pence)
        case CostsGiven():
            return replace(state, costs=event)
        case ComplexityMarked():
            return replace(state, complexity=event)
        case SectionCompleted(section, text):
            return _with_section(state, section, text)
        case VoiceRecorded(party):
            return replace(state, voices=state.voices | {party})
        case ApplicationSigned(signed_by):
            return replace(state, signed_by=signed_by)
        case ApplicationAgreed(agreed_by):
            return replace(state, agreed_by=agreed_by)
        case AgreementVoided():
            return replace(state, signed_by=None, agreed_by=None)
        case ApplicationSubmitted(times_submitted=times):
            return replace(state, stage="submitted", times_submitted=times)
        case ApplicationReopened():
            return replace(state, stage="draft", open_work=())
        case FurtherInformationAsked(decision, work):
            open_work = tuple(piece.work for piece in work)
            return replace(state, stage="further_information", deferred_by=decision, open_work=open_work)
        case FurtherInformationGiven(sections=sections, weekly_pence=weekly_pence):
            for changed in sections:
                state = _with_section(state, changed.section, changed.text)
            one_off_pence = state.costs.one_off_pence if state.costs else 0
            costs = CostsGiven(weekly_pence, one_off_pence)
            return replace(state, stage="submitted", open_work=(), costs=costs)
        case ApplicationClosed():
            return replace(state, stage="closed", open_work=())
        case _:
            assert_never(event)


def _with_section(state: State, section: str, text: Private) -> State:
    needs = text if section == "needs" else state.needs
    return replace(state, sections=state.sections | {section}, needs=needs)


# --- Rules ----------------------------------------------------------------------------------------------------


def decide(command: ApplicationCommand, state: State) -> Sequence[ApplicationEvent]:
    """What a command leads to; see the function of each."""
    if isinstance(command, StartApplication):
        return _start(command)
    started = state.started
    if started is None:
        raise not_found()
    match command:
        case IndicateBudget() | GiveCosts() | MarkComplexity() | CompleteSection() | RecordVoice():
            return _edit(command, state, started)
        case SignApplication():
            return _sign(command, state, started)
        case AgreeApplication():
            return _agree(command, state, started)
        case SubmitApplication():
            return _submit(command, state, started)
        case GiveFurtherInformation():
            return _give_further_information(command, state, started)
        case HearReturned(by, defer_to):
            return [ApplicationReopened(by, defer_to)]
        case HearDeferred(decision, work, next_sitting_on):
            return [FurtherInformationAsked(decision, work, next_sitting_on)]
        case HearClosed(outcome, decision):
            return [ApplicationClosed(outcome, decision)]
        case _:
            assert_never(command)


def _start(command: StartApplication) -> Sequence[ApplicationEvent]:
    if command.by.role != "social_worker":
        raise not_allowed("NOT_A_SOCIAL_WORKER", "Only a social worker may start an application.")
    if command.by.team != command.team:
        raise not_allowed("NOT_YOUR_TEAM", "An application is started in the social worker's own team.")
    parties = [relative.party for relative in command.family]
    failing = [
        Failing(f"/family/{index}/party", "PARTY_TWICE", "This person is in the family already.")
        for index, party in enumerate(parties)
        if party in parties[:index]
    ]
    if command.kind not in command.settings.kinds:
        known = ", ".join(command.settings.kinds)
        failing.append(Failing("/kind", "UNKNOWN_KIND", f"This council knows these kinds of application: {known}."))
    if failing:
        raise rule_broken(failing[0].code, failing[0].sentence, failing=failing)
    email = command.contact_email
    return [
        ApplicationStarted(
            application=command.application,
            kind=command.kind,
            person=command.person,
            person_name=Private(command.person, command.person_name),
            born_on=Private(command.person, command.born_on.isoformat()),
            contact_email=None if email is None else Private(command.person, email),
            miles=command.miles,
            originator=command.by.actor,
            team=command.team,
            team_manager=command.team_manager,
            service=command.service,
            service_manager=command.service_manager,
            family=tuple(
                FamilyMember(one.party, one.relationship, Private(one.party, one.name), one.has_parental_responsibility)
                for one in command.family
            ),
            settings_version=command.settings.version,
            started_at=command.at,
        )
    ]


def _edit(command: Edit, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    """Only the application's own social workers edit, and only while the form is theirs (DOMAIN.md, D6).

    An edit after the signature voids signature and agreement (DOMAIN.md, B6).
    """
    _only_its_social_workers(command.by, started)
    _only_while_a_draft(state)
    event, name = _edited(command, state, started)
    if event is None:
        return []
    if state.signed_by is None:
        return [event]
    return [event, AgreementVoided(name, state.signed_by, state.agreed_by)]


def _edited(command: Edit, state: State, started: ApplicationStarted) -> tuple[ApplicationEvent | None, str]:
    """The event of an edit (None when it changes nothing), and what it edits."""
    match command:
        case IndicateBudget(_, weekly_pence):
            same = weekly_pence == state.indicative_weekly_pence
            return None if same else BudgetIndicated(weekly_pence), "indicative_budget"
        case GiveCosts(_, weekly_pence, one_off_pence):
            costs = CostsGiven(weekly_pence, one_off_pence)
            return None if costs == state.costs else costs, "costs"
        case MarkComplexity(_, is_complex, distinctive, reason):
            if (is_complex or distinctive) and not reason:
                raise _broken("/reason", "COMPLEXITY_REASON_MISSING", "Say why the case is complex or distinctive.")
            private = Private(started.person, reason) if reason else None
            marked = ComplexityMarked(is_complex, distinctive, private)
            return None if marked == state.complexity else marked, "complexity"
        case CompleteSection(_, section, text):
            if section not in SECTIONS:
                raise _unknown_section("/section")
            if section == "plan" and state.indicative_weekly_pence is None:
                # S0: the person knows the indicative budget before they plan (DOMAIN.md, B8).
                raise rule_broken("NO_INDICATIVE_BUDGET", "Indicate the budget before the plan is written.")
            return SectionCompleted(section, Private(started.person, text)), section
        case RecordVoice(_, party, views, why_not):
            if party not in {started.person, *(member.party for member in started.family)}:
                raise _broken("/party", "UNKNOWN_PARTY", "Nobody by this id belongs to this application.")
            if not views and not why_not:
                raise _broken("/views", "VIEWS_EMPTY", "Write down the views, or why they could not be had.")
            private_why = Private(party, why_not) if why_not else None
            return VoiceRecorded(party, Private(party, views) if views else None, private_why), "voices"
        case _:
            assert_never(command)


def _sign(command: SignApplication, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    role = command.settings.signatures.signed_by
    if role is None:
        raise wrong_state("SIGNATURE_NOT_ASKED_FOR", "This council asks for no signature.")
    if command.by.role != role or command.by.team != started.team:
        raise not_allowed("NOT_ITS_TEAM_MANAGER", "Only the manager of the application's own team may sign it.")
    _only_while_a_draft(state)
    if state.signed_by is not None:
        raise wrong_state("ALREADY_SIGNED", "This application is signed; an edit would void the signature.")
    comments = tuple(Private(started.person, comment) for comment in command.comments)
    return [ApplicationSigned(command.by.actor, command.by.role, comments)]


def _agree(command: AgreeApplication, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    signatures = command.settings.signatures
    if signatures.agreed_by is None:
        raise wrong_state("AGREEMENT_NOT_ASKED_FOR", "This council asks for no agreement.")
    if command.by.role != signatures.agreed_by or command.by.service != started.service:
        raise not_allowed("NOT_ITS_SERVICE_MANAGER", "Only the manager of the application's own service may agree.")
    _only_while_a_draft(state)
    if signatures.signed_by is not None and state.signed_by is None:
        raise wrong_state("NOT_SIGNED", "The team manager signs before the service manager agrees.")
    if state.agreed_by is not None:
        raise wrong_state("ALREADY_AGREED", "This application is agreed; an edit would void the agreement.")
    return [ApplicationAgreed(command.by.actor, command.by.role)]


def _submit(command: SubmitApplication, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    """Complete and in time, or not at all; what is missing is said at once (DOMAIN.md, B1 and B5)."""
    _only_its_social_workers(command.by, started)
    _only_while_a_draft(state)
    settings = command.settings
    form = Form(
        kind=started.kind,
        person=started.person,
        family=started.family,
        indicated=state.indicative_weekly_pence is not None,
        costed=state.costs is not None,
        sections=state.sections,
        voices=state.voices,
        signed=state.signed_by is not None,
        agreed=state.agreed_by is not None,
    )
    missing = gaps(form, settings, command.sitting_on)
    if len(missing) == 1:
        raise rule_broken(missing[0].code, missing[0].sentence, failing=missing)
    if missing or state.costs is None or state.indicative_weekly_pence is None:
        raise rule_broken("INCOMPLETE", f"{len(missing)} parts of this application are missing.", failing=missing)
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
            needs=state.needs,
            family=started.family,
            times_submitted=state.times_submitted + 1,
        )
    ]


def _give_further_information(
    command: GiveFurtherInformation, state: State, started: ApplicationStarted
) -> Sequence[ApplicationEvent]:
    """Every open piece of work is answered in one go, and nothing else need be entered again (DOMAIN.md, D5)."""
    _only_its_social_workers(command.by, started)
    if state.stage != "further_information" or state.costs is None:
        raise wrong_state("NOTHING_ASKED", "No further information is asked for.")
    open_work = state.open_work
    works = [work for work, _ in command.answers]
    failing = [
        Failing("/answers", "WORK_UNANSWERED", f"Piece {number} of the further work has no answer.")
        for number, work in enumerate(open_work, 1)
        if work not in works
    ]
    for index, work in enumerate(works):
        if work not in open_work:
            failing.append(Failing(f"/answers/{index}/work", "UNKNOWN_WORK", "This piece of work was not asked for."))
        elif work in works[:index]:
            failing.append(Failing(f"/answers/{index}/work", "WORK_TWICE", "This piece of work is answered already."))
    if set(command.sections) - SECTIONS.keys():
        failing += _unknown_section("/sections").failing
    if failing:
        raise rule_broken(failing[0].code, failing[0].sentence, failing=failing)
    return [
        FurtherInformationGiven(
            application=started.application,
            decision=state.deferred_by,
            answers=tuple(Answer(work, Private(started.person, text)) for work, text in command.answers),
            sections=tuple(
                ChangedSection(section, Private(started.person, text)) for section, text in command.sections.items()
            ),
            weekly_pence=state.costs.weekly_pence if command.weekly_pence is None else command.weekly_pence,
            given_by=command.by.actor,
            received_at=command.received_at,
        )
    ]


def _only_its_social_workers(by: By, started: ApplicationStarted) -> None:
    if by.role != "social_worker" or (by.actor != started.originator and by.team != started.team):
        raise not_allowed("NOT_YOUR_APPLICATION", "Only the social workers of the application's team may do this.")


def _only_while_a_draft(state: State) -> None:
    if state.stage == "closed":
        raise wrong_state("APPLICATION_CLOSED", "This application has been decided or withdrawn.")
    if state.stage != "draft":
        raise wrong_state(
            "IN_PANELS_HANDS",
            "This application is in the panel's hands until it is returned, or deferred for further information.",
        )


def _broken(pointer: str, code: str, sentence: str) -> Refused:
    return rule_broken(code, sentence, failing=[Failing(pointer, code, sentence)])


def _unknown_section(pointer: str) -> Refused:
    return _broken(pointer, "UNKNOWN_SECTION", f"The form has these sections: {', '.join(SECTIONS)}.")


APPLICATION: Decider[ApplicationCommand, State, ApplicationEvent] = Decider(State(), evolve, decide)


def stream(application: str) -> str:
    """The stream of one application."""
    return f"application-{application}"
