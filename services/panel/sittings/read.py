"""The read models of sittings and their agenda."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from ledger.changes import Change, Table, Write
from ledger.listing import Listing
from ledger.recorded import Decided
from ledger.store import Reader
from services.panel.sittings.domain.events import (
    Event,
    ItemClosed,
    ItemOpened,
    MinutesSigned,
    RatificationPlaced,
    SittingClosed,
    SittingOpened,
    SittingScheduled,
    SlotFreed,
    SlotMovedOn,
    SlotOffered,
)

SITTING = Table("read.sitting", key=("sitting",))
SLOT = Table("read.slot", key=("sitting", "application"))
MOVED_ON = Table("read.moved_on", key=("application",))


def changes(decided: Decided, sitting: UUID) -> list[Change]:
    """What one event of a sitting changes."""
    version = decided.row.version
    if isinstance(decided.event, SittingScheduled):
        return [_scheduled(decided.event, version)]
    return [SITTING.row(sitting).set(version=version), *_of(decided.event, sitting)]


def _scheduled(scheduled: SittingScheduled, version: int) -> Write:
    return SITTING.row(scheduled.sitting).insert(
        forum=scheduled.forum,
        sitting_on=scheduled.on,
        starts_at=scheduled.starts_at,
        ends_at=scheduled.ends_at,
        minutes=scheduled.minutes,
        cut_off_at=scheduled.cut_off_at,
        core_members=scheduled.core_members,
        settings_version=scheduled.settings_version,
        stage="scheduled",
        present=[],
        version=version,
    )


def _of(event: Event, sitting: UUID) -> list[Change]:
    row = SITTING.row(sitting)
    match event:
        case SlotOffered():
            slot = _slot(event, place=event.place, warned=msgspec.to_builtins(event.warned), ratification=False)
            return [slot, MOVED_ON.row(event.application).delete()]
        case RatificationPlaced():
            return [_slot(event, place="", warned=[], ratification=True)]
        case SlotFreed():
            return [SLOT.row(sitting, event.application).delete()]
        case SlotMovedOn():
            kept = {"forum": event.forum, "since": event.on, "minutes": event.minutes, "place": event.place}
            return [SLOT.row(sitting, event.application).delete(), MOVED_ON.row(event.application).put(**kept)]
        case SittingOpened():
            present = msgspec.to_builtins(event.present)
            return [row.set(stage="open", opened_by=event.opened_by, opened_at=event.opened_at, present=present)]
        case ItemOpened():
            return [SLOT.row(sitting, event.application).set(opened_at=event.opened_at)]
        case ItemClosed():
            return [SLOT.row(sitting, event.application).set(closed_at=event.closed_at)]
        case SittingClosed():
            return [row.set(stage="closed", closed_at=event.closed_at)]
        case MinutesSigned():
            return [row.set(stage="signed", signed_by=event.signed_by, signed_at=event.signed_at)]
        case _:
            return []


def _slot(slot: SlotOffered | RatificationPlaced, **values: Any) -> Write:
    """A place, or its new time."""
    row = SLOT.row(slot.sitting, slot.application)
    return row.put(starts_at=slot.starts_at, minutes=slot.minutes, kept_first=slot.kept_first, **values)


# --- Reading --------------------------------------------------------------------------------------------------


async def coming_sittings_of(reader: Reader, application: UUID) -> list[UUID]:
    """Sittings that have not opened and on whose agenda the application has minutes of its own to be heard."""
    found = await reader.fetch(
        "select slot.sitting from read.slot slot join read.sitting sitting"
        " on sitting.council = slot.council and sitting.sitting = slot.sitting"
        " where slot.council = $1 and slot.application = $2 and not slot.ratification and sitting.stage = 'scheduled'"
        " order by slot.sitting",
        application,
    )
    return [row["sitting"] for row in found]


async def coming(reader: Reader, forum: str, since: date) -> list[UUID]:
    """A forum's sittings after a day that have not opened, the next first."""
    found = await reader.fetch(
        "select sitting from read.sitting where council = $1 and forum = $2 and sitting_on > $3 and stage = 'scheduled'"
        " order by sitting_on",
        forum,
        since,
    )
    return [UUID(str(row["sitting"])) for row in found]


async def last_slot(reader: Reader, application: UUID) -> tuple[int, str] | None:
    """Minutes and place of an application's latest slot."""
    found = await reader.fetch(
        "select minutes, place from read.slot where council = $1 and application = $2 and not ratification"
        " order by starts_at desc limit 1",
        application,
    )
    return (found[0]["minutes"], found[0]["place"]) if found else None


SITTINGS = Listing(
    "read.sitting",
    "sitting, forum, sitting_on, starts_at, ends_at, cut_off_at, minutes, stage, version,"
    " (select coalesce(sum(slot.minutes), 0)::integer from read.slot slot where slot.council = $1"
    " and slot.sitting = listed.sitting) as minutes_given_out",
    (("starts_at", "timestamptz"), ("sitting", "uuid")),
    newest_first=True,
    narrow={
        "sitting": "sitting = {}",
        "forum": "forum = {}",
        "stage": "stage = {}",
        "application": "exists (select from read.slot slot where slot.council = $1"
        " and slot.sitting = listed.sitting and slot.application = {})",
        "since": "sitting_on >= {}",
        "until": "sitting_on <= {}",
    },
)
"""Every sitting, newest first, with the minutes given out."""


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
