"""The read models of routes: what was heard of each application, the way it takes, and whom it waits on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from councils.facts import Facts
from councils.scheme import Preview, preview
from councils.settings import Limit, Settings
from edge.need_to_know import Case
from ledger.changes import Change, Statement, Table
from ledger.codec.sealed import sealed_json
from ledger.decider import rule_broken
from ledger.recorded import Decided, Heard, Recorded
from ledger.store import Reader
from services import settings as council_settings
from services.routing.officers import read as officers_read
from services.routing.routes.domain import deciding, foreseen, route
from services.routing.routes.domain.route import ExceptionGranted, Rerouted, Routed, Way

ROUTE = Table("read.route", key=("application",))
APPLICATION = Table("read.application", key=("application",))

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


def project(recorded: Recorded) -> Sequence[Change]:
    """What keeps the read models in step with one row."""
    return _heard(recorded) if isinstance(recorded, Heard) else _decided(recorded)


def _heard(heard: Heard) -> Sequence[Change]:
    data = heard.data
    match heard.type:
        case "uk.panelbook.intake.application.submitted.v1":
            submitted = APPLICATION.row(data["application"]).put(
                person=data["person"],
                originator=data["originator"],
                team=data["team"],
                team_manager=data["team_manager"],
                service=data["service"],
                service_manager=data["service_manager"],
                said=said(data),
                forum=data["forum"],
                sitting_on=date.fromisoformat(data["sitting_on"]) if data["sitting_on"] else None,
                received_at=datetime.fromisoformat(data["received_at"]),
                submitted_at=datetime.fromisoformat(_recorded_at(heard)),
            )
            return [submitted]
        case "uk.panelbook.intake.application.further_information_given.v1":
            return [
                Statement(
                    (APPLICATION,),
                    "update read.application set said = said || $3, informed_at = $4"
                    " where council = $1 and application = $2",
                    (data["application"], said(data), datetime.fromisoformat(_recorded_at(heard))),
                    because="what is not said anew stays as it was",
                )
            ]
        case "uk.panelbook.panel.decision.decided.v1":
            column = "deferred_at" if data["outcome"] == "DEFERRED" else "over_at"
            return [_moment(data["application"], column, _recorded_at(heard))]
        case "uk.panelbook.panel.decision.returned.v1":
            return [_moment(data["application"], "returned_at", _recorded_at(heard))]
        case "uk.panelbook.panel.decision.withdrawn.v1":
            return [_moment(data["application"], "over_at", _recorded_at(heard))]
        case _:
            return []


def said(data: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says of an application for routing; what it does not say is left out."""
    return {name: data[name] for name in SAID if name in data}


def _moment(application: str, column: str, at: str) -> Change:
    return APPLICATION.row(application).set(**{column: datetime.fromisoformat(at)})


def _recorded_at(heard: Heard) -> str:
    return msgspec.json.decode(heard.row.payload)["time"]


def _decided(decided: Decided) -> Sequence[Change]:
    row = decided.row
    match decided.event:
        case Routed(application, way) | Rerouted(application, way):
            return [ROUTE.row(application).put(way=way_data(way), routed_at=row.recorded_at, version=row.version)]
        case ExceptionGranted() as granted:
            return [
                Statement(
                    (ROUTE,),
                    "update read.route set exceptions = exceptions || $3, version = $4"
                    " where council = $1 and application = $2",
                    (granted.application, [exception_data(granted)], row.version),
                    because="every exception that was granted before stays",
                )
            ]
        case _:
            return []


def way_data(way: Way) -> dict[str, Any]:
    """A way as JSON values, for the public event and for whoever reads the route."""
    sitting_on = way.sitting_on.isoformat() if way.sitting_on else None
    exclusions = [asdict(one) for one in way.exclusions]
    return {**vars(way), "sitting_on": sitting_on, "reasons": list(way.reasons), "exclusions": exclusions}


def exception_data(granted: ExceptionGranted) -> dict[str, Any]:
    """A granted exception as JSON values; its reason sealed."""
    reason, at = sealed_json(granted.reason, "reason"), granted.granted_at.isoformat()
    data = {**vars(granted), "granted_at": at, "reason": reason, "resources": list(granted.resources)}
    del data["application"]
    return data


# --- Reading --------------------------------------------------------------------------------------------------


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
    " when returned_at > submitted_at then 'returned'"
    " when deferred_at > greatest(submitted_at, informed_at) then 'deferred' else 'open' end as standing"
)
"""By the moments at which the books recorded it: what follows from something is recorded after it, in any book."""


async def submission(reader: Reader, application: str) -> dict[str, Any] | None:
    """What was heard of an application and what has become of it, or None where no submission was heard."""
    found = await reader.fetch(
        f"select person, originator, said, forum, sitting_on, {_STANDING} from read.application"
        " where council = $1 and application = $2",
        application,
    )
    return dict(found[0]) if found else None


async def undecided(reader: Reader, application: str | None = None) -> list[dict[str, Any]]:
    """Applications that are not over, with their ways, the longest waiting first.

    With ``application`` that one only, be it over or not.
    """
    found = await reader.fetch(
        f"select route.application, route.way, asked.originator, asked.team, asked.team_manager, asked.service,"
        f" asked.service_manager, asked.said, asked.received_at, {_STANDING}"
        " from read.route route join read.application asked"
        " on asked.council = route.council and asked.application = route.application"
        " where route.council = $1 and (route.application = $2 or ($2::text is null and asked.over_at is null))"
        " order by asked.received_at, route.application",
        application,
    )
    return [dict(row) for row in found]


# --- Where a draft would go


@dataclass(frozen=True)
class Previewed:
    """Where a draft would go, that in a sentence, and which exception could be granted to it by which roles."""

    preview: Preview
    sentence: str
    exception: str | None
    granted_by: tuple[str, ...]


async def preview_route(reader: Reader, facts: Facts, at: datetime) -> Previewed:
    """Where an application would go if it were received at that moment; nothing is stored.

    Raises Refused NO_SETTINGS, UNKNOWN_KIND, COSTS_DO_NOT_ADD_UP.
    """
    settings = await council_settings.in_force(reader, at)
    if settings is None:
        raise rule_broken("NO_SETTINGS", "No settings of this council are in force at that moment.")
    foreseen.require_sound(settings, facts)
    found = preview(settings, facts, at)
    possible = foreseen.exception(settings, found.routing, facts)
    return Previewed(found, foreseen.sentence(settings, found), *possible)


# --- Whom it waits on -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Queued:
    """One application, since when it has been waiting, and for what and whom."""

    submitted: deciding.Submitted
    waiting: deciding.Waiting
    since: datetime
    case: Case


async def waiting_now(reader: Reader, at: datetime) -> list[Queued]:
    """Every application that is not over, the longest waiting first."""
    officers = [officer_of(one) for one in await officers_read.officers(reader)]
    known: dict[int, Settings] = {}
    queue: list[Queued] = []
    for row in await undecided(reader):
        version = row["way"]["settings_version"]
        settings = known.get(version) or await council_settings.required_version(reader, version)
        known[version] = settings
        submitted = submitted_of(row)
        waiting = deciding.waiting(submitted, officers, settings, at)
        queue.append(Queued(submitted, waiting, row["received_at"], case_of(row, waiting, settings)))
    return queue


@dataclass(frozen=True)
class Deciders:
    """One application, whom it waits on, and for each officer the code that keeps them from deciding it, or None."""

    submitted: deciding.Submitted
    waiting: deciding.Waiting
    officers: list[tuple[dict[str, Any], str | None]]
    case: Case


async def deciders_of(reader: Reader, application: str, at: datetime) -> Deciders | None:
    """Who could decide one application now, or None where there is no such application."""
    found = await undecided(reader, application)
    if not found:
        return None
    submitted = submitted_of(found[0])
    settings = await council_settings.required_version(reader, found[0]["way"]["settings_version"])
    rows = await officers_read.officers(reader)
    judged = [(row, deciding.hindered(officer_of(row), submitted, settings, at)) for row in rows]
    waiting = deciding.waiting(submitted, [officer_of(row) for row in rows], settings, at)
    return Deciders(submitted, waiting, judged, case_of(found[0], waiting, settings))


def case_of(row: Mapping[str, Any], waiting: deciding.Waiting, settings: Settings) -> Case:
    """Who needs to know of an application: whose it is, who writes a section of it, and whom it waits on.

    All that is routed was handed in.
    """
    of = ("originator", "team", "team_manager", "service", "service_manager")
    whose = {name: row[name] for name in of}
    roles = settings.writers_of(row["said"]["kind"]) | frozenset(waiting.roles)
    return Case(**whose, named=frozenset(waiting.officers), roles=roles, circulated=True)


def officer_of(row: Mapping[str, Any]) -> deciding.Officer:
    """An officer of the read model as the rules know one."""
    limit = Limit(
        weekly_pence=row["limit_weekly_pence"],
        yearly_pence=row["limit_yearly_pence"],
        one_off_pence=row["limit_one_off_pence"],
    )
    return deciding.Officer(row["officer"], row["role"], limit, row["from_at"], row["until_at"])


def submitted_of(row: Mapping[str, Any]) -> deciding.Submitted:
    """An application of the read model as the rules know one."""
    way = row["way"]
    return deciding.Submitted(
        application=row["application"],
        originator=row["originator"],
        facts=route.facts_now(way["inputs"], row["said"]),
        route=way["route"],
        forum=way["forum"],
        sitting_on=date.fromisoformat(way["sitting_on"]) if way["sitting_on"] else None,
        standing=row["standing"],
    )
