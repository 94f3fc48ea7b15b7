"""Tasks as they are listed, open ones first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ledger.changes import Change, Table
from ledger.listing import Listing
from ledger.recorded import Decided, Heard, Recorded
from ledger.store import Reader
from services import settings
from services.notify.tasks.domain.task import PartyTakenOut, TaskDone, TaskOpened

TASK = Table("read.task", key=("task",))
TAKEN_OUT = Table("read.taken_out", key=("application", "party"))

SUBMITTED = "uk.panelbook.intake.application.submitted.v1"
FAMILY_MEMBER_TAKEN_OUT = "uk.panelbook.intake.application.family_member_taken_out.v1"


def project(recorded: Recorded) -> Sequence[Change]:
    """The changes that keep the list of tasks in step with one row."""
    match recorded:
        case Heard(type=type_, data=data) if type_ == FAMILY_MEMBER_TAKEN_OUT:
            since = datetime.fromisoformat(data["taken_out_at"])
            return [TAKEN_OUT.row(data["application"], data["party"]).put(since=since)]
        case Heard(type=type_, data=data) if type_ == SUBMITTED:
            # Whoever a later form names again belongs to the family again.
            return [TAKEN_OUT.row(data["application"], one["party"]).delete() for one in data["family"]]
        case Decided(row, TaskOpened() as opened):
            return [
                TASK.row(opened.task).insert(
                    kind=opened.kind,
                    application=opened.application,
                    decision=opened.decision,
                    owner=opened.owner,
                    parties=list(opened.parties),
                    state="open",
                    opened_at=opened.opened_at,
                    informed=[],
                    version=row.version,
                )
            ]
        case Decided(row, TaskDone() as done):
            return [
                TASK.row(done.task).set(
                    state="done",
                    done_at=done.done_at,
                    informed=msgspec.to_builtins(done.informed),
                    version=row.version,
                )
            ]
        case Decided(row, PartyTakenOut() as out):
            state = {} if out.parties else {"state": "closed"}
            return [TASK.row(out.task).set(parties=list(out.parties), version=row.version, **state)]
        case _:
            return []


async def taken_out(reader: Reader, application: str) -> frozenset[str]:
    """Who was named in error in the family of an application, by its newest form and since."""
    found = await reader.fetch("select party from read.taken_out where council = $1 and application = $2", application)
    return frozenset(row["party"] for row in found)


async def is_adult(reader: Reader, application: str) -> bool:
    """Whether an application is for an adult, by its kind in the newest settings; no where that is not heard."""
    found = await reader.fetch("select kind from read.application where council = $1 and application = $2", application)
    known = await settings.newest(reader)
    kind = known.kinds.get(found[0]["kind"]) if known is not None and found else None
    return kind is not None and kind.person == "adult"


async def open_with(reader: Reader, application: str, party: str) -> list[str]:
    """The open tasks of an application in which somebody is to be told."""
    found = await reader.fetch(
        "select task from read.task where council = $1 and application = $2 and state = 'open' and parties ? $3"
        " order by opened_at, task",
        application,
        party,
    )
    return [row["task"] for row in found]


async def teller(reader: Reader, application: str, officer: str | None) -> str:
    """Who tells a recipient what a letter did not: for a person, and for any other officer, the application's worker,
    for the worker their manager; without an application a panel administrator, and at last the officer alone, in whose
    list the task then stands.
    """
    team = await reader.fetch(
        "select originator, team_manager from read.application where council = $1 and application = $2", application
    )
    at_hand = await reader.fetch(
        "select officer from read.officer where council = $1 and role = 'panel_administrator' order by officer limit 1"
    )
    possible = [*(team[0] if team else ()), *(row["officer"] for row in at_hand)]
    return next((one for one in possible if one and one != officer), officer or "")


async def open_tasks(reader: Reader, owner: str) -> list[dict[str, Any]]:
    """What somebody still has to do, the longest open first."""
    found = await reader.fetch(
        "select task, kind, application, opened_at from read.task where council = $1 and owner = $2 and state = 'open'"
        " order by opened_at, task limit 1000",
        owner,
    )
    return [dict(row) for row in found]


TASKS = Listing(
    "read.task",
    "task, kind, application, decision, owner, parties, state, opened_at, done_at, informed, version",
    (("(state <> 'open')", "boolean"), ("opened_at", "timestamptz"), ("task", "text")),
    narrow={
        "task": "task = {}",
        "owner": "owner = {}",
        "application": "application = {}",
        "decision": "decision = {}",
        "kind": "kind = {}",
        "state": "state = {}",
        "team": "exists (select from read.application asked where asked.council = $1"
        " and asked.application = listed.application and asked.team = {})",
        "since": "opened_at >= {}",
        "until": "opened_at < {}",
    },
    own="owner = {actor} or exists (select from read.application asked where asked.council = $1"
    " and asked.application = listed.application and ({actor} in (originator, team_manager, service_manager)"
    " or team = {team} or service = {service}))",
)
"""Tasks, open ones first, the oldest of them first."""
