"""The read model of officers: their authority, their training, and which terms they have read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from councils.settings import Limit
from ledger.changes import Change, Table
from ledger.codec.sealed import sealed_json
from ledger.listing import Listing
from ledger.recorded import Heard, Recorded
from ledger.store import Reader
from services.routing.officers.domain.officer import (
    AuthorityEnded,
    AuthorityGranted,
    OfficerAppointed,
    TermsAcknowledged,
    TrainingRecorded,
    limit_of,
)

OFFICER = Table("read.officer", key=("officer",))
TRAINING = Table("read.training", key=("officer", "course"))
ACKNOWLEDGEMENT = Table("read.acknowledgement", key=("officer", "settings_version"))


def project(recorded: Recorded) -> Sequence[Change]:
    """What keeps the officers in step with one row."""
    if isinstance(recorded, Heard):
        return []
    row = recorded.row
    match recorded.event:
        case OfficerAppointed() as appointed:
            officer = OFFICER.row(appointed.officer).put(
                role=appointed.role,
                team=appointed.team,
                service=appointed.service,
                name=sealed_json(appointed.name),
                email=sealed_json(appointed.email),
                version=row.version,
            )
            return [officer]
        case AuthorityGranted() as granted:
            return [_authority(granted.officer, limit_of(granted), granted.from_at, granted.until_at, row.version)]
        case AuthorityEnded() as ended:
            return [_authority(ended.officer, Limit(), None, None, row.version)]
        case TrainingRecorded() as learnt:
            course = TRAINING.row(learnt.officer, learnt.course)
            return [
                course.put(completed_on=learnt.completed_on, valid_until=learnt.valid_until),
                OFFICER.row(learnt.officer).set(version=row.version),
            ]
        case TermsAcknowledged() as read:
            return [
                ACKNOWLEDGEMENT.row(read.officer, read.settings_version).insert(acknowledged_at=row.recorded_at),
                OFFICER.row(read.officer).set(version=row.version),
            ]
        case _:
            return []


def _authority(officer: str, limit: Limit, from_at: datetime | None, until_at: datetime | None, version: int) -> Change:
    return OFFICER.row(officer).set(
        limit_weekly_pence=limit.weekly_pence,
        limit_one_off_pence=limit.one_off_pence,
        limit_yearly_pence=limit.yearly_pence,
        from_at=from_at,
        until_at=until_at,
        version=version,
    )


# --- Reading --------------------------------------------------------------------------------------------------


OFFICERS = Listing(
    "read.officer",
    "officer, role, team, service, name, email, limit_weekly_pence, limit_one_off_pence, limit_yearly_pence, from_at,"
    " until_at, version",
    (("officer", "text"),),
    narrow={"officer": "officer = {}", "role": "role = {}", "team": "team = {}", "service": "service = {}"},
)
"""Officers with role and authority; names and addresses as they are sealed."""


async def acknowledgements(reader: Reader, version: int, officers: Sequence[str]) -> dict[str, datetime]:
    """When each of some officers acknowledged one version of the settings, if they did."""
    found = await reader.fetch(
        "select officer, acknowledged_at from read.acknowledgement"
        " where council = $1 and settings_version = $2 and officer = any($3::text[])",
        version,
        list(officers),
    )
    return {row["officer"]: row["acknowledged_at"] for row in found}


async def unread_terms(reader: Reader, officer: str, at: datetime) -> dict[int, datetime]:
    """The version in force at a moment and since when, if this officer was appointed and has not acknowledged it."""
    found = await reader.fetch(
        "select terms.version, terms.in_force_from from read.settings terms join read.officer officer"
        " on officer.council = terms.council and officer.officer = $2"
        " left join read.acknowledgement said on said.council = terms.council and said.officer = $2"
        " and said.settings_version = terms.version"
        " where terms.council = $1 and said.officer is null and terms.version ="
        " (select max(begun.version) from read.settings begun where begun.council = $1 and begun.in_force_from <= $3)",
        officer,
        at,
    )
    return {row["version"]: row["in_force_from"] for row in found}


async def officers(reader: Reader) -> list[dict[str, Any]]:
    """Every officer with role and authority, for rules that look at them all, as sealed as they are kept."""
    found = await reader.fetch(
        "select officer, role, team, service, name, email, limit_weekly_pence, limit_one_off_pence,"
        " limit_yearly_pence, from_at, until_at, version from read.officer where council = $1 order by officer"
    )
    return [dict(row) for row in found]


async def trained(reader: Reader, officers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some officers, each with their training."""
    learnt = await reader.fetch(
        "select officer, course, completed_on, valid_until from read.training where council = $1"
        " and officer = any($2::text[]) order by officer, course",
        [one["officer"] for one in officers],
    )
    training: dict[str, list[dict[str, Any]]] = {}
    for row in learnt:
        course = dict(row)
        training.setdefault(course.pop("officer"), []).append(course)
    return [{**one, "training": training.get(one["officer"], [])} for one in officers]
