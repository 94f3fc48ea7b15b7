"""What panel keeps of what it hears: settings, officers and their authority, submissions, and families' complaints."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from councils.settings import Limit, Settings
from ledger.recorded import Heard
from ledger.rows import Change
from ledger.store import Reader


def changes(heard: Heard) -> list[Change]:
    """What one heard event changes."""
    data = heard.data
    match heard.type:
        case "uk.panelbook.routing.settings.published.v1":
            return [
                Change(
                    "insert into read.settings (council, version, in_force_from, document) values ($1, $2, $3, $4)",
                    (data["version"], datetime.fromisoformat(data["in_force_from"]), data["settings"]),
                )
            ]
        case "uk.panelbook.routing.officer.appointed.v1":
            return [
                Change(
                    "insert into read.officer (council, officer, role) values ($1, $2, $3)"
                    " on conflict (council, officer) do update set role = excluded.role",
                    (data["officer"], data["role"]),
                )
            ]
        case "uk.panelbook.routing.officer.authority_granted.v1":
            until = datetime.fromisoformat(data["until_at"]) if data["until_at"] else None
            return [
                Change(
                    "insert into read.authority (council, officer, limit_weekly_pence, from_at, until_at,"
                    " limit_one_off_pence, limit_yearly_pence)"
                    " values ($1, $2, $3, $4, $5, $6, $7) on conflict (council, officer) do update set"
                    " limit_weekly_pence = excluded.limit_weekly_pence, from_at = excluded.from_at,"
                    " until_at = excluded.until_at, limit_one_off_pence = excluded.limit_one_off_pence,"
                    " limit_yearly_pence = excluded.limit_yearly_pence",
                    (
                        data["officer"],
                        data["limit_weekly_pence"],
                        datetime.fromisoformat(data["from_at"]),
                        until,
                        data.get("limit_one_off_pence"),
                        data.get("limit_yearly_pence"),
                    ),
                )
            ]
        case "uk.panelbook.routing.officer.authority_ended.v1":
            return [
                Change(
                    "update read.authority set until_at = least(until_at, $3) where council = $1 and officer = $2",
                    (data["officer"], datetime.fromisoformat(data["ended_at"])),
                )
            ]
        case "uk.panelbook.intake.application.submitted.v1":
            return [
                Change(
                    "insert into read.submission (council, application, data, waiting_since) values ($1, $2, $3, $4)"
                    " on conflict (council, application) do update set data = excluded.data,"
                    " waiting_since = excluded.waiting_since",
                    (UUID(data["application"]), data, datetime.fromisoformat(data["received_at"])),
                )
            ]
        case "uk.panelbook.record.complaint.opened.v1":
            opened = (data["complaint"], data["application"], data["stage"], date.fromisoformat(data["received_on"]))
            return [
                Change(
                    "insert into read.challenge (council, complaint, application, stage, received_on)"
                    " values ($1, $2, $3, $4, $5)",
                    opened,
                )
            ]
        case _:
            return []


async def settings_in_force(reader: Reader, at: datetime) -> Settings | None:
    """The council's settings in force at a moment, or None while none are that this service has heard of."""
    found = await reader.fetch(
        "select document from read.settings where council = $1 and in_force_from <= $2 order by version desc limit 1",
        at,
    )
    return Settings.read(found[0]["document"]) if found else None


async def settings_version(reader: Reader, version: int) -> Settings | None:
    """One version of the council's settings, or None where this service has not heard of it."""
    found = await reader.fetch("select document from read.settings where council = $1 and version = $2", version)
    return Settings.read(found[0]["document"]) if found else None


async def role_of(reader: Reader, officer: str) -> str | None:
    """The role to which an officer is appointed, or None where this service heard of no appointment."""
    found = await reader.fetch("select role from read.officer where council = $1 and officer = $2", officer)
    return found[0]["role"] if found else None


async def limit_of(reader: Reader, officer: str, at: datetime) -> Limit | None:
    """Up to how much an officer may decide alone at a moment, or None without any authority."""
    found = await reader.fetch(
        "select limit_weekly_pence, limit_yearly_pence, limit_one_off_pence from read.authority"
        " where council = $1 and officer = $2 and from_at <= $3 and (until_at is null or until_at > $3)",
        officer,
        at,
    )
    if not found:
        return None
    limit = found[0]
    return Limit(
        weekly_pence=limit["limit_weekly_pence"],
        yearly_pence=limit["limit_yearly_pence"],
        one_off_pence=limit["limit_one_off_pence"],
    )


async def submission(reader: Reader, application: UUID) -> dict[str, Any] | None:
    """The newest submission heard of an application, as intake published it."""
    found = await reader.fetch("select data from read.submission where council = $1 and application = $2", application)
    return found[0]["data"] if found else None


async def oldest_waiting(reader: Reader) -> dict[str, datetime | None]:
    """Since when the oldest submission has waited to be received: its route has not been heard."""
    found = await reader.fetch(
        "select min(waiting_since) as since from read.submission where council = $1 and waiting_since is not null"
    )
    return {"submitted_to_received": found[0]["since"]}
