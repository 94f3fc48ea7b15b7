"""The read models of applications in panel's hands: where each stands, its decisions, and its newest final outcome."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.codec.sealed import sealed_json
from ledger.decider import Private
from ledger.recorded import Decided
from ledger.rows import Change
from ledger.store import Reader
from services.panel.decisions.data import decision_data
from services.panel.decisions.domain.events import (
    Agreed,
    AlarmRaised,
    AuthorityConflictFound,
    DecidedOutOfPanel,
    Decision,
    Deferred,
    DeferredToSitting,
    DelegatedDecisionMade,
    FurtherInformationReceived,
    NotAgreed,
    NotRatified,
    OutOfPanelEvent,
    PlanFiledWithCourt,
    RatificationSet,
    Ratified,
    Received,
    ReplacementInPlace,
    Returned,
    RouteChanged,
    WithdrawalAgreed,
    Withdrawn,
)
from services.panel.decisions.domain.out_of_panel.deciding import short_period_ends_at
from services.panel.sittings.domain.candidate import Candidate


def changes(decided: Decided, application: UUID) -> list[Change]:
    version = Change(
        "update read.decision set version = $3 where council = $1 and application = $2",
        (application, decided.row.version),
    )
    match decided.event:
        case Received() as received:
            no_longer = Change(
                "update read.submission set waiting_since = null where council = $1 and application = $2",
                (application,),
            )
            came = arrived(application, received.case.received_at, decided.row.version)
            return [_received(received, decided.row.version), no_longer, came]
        case RouteChanged() as changed:
            return [
                version,
                Change(
                    "update read.decision set route = $3 where council = $1 and application = $2",
                    (application, msgspec.to_builtins(changed.route)),
                ),
            ]
        case FurtherInformationReceived() as given:
            answered = [answer.work for answer in given.answers]
            return [
                version,
                Change(
                    "update read.decision set weekly_pence = $3, one_off_pence = coalesce($5, one_off_pence),"
                    " outstanding = array(select unnest(outstanding) except select unnest($4::text[]))"
                    " where council = $1 and application = $2",
                    (application, given.weekly_pence, answered, given.one_off_pence),
                ),
            ]
        case Returned():
            nothing_asked = Change(
                "update read.decision set outstanding = '{}' where council = $1 and application = $2", (application,)
            )
            return [version, _stage(application, "returned", None), nothing_asked]
        case DeferredToSitting() as deferred:
            return [version, _stage(application, "returned", deferred.sitting_on)]
        case WithdrawalAgreed():
            return [version]
        case Withdrawn():
            return [version, _stage(application, "withdrawn", None)]
        case Deferred() as deferred:
            work = sorted(piece.work for piece in deferred.further_work)
            return [
                version,
                _stage(application, "deferred", deferred.next_sitting_on),
                _decided(application, deferred),
                Change(
                    "update read.decision set outstanding = $3 where council = $1 and application = $2",
                    (application, work),
                ),
            ]
        case Agreed() as agreed:
            return [version, *_final(application, "agreed", "PANEL", agreed)]
        case NotAgreed() as refused:
            return [version, *_final(application, "not_agreed", "PANEL", refused)]
        case DelegatedDecisionMade() as alone:
            return [version, *_final(application, alone.outcome.lower(), "DELEGATED", alone)]
        case PlanFiledWithCourt() as filed:
            return [
                version,
                Change(
                    "update read.decision set filed_with_court_at = $3 where council = $1 and application = $2",
                    (application, filed.filed_at),
                ),
            ]
        case (
            DecidedOutOfPanel()
            | Ratified()
            | NotRatified()
            | ReplacementInPlace()
            | AlarmRaised()
            | RatificationSet()
            | AuthorityConflictFound()
        ):
            return [version, *out_of_panel_changes(decided.event, decided.row.version)]
        case _:
            return []


def _final(application: UUID, stage: str, made: str, decision: Decision) -> list[Change]:
    return [
        _stage(application, stage, None),
        _decided(application, decision),
        final_outcome(application, made, decision.ruling.decided_at),
    ]


def _received(received: Received, version: int) -> Change:
    case, concerned = received.case, received.concerned
    return Change(
        "insert into read.decision (council, application, stage, kind, weekly_pence, indicative_weekly_pence,"
        " complex, distinctive, received_at, times_submitted, person, originator, team_manager, service_manager,"
        " route, outstanding, decisions, version, one_off_pence, court_order)"
        " values ($1, $2, 'waiting', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '{}', '[]', $15, $16, $17)"
        " on conflict (council, application) do update set stage = excluded.stage, kind = excluded.kind,"
        " weekly_pence = excluded.weekly_pence, indicative_weekly_pence = excluded.indicative_weekly_pence,"
        " complex = excluded.complex, distinctive = excluded.distinctive, received_at = excluded.received_at,"
        " times_submitted = excluded.times_submitted, person = excluded.person, originator = excluded.originator,"
        " team_manager = excluded.team_manager, service_manager = excluded.service_manager, route = excluded.route,"
        " version = excluded.version, one_off_pence = excluded.one_off_pence, court_order = excluded.court_order,"
        " filed_with_court_at = null",
        (
            case.application,
            case.kind,
            case.weekly_pence,
            case.indicative_weekly_pence,
            case.complex,
            case.distinctive,
            case.received_at,
            case.times_submitted,
            {"person": concerned.person, "name": sealed_json(concerned.person_name)},
            concerned.originator,
            concerned.team_manager,
            concerned.service_manager,
            msgspec.to_builtins(received.route),
            version,
            case.one_off_pence,
            case.order,
        ),
    )


def _stage(application: UUID, stage: str, returns_on: date | None) -> Change:
    return Change(
        "update read.decision set stage = $3, returns_on = $4 where council = $1 and application = $2",
        (application, stage, returns_on),
    )


def _decided(application: UUID, decision: Decision) -> Change:
    return Change(
        "update read.decision set decisions = decisions || $3 where council = $1 and application = $2",
        (application, [decision_data(decision)]),
    )


async def waiting_for(reader: Reader, forum: str) -> list[Candidate]:
    """Applications routed to a forum that have no place on any agenda to come, in order of receipt."""
    found = await reader.fetch(
        "select application, received_at, complex from read.decision decision where council = $1 and stage = 'waiting'"
        " and route->>'route' = 'PANEL' and route->>'forum' = $2"
        " and not exists (select from read.slot slot join read.sitting sitting on sitting.council = slot.council"
        " and sitting.sitting = slot.sitting where slot.council = $1 and slot.application = decision.application"
        " and sitting.stage in ('scheduled', 'open')) order by received_at, application limit 100",
        forum,
    )
    # The driver's ids are a type of their own, and events hold plain ones.
    ids = [UUID(str(row["application"])) for row in found]
    return [
        Candidate(one, row["received_at"], "PANEL", forum, complex=row["complex"])
        for one, row in zip(ids, found, strict=True)
    ]


async def decisions(reader: Reader, stage: str | None) -> list[dict[str, Any]]:
    """Every application that came into panel's hands, newest first; nothing personal."""
    found = await reader.fetch(
        "select application, stage, kind, weekly_pence, indicative_weekly_pence, complex, received_at, times_submitted,"
        " route->>'route' as route, route->>'forum' as forum, returns_on, version"
        " from read.decision where council = $1 and ($2::text is null or stage = $2)"
        " order by received_at desc, application limit 500",
        stage,
    )
    return [dict(row) for row in found]


async def decision(reader: Reader, application: UUID) -> dict[str, Any] | None:
    """One application with its route, its decisions and the challenges to them, as sealed as they are kept, or None."""
    found = await reader.fetch(
        "select application, stage, kind, weekly_pence, indicative_weekly_pence, complex, distinctive, received_at,"
        " times_submitted, person, originator, team_manager, service_manager, route, outstanding, returns_on,"
        " one_off_pence, court_order, filed_with_court_at, decisions, version"
        " from read.decision where council = $1 and application = $2",
        application,
    )
    if not found:
        return None
    challenges = await reader.fetch(
        "select complaint, stage, received_on from read.challenge where council = $1 and application = $2"
        " order by received_on, complaint",
        application,
    )
    agenda = await reader.fetch(
        "select sitting, starts_at, minutes, place from read.slot where council = $1 and application = $2"
        " order by starts_at",
        application,
    )
    return {
        **dict(found[0]),
        "slots": [dict(row) for row in agenda],
        "challenges": [dict(row) for row in challenges],
    }


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
