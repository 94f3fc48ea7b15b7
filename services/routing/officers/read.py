"""The read model of officers: their authority, their training, and which terms they have read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ledger.recorded import Heard, Recorded
from ledger.rows import Change
from ledger.sealed import sealed_json
from ledger.store import Reader
from services.routing.officers.domain.officer import (
    AuthorityEnded,
    AuthorityGranted,
    OfficerAppointed,
    TermsAcknowledged,
    TrainingRecorded,
)


def project(recorded: Recorded) -> Sequence[Change]:
    """The statements that keep the officers in step with one row."""
    if isinstance(recorded, Heard):
        return []
    row = recorded.row
    match recorded.event:
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
        case TrainingRecorded() as learnt:
            return [
                Change(
                    "insert into read.training (council, officer, course, completed_on, valid_until)"
                    " values ($1, $2, $3, $4, $5) on conflict (council, officer, course) do update"
                    " set completed_on = excluded.completed_on, valid_until = excluded.valid_until",
                    (learnt.officer, learnt.course, learnt.completed_on, learnt.valid_until),
                ),
                _officer_version(learnt.officer, row.version),
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
