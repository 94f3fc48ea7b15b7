"""The read models of applications in panel's hands: where each stands, its decisions, and its newest final outcome."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from ledger.book import Decided
from ledger.rows import Change
from ledger.sealed import sealed_json
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
from services.panel.decisions.read_out_of_panel import arrived, final_outcome, out_of_panel_changes
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
