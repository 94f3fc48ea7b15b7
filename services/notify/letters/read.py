"""Whom letters go to and what they name: teams, officers, sittings and training, as heard of the other services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from councils.calendar import in_london
from councils.guards import level_of
from councils.training import PRESENTING, Training, presenter_is_told_of
from ledger.changes import Change, Table
from ledger.recorded import Heard, Recorded
from ledger.store import Reader
from services import settings

SITTING = Table("read.sitting", key=("sitting",))
OFFICER = Table("read.officer", key=("officer",))
APPLICATION = Table("read.application", key=("application",))
TRAINING = Table("read.training", key=("officer", "course"))

FAMILY_MEMBER_TAKEN_OUT = "uk.panelbook.intake.application.family_member_taken_out.v1"


def project(recorded: Recorded) -> Sequence[Change]:
    """The changes that keep what is known of a council in step with what is heard."""
    if not isinstance(recorded, Heard):
        return []
    data = recorded.data
    match recorded.type:
        case "uk.panelbook.panel.sitting.scheduled.v1":
            return [SITTING.row(data["sitting"]).put(forum=data["forum"], sits_on=in_london(data["starts_at"]).date())]
        case "uk.panelbook.routing.officer.appointed.v1":
            return [OFFICER.row(data["officer"]).put(role=data["role"], name=data["name"], email=data["email"])]
        case "uk.panelbook.routing.officer.training_recorded.v1":
            until = data["valid_until"]
            return [
                TRAINING.row(data["officer"], data["course"]).put(
                    completed_on=date.fromisoformat(data["completed_on"]),
                    valid_until=date.fromisoformat(until) if until else None,
                )
            ]
        case "uk.panelbook.intake.application.submitted.v1":
            return [
                APPLICATION.row(data["application"]).put(
                    originator=data["originator"],
                    team=data["team"],
                    team_manager=data["team_manager"],
                    service=data["service"],
                    service_manager=data["service_manager"],
                    kind=data["kind"],
                    forum=data["forum"] or "",
                ),
            ]
        case _:
            return []


# --- Reading --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Team:
    """Who hears of an application's decisions."""

    originator: str
    team_manager: str
    forum: str


async def team_of(reader: Reader, application: str) -> Team | None:
    """The officers behind an application, or None when its submission has not been heard."""
    found = await reader.fetch(
        "select originator, team_manager, forum from read.application where council = $1 and application = $2",
        application,
    )
    return Team(**dict(found[0])) if found else None


async def wanted_by_persons(reader: Reader, application: str) -> list[str]:
    """The messages about an application to somebody who is no officer that are still to be sent."""
    found = await reader.fetch(
        "select message from read.message where council = $1 and application = $2 and officer is null"
        " and state = 'wanted' order by wanted_at, message",
        application,
    )
    return [row["message"] for row in found]


async def forum_of(reader: Reader, sitting: str) -> str:
    """The forum that a sitting is of, by its key; empty where the sitting is not known."""
    found = await reader.fetch("select forum from read.sitting where council = $1 and sitting = $2", sitting)
    return found[0]["forum"] if found else ""


async def is_scheduled(reader: Reader, forum: str, on: date) -> bool:
    """Whether a sitting of a forum on a day is scheduled as far as is heard; yes where no forum is known."""
    if not forum:
        return True
    found = await reader.fetch(
        "select sitting from read.sitting where council = $1 and forum = $2 and sits_on = $3", forum, on
    )
    return bool(found)


async def forum_name(reader: Reader, forum: str) -> str:
    """The name of a forum by its key, as the council's newest heard settings have it."""
    known = await settings.newest(reader)
    return known.forums[forum].name if known is not None and forum in known.forums else "the panel"


async def officers_in(reader: Reader, roles: Sequence[str]) -> list[str]:
    """The officers appointed to any of some roles, by id."""
    found = await reader.fetch(
        "select officer from read.officer where council = $1 and role = any($2::text[]) order by officer", list(roles)
    )
    return [row["officer"] for row in found]


async def presenter_to_warn_of(reader: Reader, officer: str, day: date) -> bool:
    """Whether a presenter has no training good on that day, and the council wants that told."""
    known = await settings.newest(reader)
    if known is None:
        return False
    found = await reader.fetch(
        "select completed_on, valid_until from read.training where council = $1 and officer = $2 and course = $3",
        officer,
        PRESENTING,
    )
    training = Training(found[0]["completed_on"], found[0]["valid_until"]) if found else None
    return presenter_is_told_of(level_of(known, "UNTRAINED_PRESENTER"), training, day)


async def council_name(reader: Reader) -> str:
    """The council's name as its newest heard settings say it; empty before any were heard."""
    known = await settings.newest(reader)
    return known.name if known is not None else ""


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
