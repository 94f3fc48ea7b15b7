"""A council's settings as every service that hears them keeps them: one fold, one set of queries, one refusal (503)."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from councils.settings import PURPOSES, Settings
from ledger.changes import Change, Table
from ledger.decider import Refused, not_ready
from ledger.recorded import Heard, Recorded
from ledger.store import Reader

TABLE = Table("read.settings", key=("version",))
"""Every service's own; routing's has more columns."""

PUBLISHED = "uk.panelbook.routing.settings.published.v1"


def heard(recorded: Recorded) -> list[Change]:
    """What the publication of a version changes, and nothing else does."""
    if not isinstance(recorded, Heard) or recorded.type != PUBLISHED:
        return []
    data = recorded.data
    in_force_from = datetime.fromisoformat(data["in_force_from"])
    return [TABLE.row(data["version"]).insert(in_force_from=in_force_from, document=data["settings"])]


async def in_force(reader: Reader, at: datetime) -> Settings | None:
    """The version in force at a moment, or None before the first one is that this service knows of."""
    return _one(
        await reader.fetch(
            "select document::text as document from read.settings"
            " where council = $1 and in_force_from <= $2 order by version desc limit 1",
            at,
        )
    )


async def of_version(reader: Reader, version: int) -> Settings | None:
    """One version, or None where this service does not know of it."""
    return _one(
        await reader.fetch(
            "select document::text as document from read.settings where council = $1 and version = $2", version
        )
    )


async def newest(reader: Reader) -> Settings | None:
    """The newest version that this service knows of, in force already or not, or None."""
    return _one(
        await reader.fetch(
            "select document::text as document from read.settings where council = $1 order by version desc limit 1"
        )
    )


async def purposes(reader: Reader, at: datetime) -> Sequence[str]:
    """For which purposes the council lets its records be read at a moment; the usual ones before it says."""
    found = await in_force(reader, at)
    return found.purposes if found is not None else PURPOSES


async def turn_at(reader: Reader, at: datetime) -> datetime | None:
    """When the next version comes into force after a moment, as far as this service knows."""
    found = await reader.fetch(
        "select min(in_force_from) as turns from read.settings where council = $1 and in_force_from > $2", at
    )
    return found[0]["turns"]


async def required_in_force(reader: Reader, at: datetime) -> Settings:
    """As :func:`in_force`. Raises Refused SETTINGS_NOT_HERE."""
    return required(await in_force(reader, at))


async def required_version(reader: Reader, version: int) -> Settings:
    """As :func:`of_version`. Raises Refused SETTINGS_NOT_HERE."""
    return required(await of_version(reader, version))


def required(settings: Settings | None) -> Settings:
    """Settings that must be here. Raises Refused SETTINGS_NOT_HERE."""
    if settings is None:
        raise settings_not_here()
    return settings


def settings_not_here() -> Refused:
    """The refusal while no settings, or not those that are named, have been heard."""
    return not_ready("SETTINGS_NOT_HERE", "The council's settings have not reached this service yet. Try again.")


def _one(found: list[Any]) -> Settings | None:
    return _settings(found[0]["document"]) if found else None


@lru_cache(maxsize=256)
def _settings(document: str) -> Settings:
    """Settings by their text: nearly every command asks for the same ones, and they take half a millisecond to read."""
    return Settings.read(msgspec.json.decode(document))
