"""Handing an application in, announcing it for a sitting, giving it up, and answering what a deferral asked for."""

from collections.abc import Sequence

from councils.calendar import cut_off
from ledger.decider import Failing, Private, not_allowed, rule_broken, wrong_state
from services.intake.domain.commands import (
    AbandonApplication,
    AgreeAbandonment,
    CompleteSection,
    ExpectApplication,
    GiveCosts,
    GiveFurtherInformation,
    Part,
    SubmitApplication,
)
from services.intake.domain.completeness import (
    NEVER_PASSED,
    change_gaps,
    cut_off_of,
    gaps,
    judged_sitting,
    late_gap,
    refuse_if_late,
    sitting_gaps,
)
from services.intake.domain.editing import edit, only_in_our_hands, only_its_social_workers
from services.intake.domain.events import (
    AbandonmentAgreed,
    Answer,
    ApplicationAbandoned,
    ApplicationEvent,
    ApplicationExpected,
    ApplicationStarted,
    ApplicationSubmitted,
    FurtherInformationGiven,
)
from services.intake.domain.form import SOCIAL_WORKER
from services.intake.domain.levels import judge, refused
from services.intake.domain.state import State, evolve


def submit(command: SubmitApplication, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    """Complete and in time, or not at all; what is missing is said at once (B1 and B5)."""
    settings = command.settings
    if command.by.role != SOCIAL_WORKER and state.stage == "draft":
        # Whoever asks on the social workers' behalf: a late one is late for everybody, whatever their rank (B2).
        refuse_if_late(settings, command.sitting_on, command.received_at)
    only_its_social_workers(command.by, started)
    only_in_our_hands(state)
    judged = judge(settings, gaps(state, started, settings, command.sitting_on), NEVER_PASSED)
    if judged.failing or state.costs is None or state.indicative_weekly_pence is None:
        failing = (*judged.failing, *late_gap(settings, command.sitting_on, command.received_at))
        raise refused(failing, f"{len(failing)} things stand in the way of this application.")
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
            needs=state.texts.get("needs"),
            family=state.family,
            times_submitted=state.times_submitted + 1,
            resources=state.resources,
            circumstances=state.circumstances,
            consequence=state.texts.get("consequence"),
            warnings=judged.warnings,
            guards=judged.guards,
        )
    ]


def expect(command: ExpectApplication, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    """Announce the application for a sitting; after its cut-off nothing more is announced for it (S4 §5; B10)."""
    settings = command.settings
    by = command.by
    manages = (by.role == "service_manager" and by.service == started.service) or (
        by.role == "team_manager" and by.team == started.team
    )
    if not manages:
        only_its_social_workers(by, started)
    only_in_our_hands(state)
    failing = sitting_gaps(settings, command.sitting_on)
    if settings.submitted_to is None or failing:
        raise refused(tuple(failing), "This is no sitting of the council's.")
    refuse_if_late(settings, command.sitting_on, command.at)
    if state.expected is not None and state.expected.sitting_on == command.sitting_on:
        return []
    forum = settings.submitted_to
    at = cut_off(settings.forums[forum], command.sitting_on)
    return [ApplicationExpected(forum, command.sitting_on, at, by.actor, by.role)]


def agree_abandonment(
    command: AgreeAbandonment, state: State, started: ApplicationStarted
) -> Sequence[ApplicationEvent]:
    """The application's own service manager agrees that it is given up (S4 §5; B11)."""
    if command.by.role != "service_manager" or command.by.service != started.service:
        raise not_allowed("NOT_ITS_SERVICE_MANAGER", "Only the manager of the application's own service may agree.")
    only_in_our_hands(state)
    if state.abandonment_agreed_by is not None:
        return []
    return [AbandonmentAgreed(command.by.actor, command.by.role, Private(started.person, command.reason))]


def abandon(command: AbandonApplication, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    """Give the form up while it is the social worker's.

    What the panel has had before it, or expects, is withdrawn only in agreement with the service manager (S4 §5; B11);
    a form that nobody waits for is the social worker's own to give up.
    """
    only_its_social_workers(command.by, started)
    only_in_our_hands(state)
    waited_for = state.times_submitted > 0 or state.expected is not None or state.agreed_by is not None
    agreement = command.settings.signatures_for(started.kind).agreed_by is not None
    if waited_for and agreement and state.abandonment_agreed_by is None:
        raise not_allowed(
            "WITHDRAWAL_NOT_AGREED", "An application is withdrawn only in agreement with its service manager (S4 §5)."
        )
    reason = Private(started.person, command.reason)
    return [
        ApplicationAbandoned(started.application, command.by.actor, state.abandonment_agreed_by, reason, command.at)
    ]


def give_further_information(
    command: GiveFurtherInformation, state: State, started: ApplicationStarted
) -> Sequence[ApplicationEvent]:
    """Every open piece of work is answered in one go, and nothing else need be entered again.

    What was changed since the deferral must hold what the form asks of it and be signed anew; what was not touched
    keeps its signatures and is not judged again. What comes after the cut-off of the sitting that the deferral named is
    taken and marked as late: the place is kept, and whoever reads it knows (D5).
    """
    only_its_social_workers(command.by, started)
    if state.stage != "further_information" or state.costs is None:
        raise wrong_state("NOTHING_ASKED", "No further information is asked for.")
    _answers_fit(command, state)
    edits: list[ApplicationEvent] = []
    for part in _rewritten(command, state):
        written = edit(part, state, started)
        edits += written
        for event in written:
            state = evolve(state, event)
    judged = judge(command.settings, change_gaps(state, started, command.settings))
    if judged.failing:
        raise refused(judged.failing, f"{len(judged.failing)} things stand in the way of what was changed.")
    costs = state.costs
    assert costs is not None, "an edit never takes costs away"
    closes_at = cut_off_of(command.settings, state.forum, state.returns_on)
    given = FurtherInformationGiven(
        application=started.application,
        decision=state.deferred_by,
        answers=tuple(Answer(work, Private(started.person, text)) for work, text in command.answers),
        sections=(),
        weekly_pence=costs.weekly_pence,
        given_by=command.by.actor,
        received_at=command.received_at,
        changed=tuple(sorted(state.changed)),
        one_off_pence=costs.one_off_pence,
        resources=state.resources,
        warnings=judged.warnings,
        guards=judged.guards,
        consequence=state.texts.get("consequence") if "consequence" in state.changed else None,
        sitting_on=state.returns_on,
        cut_off_at=closes_at,
        late=closes_at is not None and command.received_at > closes_at,
    )
    return [*edits, given]


def _rewritten(command: GiveFurtherInformation, state: State) -> list[Part]:
    """The edits that the answer itself holds."""
    by, settings = command.by, command.settings
    parts: list[Part] = [CompleteSection(by, settings, section, text) for section, text in command.sections.items()]
    if command.weekly_pence is not None and state.costs is not None:
        parts.append(GiveCosts(by, settings, command.weekly_pence, state.costs.one_off_pence, state.resources))
    return parts


def _answers_fit(command: GiveFurtherInformation, state: State) -> None:
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
    if failing:
        raise rule_broken(failing[0].code, failing[0].sentence, failing=failing)
