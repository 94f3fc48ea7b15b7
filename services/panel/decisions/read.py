"""The read models of applications: where each stands, its decisions, and those made outside a panel."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.changes import Change, Statement, Table, Write
from ledger.codec.sealed import sealed_json, sealed_list
from ledger.recorded import Decided
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
    Event,
    FurtherInformationReceived,
    NotAgreed,
    NotRatified,
    PlanFiledWithCourt,
    RatificationSet,
    Ratified,
    Received,
    ReplacementInPlace,
    Returned,
    RouteChanged,
    Withdrawn,
)
from services.panel.decisions.domain.out_of_panel.deciding import short_period_ends_at
from services.panel.known.read import SUBMISSION
from services.panel.sittings.domain.candidate import Candidate

DECISION = Table("read.decision", key=("application",))
OUT_OF_PANEL = Table("read.out_of_panel", key=("decision",))
ALARM = Table("read.alarm", key=("decision", "code", "fell_due_at"))
FINAL_OUTCOME = Table("read.final_outcome", key=("application",))


def changes(decided: Decided, application: UUID) -> list[Change]:
    """What one event about an application changes; both its tables say the stream's version where they say more."""
    row, event, version = DECISION.row(application), decided.event, decided.row.version
    match event:
        case Received():
            return [*_received(event, version), *_arrived(event)]
        case FurtherInformationReceived():
            return [_informed(event, version)]
        case Agreed():
            return _ruled(event, version, "agreed", made="PANEL")
        case Deferred():
            return _ruled(event, version, "deferred")
        case NotAgreed():
            return _ruled(event, version, "not_agreed", made="PANEL")
        case DelegatedDecisionMade():
            return _ruled(event, version, event.outcome.lower(), made="DELEGATED")
        case _:
            return [row.set(version=version, **_of_decision(event)), *_out_of_panel(event, version)]


def _of_decision(event: Event) -> dict[str, Any]:
    """What else changes of an application that panel has."""
    match event:
        case RouteChanged():
            return {"route": msgspec.to_builtins(event.route)}
        case Returned():
            return {"stage": "returned", "returns_on": None, "outstanding": [], **_returned(event)}
        case DeferredToSitting():
            return {"stage": "returned", "returns_on": event.sitting_on}
        case Withdrawn():
            return {"stage": "withdrawn", "returns_on": None}
        case PlanFiledWithCourt():
            return {"filed_with_court_at": event.filed_at}
        case _:
            return {}


def _returned(event: Returned) -> dict[str, Any]:
    """Why it went back, as sealed as it is kept, until it is received again."""
    why = {"by": event.returned_by, "at": event.returned_at.isoformat(), "reasons": sealed_list(event.reasons)}
    return {"deferred_at": event.returned_at, "returned": why}


def _received(received: Received, version: int) -> list[Write]:
    case, concerned = received.case, received.concerned
    row = DECISION.row(case.application).put(
        stage="waiting",
        kind=case.kind,
        weekly_pence=case.weekly_pence,
        one_off_pence=case.one_off_pence,
        indicative_weekly_pence=case.indicative_weekly_pence,
        complex=case.complex,
        distinctive=case.distinctive,
        court_order=case.order,
        filed_with_court_at=None,
        returned=None,
        received_at=case.received_at,
        times_submitted=case.times_submitted,
        person={"person": concerned.person, "name": sealed_json(concerned.person_name)},
        originator=concerned.originator,
        team_manager=concerned.team_manager,
        service_manager=concerned.service_manager,
        route=msgspec.to_builtins(received.route),
        version=version,
    )
    return [row, SUBMISSION.row(case.application).set(waiting_since=None)]


def _arrived(received: Received) -> list[Change]:
    """The application that was due after a decision outside a panel has come."""
    case = received.case
    return [OUT_OF_PANEL.where(application=case.application, arrived_at=None).set(arrived_at=case.received_at)]


def _informed(given: FurtherInformationReceived, version: int) -> Statement:
    return Statement(
        (DECISION,),
        "update read.decision set weekly_pence = $3, one_off_pence = coalesce($5, one_off_pence), version = $6,"
        " outstanding = array(select unnest(outstanding) except select unnest($4::text[]))"
        " where council = $1 and application = $2",
        (
            given.application,
            given.weekly_pence,
            [answer.work for answer in given.answers],
            given.one_off_pence,
            version,
        ),
        because="what was answered is taken out of the work that the row has",
    )


def _ruled(decision: Decision, version: int, stage: str, made: str = "") -> list[Change]:
    """Where a decision leaves the application; ``made`` says how it came to its final outcome, '' for a deferral."""
    ruling, deferred = decision.ruling, decision if isinstance(decision, Deferred) else None
    row = Statement(
        (DECISION,),
        "update read.decision set stage = $3, returns_on = $4, outstanding = coalesce($5, outstanding), version = $6,"
        " decisions = decisions || $7, deferred_at = coalesce($8, deferred_at) where council = $1 and application = $2",
        (
            ruling.application,
            stage,
            deferred.next_sitting_on if deferred else None,
            sorted(piece.work for piece in deferred.further_work) if deferred else None,
            version,
            [decision_data(decision)],
            ruling.decided_at if deferred else None,
        ),
        because="a decision stands behind those that the row has",
    )
    return [row, FINAL_OUTCOME.row(ruling.application).put(made=made, decided_at=ruling.decided_at)] if made else [row]


# --- Outside a panel ------------------------------------------------------------------------------------------


def _out_of_panel(event: Event, version: int) -> list[Change]:
    match event:
        case DecidedOutOfPanel():
            return [_made(event, version)]
        case AuthorityConflictFound():
            return _conflict(event, version)
        case RatificationSet():
            named = {"forum": event.forum, "ratify_on": event.ratify_on, "settings_version": event.settings_version}
            return [OUT_OF_PANEL.row(event.decision).set(version=version, **named)]
        case Ratified():
            said = {"outcome": "ratified", "outcome_by": event.ratified_by, "outcome_at": event.ratified_at}
            return [_outcome(event, version, said), _final(event)]
        case NotRatified():
            said = {"outcome": "not_ratified", "outcome_by": event.refused_by, "outcome_at": event.refused_at}
            return [_outcome(event, version, {**said, "needed": sealed_list(event.needed)})]
        case ReplacementInPlace():
            return [OUT_OF_PANEL.row(event.decision).set(version=version, replaced_at=event.recorded_at)]
        case AlarmRaised():
            waits = {} if event.ratify_on is None else {"ratify_on": event.ratify_on}
            waits |= {"outcome": "waiting"} if event.ratifies_anew else {}
            raised = ALARM.row(event.decision, event.code, event.fell_due_at).insert(noticed_at=event.noticed_at)
            return [OUT_OF_PANEL.row(event.decision).set(version=version, **waits), raised]
        case _:
            return []


def _made(made: DecidedOutOfPanel, version: int) -> Write:
    return OUT_OF_PANEL.row(made.decision).insert(
        application=made.application,
        person=made.person,
        basis=made.basis,
        grounds=list(made.grounds),
        need=sealed_json(made.need),
        words=sealed_json(made.words),
        advised_by=made.advised_by,
        advice=sealed_json(made.advice) if made.advice else None,
        decided_by=made.decided_by,
        decided_role=made.decided_role,
        decided_at=made.decided_at,
        weekly_pence=made.weekly_pence,
        one_off_pence=made.one_off_pence,
        high_cost_weekly_pence=made.high_cost_weekly_pence,
        ends_on=made.ends_on,
        period_ends_at=short_period_ends_at(made),
        application_due_at=made.application_due_at,
        forum=made.forum,
        ratify_on=made.ratify_on,
        settings_version=made.settings_version,
        warned=msgspec.to_builtins(made.warned),
        outcome="waiting",
        reasons=[],
        needed=[],
        version=version,
    )


def _conflict(found: AuthorityConflictFound, version: int) -> list[Change]:
    """A delegated decision that is to be ratified stands with those outside a panel; its words are its own."""
    row = OUT_OF_PANEL.row(found.decision).insert(
        application=found.application,
        person=found.person,
        basis="DELEGATED",
        grounds=[],
        decided_by=found.decided_by,
        decided_role=found.decided_role,
        decided_at=found.decided_at,
        weekly_pence=found.weekly_pence,
        arrived_at=found.decided_at,
        forum=found.forum,
        ratify_on=found.ratify_on,
        settings_version=found.settings_version,
        warned=[],
        outcome="waiting",
        reasons=[],
        needed=[],
        authority_ended_at=found.ended_at,
        version=version,
    )
    return [row, ALARM.row(found.decision, "AUTHORITY_CONFLICT", found.ended_at).insert(noticed_at=found.noticed_at)]


def _outcome(event: Ratified | NotRatified, version: int, said: Mapping[str, Any]) -> Write:
    row = OUT_OF_PANEL.row(event.decision)
    return row.set(version=version, sitting=event.sitting, reasons=sealed_list(event.reasons), **said)


def _final(ratified: Ratified) -> Statement:
    return Statement(
        (FINAL_OUTCOME, OUT_OF_PANEL),
        "insert into read.final_outcome (council, application, made, decided_at)"
        " select council, application, 'OUT_OF_PANEL', $3 from read.out_of_panel"
        " where council = $1 and decision = $2 and basis <> 'DELEGATED'"
        " on conflict (council, application) do update set made = excluded.made, decided_at = excluded.decided_at",
        (ratified.decision, ratified.ratified_at),
        because="a delegated decision that the panel ratified stays one, and only its row says that it is one",
    )


# --- Reading --------------------------------------------------------------------------------------------------


async def waiting_for(reader: Reader, forum: str) -> list[Candidate]:
    """Applications routed to a forum that have no place on any agenda to come, in order of receipt."""
    found = await reader.fetch(
        "select application, received_at, complex from read.decision decision where council = $1 and stage = 'waiting'"
        " and route->>'route' = 'PANEL' and route->>'forum' = $2"
        " and not exists (select from read.slot slot join read.sitting sitting on sitting.council = slot.council"
        " and sitting.sitting = slot.sitting where slot.council = $1 and slot.application = decision.application"
        " and not slot.ratification and sitting.stage in ('scheduled', 'open'))"
        " order by received_at, application limit 100",
        forum,
    )
    return [
        Candidate(_plain(row["application"]), row["received_at"], "PANEL", forum, complex=row["complex"])
        for row in found
    ]


async def returning_to(reader: Reader, forum: str, on: date) -> list[UUID]:
    """Applications that a deferral or a return sent to a forum's sitting of a day, in the order of their deferrals."""
    found = await reader.fetch(
        "select application from read.decision where council = $1 and route->>'route' = 'PANEL'"
        " and route->>'forum' = $2 and returns_on = $3 and stage in ('deferred', 'waiting', 'returned')"
        " order by deferred_at nulls first, application",
        forum,
        on,
    )
    return [_plain(row["application"]) for row in found]


async def moved_on(reader: Reader, forum: str, on: date) -> list[tuple[UUID, date, int, str]]:
    """Applications that had to leave a forum's earlier sitting and have no place yet, in order of receipt."""
    found = await reader.fetch(
        "select application, moved.since, moved.minutes, moved.place from read.moved_on moved"
        " join read.decision decision using (council, application)"
        " where moved.council = $1 and moved.forum = $2 and moved.since < $3"
        " and decision.stage = 'waiting' and decision.route->>'route' = 'PANEL' and decision.route->>'forum' = $2"
        " order by decision.received_at, application limit 50",
        forum,
        on,
    )
    return [(_plain(row["application"]), row["since"], row["minutes"], row["place"]) for row in found]


async def receipts(reader: Reader, applications: Sequence[UUID]) -> dict[UUID, datetime]:
    """When each of some applications was received."""
    found = await reader.fetch(
        "select application, received_at from read.decision where council = $1 and application = any($2::uuid[])",
        list(applications),
    )
    return {_plain(row["application"]): row["received_at"] for row in found}


async def decision(reader: Reader, application: UUID) -> dict[str, Any] | None:
    """One application with its route, its decisions and the challenges to them, as sealed as they are kept, or None."""
    found = await reader.fetch(
        "select application, stage, kind, weekly_pence, indicative_weekly_pence, complex, distinctive, received_at,"
        " times_submitted, person, originator, team_manager, service_manager, route, outstanding, returns_on,"
        " one_off_pence, court_order, filed_with_court_at, returned, decisions, version"
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


async def to_ratify(reader: Reader, forum: str, on: date) -> list[tuple[UUID, UUID]]:
    """Application and decision of everything that waits for a forum's sitting of that day or an earlier one."""
    found = await reader.fetch(
        "select application, decision from read.out_of_panel where council = $1 and forum = $2 and ratify_on <= $3"
        " and outcome = 'waiting' order by decided_at, decision",
        forum,
        on,
    )
    return [(_plain(row["application"]), _plain(row["decision"])) for row in found]


async def to_place(reader: Reader, forum: str, on: date, today: date) -> list[tuple[UUID, UUID]]:
    """What waits for a forum's sitting of a day and stands on no agenda before it that is still to come."""
    found = await reader.fetch(
        "select application, decision from read.out_of_panel made where council = $1 and forum = $2 and ratify_on <= $3"
        " and outcome = 'waiting' and not exists (select from read.sitting earlier where earlier.council = $1"
        " and earlier.forum = $2 and earlier.sitting_on between greatest(made.ratify_on, $4) and $3 - 1"
        " and earlier.stage in ('scheduled', 'open')) order by decided_at, decision",
        forum,
        on,
        today,
    )
    return [(_plain(row["application"]), _plain(row["decision"])) for row in found]


async def forum_of_decision(reader: Reader, decision: UUID) -> str | None:
    """The forum that is to ratify a decision."""
    found = await reader.fetch("select forum from read.out_of_panel where council = $1 and decision = $2", decision)
    return found[0]["forum"] if found else None


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
        " from read.out_of_panel where council = $1 and arrived_at is null and period_ends_at is null"
        " union all select application, decision, 'SHORT_PERIOD_ENDED', period_ends_at"
        " from read.out_of_panel where council = $1 and arrived_at is null) as dues"
        " where due is not null and not exists (select from read.alarm alarm where alarm.council = $1"
        " and alarm.decision = dues.decision and alarm.code = dues.code and alarm.fell_due_at = dues.due)"
        " order by due, decision limit 100"
    )
    return [(_plain(row["application"]), _plain(row["decision"]), row["code"], row["due"]) for row in found]
