"""A council's settings as every service that hears them keeps them: one fold, one set of queries, one refusal (503).

A document is sent once to a process, which keeps it by council, version and digest. Which version binds is worked out
each time from an index of all of them, a line a version.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

import msgspec

from councils.settings import Settings
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


KEPT_DOCUMENTS = 256
"""How many documents a process keeps; a council has few that still bind anything."""

_INDEX = "select version, in_force_from, digest from read.settings where council = $1 order by version desc"
_DOCUMENT = "select document::text as document, digest from read.settings where council = $1 and version = $2"


@dataclass(frozen=True, slots=True)
class Listed:
    """One version as the index names it."""

    version: int
    in_force_from: datetime
    digest: str


async def listed(reader: Reader) -> list[Listed]:
    """Every version that this service knows of, the newest first."""
    return [Listed(row["version"], row["in_force_from"], row["digest"]) for row in await reader.fetch(_INDEX)]


async def in_force(reader: Reader, at: datetime) -> Settings | None:
    """The version in force at a moment, or None before the first one is that this service knows of."""
    return await _read(reader, next((one for one in await listed(reader) if one.in_force_from <= at), None))


async def of_version(reader: Reader, version: int) -> Settings | None:
    """One version, or None where this service does not know of it."""
    return await _read(reader, next((one for one in await listed(reader) if one.version == version), None))


async def newest(reader: Reader) -> Settings | None:
    """The newest version that this service knows of, in force already or not, or None."""
    return await _read(reader, next(iter(await listed(reader)), None))


async def turn_at(reader: Reader, at: datetime) -> datetime | None:
    """When the next version comes into force after a moment, as far as this service knows."""
    return min((one.in_force_from for one in await listed(reader) if one.in_force_from > at), default=None)


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


_kept: OrderedDict[tuple[str, int, str], Settings] = OrderedDict()


async def _read(reader: Reader, one: Listed | None) -> Settings | None:
    """A version's settings: kept from the last time, as they take half a millisecond to read, or sent now."""
    if one is None:
        return None
    key = (reader.council, one.version, one.digest)
    found = _kept.get(key)
    if found is None:
        (row,) = await reader.fetch(_DOCUMENT, one.version)
        found, key = Settings.read(msgspec.json.decode(row["document"])), (*key[:2], row["digest"])
        _kept[key] = found
        if len(_kept) > KEPT_DOCUMENTS:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return found
