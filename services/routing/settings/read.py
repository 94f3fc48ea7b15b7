"""The read model of the settings: every version with what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from councils.settings import Settings
from ledger.recorded import Heard, Recorded
from ledger.rows import Change
from ledger.store import Reader
from services.routing.settings.domain.settings import SettingsPublished, SettingsRetired


def project(recorded: Recorded) -> Sequence[Change]:
    """The statements that keep the versions in step with one row."""
    if isinstance(recorded, Heard):
        return []
    row = recorded.row
    match recorded.event:
        case SettingsPublished() as published:
            return [
                Change(
                    "insert into read.settings"
                    " (council, version, in_force_from, document, digest, published_by, published_at, stream_version)"
                    " values ($1, $2, $3, $4, $5, $6, $7, $8)",
                    (
                        published.version,
                        published.in_force_from,
                        published.settings,
                        published.digest,
                        published.published_by,
                        row.recorded_at,
                        row.version,
                    ),
                )
            ]
        case SettingsRetired() as retired:
            return [
                Change(
                    "update read.settings set retired_at = $3, retired_because = $4, retired_by = $5, replaced_by = $6,"
                    " stream_version = $7 where council = $1 and version = $2",
                    (
                        retired.version,
                        row.recorded_at,
                        retired.reason,
                        retired.retired_by,
                        retired.replaced_by,
                        row.version,
                    ),
                )
            ]

        case _:
            return []


# --- Reading --------------------------------------------------------------------------------------------------


async def of_version(reader: Reader, version: int) -> Settings | None:
    """One published version, or None where there is none of that number."""
    found = await reader.fetch("select document from read.settings where council = $1 and version = $2", version)
    return Settings.read(found[0]["document"]) if found else None


async def in_force(reader: Reader, at: datetime) -> Settings | None:
    """The version in force at a moment, or None before the first one is."""
    found = await reader.fetch(
        "select document from read.settings where council = $1 and in_force_from <= $2 order by version desc limit 1",
        at,
    )
    return Settings.read(found[0]["document"]) if found else None


async def newest(reader: Reader) -> Settings | None:
    """The newest version, in force already or not, or None while nothing was published."""
    found = await reader.fetch("select document from read.settings where council = $1 order by version desc limit 1")
    return Settings.read(found[0]["document"]) if found else None


async def published(reader: Reader) -> list[dict[str, Any]]:
    """Every published version with its document, newest first, and what became of it."""
    found = await reader.fetch(
        "select version, in_force_from, document as settings, digest, published_by, published_at,"
        " retired_at, retired_by, retired_because, replaced_by, coalesce(stream_version, version) as stream_version"
        " from read.settings where council = $1 order by version desc"
    )
    return [dict(row) for row in found]


async def versions(reader: Reader) -> list[int]:
    """The numbers of every published version, newest first."""
    found = await reader.fetch("select version from read.settings where council = $1 order by version desc")
    return [row["version"] for row in found]
