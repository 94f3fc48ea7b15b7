"""The read models of sittings and their agenda."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from councils.guards import Warned
from ledger.recorded import Decided
from ledger.rows import Change
from ledger.store import Reader
from services.panel.sittings.domain.events import (
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


def changes(decided: Decided, sitting: UUID) -> list[Change]:
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


async def coming_sittings_of(reader: Reader, application: UUID) -> list[UUID]:
    """Sittings that have not opened and on whose agenda the application stands."""
    found = await reader.fetch(
        "select slot.sitting from read.slot slot join read.sitting sitting"
        " on sitting.council = slot.council and sitting.sitting = slot.sitting"
        " where slot.council = $1 and slot.application = $2 and sitting.stage = 'scheduled' order by slot.sitting",
        application,
    )
    return [row["sitting"] for row in found]


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


async def stages(reader: Reader, forum: str, since: date) -> dict[date, str]:
    """The stage of each of a forum's sittings from a day on."""
    found = await reader.fetch(
        "select sitting_on, stage from read.sitting where council = $1 and forum = $2 and sitting_on >= $3",
        forum,
        since,
    )
    return {row["sitting_on"]: row["stage"] for row in found}
