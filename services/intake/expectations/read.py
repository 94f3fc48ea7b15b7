"""Which applications are expected at a sitting, what was received of them, and of whom the chair was told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ledger.recorded import Heard, Recorded
from ledger.rows import Change
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
from services.intake.expectations.domain.expected import Awaited, ExpectedNotReceived


def project(recorded: Recorded) -> Sequence[Change]:
    """The statements that keep the list in step with one event of an application, after the application's own."""
    if isinstance(recorded, Heard):
        return []
    application, at = subject_of(recorded.row.stream), recorded.row.recorded_at
    match recorded.event:
        case ExpectedNotReceived() as noticed:
            return [_noticed(noticed)]
        case ApplicationExpected() as announced:
            return _expected(application, announced, recorded.row.received_at, at)
        case ApplicationSubmitted() as handed_in:
            return _received(application, handed_in)
        case ApplicationReopened(defer_to=day, cut_off_at=closes_at):
            return [_returning(application, day, closes_at, at)] if day else []
        case FurtherInformationAsked(next_sitting_on=day, cut_off_at=closes_at):
            return [_returning(application, day, closes_at, at)] if day else []
        case FurtherInformationGiven() as given:
            return _received(application, given)
        case ApplicationAbandoned() | ApplicationClosed(outcome="WITHDRAWN"):
            return [_withdrawn(application)]
        case ApplicationClosed():
            return [_no_longer_expected(application)]
        case _:
            return []


def _expected(application: str, expected: ApplicationExpected, received_at: datetime, at: datetime) -> Sequence[Change]:
    """An announcement takes the place of an earlier one, unless that one's cut-off had passed: then it was missed."""
    return [
        Change(
            "delete from read.expected where council = $1 and application = $2 and received_at is null"
            " and (cut_off_at is null or cut_off_at >= $3)",
            (application, received_at),
        ),
        Change(
            "insert into read.expected (council, forum, sitting_on, application, source, team, service,"
            " service_manager, since, cut_off_at) select council, $3, $4, application, 'announced', team, service,"
            " service_manager, $5, $6 from read.application where council = $1 and application = $2"
            " on conflict (council, forum, sitting_on, application) do nothing",
            (application, expected.forum, expected.sitting_on, at, expected.cut_off_at),
        ),
    ]


def _returning(application: str, sitting_on: date, cut_off_at: datetime | None, at: datetime) -> Change:
    """What was deferred or returned to a sitting is expected there with its further work."""
    return Change(
        "insert into read.expected (council, forum, sitting_on, application, source, team, service, service_manager,"
        " since, cut_off_at) select council, forum, $3, application, 'returning', team, service, service_manager, $4,"
        " $5 from read.application where council = $1 and application = $2 and forum is not null"
        " on conflict (council, forum, sitting_on, application) do update"
        " set source = excluded.source, since = excluded.since, cut_off_at = excluded.cut_off_at, received_at = null",
        (application, sitting_on, at, cut_off_at),
    )


def _received(application: str, came: ApplicationSubmitted | FurtherInformationGiven) -> Sequence[Change]:
    """What was received is held to the cut-off that its event was judged by, whenever somebody looks.

    One handed in for another sitting is not expected at the first, unless that one's cut-off had passed: then it was
    missed there, and came late.
    """
    return [
        Change(
            "update read.expected set received_at = $4,"
            " cut_off_at = case when sitting_on = $3 then coalesce($5, cut_off_at) else cut_off_at end"
            " where council = $1 and application = $2 and received_at is null"
            " and ($3::date is null or sitting_on = $3 or cut_off_at < $4)",
            (application, came.sitting_on, came.received_at, came.cut_off_at),
        ),
        _no_longer_expected(application),
    ]


def _no_longer_expected(application: str) -> Change:
    return Change(
        "delete from read.expected where council = $1 and application = $2 and received_at is null", (application,)
    )


def _withdrawn(application: str) -> Change:
    """A withdrawn application is no longer expected, neither where it is missing nor where it came late."""
    return Change(
        "delete from read.expected where council = $1 and application = $2"
        " and (received_at is null or received_at > cut_off_at)",
        (application,),
    )


def _noticed(noticed: ExpectedNotReceived) -> Change:
    """The alarm about a sitting was raised."""
    missing = [
        {"application": one.application, "team": one.team, "service": one.service,
         "service_manager": one.service_manager}
        for one in noticed.missing
    ]  # fmt: skip
    return Change(
        "insert into read.expected_notice (council, forum, sitting_on, noticed_at, missing)"
        " values ($1, $2, $3, $4, $5)",
        (noticed.forum, noticed.sitting_on, noticed.noticed_at, missing),
    )


# --- Reading --------------------------------------------------------------------------------------------------


async def expected_at(
    reader: Reader, forum: str, sitting_on: date, counts: Sequence[str]
) -> tuple[list[dict[str, Any]], datetime | None]:
    """Who is expected at a sitting and what was received of them, and when the absence of some was told."""
    found = await reader.fetch(
        "select application, source, team, service, service_manager, since, received_at, cut_off_at"
        " from read.expected"
        " where council = $1 and forum = $2 and sitting_on = $3 and source = any($4::text[])"
        " order by since, application",
        forum,
        sitting_on,
        list(counts),
    )
    told = await reader.fetch(
        "select noticed_at from read.expected_notice where council = $1 and forum = $2 and sitting_on = $3",
        forum,
        sitting_on,
    )
    return [dict(row) for row in found], told[0]["noticed_at"] if told else None


async def sittings_awaited(reader: Reader, counts: Sequence[str]) -> list[tuple[str, date]]:
    """Sittings at which something is expected that was not received by the cut-off and of which nobody was told."""
    found = await reader.fetch(
        "select distinct forum, sitting_on from read.expected expected where council = $1"
        " and (received_at is null or received_at > cut_off_at) and source = any($2::text[])"
        " and not exists (select from read.expected_notice told"
        " where told.council = $1 and told.forum = expected.forum and told.sitting_on = expected.sitting_on)"
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
