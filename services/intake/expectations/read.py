"""Which applications are expected at a sitting, what was received of them, and of whom the chair was told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ledger.changes import Change, Statement, Table
from ledger.recorded import Heard, Recorded
from ledger.store import Reader
from ledger.unit_of_work import subject_of
from services.intake.applications.domain.events import (
    ApplicationAbandoned,
    ApplicationClosed,
    ApplicationExpected,
    ApplicationReopened,
    ApplicationSubmitted,
    FurtherInformationAsked,
    FurtherInformationGiven,
)
from services.intake.applications.read import APPLICATION
from services.intake.expectations.domain.expected import Awaited, ExpectedNotReceived

EXPECTED = Table("read.expected", key=("forum", "sitting_on", "application"))
NOTICE = Table("read.expected_notice", key=("forum", "sitting_on"))


def project(recorded: Recorded) -> Sequence[Change]:
    """What keeps the list in step with one event of an application, after the application's own changes."""
    if isinstance(recorded, Heard):
        return []
    application, at = subject_of(recorded.row.stream), recorded.row.recorded_at
    match recorded.event:
        case ExpectedNotReceived() as noticed:
            missing = [vars(one) for one in noticed.missing]
            return [
                NOTICE.row(noticed.forum, noticed.sitting_on).insert(noticed_at=noticed.noticed_at, missing=missing)
            ]
        case ApplicationExpected() as announced:
            return _announced(application, announced, recorded.row.received_at, at)
        case ApplicationSubmitted() | FurtherInformationGiven() as came:
            return _received(application, came)
        case ApplicationReopened(defer_to=day, cut_off_at=closes_at):
            return [_returning(application, day, closes_at, at)] if day else []
        case FurtherInformationAsked(next_sitting_on=day, cut_off_at=closes_at):
            return [_returning(application, day, closes_at, at)] if day else []
        case ApplicationAbandoned() | ApplicationClosed(outcome="WITHDRAWN"):
            return [_withdrawn(application)]
        case ApplicationClosed():
            return [_no_longer_expected(application)]
        case _:
            return []


def _announced(
    application: str, announced: ApplicationExpected, received_at: datetime, at: datetime
) -> Sequence[Change]:
    """An announcement takes the place of an earlier one, unless that one's cut-off had passed: then it was missed."""
    return [
        Statement(
            (EXPECTED,),
            "delete from read.expected where council = $1 and application = $2 and received_at is null"
            " and (cut_off_at is null or cut_off_at >= $3)",
            (application, received_at),
            because="rows differ by whether their cut-off had passed",
        ),
        Statement(
            (EXPECTED, APPLICATION),
            "insert into read.expected (council, forum, sitting_on, application, source, team, service,"
            " service_manager, since, cut_off_at) select council, $3, $4, application, 'announced', team, service,"
            " service_manager, $5, $6 from read.application where council = $1 and application = $2"
            " on conflict (council, forum, sitting_on, application) do nothing",
            (application, announced.forum, announced.sitting_on, at, announced.cut_off_at),
            because="whose the application is stands in its own row",
        ),
    ]


def _returning(application: str, sitting_on: date, cut_off_at: datetime | None, at: datetime) -> Change:
    """What was deferred or returned to a sitting is expected there with its further work."""
    return Statement(
        (EXPECTED, APPLICATION),
        "insert into read.expected (council, forum, sitting_on, application, source, team, service, service_manager,"
        " since, cut_off_at) select council, forum, $3, application, 'returning', team, service, service_manager, $4,"
        " $5 from read.application where council = $1 and application = $2 and forum is not null"
        " on conflict (council, forum, sitting_on, application) do update"
        " set source = excluded.source, since = excluded.since, cut_off_at = excluded.cut_off_at, received_at = null",
        (application, sitting_on, at, cut_off_at),
        because="whose the application is, and its forum, stand in its own row",
    )


def _received(application: str, came: ApplicationSubmitted | FurtherInformationGiven) -> Sequence[Change]:
    """What was received is held to the cut-off that its event was judged by, whenever somebody looks.

    One handed in for another sitting is not expected at the first, unless that one's cut-off had passed: then it was
    missed there, and came late.
    """
    return [
        Statement(
            (EXPECTED,),
            "update read.expected set received_at = $4,"
            " cut_off_at = case when sitting_on = $3 then coalesce($5, cut_off_at) else cut_off_at end"
            " where council = $1 and application = $2 and received_at is null"
            " and ($3::date is null or sitting_on = $3 or cut_off_at < $4)",
            (application, came.sitting_on, came.received_at, came.cut_off_at),
            because="at which sittings it is expected, and their cut-offs, stand in the rows",
        ),
        _no_longer_expected(application),
    ]


def _no_longer_expected(application: str) -> Change:
    return EXPECTED.where(application=application, received_at=None).delete()


def _withdrawn(application: str) -> Change:
    """A withdrawn application is no longer expected, neither where it is missing nor where it came late."""
    return Statement(
        (EXPECTED,),
        "delete from read.expected where council = $1 and application = $2"
        " and (received_at is null or received_at > cut_off_at)",
        (application,),
        because="what came late is known by its two moments",
    )


# --- Reading --------------------------------------------------------------------------------------------------


async def expected_at(
    reader: Reader, forum: str, sitting_on: date, counts: Sequence[str]
) -> tuple[list[dict[str, Any]], datetime | None]:
    """Who is expected at a sitting and what was received of them, and when the chair heard who was missing."""
    found = await reader.fetch(
        "select application, source, team, service, service_manager, since, received_at, cut_off_at"
        " from read.expected"
        " where council = $1 and forum = $2 and sitting_on = $3 and source = any($4::text[])"
        " order by since, application",
        forum,
        sitting_on,
        list(counts),
    )
    noticed = await reader.fetch(
        "select noticed_at from read.expected_notice where council = $1 and forum = $2 and sitting_on = $3",
        forum,
        sitting_on,
    )
    return [dict(row) for row in found], noticed[0]["noticed_at"] if noticed else None


async def sittings_awaited(reader: Reader, counts: Sequence[str]) -> list[tuple[str, date]]:
    """Sittings at which something is expected that was not received by the cut-off and of which nobody was told."""
    found = await reader.fetch(
        "select distinct forum, sitting_on from read.expected expected where council = $1"
        " and (received_at is null or received_at > cut_off_at) and source = any($2::text[])"
        " and not exists (select from read.expected_notice notice"
        " where notice.council = $1 and notice.forum = expected.forum and notice.sitting_on = expected.sitting_on)"
        " order by sitting_on, forum",
        list(counts),
    )
    return [(row["forum"], row["sitting_on"]) for row in found]


def awaited(row: Mapping[str, Any]) -> Awaited:
    """One line of the list, as the rules know it."""
    return Awaited(
        row["application"],
        row["team"],
        row["service"],
        row["service_manager"],
        row["received_at"],
        row["cut_off_at"],
    )
