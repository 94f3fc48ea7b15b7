"""The cases of panel's tests: two councils' settings, an application of each, and who acts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from councils.packs import pack_settings
from councils.settings import Limit, Settings
from ledger.decider import Acting, By, Private
from services.panel.decisions.domain.by_delegation import DecideByDelegation
from services.panel.decisions.domain.by_panel import DecideByPanel, PanelsWords
from services.panel.decisions.domain.events import Received, Ruling
from services.panel.known.domain.case import Case, Concerned, FamilyMember, Route
from services.panel.sittings.domain.agenda import OfferSlot
from services.panel.sittings.domain.candidate import Candidate
from services.panel.sittings.domain.events import SittingScheduled, SlotOffered
from services.panel.sittings.domain.scheduling import ScheduleSitting
from services.panel.sittings.domain.state import BeingHeard

PUBLISHED = datetime(2026, 10, 1, 8, tzinfo=UTC)
SWINDON = pack_settings("swindon", version=3, in_force_from=PUBLISHED)
SHROPSHIRE = pack_settings("shropshire", version=2, in_force_from=PUBLISHED)

APPLICATION = UUID("10000000-0000-4000-8000-000000000001")
SITTING = UUID("20000000-0000-4000-8000-000000000001")
DECISION = UUID("30000000-0000-4000-8000-000000000001")
TUESDAY = date(2026, 10, 13)
CUT_OFF = datetime(2026, 10, 7, 16, tzinfo=UTC)
STARTS = datetime(2026, 10, 13, 9, tzinfo=UTC)
NOW = STARTS + timedelta(minutes=10)

ADMINISTRATOR = By("admin-1", "panel_administrator")
CHAIR = By("chair-1", "chair")
VICE_CHAIR = By("vice-1", "vice_chair")
WORKER = By("worker-1", "social_worker")
TEAM_MANAGER = By("manager-1", "team_manager")
SERVICE_MANAGER = By("service-manager-1", "service_manager")
PRACTICE_MANAGER = By("practice-1", "practice_manager")

PERSON = "person-1"


Asking = tuple[Any, Acting[Any]]
"""A command, and under what it is decided."""


def asking(command: Any, by: By = ADMINISTRATOR, at: datetime = NOW, settings: Settings | None = SWINDON) -> Asking:
    """A command as somebody gives it at a moment, under settings of their council."""
    return command, Acting(by, at, settings)


def but(asked: Asking, /, **changes: Any) -> Asking:
    """The same, except for what is named: of who acts, when and under which settings, or of the command."""
    of_acting = {name: changes.pop(name) for name in ("by", "at", "settings") if name in changes}
    return replace(asked[0], **changes), replace(asked[1], **of_acting)


def guarded(**levels: Any) -> Settings:
    """Swindon's settings with other levels of its guards."""
    return SWINDON.model_copy(update={"guards": levels})


def private(text: str) -> Private:
    """Text of the person concerned, as a decider words it."""
    return Private(PERSON, text)


def sealed(name: str) -> Private:
    """A handle as it comes in a public event."""
    return Private(PERSON, None, f"v1.1.{name}", f"application-{APPLICATION}", name)


CONCERNED = Concerned(
    person=PERSON,
    person_name=sealed("name"),
    contact_email=sealed("email"),
    originator=WORKER.actor,
    team="team-1",
    team_manager=TEAM_MANAGER.actor,
    service="service-1",
    service_manager=SERVICE_MANAGER.actor,
    family=(FamilyMember("parent-1", "parent", sealed("parent"), True),),
)


def received(
    *,
    weekly_pence: int = 120000,
    indicative: int = 100000,
    at: datetime = CUT_OFF,
    times: int = 1,
) -> Received:
    """A Swindon placement request as it came into panel's hands, received exactly at the cut-off."""
    case = Case(APPLICATION, "PLACEMENT_MOVE", weekly_pence, 0, indicative, True, False, at, times)
    return Received(case, CONCERNED, to_panel("CARE_PANEL", ("PLACEMENT_MOVE",), 3, "care-panel", "placement-move"))


def plan(weekly_pence: int, *, indicative: int = 95000, route: Route | None = None) -> Received:
    """A Shropshire care and support plan, delegated unless another route is given."""
    case = Case(APPLICATION, "SUPPORT_PLAN", weekly_pence, 0, indicative, False, False, CUT_OFF, 1)
    return Received(case, CONCERNED, route or delegated())


def to_panel(forum: str, reasons: tuple[str, ...], version: int, table: str, row: str) -> Route:
    """A route to a forum."""
    return Route("PANEL", forum, None, reasons, version, table, row)


def to_call(row: str, reason: str) -> Route:
    """A route to Shropshire's weekly conference call."""
    return to_panel("CONFERENCE_CALL", (reason,), 2, "delegated-authority", row)


def delegated() -> Route:
    """A route to delegated authority."""
    return Route("DELEGATED", None, None, ("UNDER_LIMIT",), 2, "delegated-authority", "under-1000")


# Sittings -------------------------------------------------------------------------------------------------------


def schedule(by: By = ADMINISTRATOR, *, forum: str = "CARE_PANEL", on: date = TUESDAY) -> Asking:
    """The command that schedules Swindon's panel of 13 October 2026."""
    return asking(ScheduleSitting(SITTING, forum, on), by)


def scheduled() -> SittingScheduled:
    """The sitting that :func:`schedule` leads to."""
    return SittingScheduled(
        sitting=SITTING,
        forum="CARE_PANEL",
        on=TUESDAY,
        starts_at=STARTS,
        minutes=180,
        cut_off_at=CUT_OFF,
        ordinary_minutes=(10, 15),
        complex_minutes=(20,),
        quorum=3,
        chair_roles=("chair", "vice_chair"),
        core_members=SWINDON.forums["CARE_PANEL"].core_members,
        settings_version=3,
        scheduled_by="admin-1",
    )


def numbered(number: int) -> UUID:
    """The id of one of many applications."""
    return UUID(int=number)


def candidate(application: UUID = APPLICATION, **facts: Any) -> Candidate:
    """An application submitted in time and routed to the care panel."""
    return replace(Candidate(application, CUT_OFF, "PANEL", "CARE_PANEL"), **facts)


def offer(minutes: int, application: Candidate | None = None, by: By = ADMINISTRATOR) -> Asking:
    """Offer a slot in the meeting room."""
    return asking(
        OfferSlot(
            (application or candidate()).application, minutes, "Room 4, Euclid Street", application or candidate()
        ),
        by=by,
        at=CUT_OFF,
    )


def slot(minutes: int, *, application: UUID = APPLICATION, after: int = 0, kept_first: bool = False) -> SlotOffered:
    """A slot that starts ``after`` minutes into the sitting."""
    return SlotOffered(
        sitting=SITTING,
        application=application,
        starts_at=STARTS + timedelta(minutes=after),
        minutes=minutes,
        place="Room 4, Euclid Street",
        members=SWINDON.forums["CARE_PANEL"].core_members,
        kept_first=kept_first,
        offered_by="admin-1",
    )


def slots(*minutes: int) -> list[SlotOffered]:
    """An agenda of slots, one after the other."""
    starts = [sum(minutes[:index]) for index in range(len(minutes))]
    return [
        slot(length, application=numbered(index), after=start)
        for index, (length, start) in enumerate(zip(minutes, starts, strict=True), 1)
    ]


# Decisions ------------------------------------------------------------------------------------------------------

HEARD = BeingHeard(SITTING, TUESDAY, STARTS, ("chair", "vice_chair"))


def panel(
    outcome: str,
    *,
    by: By = CHAIR,
    at: datetime = NOW,
    item: BeingHeard | None = HEARD,
    settings: Settings = SWINDON,
    **words: Any,
) -> Asking:
    """Decide by panel while the application is being heard."""
    return asking(
        DecideByPanel(DECISION, SITTING, PanelsWords(outcome, **words), item), by=by, at=at, settings=settings
    )


def alone(
    outcome: str = "AGREED", *, by: By = PRACTICE_MANAGER, limit: int | Limit | None = 100000, **words: Any
) -> Asking:
    """Decide by delegated authority, up to so many pence a week or within a whole limit."""
    within = Limit(weekly_pence=limit) if isinstance(limit, int) else limit
    return asking(DecideByDelegation(DECISION, outcome, limit=within, **words), by, NOW, SHROPSHIRE)


def ruling(by: By = CHAIR, *, version: int = 3, weekly_pence: int = 120000) -> Ruling:
    """What every decision of these tests says of itself."""
    return Ruling(DECISION, APPLICATION, by.actor, by.role, NOW, version, weekly_pence, CONCERNED)
