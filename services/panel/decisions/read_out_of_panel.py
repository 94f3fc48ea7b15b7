"""The read model of decisions outside a panel: what was decided, what is due because of it, and its alarms."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.decider import Private
from ledger.rows import Change
from ledger.sealed import sealed_json
from ledger.store import Reader
from services.panel.decisions.domain.events import (
    AlarmRaised,
    AuthorityConflictFound,
    DecidedOutOfPanel,
    NotRatified,
    OutOfPanelEvent,
    RatificationSet,
    Ratified,
    ReplacementInPlace,
)
from services.panel.decisions.domain.out_of_panel.deciding import short_period_ends_at


def out_of_panel_changes(event: OutOfPanelEvent, version: int) -> list[Change]:
    """What one event changes; ``version`` is its decision stream's."""
    newest = Change(
        "update read.out_of_panel set version = $3 where council = $1 and application = $2",
        (event.application, version),
    )
    match event:
        case DecidedOutOfPanel():
            return [newest, _made(event, version)]
        case Ratified():
            return [newest, *_outcome(event, "ratified", event.ratified_by, event.ratified_at, ())]
        case NotRatified():
            return [newest, *_outcome(event, "not_ratified", event.refused_by, event.refused_at, event.needed)]
        case ReplacementInPlace():
            return [
                newest,
                Change(
                    "update read.out_of_panel set replaced_at = $3 where council = $1 and decision = $2",
                    (event.decision, event.recorded_at),
                ),
            ]
        case AlarmRaised():
            return [newest, *_alarm(event)]
        case RatificationSet():
            return [
                newest,
                Change(
                    "update read.out_of_panel set forum = $3, ratify_on = $4, settings_version = $5"
                    " where council = $1 and decision = $2",
                    (event.decision, event.forum, event.ratify_on, event.settings_version),
                ),
            ]
        case AuthorityConflictFound():
            return [newest, *_conflict(event, version)]


def arrived(application: UUID, at: datetime, version: int) -> Change:
    """The application that was due has come."""
    return Change(
        "update read.out_of_panel set arrived_at = coalesce(arrived_at, $3), version = $4"
        " where council = $1 and application = $2",
        (application, at, version),
    )


def _made(made: DecidedOutOfPanel, version: int) -> Change:
    return Change(
        "insert into read.out_of_panel (council, decision, application, person, basis, grounds, need, words,"
        " advised_by, advice, decided_by, decided_role, decided_at, weekly_pence, one_off_pence,"
        " high_cost_weekly_pence, ends_on, period_ends_at, application_due_at, forum, ratify_on,"
        " settings_version, warned, outcome, reasons, needed,"
        " version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,"
        " $21, $22, $23, 'waiting', '[]', '[]', $24)",
        (
            made.decision,
            made.application,
            made.person,
            made.basis,
            list(made.grounds),
            sealed_json(made.need),
            sealed_json(made.words),
            made.advised_by,
            sealed_json(made.advice) if made.advice else None,
            made.decided_by,
            made.decided_role,
            made.decided_at,
            made.weekly_pence,
            made.one_off_pence,
            made.high_cost_weekly_pence,
            made.ends_on,
            short_period_ends_at(made),
            made.application_due_at,
            made.forum,
            made.ratify_on,
            made.settings_version,
            msgspec.to_builtins(made.warned),
            version,
        ),
    )


def _conflict(found: AuthorityConflictFound, version: int) -> list[Change]:
    """A delegated decision that is to be ratified stands with those outside a panel; its words are its own."""
    return [
        Change(
            "insert into read.out_of_panel (council, decision, application, person, basis, grounds, decided_by,"
            " decided_role, decided_at, weekly_pence, arrived_at, forum, ratify_on, settings_version, warned, outcome,"
            " reasons, needed, authority_ended_at, version) values ($1, $2, $3, $4, 'DELEGATED', '{}', $5, $6, $7, $8,"
            " $7, $9, $10, $11, '[]', 'waiting', '[]', '[]', $12, $13)",
            (
                found.decision,
                found.application,
                found.person,
                found.decided_by,
                found.decided_role,
                found.decided_at,
                found.weekly_pence,
                found.forum,
                found.ratify_on,
                found.settings_version,
                found.ended_at,
                version,
            ),
        ),
        Change(
            "insert into read.alarm (council, decision, code, fell_due_at, noticed_at)"
            " values ($1, $2, 'AUTHORITY_CONFLICT', $3, $4)",
            (found.decision, found.ended_at, found.noticed_at),
        ),
    ]


def _outcome(
    said: Ratified | NotRatified, outcome: str, by: str, at: datetime, needed: tuple[Private, ...]
) -> list[Change]:
    told = Change(
        "update read.out_of_panel set outcome = $3, outcome_by = $4, outcome_at = $5, sitting = $6, reasons = $7,"
        " needed = $8 where council = $1 and decision = $2",
        (said.decision, outcome, by, at, said.sitting, _sealed(said.reasons), _sealed(needed)),
    )
    if outcome != "ratified":
        return [told]
    # A delegated decision that the panel ratified stays a delegated one.
    final = Change(
        "insert into read.final_outcome (council, application, made, decided_at)"
        " select council, application, 'OUT_OF_PANEL', $3 from read.out_of_panel"
        " where council = $1 and decision = $2 and basis <> 'DELEGATED'"
        " on conflict (council, application) do update set made = excluded.made, decided_at = excluded.decided_at",
        (said.decision, at),
    )
    return [told, final]


def _sealed(texts: tuple[Private, ...]) -> list[dict[str, str]]:
    return [sealed_json(text) for text in texts]


def _alarm(alarm: AlarmRaised) -> list[Change]:
    raised = Change(
        "insert into read.alarm (council, decision, code, fell_due_at, noticed_at) values ($1, $2, $3, $4, $5)",
        (alarm.decision, alarm.code, alarm.fell_due_at, alarm.noticed_at),
    )
    if alarm.ratify_on is None:
        return [raised]
    return [
        raised,
        Change(
            "update read.out_of_panel set ratify_on = $3 where council = $1 and decision = $2",
            (alarm.decision, alarm.ratify_on),
        ),
    ]


def final_outcome(application: UUID, made: str, at: datetime) -> Change:
    """How an application was decided in the end, so far."""
    return Change(
        "insert into read.final_outcome (council, application, made, decided_at) values ($1, $2, $3, $4)"
        " on conflict (council, application) do update set made = excluded.made, decided_at = excluded.decided_at",
        (application, made, at),
    )


_SHOWN = (
    "select decision, application, person, basis, grounds, need, words, advised_by, advice, decided_by, decided_role,"
    " decided_at, weekly_pence, one_off_pence, high_cost_weekly_pence, ends_on, period_ends_at, application_due_at,"
    " arrived_at, forum, ratify_on, settings_version, warned, outcome, outcome_at, outcome_by, sitting, reasons,"
    " needed, replaced_at, authority_ended_at, version from read.out_of_panel where council = $1"
)


async def made_out_of_panel(reader: Reader, application: UUID | None, outcome: str | None) -> list[dict[str, Any]]:
    """Decisions outside a panel, newest first, as sealed as they are kept, each with its alarms."""
    found = await reader.fetch(
        _SHOWN + " and ($2::uuid is null or application = $2) and ($3::text is null or outcome = $3)"
        " order by decided_at desc, decision limit 500",
        application,
        outcome,
    )
    alarms = await reader.fetch(
        "select decision, code, fell_due_at, noticed_at from read.alarm where council = $1"
        " and decision = any($2::uuid[]) order by fell_due_at, code",
        [row["decision"] for row in found],
    )
    return [
        {**dict(row), "alarms": [_of(alarm) for alarm in alarms if alarm["decision"] == row["decision"]]}
        for row in found
    ]


def _of(alarm: Any) -> dict[str, Any]:
    return {"code": alarm["code"], "fell_due_at": alarm["fell_due_at"], "noticed_at": alarm["noticed_at"]}


async def to_ratify(reader: Reader, forum: str, on: date) -> list[tuple[UUID, UUID]]:
    """Application and decision of everything that waits for a forum's sitting of that day or an earlier one."""
    found = await reader.fetch(
        "select application, decision from read.out_of_panel where council = $1 and forum = $2 and ratify_on <= $3"
        " and outcome = 'waiting' order by decided_at, decision",
        forum,
        on,
    )
    return [(_plain(row["application"]), _plain(row["decision"])) for row in found]


async def without_sitting(reader: Reader) -> list[tuple[UUID, UUID]]:
    """Application and decision of everything that is to be ratified and for which no sitting could be named yet."""
    found = await reader.fetch(
        "select application, decision from read.out_of_panel where council = $1 and forum is null"
        " and outcome = 'waiting' order by decided_at, decision"
    )
    return [(_plain(row["application"]), _plain(row["decision"])) for row in found]


async def decided_alone_since(reader: Reader, officer: str, since: datetime) -> list[UUID]:
    """Applications on which an officer decided within their own authority at a moment or after it."""
    found = await reader.fetch(
        "select distinct application from read.decision, jsonb_array_elements(decisions) as made where council = $1"
        " and decisions @> jsonb_build_array(jsonb_build_object('made', 'DELEGATED', 'decided_by', $2::text))"
        " and made->>'decided_by' = $2 and made->>'made' = 'DELEGATED' and (made->>'decided_at')::timestamptz >= $3"
        " order by application",
        officer,
        since,
    )
    return [_plain(row["application"]) for row in found]


def _plain(identity: Any) -> UUID:
    """The driver's ids are a type of their own, and events hold plain ones."""
    return UUID(str(identity))


async def dues(reader: Reader) -> Sequence[tuple[UUID, UUID, str, datetime]]:
    """The next hundred things that are due and no alarm was raised about: application, decision, code, and when."""
    found = await reader.fetch(
        "select application, decision, code, due from ("
        " select application, decision, 'APPLICATION_OVERDUE' as code, application_due_at as due"
        " from read.out_of_panel where council = $1 and arrived_at is null"
        " union all select application, decision, 'SHORT_PERIOD_ENDED', period_ends_at"
        " from read.out_of_panel where council = $1 and arrived_at is null) as dues"
        " where due is not null and not exists (select from read.alarm alarm where alarm.council = $1"
        " and alarm.decision = dues.decision and alarm.code = dues.code and alarm.fell_due_at = dues.due)"
        " order by due, decision limit 100"
    )
    return [(_plain(row["application"]), _plain(row["decision"]), row["code"], row["due"]) for row in found]


def overdue(row: Mapping[str, Any], at: datetime) -> list[str]:
    """What is overdue at a moment, by the due fields alone: a comparison, not a stored state."""
    dues = {"APPLICATION_OVERDUE": row["application_due_at"], "SHORT_PERIOD_ENDED": row["period_ends_at"]}
    codes = [code for code, due in dues.items() if due is not None and row["arrived_at"] is None and due < at]
    left = row["outcome"] == "waiting" and any(alarm["code"] == "RATIFICATION_OVERDUE" for alarm in row["alarms"])
    return [*codes, *(["RATIFICATION_OVERDUE"] if left else [])]
