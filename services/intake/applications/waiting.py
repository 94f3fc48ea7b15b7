"""What waits for somebody in intake: unfinished applications, judged by the rules of writing and signing."""

from datetime import datetime
from typing import Any

from councils.settings import Settings
from ledger.decider import By
from ledger.store import Reader
from services.intake.applications.domain.form import LISTS
from services.intake.applications.domain.waiting import Unfinished, Wait, waits_for

LOOKED_AT = 1000
"""Unfinished applications of one person, the oldest first, that are looked at; nobody has as many."""

_STATED = ", ".join(f"{name} is not null as {name}" for name in LISTS)


async def waiting(reader: Reader, by: By, settings: Settings) -> list[tuple[Wait, dict[str, Any]]]:
    """Everything that waits for somebody, with the application it is about; reasons as they are sealed.

    ``due_at`` is added to it: when the first further work of theirs is due, or None.
    """
    found = await reader.fetch(
        "select application, kind, stage, originator, team, service, started_at, submitted_at, returned, changed,"
        " signed_by, agreed_by, changes_signed_by, changes_agreed_by, further_work, next_sitting_on,"
        f" {_STATED}, array(select section from read.section written where written.council = $1"
        "  and written.application = asked.application) as written,"
        " exists (select from read.comment said where said.council = $1 and said.application = asked.application"
        "  and answer is null) as open_comments"
        " from read.application asked where council = $1 and stage in ('draft', 'further_information')"
        " and (originator = $2 or (team = $3 and $3 <> '') or (service = $4 and $4 <> '')"
        "  or further_work @> jsonb_build_array(jsonb_build_object('owner', $2::text)) or $5)"
        " order by started_at, application limit $6",
        by.actor,
        by.team,
        by.service,
        by.role in _writers(settings),
        LOOKED_AT,
    )
    return [
        (what, {**dict(row), "due_at": _due(row, by) if what == "FURTHER_WORK" else None})
        for row in found
        for what in waits_for(_unfinished(row), by, settings)
    ]


def _due(row: Any, by: By) -> datetime:
    return min(datetime.fromisoformat(piece["due_at"]) for piece in row["further_work"] if piece["owner"] == by.actor)


def _writers(settings: Settings) -> frozenset[str]:
    """Roles beyond the social workers to whom a section belongs, in whichever team a form began."""
    named = {owner for owner in settings.section_owners.values() if owner != "social_worker"}
    return frozenset(named | {"iro"})


def _unfinished(row: Any) -> Unfinished:
    deferred = row["stage"] == "further_information"
    return Unfinished(
        kind=row["kind"],
        originator=row["originator"],
        team=row["team"],
        service=row["service"],
        deferred=deferred,
        returned=row["returned"] is not None,
        changed=bool(row["changed"]),
        signed_by=row["changes_signed_by" if deferred else "signed_by"],
        agreed_by=row["changes_agreed_by" if deferred else "agreed_by"],
        sections=frozenset({*row["written"], *(name for name in LISTS if row[name])}),
        open_comments=row["open_comments"],
        work=frozenset(piece["owner"] for piece in row["further_work"]),
    )
