"""A council's officers as the services that hear of them keep them: one fold and one set of queries."""

from collections.abc import Collection
from typing import Any

from ledger.changes import Change, Table
from ledger.recorded import Heard, Recorded
from ledger.store import Reader

TABLE = Table("read.officer", key=("officer",))

APPOINTED = "uk.panelbook.routing.officer.appointed.v1"


def heard(recorded: Recorded) -> list[Change]:
    """What an appointment changes, and nothing else does: whoever changes their role is appointed to the new one."""
    if not isinstance(recorded, Heard) or recorded.type != APPOINTED:
        return []
    data: dict[str, Any] = recorded.data
    return [TABLE.row(data["officer"]).put(role=data["role"])]


async def role_of(reader: Reader, officer: str) -> str | None:
    """The role to which an officer is appointed, or None where this service heard of no appointment."""
    found = await reader.fetch("select role from read.officer where council = $1 and officer = $2", officer)
    return found[0]["role"] if found else None


async def appointed(reader: Reader, officers: Collection[str]) -> frozenset[str] | None:
    """Who of these is an officer as far as this service has heard; None while it has heard of no officer at all."""
    found = await reader.fetch(
        "select officer from read.officer where council = $1 and officer = any($2::text[])"
        " union all (select null from read.officer where council = $1 limit 1)",
        list(officers),
    )
    return frozenset(row["officer"] for row in found if row["officer"] is not None) if found else None
