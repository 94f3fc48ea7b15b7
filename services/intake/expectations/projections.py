"""Which applications are expected at a sitting, what was received of them, and of whom the chair was told."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from ledger.book import Decided
from ledger.rows import Change
from ledger.store import Reader
from services.intake.domain.events import (
    ApplicationAbandoned,
    ApplicationClosed,
    ApplicationExpected,
    ApplicationReopened,
    ApplicationSubmitted,
    FurtherInformationAsked,
    FurtherInformationGiven,
)
from services.intake.domain.expected import ExpectedNotReceived, NotReceived


def expectations(application: str, decided: Decided) -> Sequence[Change]:
    """The statements that keep the list in step with one event of an application, after the application's own."""
    at = decided.row.recorded_at
    match decided.event:
        case ApplicationExpected() as announced:
            return _expected(application, announced, at)
        case ApplicationSubmitted(sitting_on=sitting_on, received_at=received_at):
            return _received(application, sitting_on, received_at)
        case ApplicationReopened(defer_to=day) | FurtherInformationAsked(next_sitting_on=day):
            return [_returning(application, day, at)] if day else []
        case FurtherInformationGiven(received_at=received_at):
            return _received(application, None, received_at)
        case ApplicationAbandoned() | ApplicationClosed():
            return [_no_longer_expected(application)]
        case _:
            return []


def _expected(application: str, expected: ApplicationExpected, at: datetime) -> Sequence[Change]:
    """An announcement takes the place of an earlier one that was not kept."""
    return [
        _no_longer_expected(application),
        Change(
            "insert into read.expected (council, forum, sitting_on, application, source, team, service,"
            " service_manager, since) select council, $3, $4, application, 'announced', team, service,"
            " service_manager, $5 from read.application where council = $1 and application = $2"
            " on conflict (council, forum, sitting_on, application) do nothing",
            (application, expected.forum, expected.sitting_on, at),
        ),
    ]


def _returning(application: str, sitting_on: date, at: datetime) -> Change:
    """What was deferred or returned to a sitting is expected there with its further work."""
    return Change(
        "insert into read.expected (council, forum, sitting_on, application, source, team, service, service_manager,"
        " since) select council, forum, $3, application, 'returning', team, service, service_manager, $4"
        " from read.application where council = $1 and application = $2 and forum is not null"
        " on conflict (council, forum, sitting_on, application) do update"
        " set source = excluded.source, since = excluded.since, received_at = null",
        (application, sitting_on, at),
    )


def _received(application: str, sitting_on: date | None, at: datetime) -> Sequence[Change]:
    """What was received is no longer missing; one handed in for another sitting is not expected at the first."""
    return [
        Change(
            "update read.expected set received_at = $4 where council = $1 and application = $2 and received_at is null"
            " and ($3::date is null or sitting_on = $3)",
            (application, sitting_on, at),
        ),
        _no_longer_expected(application),
    ]


def _no_longer_expected(application: str) -> Change:
    return Change(
        "delete from read.expected where council = $1 and application = $2 and received_at is null", (application,)
    )


def not_received_noticed(noticed: ExpectedNotReceived) -> Change:
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
        "select application, source, team, service, service_manager, since, received_at from read.expected"
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
    """Sittings at which something is expected that has not been received and of which nobody was told."""
    found = await reader.fetch(
        "select distinct forum, sitting_on from read.expected expected where council = $1 and received_at is null"
        " and source = any($2::text[]) and not exists (select from read.expected_notice told"
        " where told.council = $1 and told.forum = expected.forum and told.sitting_on = expected.sitting_on)"
        " order by sitting_on, forum",
        list(counts),
    )
    return [(row["forum"], row["sitting_on"]) for row in found]


async def not_received(reader: Reader, forum: str, sitting_on: date, counts: Sequence[str]) -> tuple[NotReceived, ...]:
    """The applications expected at a sitting that have not been received, in the order they were announced."""
    found, _ = await expected_at(reader, forum, sitting_on, counts)
    return tuple(
        NotReceived(row["application"], row["team"], row["service"], row["service_manager"])
        for row in found
        if row["received_at"] is None
    )
