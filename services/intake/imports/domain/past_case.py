"""Taking in cases that were decided before the council used this book: through the same rules as any other form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from councils.settings import ROUTES, Settings
from ledger.decider import Acting, By, Failing, Refused, not_allowed
from services.intake.applications.decider import APPLICATION, ApplicationCommand
from services.intake.applications.domain.costs import GiveCosts, IndicateBudget, MarkComplexity, StateCircumstances
from services.intake.applications.domain.editing import Edit
from services.intake.applications.domain.events import ApplicationEvent, ApplicationImported
from services.intake.applications.domain.family import RecordVoice, Relative
from services.intake.applications.domain.form import owner
from services.intake.applications.domain.form_events import CircumstancesStated, ResourceLine
from services.intake.applications.domain.requirements import broken
from services.intake.applications.domain.requirements.completeness import NEVER_PASSED, gaps
from services.intake.applications.domain.requirements.sittings import judged_sitting
from services.intake.applications.domain.sections import (
    Action,
    CompleteSection,
    ListOptionsTried,
    PlanActions,
    StateFamilyAgreement,
    StateOtherFunding,
    StateSupportNeeds,
)
from services.intake.applications.domain.starting import StartApplication
from services.intake.applications.domain.state import State
from services.requirements import judge

IMPORTERS = frozenset({"records_officer", "settings_publisher"})
"""Who may take past cases in; our default."""


NOT_ASKED = frozenset({"TM_SIGNATURE_MISSING", "SM_AGREEMENT_MISSING", "PR_NOT_STATED"})
"""Nobody signs a past case again, nor says why no relative held parental responsibility: a file has no word for it."""


@dataclass(frozen=True)
class PastVoice:
    """What somebody said, or why that could not be had; a child's age and understanding beside it."""

    party: str
    views: str | None
    why_not_obtainable: str | None
    age_years: int | None = None
    understanding: str | None = None


@dataclass(frozen=True)
class PastDecision:
    """How it ended, as the file has it."""

    outcome: Literal["AGREED", "NOT_AGREED", "WITHDRAWN"]
    made: Literal["PANEL", "DELEGATED", "OUT_OF_PANEL"]
    role: str
    at: datetime
    route: str
    forum: str | None
    times_deferred: int = 0


@dataclass(frozen=True)
class PastCase:
    """One past case as a file holds it: the form, and how it ended. Money in pence."""

    reference: str
    application: str
    kind: str
    person: str
    person_name: str
    born_on: date
    contact_email: str | None
    family: tuple[Relative, ...]
    miles: float | None
    originator: str
    team: str
    team_manager: str
    service: str
    service_manager: str
    received_at: datetime
    sitting_on: date | None
    indicative_weekly_pence: int
    weekly_pence: int
    one_off_pence: int
    resources: tuple[ResourceLine, ...]
    circumstances: CircumstancesStated
    complex: bool
    distinctive: bool
    complexity_reason: str | None
    texts: Mapping[str, str]
    options_tried: tuple[tuple[str, str | None], ...] | None
    other_funding: tuple[tuple[str, bool, str | None], ...] | None
    actions: tuple[Action, ...] | None
    family_agreement: tuple[bool, str | None, bool] | None
    support_needs: Mapping[str, str] | None
    support_advice: Mapping[str, str] | None
    voices: tuple[PastVoice, ...]
    decided: PastDecision


def import_case(importer: By, settings: Settings, case: PastCase, now: datetime) -> Sequence[ApplicationEvent]:
    """The events of one past case, the last of which closes it. Raises Refused with everything that is wrong at once.

    Every part is written by the rule that any form is written by, and the whole is held to completeness and to the
    cut-off by the moment it was received then; only signatures are not asked for again.
    """
    if importer.role not in IMPORTERS:
        raise not_allowed("NOT_AN_IMPORTER", "Only a records officer or a settings publisher may take past cases in.")
    failing = list(_times(case, now))
    state, events = APPLICATION.initial, list[ApplicationEvent]()
    for command, by in _commands(settings, case):
        try:
            for event in APPLICATION.decide(command, state, Acting(by, case.received_at, settings)):
                events.append(event)
                state = APPLICATION.evolve(state, event)
        except Refused as refused:
            failing += refused.failing or (Failing("", refused.code, refused.sentence),)
        if state.started is None:
            # Nothing can be written into a form that did not begin.
            raise broken(*dict.fromkeys(failing))
    found = (one for one in gaps(state, settings, case.sitting_on) if one.code not in NOT_ASKED)
    failing += judge(settings, found, kind=case.kind, never=NEVER_PASSED).failing
    failing += _decision(settings, case)
    if failing:
        raise broken(*dict.fromkeys(failing))
    sitting = judged_sitting(settings, case.sitting_on, case.received_at)
    return [*events, _imported(case, state, settings, sitting.forum if sitting else None)]


def _times(case: PastCase, now: datetime) -> Iterator[Failing]:
    if case.received_at > now:
        yield Failing("/received_at", "RECEIVED_IN_FUTURE", "A past case was received in the past.")
    if case.decided.at > now:
        yield Failing("/decided/at", "DECIDED_IN_FUTURE", "A past case was decided in the past.")
    if case.decided.at < case.received_at:
        yield Failing("/decided/at", "DECIDED_BEFORE_RECEIVED", "It was decided before it was received.")


def _decision(settings: Settings, case: PastCase) -> Iterator[Failing]:
    if case.decided.route not in ROUTES:
        yield Failing("/decided/route", "UNKNOWN_ROUTE", f"A route is one of: {', '.join(ROUTES)}.")
    if case.decided.forum is not None and case.decided.forum not in settings.forums:
        yield Failing("/decided/forum", "FORUM_UNKNOWN", "The council's settings list no such forum.")


def _commands(settings: Settings, case: PastCase) -> Iterator[tuple[ApplicationCommand, By]]:
    """The commands by which the form is written, each with whoever may write that part."""
    worker = By(case.originator, "social_worker", case.team, case.service)

    def section(command: Edit) -> tuple[Edit, By]:
        return command, By(case.originator, owner(command.part, settings), case.team, case.service)

    yield StartApplication(
        case.application, case.kind, case.person, case.person_name, case.born_on, case.contact_email, case.miles,
        case.team, case.team_manager, case.service, case.service_manager, case.family,
    ), worker  # fmt: skip
    yield IndicateBudget(case.indicative_weekly_pence), worker
    said = case.circumstances
    if said != CircumstancesStated():
        yield StateCircumstances(**vars(said)), worker
    for name, text in case.texts.items():
        yield section(CompleteSection(name, text))
    if case.options_tried is not None:
        yield section(ListOptionsTried(case.options_tried))
    if case.other_funding is not None:
        yield section(StateOtherFunding(case.other_funding))
    if case.actions is not None:
        yield section(PlanActions(case.actions))
    if case.family_agreement is not None:
        yield section(StateFamilyAgreement(*case.family_agreement))
    if case.support_needs is not None:
        yield section(StateSupportNeeds(case.support_needs, case.support_advice or {}))
    yield GiveCosts(case.weekly_pence, case.one_off_pence, case.resources), worker
    if case.complex or case.distinctive:
        yield MarkComplexity(case.complex, case.distinctive, case.complexity_reason), worker
    for voice in case.voices:
        yield RecordVoice(**vars(voice)), worker


def _imported(case: PastCase, state: State, settings: Settings, forum: str | None) -> ApplicationImported:
    decided = case.decided
    return ApplicationImported(
        application=case.application,
        reference=case.reference,
        kind=case.kind,
        weekly_pence=case.weekly_pence,
        one_off_pence=case.one_off_pence,
        indicative_weekly_pence=case.indicative_weekly_pence,
        complex=case.complex,
        distinctive=case.distinctive,
        resources=state.resources,
        circumstances=state.circumstances,
        received_at=case.received_at,
        sitting_on=case.sitting_on,
        forum=forum,
        settings_version=settings.version,
        outcome=decided.outcome,
        made=decided.made,
        decided_role=decided.role,
        decided_at=decided.at,
        decided_route=decided.route,
        decided_forum=decided.forum,
        times_deferred=decided.times_deferred,
    )
