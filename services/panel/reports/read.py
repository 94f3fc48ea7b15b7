"""What panel's reports count."""

from datetime import datetime

from ledger.store import Reader


async def final_outcomes(reader: Reader, since: datetime | None, until: datetime | None) -> dict[str, int]:
    """How many applications have their final outcome in a time, by how it was made; a deferral is none."""
    found = await reader.fetch(
        "select made, count(*) as number from read.final_outcome where council = $1"
        " and ($2::timestamptz is null or decided_at >= $2) and ($3::timestamptz is null or decided_at < $3)"
        " group by made",
        since,
        until,
    )
    return {row["made"]: row["number"] for row in found}
