"""Whom letters go to and what they name: teams, officers, sittings and training, as heard of the other services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from councils.guards import GUARDS
from councils.training import PRESENTING, Training, presenter_is_told_of
from ledger.recorded import Heard, Recorded
from ledger.rows import Change
from ledger.store import Reader
from services import settings


def project(recorded: Recorded) -> Sequence[Any]:
    """The statements that keep what is known of a council in step with what is heard."""
    if not isinstance(recorded, Heard):
        return []
    data = recorded.data
    match recorded.type:
        case "uk.panelbook.routing.settings.published.v1":
            return [
                *settings.heard(recorded),
                Change(
                    "insert into read.council (council, name, forums, untrained_presenter) values ($1, $2, $3, $4)"
                    " on conflict (council) do update set name = excluded.name, forums = excluded.forums,"
                    " untrained_presenter = excluded.untrained_presenter",
                    (
                        data["settings"]["name"],
                        {code: forum["name"] for code, forum in data["settings"]["forums"].items()},
                        _level(data["settings"], "UNTRAINED_PRESENTER"),
                    ),
                ),
            ]
        case "uk.panelbook.panel.sitting.scheduled.v1":
            return [
                Change(
                    "insert into read.sitting (council, sitting, forum) values ($1, $2, $3)"
                    " on conflict (council, sitting) do update set forum = excluded.forum",
                    (data["sitting"], data["forum"]),
                )
            ]
        case "uk.panelbook.routing.officer.appointed.v1":
            return [
                Change(
                    "insert into read.officer (council, officer, role, name, email) values ($1, $2, $3, $4, $5)"
                    " on conflict (council, officer) do update"
                    " set role = excluded.role, name = excluded.name, email = excluded.email",
                    (data["officer"], data["role"], data["name"], data["email"]),
                )
            ]
        case "uk.panelbook.routing.officer.training_recorded.v1":
            return [_trained(data)]
        case "uk.panelbook.intake.application.submitted.v1":
            return [
                Change(
                    "insert into read.application (council, application, originator, team_manager)"
                    " values ($1, $2, $3, $4) on conflict (council, application) do update"
                    " set originator = excluded.originator, team_manager = excluded.team_manager",
                    (data["application"], data["originator"], data["team_manager"]),
                )
            ]
        case _:
            return []


def _level(settings: Mapping[str, Any], guard: str) -> str:
    """The level of a guard in a settings document: as the council chose, else as the guards are known."""
    return settings.get("guards", {}).get(guard, GUARDS[guard].level)


def _trained(data: Mapping[str, Any]) -> Change:
    until = data["valid_until"]
    return Change(
        "insert into read.training (council, officer, course, completed_on, valid_until) values ($1, $2, $3, $4, $5)"
        " on conflict (council, officer, course) do update"
        " set completed_on = excluded.completed_on, valid_until = excluded.valid_until",
        (
            data["officer"],
            data["course"],
            date.fromisoformat(data["completed_on"]),
            date.fromisoformat(until) if until else None,
        ),
    )


# --- Reading --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Team:
    """Who hears of an application's decisions."""

    originator: str
    team_manager: str


async def team_of(reader: Reader, application: str) -> Team | None:
    """The officers behind an application, or None when its submission has not been heard."""
    found = await reader.fetch(
        "select originator, team_manager from read.application where council = $1 and application = $2",
        application,
    )
    return Team(**dict(found[0])) if found else None


async def forum_name(reader: Reader, sitting: str) -> str:
    """The name of the forum that a sitting is of, as the council's newest heard settings have it; else empty."""
    found = await reader.fetch(
        "select council.forums->>sitting.forum as name from read.sitting sitting"
        " join read.council council on council.council = sitting.council"
        " where sitting.council = $1 and sitting.sitting = $2",
        sitting,
    )
    return (found[0]["name"] or "") if found else ""


async def forum_named(reader: Reader, forum: str) -> str:
    """The name of a forum by its key, as the council's newest heard settings have it; else empty."""
    found = await reader.fetch("select forums->>$2 as name from read.council where council = $1", forum)
    return (found[0]["name"] or "") if found else ""


async def chairs(reader: Reader) -> list[str]:
    """The officers appointed to chair, by id."""
    found = await reader.fetch(
        "select officer from read.officer where council = $1 and role = 'chair' order by officer"
    )
    return [row["officer"] for row in found]


async def officers_in(reader: Reader, roles: Sequence[str]) -> list[str]:
    """The officers appointed to any of some roles, by id."""
    found = await reader.fetch(
        "select officer from read.officer where council = $1 and role = any($2::text[]) order by officer", list(roles)
    )
    return [row["officer"] for row in found]


async def presenter_to_warn_of(reader: Reader, officer: str, day: date) -> bool:
    """Whether a presenter has no training good on that day, and the council wants that told."""
    known = await reader.fetch("select untrained_presenter as level from read.council where council = $1")
    if not known:
        return False
    found = await reader.fetch(
        "select completed_on, valid_until from read.training where council = $1 and officer = $2 and course = $3",
        officer,
        PRESENTING,
    )
    training = Training(found[0]["completed_on"], found[0]["valid_until"]) if found else None
    return presenter_is_told_of(known[0]["level"], training, day)


async def council_name(reader: Reader) -> str:
    """The council's name as its newest heard settings say it; empty before any were heard."""
    found = await reader.fetch("select name from read.council where council = $1")
    return found[0]["name"] if found else ""


async def email_of(reader: Reader, officer: str) -> dict[str, Any]:
    """The sealed address of an officer whose appointment has been heard, as for every due message."""
    (found,) = await reader.fetch("select email from read.officer where council = $1 and officer = $2", officer)
    return found["email"]


async def wanted_messages(reader: Reader, limit: int = 20) -> list[tuple[str, datetime]]:
    """Messages to be sent and when, the first ones first; a message to an officer not appointed yet is left out."""
    found = await reader.fetch(
        "select message, due_at from read.message message where council = $1 and state = 'wanted'"
        " and (officer is null or exists (select from read.officer appointed"
        " where appointed.council = $1 and appointed.officer = message.officer))"
        " order by due_at, message limit $2",
        limit,
    )
    return [(row["message"], row["due_at"]) for row in found]


async def event_behind(reader: Reader, position: int, event: str) -> bytes | None:
    """The bytes of the heard event that the row at a position follows from: it stands a few rows in front."""
    found = await reader.fetch(
        "select payload from ledger.row where council = $1 and lane = 'book' and kind = 'heard'"
        " and position between $2 - 100 and $2 - 1 and id::text = $3 order by position desc limit 1",
        position,
        event,
    )
    return found[0]["payload"] if found else None
