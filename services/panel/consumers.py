"""What panel does when it hears of something: it receives applications once they are submitted and routed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from councils.settings import Settings
from ledger.book import Desk, Heard
from ledger.decider import Private, Waiting
from ledger.sealed import from_sealed_json
from services.panel import projections
from services.panel.domain.case import Answer, Case, Concerned, FamilyMember, Route
from services.panel.domain.decision import (
    DECIDER,
    FurtherInformationReceived,
    Received,
    ReceiveFurtherInformation,
)
from services.panel.handlers import decision_stream, receive, set_ratifications
from services.panel.outside.handlers import find_authority_conflicts

REACTS = frozenset(
    {
        "uk.panelbook.routing.route.routed.v1",
        "uk.panelbook.routing.officer.authority_ended.v1",
        "uk.panelbook.routing.settings.published.v1",
        "uk.panelbook.intake.application.further_information_given.v1",
    }
)
"""The types that something follows from; whatever else is heard is knowledge only, which the projections keep."""


async def react(desk: Desk, heard: Heard) -> None:
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
            await _routed(desk, heard.data)
        case "uk.panelbook.intake.application.further_information_given.v1":
            await _informed(desk, heard.data)
        case "uk.panelbook.routing.officer.authority_ended.v1":
            ended_at = datetime.fromisoformat(heard.data["ended_at"])
            await find_authority_conflicts(desk, heard.data["officer"], ended_at)
        case "uk.panelbook.routing.settings.published.v1":
            await set_ratifications(desk, Settings.read(heard.data["settings"]))
        case _:
            pass


async def _routed(desk: Desk, data: Mapping[str, Any]) -> None:
    application = UUID(data["application"])
    submission = await projections.submission(desk, application)
    loaded = await desk.load(DECIDER, decision_stream(application))
    returned = loaded.state.stage == "returned"
    if submission is None or (returned and submission["times_submitted"] <= loaded.state.known.case.times_submitted):
        raise Waiting("the submission that was routed has not been heard yet")
    await receive(desk, application, Received(_case(submission), _concerned(submission), _route(data)))


async def _informed(desk: Desk, data: Mapping[str, Any]) -> None:
    application = UUID(data["application"])
    loaded = await desk.load(DECIDER, decision_stream(application))
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
    await desk.record(loaded, DECIDER.decide(ReceiveFurtherInformation(given), loaded.state))


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
