"""What is looked for and found: names as they are sealed, and the applications that bear some tokens."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ledger.store import Reader
from services.intake.applications.lists import APPLICATIONS

PORTION = 2_000
"""Rows of a book that are looked at in one go."""


async def named_since(reader: Reader, position: int) -> tuple[list[dict[str, Any]], int]:
    """Applications about which there are rows behind a position, with the names in them; and how far was looked."""
    (found,) = await reader.fetch(
        "select coalesce(max(position), $2) as reached from (select position from ledger.row where council = $1"
        " and lane = 'book' and position > $2 order by position limit $3) as portion",
        position,
        PORTION,
    )
    rows = await reader.fetch(
        "select application, person, person_name, family from read.application where council = $1"
        " and application in (select substring(stream from 13) from ledger.row where council = $1 and lane = 'book'"
        " and position > $2 and position <= $3 and starts_with(stream, 'application-'))",
        position,
        found["reached"],
    )
    return [dict(row) for row in rows], found["reached"]


async def bearing(reader: Reader, tokens: Sequence[bytes], narrowed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Applications in which somebody's name has all of some tokens, newest first, each with who that is.

    Whoever asks leaves out what the caller is not shown, and who was erased.
    """
    conditions, args = APPLICATIONS.narrowing(narrowed, 4)
    found = await reader.fetch(
        f"select {APPLICATIONS.columns}, person_name, started_at, team_manager, service_manager, bearers"
        " from read.application listed join (select application as bearing, array_agg(person) as bearers"
        " from (select application, person from kept.name_token where council = $1 and token = any($2::bytea[])"
        " group by application, person having count(*) = $3) as each group by application) as found"
        f" on found.bearing = listed.application where listed.council = $1{conditions}"
        " order by started_at desc, application desc",
        list(tokens),
        len(tokens),
        *args,
    )
    return [dict(row) for row in found]


def people_in(found: Sequence[Mapping[str, Any]]) -> Collection[str]:
    """Everybody whose name was found."""
    return {person for row in found for person in row["bearers"]}
