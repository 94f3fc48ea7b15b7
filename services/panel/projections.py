"""Panel's read models: the settings and authority it heard of, sittings with their agenda, and each application."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from councils.settings import Limit, Settings
from ledger.book import Decided, Heard, Told
from ledger.rows import Change
from ledger.sealed import sealed_json
from ledger.store import Reader
from services.panel.domain.agenda import (
    Candidate,
    ItemClosed,
    ItemOpened,
    MinutesSigned,
    RatificationPlaced,
    SittingClosed,
    SittingOpened,
    SittingScheduled,
    Slot,
    SlotFreed,
    SlotOffered,
)
from services.panel.domain.court import PlanFiledWithCourt
from services.panel.domain.decision import (
    DeferredToSitting,
    FurtherInformationReceived,
    Received,
    Returned,
    RouteChanged,
    WithdrawalAgreed,
    Withdrawn,
)
from services.panel.domain.guards import Warned
from services.panel.domain.out_of_panel import (
    AlarmRaised,
    AuthorityConflictFound,
    DecidedOutOfPanel,
    NotRatified,
    RatificationSet,
    Ratified,
    ReplacementInPlace,
)
from services.panel.domain.ruling import Agreed, Decision, Deferred, DelegatedDecisionMade, NotAgreed
from services.panel.heard.projections import changes
from services.panel.outside import projections as outside
from services.panel.publishing import decision_data


def project(told: Told) -> Sequence[Change]:
    """The statements that keep the read models in step with one row."""
    if isinstance(told, Heard):
        return changes(told)
    stream, _, identity = told.row.stream.partition("-")
    return _sitting(told, UUID(identity)) if stream == "sitting" else _decision(told, UUID(identity))


def _sitting(decided: Decided, sitting: UUID) -> list[Change]:
    version = Change(
        "update read.sitting set version = $3 where council = $1 and sitting = $2", (sitting, decided.row.version)
    )
    match decided.event:
        case SittingScheduled() as scheduled:
            return [
                Change(
                    "insert into read.sitting (council, sitting, forum, sitting_on, starts_at, ends_at, minutes,"
                    " cut_off_at, core_members, settings_version, stage, present, version)"
                    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'scheduled', '[]', $11)",
                    (
                        sitting,
                        scheduled.forum,
                        scheduled.on,
                        scheduled.starts_at,
                        scheduled.ends_at,
                        scheduled.minutes,
                        scheduled.cut_off_at,
                        scheduled.core_members,
                        scheduled.settings_version,
                        decided.row.version,
                    ),
                )
            ]
        case SlotOffered() as offered:
            return [version, _slot(offered, offered.place, offered.warned)]
        case RatificationPlaced() as placed:
            return [version, _slot(placed, "")]
        case SlotFreed() as freed:
            return [
                version,
                Change(
                    "delete from read.slot where council = $1 and sitting = $2 and application = $3",
                    (sitting, freed.application),
                ),
            ]
        case SittingOpened() as opened:
            return [
                version,
                Change(
                    "update read.sitting set stage = 'open', opened_by = $3, opened_at = $4, present = $5"
                    " where council = $1 and sitting = $2",
                    (sitting, opened.opened_by, opened.opened_at, msgspec.to_builtins(opened.present)),
                ),
            ]
        case ItemOpened() as item:
            return [
                version,
                Change(
                    "update read.slot set opened_at = $4 where council = $1 and sitting = $2 and application = $3",
                    (sitting, item.application, item.opened_at),
                ),
            ]
        case ItemClosed() as item:
            return [
                version,
                Change(
                    "update read.slot set closed_at = $4 where council = $1 and sitting = $2 and application = $3",
                    (sitting, item.application, item.closed_at),
                ),
            ]
        case SittingClosed() as closed:
            return [
                version,
                Change(
                    "update read.sitting set stage = 'closed', closed_at = $3 where council = $1 and sitting = $2",
                    (sitting, closed.closed_at),
                ),
            ]
        case MinutesSigned() as signed:
            return [
                version,
                Change(
                    "update read.sitting set stage = 'signed', signed_by = $3, signed_at = $4"
                    " where council = $1 and sitting = $2",
                    (sitting, signed.signed_by, signed.signed_at),
                ),
            ]
        case _:
            return []


def _slot(slot: Slot, place: str, warned: tuple[Warned, ...] = ()) -> Change:
    return Change(
        "insert into read.slot (council, sitting, application, starts_at, minutes, place, kept_first, warned)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (council, sitting, application) do update"
        " set starts_at = excluded.starts_at",
        (
            slot.sitting, slot.application, slot.starts_at, slot.minutes, place, slot.kept_first,
            msgspec.to_builtins(warned),
        ),
    )  # fmt: skip


def _decision(decided: Decided, application: UUID) -> list[Change]:
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
            came = outside.arrived(application, received.case.received_at, decided.row.version)
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
            return [version, *outside.changes(decided.event, decided.row.version)]
        case _:
            return []


def _final(application: UUID, stage: str, made: str, decision: Decision) -> list[Change]:
    return [
        _stage(application, stage, None),
        _decided(application, decision),
        outside.final_outcome(application, made, decision.ruling.decided_at),
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


# --- Reading --------------------------------------------------------------------------------------------------


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


async def coming_sittings_of(reader: Reader, application: UUID) -> list[UUID]:
    """Sittings that have not opened and on whose agenda the application stands."""
    found = await reader.fetch(
        "select slot.sitting from read.slot slot join read.sitting sitting"
        " on sitting.council = slot.council and sitting.sitting = slot.sitting"
        " where slot.council = $1 and slot.application = $2 and sitting.stage = 'scheduled' order by slot.sitting",
        application,
    )
    return [row["sitting"] for row in found]


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


async def sittings(reader: Reader, forum: str | None) -> list[dict[str, Any]]:
    """Every sitting, newest first, with the minutes given out."""
    found = await reader.fetch(
        "select sitting, forum, sitting_on, starts_at, ends_at, cut_off_at, minutes, stage, version,"
        " (select coalesce(sum(slot.minutes), 0)::integer from read.slot slot"
        "  where slot.council = sitting.council and slot.sitting = sitting.sitting) as minutes_given_out"
        " from read.sitting sitting where council = $1 and ($2::text is null or forum = $2)"
        " order by starts_at desc, sitting limit 500",
        forum,
    )
    return [dict(row) for row in found]


async def sitting(reader: Reader, sitting: UUID) -> dict[str, Any] | None:
    """One sitting with its agenda in order, or None."""
    found = await reader.fetch(
        "select sitting, forum, sitting_on, starts_at, ends_at, minutes, cut_off_at, core_members, settings_version,"
        " stage, opened_by, opened_at, present, closed_at, signed_by, signed_at, version"
        " from read.sitting where council = $1 and sitting = $2",
        sitting,
    )
    if not found:
        return None
    agenda = await reader.fetch(
        "select application, starts_at, minutes, place, kept_first, warned, opened_at, closed_at,"
        " array(select decision from read.out_of_panel outside where outside.council = slot.council"
        "  and outside.application = slot.application and outside.outcome = 'waiting' order by decided_at) as to_ratify"
        " from read.slot slot where council = $1 and sitting = $2 order by starts_at, application",
        sitting,
    )
    return {**dict(found[0]), "agenda": [dict(row) for row in agenda]}


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
