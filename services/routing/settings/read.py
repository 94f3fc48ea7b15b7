"""The read model of the settings: every version with what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ledger.changes import Change
from ledger.listing import Listing
from ledger.recorded import Heard, Recorded
from ledger.store import Reader
from services.routing.settings.domain.settings import SettingsPublished, SettingsRetired
from services.settings import TABLE


def project(recorded: Recorded) -> Sequence[Change]:
    """What keeps the versions in step with one row."""
    if isinstance(recorded, Heard):
        return []
    row = recorded.row
    match recorded.event:
        case SettingsPublished() as published:
            version = TABLE.row(published.version).insert(
                in_force_from=published.in_force_from,
                document=published.settings,
                digest=published.digest,
                published_by=published.published_by,
                published_at=row.recorded_at,
                stream_version=row.version,
            )
            return [version]
        case SettingsRetired() as retired:
            version = TABLE.row(retired.version).set(
                retired_at=row.recorded_at,
                retired_because=retired.reason,
                retired_by=retired.retired_by,
                replaced_by=retired.replaced_by,
                stream_version=row.version,
            )
            return [version]
        case _:
            return []


# --- Reading --------------------------------------------------------------------------------------------------


SETTINGS = Listing(
    "read.settings",
    "version, in_force_from, document as settings, digest, published_by, published_at, retired_at, retired_by,"
    " retired_because, replaced_by",
    (("version", "integer"),),
    newest_first=True,
    narrow={
        "version": "version = {}",
        "since": "in_force_from >= {}",
        "until": "in_force_from < {}",
    },
)
"""Published versions with their documents, newest first."""


async def standing(reader: Reader, at: datetime) -> tuple[int | None, int]:
    """The number of the version in force at a moment, and the newest version of their stream, 0 before the first."""
    (found,) = await reader.fetch(
        "select max(version) filter (where in_force_from <= $2) as in_force,"
        " coalesce(max(coalesce(stream_version, version)), 0) as newest from read.settings where council = $1",
        at,
    )
    return found["in_force"], found["newest"]


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
