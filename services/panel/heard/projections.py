"""What panel keeps of what it hears: settings, officers and their authority, submissions, and families' complaints."""

from datetime import date, datetime
from uuid import UUID

from ledger.book import Heard
from ledger.rows import Change


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
