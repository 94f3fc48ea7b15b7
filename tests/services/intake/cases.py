"""Applications in every stage of their life, for the tests of intake."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from councils.packs import pack_settings
from councils.settings import Level, Settings
from ledger.decider import Acting, By, Private
from services.intake.applications.decider import APPLICATION
from services.intake.applications.domain.abandoning import AgreeAbandonment
from services.intake.applications.domain.events import (
    ApplicationAgreed,
    ApplicationEvent,
    ApplicationSigned,
    ApplicationStarted,
)
from services.intake.applications.domain.family import Relative
from services.intake.applications.domain.form_events import (
    ActionsPlanned,
    BudgetIndicated,
    CircumstancesStated,
    CostsGiven,
    FamilyAgreementStated,
    FamilyMember,
    FundingSource,
    OptionsTried,
    OptionTried,
    OtherFundingStated,
    PlannedAction,
    SectionCompleted,
    VoiceRecorded,
)
from services.intake.applications.domain.signing import AgreeApplication, SignApplication
from services.intake.applications.domain.starting import StartApplication
from services.intake.applications.domain.submitting import SubmitApplication
from tests.scenario import Given, Outcome

ID = "7f1d8f3a-4a3e-5d0e-9b55-3f0c7a1b2c01"
CHILD, MOTHER, FATHER = "party-child", "party-mother", "party-father"

SINCE = datetime(2026, 10, 5, 8, 15, tzinfo=UTC)
SWINDON = pack_settings("swindon", version=1, in_force_from=SINCE)
SHROPSHIRE = pack_settings("shropshire", version=1, in_force_from=SINCE)
NORTHBOROUGH = pack_settings("northborough", version=1, in_force_from=SINCE)

WORKER = By("officer-sw", "social_worker", "localities-north", "localities")
MANAGER = By("officer-tm", "team_manager", "localities-north", "localities")
SERVICE_MANAGER = By("officer-sm", "service_manager", "", "localities")

STARTED_AT = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
CUT_OFF = datetime(2026, 10, 7, 16, 0, tzinfo=UTC)
IN_TIME = datetime(2026, 10, 7, 15, 59, 59, tzinfo=UTC)
PANEL_DAY = date(2026, 10, 13)

START = StartApplication(
    application=ID,
    kind="PLACEMENT_MOVE",
    person=CHILD,
    person_name="Robin Larkspur",
    born_on=date(2014, 5, 2),
    contact_email=None,
    miles=18.4,
    team="localities-north",
    team_manager="officer-tm",
    service="localities",
    service_manager="officer-sm",
    family=(
        Relative(CHILD, "child", "Robin Larkspur", False),
        Relative(MOTHER, "parent", "Linden Larkspur", True),
        Relative(FATHER, "parent", "Rowan Larkspur", True),
    ),
)

STARTED = ApplicationStarted(
    application=ID,
    kind="PLACEMENT_MOVE",
    person=CHILD,
    person_name=Private(CHILD, "Robin Larkspur"),
    born_on=Private(CHILD, "2014-05-02"),
    contact_email=None,
    miles=18.4,
    originator="officer-sw",
    team="localities-north",
    team_manager="officer-tm",
    service="localities",
    service_manager="officer-sm",
    family=(
        FamilyMember(CHILD, "child", Private(CHILD, "Robin Larkspur"), False),
        FamilyMember(MOTHER, "parent", Private(MOTHER, "Linden Larkspur"), True),
        FamilyMember(FATHER, "parent", Private(FATHER, "Rowan Larkspur"), True),
    ),
    settings_version=1,
    started_at=STARTED_AT,
)

INDICATED = BudgetIndicated(600_000)
COSTED = CostsGiven(612_308, 0)
SIGNED = ApplicationSigned("officer-tm", "team_manager", ())
AGREED = ApplicationAgreed("officer-sm", "service_manager")
SUBMIT = SubmitApplication(PANEL_DAY)


def written(section: str) -> SectionCompleted:
    """A section as it is stored for the child."""
    return SectionCompleted(section, Private(CHILD, f"What there is to say about {section}."))


def heard_from(party: str) -> VoiceRecorded:
    """Somebody's views; the child's beside their age and understanding."""
    views = Private(party, "What they think.")
    if party != CHILD:
        return VoiceRecorded(party, views, None)
    return VoiceRecorded(party, views, None, Private(party, "12"), Private(party, "Understands it well."))


def own(text: str) -> Private:
    """Text that is sealed as the child's."""
    return Private(CHILD, text)


ACTIONS = ActionsPlanned((PlannedAction(own("Therapy."), own("Fostering team"), date(2026, 11, 2), date(2026, 12, 8)),))
FAMILY_AGREES = FamilyAgreementStated(True, None, False)
OPTIONS = OptionsTried((OptionTried(own("Care by an aunt."), own("Two hours from school.")),))
FUNDING = OtherFundingStated(
    (FundingSource("CAMHS", True, own("Asked in September.")), FundingSource("HEALTH", False, None))
)
TEXTS = tuple(map(written, ("needs", "outcomes", "plan", "analysis", "parenting_capacity", "consequence")))
SECTIONS: tuple[ApplicationEvent, ...] = (*TEXTS, ACTIONS, FAMILY_AGREES, OPTIONS, FUNDING)
VOICES = tuple(map(heard_from, (CHILD, MOTHER, FATHER)))
COMPLETE: tuple[ApplicationEvent, ...] = (STARTED, INDICATED, COSTED, *SECTIONS, *VOICES, SIGNED, AGREED)


def acting(by: By = WORKER, *, settings: Settings = SWINDON, at: datetime = IN_TIME) -> Acting[Settings]:
    """Who acts, under which settings, and when: in time for the panel's day if it is not said."""
    return Acting(by, at, settings)


@dataclass(frozen=True)
class Form(Given):
    """An application whose commands are given by whoever may give them, where a test does not say by whom."""

    def and_then(self, *events: Any) -> "Form":
        """The same application, later."""
        return Form(self.decider, (*self.events, *events))

    def when(self, command: Any, acting: Acting[Any] | None = None) -> Outcome:
        """Decide one command against the history."""
        return super().when(command, acting or _usual(command))


def _usual(command: Any) -> Acting[Settings]:
    match command:
        case StartApplication():
            return acting(at=STARTED_AT)
        case SignApplication():
            return acting(MANAGER)
        case AgreeApplication() | AgreeAbandonment():
            return acting(SERVICE_MANAGER)
        case _:
            return acting()


def application(*events: ApplicationEvent) -> Form:
    """An application in which these events have happened."""
    return Form(APPLICATION, events)


def complete() -> Form:
    """Everything is there, signed and agreed."""
    return application(*COMPLETE)


def without(*missing: Any) -> Form:
    """Complete but for these events."""
    return application(*(event for event in COMPLETE if event not in missing))


def submitted(**changes: Any) -> Any:
    """The submission that a complete application leads to, in time for the panel's day."""
    (event,) = complete().when(SUBMIT).events
    return replace(event, **changes)


def instead_of(part: ApplicationEvent, said: ApplicationEvent) -> Form:
    """Complete, but that one part says something else."""
    return application(*(said if event == part else event for event in COMPLETE))


def at_level(level: Level, *codes: str, settings: Settings = SWINDON) -> Settings:
    """The council's settings with these guards at another level."""
    return settings.model_copy(update={"guards": dict.fromkeys(codes, level)})


def ordered(order: str, *support: ApplicationEvent) -> Form:
    """Complete, for support under an order."""
    return application(*COMPLETE[:3], CircumstancesStated(order=order), *support, *COMPLETE[3:])
