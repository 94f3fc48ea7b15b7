"""Routing's read models: settings by version, officers with their authority, and the way of each application."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from councils.settings import Settings
from ledger.book import Decided, Heard, Told
from ledger.rows import Change
from ledger.sealed import sealed_json
from ledger.store import Reader
from services.routing.domain.officer import (
    AuthorityEnded,
    AuthorityGranted,
    OfficerAppointed,
    TermsAcknowledged,
    TrainingRecorded,
)
from services.routing.domain.route import ExceptionGranted, Rerouted, Routed
from services.routing.domain.settings import SettingsPublished, SettingsRetired
from services.routing.publishing import exception_data, way_data

SAID = (
    "kind",
    "weekly_pence",
    "one_off_pence",
    "indicative_weekly_pence",
    "complex",
    "distinctive",
    "resources",
    "within",
    "emergency",
    "disability_team",
    "complex_health",
    "section",
    "order",
    "package",
)
"""What intake says of an application that a scheme may look at; members of its public events, none of them personal."""


def project(told: Told) -> Sequence[Change]:
    """The statements that keep the read models in step with one row."""
    return _heard(told) if isinstance(told, Heard) else _decided(told)


def _heard(heard: Heard) -> Sequence[Change]:
    data = heard.data
    match heard.type:
        case "uk.panelbook.intake.application.submitted.v1":
            return [_submitted(data)]
        case "uk.panelbook.intake.application.further_information_given.v1":
            return [
                Change(
                    "update read.application set said = said || $3, informed_at = $4"
                    " where council = $1 and application = $2",
                    (data["application"], said(data), datetime.fromisoformat(data["received_at"])),
                )
            ]
        case "uk.panelbook.panel.decision.decided.v1":
            column = "deferred_at" if data["outcome"] == "DEFERRED" else "over_at"
            return [_moment(data["application"], column, data["decided_at"])]
        case "uk.panelbook.panel.decision.returned.v1":
            return [_moment(data["application"], "returned_at", _told_at(heard))]
        case "uk.panelbook.panel.decision.withdrawn.v1":
            return [_moment(data["application"], "over_at", _told_at(heard))]
        case _:
            return []


def said(data: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says of an application for routing; what it does not say is left out."""
    return {name: data[name] for name in SAID if name in data}


def _submitted(data: Mapping[str, Any]) -> Change:
    return Change(
        "insert into read.application"
        " (council, application, person, originator, said, forum, sitting_on, received_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (council, application) do update"
        " set said = excluded.said, forum = excluded.forum, sitting_on = excluded.sitting_on,"
        " received_at = excluded.received_at",
        (
            data["application"],
            data["person"],
            data["originator"],
            said(data),
            data["forum"],
            date.fromisoformat(data["sitting_on"]) if data["sitting_on"] else None,
            datetime.fromisoformat(data["received_at"]),
        ),
    )


def _moment(application: str, column: str, at: str) -> Change:
    return Change(
        f"update read.application set {column} = $3 where council = $1 and application = $2",
        (application, datetime.fromisoformat(at)),
    )


def _told_at(heard: Heard) -> str:
    return msgspec.json.decode(heard.row.payload)["time"]


def _decided(decided: Decided) -> Sequence[Change]:
    row = decided.row
    match decided.event:
        case SettingsPublished() as published:
            return [
                Change(
                    "insert into read.settings"
                    " (council, version, in_force_from, document, digest, published_by, published_at, stream_version)"
                    " values ($1, $2, $3, $4, $5, $6, $7, $8)",
                    (
                        published.version,
                        published.in_force_from,
                        published.settings,
                        published.digest,
                        published.published_by,
                        row.recorded_at,
                        row.version,
                    ),
                )
            ]
        case SettingsRetired() as retired:
            return [
                Change(
                    "update read.settings set retired_at = $3, retired_because = $4, retired_by = $5, replaced_by = $6,"
                    " stream_version = $7 where council = $1 and version = $2",
                    (
                        retired.version,
                        row.recorded_at,
                        retired.reason,
                        retired.retired_by,
                        retired.replaced_by,
                        row.version,
                    ),
                )
            ]
        case OfficerAppointed() as appointed:
            return [
                Change(
                    "insert into read.officer (council, officer, role, team, service, name, email, version)"
                    " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (council, officer) do update"
                    " set role = excluded.role, team = excluded.team, service = excluded.service,"
                    " name = excluded.name, email = excluded.email, version = excluded.version",
                    (
                        appointed.officer,
                        appointed.role,
                        appointed.team,
                        appointed.service,
                        sealed_json(appointed.name),
                        sealed_json(appointed.email),
                        row.version,
                    ),
                )
            ]
        case AuthorityGranted() as granted:
            limits = (granted.limit_weekly_pence, granted.limit_one_off_pence, granted.limit_yearly_pence)
            return [_authority(granted.officer, *limits, granted.from_at, granted.until_at, row.version)]
        case AuthorityEnded() as ended:
            return [_authority(ended.officer, None, None, None, None, None, row.version)]
        case TrainingRecorded() as recorded:
            return [
                Change(
                    "insert into read.training (council, officer, course, completed_on, valid_until)"
                    " values ($1, $2, $3, $4, $5) on conflict (council, officer, course) do update"
                    " set completed_on = excluded.completed_on, valid_until = excluded.valid_until",
                    (recorded.officer, recorded.course, recorded.completed_on, recorded.valid_until),
                ),
                _officer_version(recorded.officer, row.version),
            ]
        case TermsAcknowledged() as read:
            return [
                Change(
                    "insert into read.acknowledgement (council, officer, settings_version, acknowledged_at)"
                    " values ($1, $2, $3, $4)",
                    (read.officer, read.settings_version, row.recorded_at),
                ),
                _officer_version(read.officer, row.version),
            ]
        case Routed(application, way) | Rerouted(application, way):
            return [
                Change(
                    "insert into read.route (council, application, way, routed_at, version)"
                    " values ($1, $2, $3, $4, $5) on conflict (council, application) do update"
                    " set way = excluded.way, routed_at = excluded.routed_at, version = excluded.version",
                    (application, way_data(way), row.recorded_at, row.version),
                )
            ]
        case ExceptionGranted() as granted:
            return [
                Change(
                    "update read.route set exceptions = exceptions || $3, version = $4"
                    " where council = $1 and application = $2",
                    (granted.application, [exception_data(granted)], row.version),
                )
            ]
        case _:
            return []


def _authority(officer: str, *values: Any) -> Change:
    return Change(
        "update read.officer set limit_weekly_pence = $3, limit_one_off_pence = $4, limit_yearly_pence = $5,"
        " from_at = $6, until_at = $7, version = $8 where council = $1 and officer = $2",
        (officer, *values),
    )


def _officer_version(officer: str, version: int) -> Change:
    return Change("update read.officer set version = $3 where council = $1 and officer = $2", (officer, version))


# --- Reading --------------------------------------------------------------------------------------------------


async def settings_version(reader: Reader, version: int) -> Settings | None:
    """One published version, or None where there is none of that number."""
    found = await reader.fetch("select document from read.settings where council = $1 and version = $2", version)
    return Settings.read(found[0]["document"]) if found else None


async def settings_in_force(reader: Reader, at: datetime) -> Settings | None:
    """The version in force at a moment, or None before the first one is."""
    found = await reader.fetch(
        "select document from read.settings where council = $1 and in_force_from <= $2 order by version desc limit 1",
        at,
    )
    return Settings.read(found[0]["document"]) if found else None


async def newest_settings(reader: Reader) -> Settings | None:
    """The newest version, in force already or not, or None while nothing was published."""
    found = await reader.fetch("select document from read.settings where council = $1 order by version desc limit 1")
    return Settings.read(found[0]["document"]) if found else None


async def published(reader: Reader) -> list[dict[str, Any]]:
    """Every published version with its document, newest first, and what became of it."""
    found = await reader.fetch(
        "select version, in_force_from, document as settings, digest, published_by, published_at,"
        " retired_at, retired_by, retired_because, replaced_by, coalesce(stream_version, version) as stream_version"
        " from read.settings where council = $1 order by version desc"
    )
    return [dict(row) for row in found]


async def versions(reader: Reader) -> list[int]:
    """The numbers of every published version, newest first."""
    found = await reader.fetch("select version from read.settings where council = $1 order by version desc")
    return [row["version"] for row in found]


async def acknowledgements(reader: Reader, version: int) -> list[dict[str, Any]]:
    """Every officer with when they acknowledged one version of the settings, or null; names as they are sealed."""
    found = await reader.fetch(
        "select officer.officer, officer.role, officer.team, officer.service, officer.name, said.acknowledged_at"
        " from read.officer officer left join read.acknowledgement said on said.council = officer.council"
        " and said.officer = officer.officer and said.settings_version = $2"
        " where officer.council = $1 order by officer.officer",
        version,
    )
    return [dict(row) for row in found]


async def unread_terms(reader: Reader, officer: str, at: datetime) -> list[int]:
    """The version in force at a moment, if this officer was appointed and has not acknowledged it; else nothing."""
    found = await reader.fetch(
        "select terms.version from read.settings terms join read.officer officer"
        " on officer.council = terms.council and officer.officer = $2"
        " left join read.acknowledgement said on said.council = terms.council and said.officer = $2"
        " and said.settings_version = terms.version"
        " where terms.council = $1 and said.officer is null and terms.version ="
        " (select max(begun.version) from read.settings begun where begun.council = $1 and begun.in_force_from <= $3)",
        officer,
        at,
    )
    return [row["version"] for row in found]


async def officers(reader: Reader) -> list[dict[str, Any]]:
    """Every officer with role, authority and training; names and addresses as they are sealed."""
    found = await reader.fetch(
        "select officer, role, team, service, name, email, limit_weekly_pence, limit_one_off_pence,"
        " limit_yearly_pence, from_at, until_at, version from read.officer where council = $1 order by officer"
    )
    learnt = await reader.fetch(
        "select officer, course, completed_on, valid_until from read.training where council = $1"
        " order by officer, course"
    )
    training: dict[str, list[dict[str, Any]]] = {}
    for row in learnt:
        course = dict(row)
        training.setdefault(course.pop("officer"), []).append(course)
    return [{**dict(row), "training": training.get(row["officer"], [])} for row in found]


async def route_of(reader: Reader, application: str) -> dict[str, Any] | None:
    """The way that an application takes now and the exceptions that led to it, or None while it has none."""
    found = await reader.fetch(
        "select application, way, exceptions, routed_at, version from read.route"
        " where council = $1 and application = $2",
        application,
    )
    if not found:
        return None
    row = dict(found[0])
    return {**_NOT_SAID_THEN, **row.pop("way"), **row}


_NOT_SAID_THEN = {"limit_yearly_pence": None, "limit_one_off_pence": None, "exclusions": []}
"""What a way did not say before settings could exclude resources."""


_STANDING = (
    "case when over_at is not null then 'over'"
    " when returned_at > received_at then 'returned'"
    " when deferred_at > greatest(received_at, informed_at) then 'deferred' else 'open' end as standing"
)


async def submission(reader: Reader, application: str) -> dict[str, Any] | None:
    """What was heard of an application and what has become of it, or None where no submission was heard."""
    found = await reader.fetch(
        f"select person, originator, said, forum, sitting_on, {_STANDING} from read.application"
        " where council = $1 and application = $2",
        application,
    )
    return dict(found[0]) if found else None


async def undecided(reader: Reader, application: str | None = None) -> list[dict[str, Any]]:
    """Applications that are not over, with their ways, the longest waiting first; at most 500.

    With ``application`` that one only, be it over or not.
    """
    found = await reader.fetch(
        f"select route.application, route.way, asked.originator, asked.said, asked.received_at, {_STANDING}"
        " from read.route route join read.application asked"
        " on asked.council = route.council and asked.application = route.application"
        " where route.council = $1 and (route.application = $2 or ($2::text is null and asked.over_at is null))"
        " order by asked.received_at, route.application limit 500",
        application,
    )
    return [dict(row) for row in found]
