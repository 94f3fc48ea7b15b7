"""What others hear of routing: settings, authority, training and ways, with names, addresses and reasons sealed."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, UnsetType

from ledger.codec.sealed import sealed_json
from ledger.recorded import Decided
from ledger.rows import Outgoing
from services.public import Count, Data, Day, Id, Moment, Name, Pence, Sealed, Text, outgoing, public
from services.routing.officers.domain.officer import (
    AuthorityEnded,
    AuthorityGranted,
    OfficerAppointed,
    TrainingRecorded,
)
from services.routing.routes.domain.route import ExceptionGranted, Rerouted, Routed
from services.routing.routes.read import exception_data, way_data
from services.routing.settings.domain.settings import SettingsPublished


def publish(decided: Decided) -> Sequence[Outgoing]:
    """The public event of one stored event."""
    found = _public(decided.event)
    return [] if found is None else [outgoing(found)]


def _public(event: Any) -> Data | None:
    match event:
        case SettingsPublished():
            return SettingsPublishedV1(
                version=event.version,
                in_force_from=event.in_force_from.isoformat(),
                settings=event.settings,
                digest=event.digest,
                published_by=event.published_by,
            )
        case OfficerAppointed():
            return OfficerAppointedV1(
                officer=event.officer,
                role=event.role,
                team=event.team,
                service=event.service,
                name=sealed_json(event.name, "name"),
                email=sealed_json(event.email, "email"),
            )
        case AuthorityGranted():
            return OfficerAuthorityGrantedV1(
                officer=event.officer,
                limit_weekly_pence=event.limit_weekly_pence,
                from_at=event.from_at.isoformat(),
                until_at=event.until_at.isoformat() if event.until_at else None,
                limit_one_off_pence=event.limit_one_off_pence,
                limit_yearly_pence=event.limit_yearly_pence,
            )
        case AuthorityEnded():
            return OfficerAuthorityEndedV1(officer=event.officer, ended_at=event.ended_at.isoformat())
        case TrainingRecorded():
            return OfficerTrainingRecordedV1(
                officer=event.officer,
                course=event.course,
                completed_on=event.completed_on,
                valid_until=event.valid_until,
                recorded_by=event.recorded_by,
            )
        case Routed(application, way) | Rerouted(application, way):
            # A route that changed is a route: whoever listens follows the newest one.
            return RouteRoutedV1(application=application, **way_data(way))
        case ExceptionGranted():
            return RouteExceptionGrantedV1(application=event.application, **exception_data(event))
        case _:
            return None


@public("uk.panelbook.routing.officer.appointed.v1", "An officer was appointed", "officer-{officer}")
class OfficerAppointedV1(Data, frozen=True):
    """An officer of the council holds a role in a team and service from now on."""

    officer: Annotated[Name, "The officer's opaque id."]
    role: Annotated[Text, "The role they hold."]
    team: Annotated[str, "Their team, empty where they have none."]
    service: Annotated[str, "Their service, empty where they have none."]
    name: Annotated[Sealed, "Their name."]
    email: Annotated[Sealed, "Where they are written to."]


@public("uk.panelbook.routing.officer.authority_ended.v1", "An officer's authority ended", "officer-{officer}")
class OfficerAuthorityEndedV1(Data, frozen=True):
    """The officer may decide nothing from this moment on."""

    officer: Annotated[Name, "The officer."]
    ended_at: Annotated[Moment, "From this moment, included."]


@public(
    "uk.panelbook.routing.officer.authority_granted.v1", "An officer was given authority to decide", "officer-{officer}"
)
class OfficerAuthorityGrantedV1(Data, frozen=True):
    """The officer may decide plans up to a limit, for a time."""

    officer: Annotated[Name, "The officer."]
    limit_weekly_pence: Annotated[
        Pence, "The limit in pence a week; whether the limit itself is included is for the council's settings to say."
    ]
    from_at: Annotated[Moment, "From this moment, included."]
    until_at: Annotated[Moment | None, "Until this moment, excluded; open-ended where null."]
    limit_one_off_pence: Annotated[
        Pence | UnsetType | None,
        "The limit for what is paid once, included; where null or absent, that counts towards the weekly limit.",
    ] = UNSET
    limit_yearly_pence: Annotated[
        Pence | UnsetType | None, "The limit for a year's cost, what is paid once included; none where null or absent."
    ] = UNSET


@public("uk.panelbook.routing.officer.training_recorded.v1", "An officer's training was recorded", "officer-{officer}")
class OfficerTrainingRecordedV1(Data, frozen=True):
    """The officer completed a course; of two records of one course the later replaces the earlier."""

    officer: Annotated[Name, "The officer."]
    course: Annotated[Name, "The course, a word in capitals: PANEL_MEMBER, PRESENTING."]
    completed_on: Annotated[Day, "The day on which it was completed."]
    valid_until: Annotated[Day | None, "The last day on which it is good; for ever where null."]
    recorded_by: Annotated[Name, "Who keeps the record of it."]


@public("uk.panelbook.routing.route.exception_granted.v1", "An exception to the scheme was granted", "{application}")
class RouteExceptionGrantedV1(Data, frozen=True):
    """The officer whom the council's settings name agreed, with a reason, that the scheme's own answer shall not
    hold for one application (S4 §6). Its new way follows as a route of its own.
    """

    application: Annotated[Id, "The application."]
    exception: Annotated[Text, "What it is an exception to: NOT_FUNDED, DEFAULT_REQUIRED."]
    granted_by: Annotated[Name, "The officer who agreed."]
    granted_role: Annotated[Name, "The role they agreed in."]
    granted_at: Annotated[Moment, "When."]
    reason: Annotated[Sealed, "Why, in the officer's own words."]
    resources: Annotated[Sequence[Text], "The excluded resources that it is about."]
    weekly_pence: Annotated[Pence, "The weekly cost up to which it holds."]
    one_off_pence: Annotated[Pence, "The one-off cost up to which it holds."]
    settings_version: Annotated[Count, "The settings that say who may grant it."]


class Exclusion(Data, frozen=True):
    """One resource, and the row that judged it."""

    resource: Annotated[Text, "The resource, a key of the council's settings."]
    table: Annotated[Text, "The decision table that judged it."]
    row: Annotated[Text, "The row of that table."]
    route: Annotated[Text, "What the row said: NOT_FUNDED, NOT_REQUIRED, COMPLEX_HEALTH_NEEDS_PANEL, ADMISSIBLE."]
    reason: Annotated[Text, "Why, as a searchable code."]


@public("uk.panelbook.routing.route.routed.v1", "An application was routed", "{application}")
class RouteRoutedV1(Data, frozen=True):
    """Which way an application takes, and which row of which version of the scheme of delegation says so."""

    application: Annotated[Id, "The application."]
    route: Annotated[
        Literal["DELEGATED", "PANEL", "NOT_FUNDED", "NOT_REQUIRED", "COMPLEX_HEALTH_NEEDS_PANEL"], "The way it takes."
    ]
    forum: Annotated[str | None, "The forum that will hear it, where one will."]
    sitting_on: Annotated[Day | None, "The sitting it is meant for, where it goes to one."]
    reasons: Annotated[
        Sequence[Text],
        "Why, as searchable codes: COST, BOUNDARY_DEFAULT, COMPLEX, DISTINCTIVE, DIFFERENTIAL, EXCEPTION_GRANTED.",
    ]
    settings_version: Annotated[Count, "The settings that decided."]
    table: Annotated[Text, "The decision table of those settings."]
    row: Annotated[Text, "The row of that table."]
    inputs: Annotated[Mapping[str, Any], "What the table was asked, as numbers and words; nothing personal."]
    limit_weekly_pence: Annotated[Pence | None, "The highest delegated limit for a week, in pence."]
    exclusions: Annotated[
        Sequence[Exclusion] | UnsetType,
        "What the table of excluded resources said of each resource asked for, where the settings have one.",
    ] = UNSET
    limit_yearly_pence: Annotated[
        Pence | UnsetType | None, "The highest delegated limit for a year, in pence, where the settings have one."
    ] = UNSET
    limit_one_off_pence: Annotated[
        Pence | UnsetType | None,
        "The highest delegated limit for a payment made once, in pence, where the settings have one.",
    ] = UNSET


@public("uk.panelbook.routing.settings.published.v1", "A council published its settings", "settings")
class SettingsPublishedV1(Data, frozen=True):
    """The council's own rules, whole, in force from the moment named until a later version is."""

    version: Annotated[Count, "Counts the council's published settings from 1."]
    in_force_from: Annotated[Moment, "From this moment, included."]
    settings: Annotated[Mapping[str, Any], "The whole document as published."]
    digest: Annotated[Text, "SHA-256 of the document, in hexadecimal."]
    published_by: Annotated[Name, "The officer who published it."]
