"""Lists of applications in panel's hands, and of decisions outside a panel with their alarms."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from ledger.listing import Asked, Listing
from ledger.store import Reader
from services.panel.known.read import IN_TEAM, OWN

DECISIONS = Listing(
    "read.decision",
    "application, stage, kind, weekly_pence, indicative_weekly_pence, complex, received_at, times_submitted,"
    " route->>'route' as route, route->>'forum' as forum, returns_on, version",
    (("received_at", "timestamptz"), ("application", "uuid")),
    newest_first=True,
    narrow={
        "application": "application = {}",
        "stage": "stage = {}",
        "kind": "kind = {}",
        "team": IN_TEAM,
        "route": "route->>'route' = {}",
        "forum": "route->>'forum' = {}",
        "returns_on": "returns_on = {}",
        "since": "received_at >= {}",
        "until": "received_at < {}",
    },
    own=OWN,
)
"""Every application that came into panel's hands, newest first; nothing personal."""


OUT_OF_PANEL_DECISIONS = Listing(
    "read.out_of_panel",
    "decision, application, person, basis, grounds, need, words, advised_by, advice, decided_by, decided_role,"
    " decided_at, weekly_pence, one_off_pence, high_cost_weekly_pence, ends_on, period_ends_at, application_due_at,"
    " arrived_at, forum, ratify_on, settings_version, warned, outcome, outcome_at, outcome_by, sitting, reasons,"
    " needed, replaced_at, authority_ended_at, greatest((select max(version) from read.out_of_panel about"
    "  where about.council = $1 and about.application = listed.application), (select version from read.decision"
    "  decision where decision.council = $1 and decision.application = listed.application)) as version",
    (("decided_at", "timestamptz"), ("decision", "uuid")),
    newest_first=True,
    narrow={
        "decision": "decision = {}",
        "application": "application = {}",
        "outcome": "outcome = {}",
        "basis": "basis = {}",
        "team": IN_TEAM,
        "forum": "forum = {}",
        "ratify_on": "ratify_on = {}",
        "since": "decided_at >= {}",
        "until": "decided_at < {}",
    },
    own=OWN + " or {actor} in (listed.decided_by, listed.advised_by)",
)
"""Decisions outside a panel, newest first, as sealed as they are kept."""


async def with_alarms(reader: Reader, made: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Some decisions outside a panel, each with its alarms."""
    alarms = await reader.fetch(
        "select decision, code, fell_due_at, noticed_at from read.alarm where council = $1"
        " and decision = any($2::uuid[]) order by fell_due_at, code",
        [row["decision"] for row in made],
    )
    return [{**row, "alarms": [_of(alarm) for alarm in alarms if alarm["decision"] == row["decision"]]} for row in made]


async def made_about(reader: Reader, application: UUID) -> list[dict[str, Any]]:
    """Every decision outside a panel about one application, newest first, each with its alarms."""
    found: list[dict[str, Any]] = []
    asked: Asked | None = Asked({"application": application})
    while asked is not None:
        page = await OUT_OF_PANEL_DECISIONS.page(reader, asked)
        found += page.rows
        asked = replace(asked, behind=page.last) if page.last else None
    return await with_alarms(reader, found)


def _of(alarm: Any) -> dict[str, Any]:
    return {"code": alarm["code"], "fell_due_at": alarm["fell_due_at"], "noticed_at": alarm["noticed_at"]}
