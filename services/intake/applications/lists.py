"""The lists of applications: a page of them without anything personal, and who stands in them and is no officer."""

from typing import Any

from ledger.listing import Listing
from ledger.store import Reader

APPLICATIONS = Listing(
    "read.application",
    "application, kind, stage, originator, team, service, weekly_pence, indicative_weekly_pence, complex, distinctive,"
    " sitting_on, forum, submitted_at, times_submitted, route, outcome, version",
    (("started_at", "timestamptz"), ("application", "text")),
    newest_first=True,
    narrow={
        "application": "application = {}",
        "stage": "stage = {}",
        "kind": "kind = {}",
        "team": "team = {}",
        "service": "service = {}",
        "originator": "originator = {}",
        "forum": "forum = {}",
        "sitting_on": "sitting_on = {}",
        "outcome": "outcome = {}",
        "since": "started_at >= {}",
        "until": "started_at < {}",
    },
    own="{actor} in (originator, team_manager, service_manager) or team = {team} or service = {service}",
)
"""Applications without anything personal, newest first."""


async def unknown_officers(reader: Reader) -> list[dict[str, Any]]:
    """Whose forms are not over, or who is named in them as manager, and is no officer, as far as is heard here."""
    found = await reader.fetch(
        "select named.officer, named.member, count(*) as applications from read.application form,"
        " lateral (values (originator, 'originator'), (team_manager, 'team_manager'),"
        " (service_manager, 'service_manager'))"
        " as named (officer, member) where form.council = $1 and stage <> 'closed' and not exists"
        " (select from read.officer known where known.council = form.council and known.officer = named.officer)"
        " group by named.officer, named.member order by named.officer, named.member"
    )
    return [dict(row) for row in found]
