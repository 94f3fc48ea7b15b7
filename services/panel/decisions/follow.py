"""What follows from what panel decides or hears: slots freed and offered, ratifications placed, conflicts found."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from councils.calendar import london_date
from councils.settings import Settings
from edge.commands import by
from ledger.codec.sealed import from_sealed_json
from ledger.decider import UNSAID, By, Private, Waiting
from ledger.recorded import Heard
from ledger.unit_of_work import UnitOfWork
from services.panel.decisions.decider import DECIDER, stream
from services.panel.decisions.domain.events import (
    AuthorityConflictFound,
    FurtherInformationReceived,
    RatificationSet,
    Received,
)
from services.panel.decisions.domain.out_of_panel.alarms import RaiseAlarm
from services.panel.decisions.domain.out_of_panel.conflicts import FindAuthorityConflict
from services.panel.decisions.domain.out_of_panel.following_sitting import (
    SetRatification,
    next_to_open,
    ratifying_forum,
)
from services.panel.decisions.domain.receiving import Receive, ReceiveFurtherInformation, candidate
from services.panel.decisions.domain.state import IN_HANDS, State
from services.panel.decisions.read import decided_alone_since, to_ratify, waiting_for, without_sitting
from services.panel.known.domain.case import Answer, Case, Concerned, FamilyMember, Route
from services.panel.known.read import settings_in_force, submission
from services.panel.sittings import decider as sittings
from services.panel.sittings.domain.agenda import FreeSlot, PlaceRatification
from services.panel.sittings.domain.candidate import Candidate, belongs
from services.panel.sittings.read import coming_sittings_of, stages

REACTS = frozenset(
    {
        "uk.panelbook.routing.route.routed.v1",
        "uk.panelbook.routing.officer.authority_ended.v1",
        "uk.panelbook.routing.settings.published.v1",
        "uk.panelbook.intake.application.further_information_given.v1",
    }
)
"""The types that something follows from; whatever else is heard is knowledge only, which the projections keep."""


async def react(unit: UnitOfWork, heard: Heard) -> None:
    """Receive what was routed, note what was given for further work, and see to what is to be ratified now.

    An ended authority may have been used in the meantime, and settings name the sitting that what was decided without
    any waits for. All else is knowledge only.

    Raises Waiting while the submission behind a route, or the route before further information, is not here; Refused
    when further information comes for an application that is no longer in panel's hands.
    """
    if heard.type not in REACTS:
        return
    match heard.type:
        case "uk.panelbook.routing.route.routed.v1":
            await _routed(unit, heard.data)
        case "uk.panelbook.intake.application.further_information_given.v1":
            await _informed(unit, heard.data)
        case "uk.panelbook.routing.officer.authority_ended.v1":
            ended_at = datetime.fromisoformat(heard.data["ended_at"])
            await find_authority_conflicts(unit, heard.data["officer"], ended_at)
        case "uk.panelbook.routing.settings.published.v1":
            await set_ratifications(unit, Settings.read(heard.data["settings"]))
        case _:
            pass


async def _routed(unit: UnitOfWork, data: Mapping[str, Any]) -> None:
    application = UUID(data["application"])
    submitted = await submission(unit, application)
    loaded = await unit.load(DECIDER, stream(application))
    returned = loaded.state.stage == "returned"
    if submitted is None or (returned and submitted["times_submitted"] <= loaded.state.known.case.times_submitted):
        raise Waiting("the submission that was routed has not been heard yet")
    await receive(unit, application, Received(_case(submitted), _concerned(submitted), _route(data)))


async def _informed(unit: UnitOfWork, data: Mapping[str, Any]) -> None:
    application = UUID(data["application"])
    loaded = await unit.load(DECIDER, stream(application))
    if loaded.state.received is None:
        raise Waiting("this application has not been routed yet")
    given = FurtherInformationReceived(
        application=application,
        answers=tuple(Answer(answer["work"], from_sealed_json(answer["text"])) for answer in data["answers"]),
        changed_sections=tuple(data["changed_sections"]),
        weekly_pence=data["weekly_pence"],
        given_by=data["given_by"],
        received_at=datetime.fromisoformat(data["received_at"]),
        one_off_pence=data.get("one_off_pence"),
        consequence=_optional(data.get("consequence")),
    )
    await unit.record(loaded, DECIDER.decide(ReceiveFurtherInformation(given), loaded.state, UNSAID))


def _case(data: Mapping[str, Any]) -> Case:
    return Case(
        application=UUID(data["application"]),
        kind=data["kind"],
        weekly_pence=data["weekly_pence"],
        one_off_pence=data["one_off_pence"],
        indicative_weekly_pence=data["indicative_weekly_pence"],
        complex=data["complex"],
        distinctive=data["distinctive"],
        received_at=datetime.fromisoformat(data["received_at"]),
        times_submitted=data["times_submitted"],
        order=data.get("order"),
        consequence=_optional(data.get("consequence")),
    )


def _concerned(data: Mapping[str, Any]) -> Concerned:
    return Concerned(
        person=data["person"],
        person_name=from_sealed_json(data["person_name"]),
        contact_email=_optional(data["contact_email"]),
        originator=data["originator"],
        team=data["team"],
        team_manager=data["team_manager"],
        service=data["service"],
        service_manager=data["service_manager"],
        family=tuple(
            FamilyMember(
                party=member["party"],
                relationship=member["relationship"],
                name=from_sealed_json(member["name"]),
                has_parental_responsibility=member.get("has_parental_responsibility", False),
            )
            for member in data["family"]
        ),
    )


def _optional(sealed: Mapping[str, Any] | None) -> Private | None:
    return from_sealed_json(sealed) if sealed else None


def _route(data: Mapping[str, Any]) -> Route:
    return Route(
        route=data["route"],
        forum=data["forum"],
        sitting_on=date.fromisoformat(data["sitting_on"]) if data["sitting_on"] else None,
        reasons=tuple(data["reasons"]),
        settings_version=data["settings_version"],
        table=data["table"],
        row=data["row"],
    )


async def receive(unit: UnitOfWork, application: UUID, received: Received) -> None:
    """Take a submitted and routed application into panel's hands, inside the unit of work that heard of its route.

    One that goes to a panel no longer stands on no agenda either (A1), nor does one that had a place before it was
    handed in stand where it came too late for (B2).
    """
    loaded = await unit.load(DECIDER, stream(application))
    await unit.record(loaded, DECIDER.decide(Receive(received), loaded.state, UNSAID))
    now = await unit.load(DECIDER, stream(application))
    if received.route.route != "PANEL":
        await _free_slots(unit, by(unit.context), application)
    elif now.state.stage in IN_HANDS:
        await _free_slots(unit, by(unit.context), application, candidate(application, now.state))


async def _free_slots(unit: UnitOfWork, who: By, application: UUID, standing: Candidate | None = None) -> None:
    """Free its minutes on every agenda to come; each is offered to the next that waits (B11).

    ``standing`` is how it stands now, where its place is only freed on an agenda that it does not belong on.
    """
    for identity in await coming_sittings_of(unit, application):
        loaded = await unit.load(sittings.DECIDER, sittings.stream(identity))
        if standing is not None and belongs(standing, loaded.state.scheduled):
            continue
        waiting = await waiting_for(unit, loaded.state.scheduled.forum)
        others = tuple(one for one in waiting if one.application != application)
        await unit.record(loaded, sittings.DECIDER.decide(FreeSlot(who, application, others), loaded.state, UNSAID))


async def place_ratifications(unit: UnitOfWork, who: By, identity: UUID, forum: str, on: date) -> None:
    """Put what waits to be ratified on the agenda of a sitting that has not begun (E2)."""
    for application, made in await to_ratify(unit, forum, on):
        loaded = await unit.load(sittings.DECIDER, sittings.stream(identity))
        placing = PlaceRatification(who, application, made)
        await unit.record(loaded, sittings.DECIDER.decide(placing, loaded.state, UNSAID))


async def set_ratifications(unit: UnitOfWork, settings: Settings) -> None:
    """Name a sitting for what was decided while this service knew of none, and put it on its agenda (E2, E3)."""
    at, places = unit.context.received_at, dict[tuple[str, date], None]()
    for application, made in await without_sitting(unit):
        loaded = await unit.load(DECIDER, stream(application))
        stages = await stages_of_forum(unit, settings, loaded.state)
        events = DECIDER.decide(SetRatification(at, made, settings, stages), loaded.state, UNSAID)
        await unit.record(loaded, events)
        places |= {(one.forum, one.ratify_on): None for one in events if isinstance(one, RatificationSet)}
    for forum, on in places:
        await place_ratifications(unit, by(unit.context), sittings.sitting_id(unit.council, forum, on), forum, on)


async def stages_of_forum(unit: UnitOfWork, settings: Settings | None, state: State) -> dict[date, str]:
    """The stages of the sittings of the forum that is to ratify what was decided about an application."""
    if settings is None or not settings.forums:
        return {}
    code = ratifying_forum(settings, state.received.route if state.received else None)
    return await stages(unit, code, london_date(unit.context.received_at))


async def _left_unratified(unit: UnitOfWork, identity: UUID) -> None:
    at = unit.context.received_at
    loaded = await unit.load(sittings.DECIDER, sittings.stream(identity))
    plan = loaded.state.scheduled
    left = await to_ratify(unit, plan.forum, plan.on)
    settings = await settings_in_force(unit, at)
    if not left or settings is None or plan.forum not in settings.forums:
        return
    on = next_to_open(settings.forums[plan.forum], at, await stages(unit, plan.forum, london_date(at)))
    for application, made in left:
        alarm = RaiseAlarm(
            at=at,
            decision=made,
            code="RATIFICATION_OVERDUE",
            fell_due_at=at,
            officers=(loaded.state.opened_by,),
            roles=settings.out_of_panel.high_cost_by,
            sitting=identity,
            ratify_on=on,
        )
        case = await unit.load(DECIDER, stream(application))
        await unit.record(case, DECIDER.decide(alarm, case.state, UNSAID))
    next_one = sittings.sitting_id(unit.council, plan.forum, on)
    await place_ratifications(unit, by(unit.context), next_one, plan.forum, on)


async def find_authority_conflicts(unit: UnitOfWork, officer: str, ended_at: datetime) -> None:
    """Find what an officer decided alone after their authority had ended, before we heard that it had (A6)."""
    at = unit.context.received_at
    settings = await settings_in_force(unit, at)
    for application in await decided_alone_since(unit, officer, ended_at):
        loaded = await unit.load(DECIDER, stream(application))
        stages = await stages_of_forum(unit, settings, loaded.state)
        command = FindAuthorityConflict(at, officer, ended_at, settings, stages)
        events = DECIDER.decide(command, loaded.state, UNSAID)
        await unit.record(loaded, events)
        for found in events:
            if isinstance(found, AuthorityConflictFound) and found.forum and found.ratify_on:
                identity = sittings.sitting_id(unit.council, found.forum, found.ratify_on)
                await place_ratifications(unit, by(unit.context), identity, found.forum, found.ratify_on)
