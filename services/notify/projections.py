"""Notify's read models: who to write to, what is still to be sent, and which tasks are open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from councils.guards import GUARDS
from councils.training import PRESENTING, Training, presenter_is_told_of
from ledger.book import Decided, Heard, Told
from ledger.rows import Change
from ledger.store import Reader
from services.notify.domain.message import MessageFailed, MessageGivenUp, MessageSent, MessageWanted
from services.notify.domain.task import TaskDone, TaskOpened


def project(told: Told) -> Sequence[Change]:
    """The statements that keep the read models in step with one row."""
    return _heard(told) if isinstance(told, Heard) else _decided(told)


def _heard(heard: Heard) -> Sequence[Change]:
    data = heard.data
    match heard.type:
        case "uk.panelbook.routing.settings.published.v1":
            return [
                Change(
                    "insert into read.council (council, name, forums, untrained_presenter) values ($1, $2, $3, $4)"
                    " on conflict (council) do update set name = excluded.name, forums = excluded.forums,"
                    " untrained_presenter = excluded.untrained_presenter",
                    (
                        data["settings"]["name"],
                        {code: forum["name"] for code, forum in data["settings"]["forums"].items()},
                        _level(data["settings"], "UNTRAINED_PRESENTER"),
                    ),
                )
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


def _decided(decided: Decided) -> Sequence[Change]:
    match decided.event:
        case MessageWanted() as wanted:
            return [
                Change(
                    "insert into read.message (council, message, letter, application, officer, state, attempts,"
                    " due_at, wanted_at) values ($1, $2, $3, $4, $5, 'wanted', 0, $6, $6)",
                    (wanted.message, wanted.letter, wanted.application, wanted.officer, decided.row.received_at),
                )
            ]
        case MessageSent() as sent:
            return [
                Change(
                    "update read.message set state = 'sent', attempts = $3, sent_at = $4, message_id = $5"
                    " where council = $1 and message = $2",
                    (sent.message, sent.attempt, sent.sent_at, sent.message_id),
                )
            ]
        case MessageFailed() as failed:
            return [
                Change(
                    "update read.message set attempts = $3, due_at = $4 where council = $1 and message = $2",
                    (failed.message, failed.attempt, failed.again_at),
                )
            ]
        case MessageGivenUp() as given_up:
            return [
                Change(
                    "update read.message set state = 'given_up' where council = $1 and message = $2",
                    (given_up.message,),
                )
            ]
        case TaskOpened() as opened:
            return [
                Change(
                    "insert into read.task (council, task, kind, application, decision, owner, parties, state,"
                    " opened_at, informed, version) values ($1, $2, $3, $4, $5, $6, $7, 'open', $8, '[]', $9)",
                    (
                        opened.task,
                        opened.kind,
                        opened.application,
                        opened.decision,
                        opened.owner,
                        list(opened.parties),
                        opened.opened_at,
                        decided.row.version,
                    ),
                )
            ]
        case TaskDone() as done:
            return [
                Change(
                    "update read.task set state = 'done', done_at = $3, informed = $4, version = $5"
                    " where council = $1 and task = $2",
                    (done.task, done.done_at, msgspec.to_builtins(done.informed), decided.row.version),
                )
            ]
        case _:
            return []


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


async def oldest_waiting(reader: Reader) -> dict[str, datetime | None]:
    """Since when the oldest wanted message has waited to be sent."""
    found = await reader.fetch(
        "select min(wanted_at) as since from read.message where council = $1 and state = 'wanted'"
    )
    return {"wanted_to_sent": found[0]["since"]}


async def event_behind(reader: Reader, position: int, event: str) -> bytes | None:
    """The bytes of the heard event that the row at a position follows from: it stands a few rows in front."""
    found = await reader.fetch(
        "select payload from ledger.row where council = $1 and lane = 'book' and kind = 'heard'"
        " and position between $2 - 100 and $2 - 1 and id::text = $3 order by position desc limit 1",
        position,
        event,
    )
    return found[0]["payload"] if found else None


async def messages(reader: Reader, application: str | None = None) -> list[dict[str, Any]]:
    """What was sent and what waits, newest first; no content and no address."""
    found = await reader.fetch(
        "select message, letter, application, officer, state, attempts, due_at, wanted_at, sent_at, message_id"
        " from read.message where council = $1 and ($2::text is null or application = $2)"
        " order by wanted_at desc, message limit 500",
        application,
    )
    return [dict(row) for row in found]


async def tasks(reader: Reader, owner: str | None, application: str | None) -> list[dict[str, Any]]:
    """Tasks, open ones first; ``owner`` and ``application`` narrow the list."""
    found = await reader.fetch(
        "select task, kind, application, decision, owner, parties, state, opened_at, done_at, informed, version"
        " from read.task where council = $1 and ($2::text is null or owner = $2)"
        " and ($3::text is null or application = $3) order by state desc, opened_at, task limit 500",
        owner,
        application,
    )
    return [dict(row) for row in found]
