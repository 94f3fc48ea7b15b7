"""What waits for somebody in panel: items to decide, minutes to sign, and what follows a decision outside a panel."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from ledger.decider import By
from ledger.store import Reader

CHAIRS = ("chair", "vice_chair")
"""Who records for any sitting what it decides; who chairs one case besides is known while it is heard."""

LOOKED_AT = 500


class Waits(NamedTuple):
    """One thing that waits: what it is, about which record, since when, by when, and for the sitting of which day."""

    what: str
    record: UUID
    application: UUID | None
    since: datetime
    due_at: datetime | None = None
    on: date | None = None


async def waiting(reader: Reader, by: By) -> list[Waits]:
    """Everything that waits for somebody."""
    return [*await _at_sittings(reader, by), *await _outside(reader, by)]


async def _at_sittings(reader: Reader, by: By) -> list[Waits]:
    """An item that is open and undecided, for the chairs who take part; minutes for whoever opened, and the chairs."""
    items = await reader.fetch(
        "select slot.application, slot.opened_at, sitting.sitting_on"
        " from read.slot slot join read.sitting sitting"
        "  on sitting.council = slot.council and sitting.sitting = slot.sitting"
        " left join read.decision decision"
        "  on decision.council = slot.council and decision.application = slot.application"
        " where slot.council = $1 and sitting.stage = 'open' and slot.opened_at is not null and slot.closed_at is null"
        " and not exists (select from jsonb_array_elements(decision.decisions) as made"
        "  where made->>'sitting' = slot.sitting::text)"
        " and (sitting.opened_by = $2 or ($3 and exists (select from jsonb_array_elements(sitting.present) as one"
        "  where one->>'member' = $2))) order by slot.opened_at limit $4",
        by.actor,
        by.role in CHAIRS,
        LOOKED_AT,
    )
    minutes = await reader.fetch(
        "select sitting, closed_at, sitting_on from read.sitting where council = $1 and stage = 'closed'"
        " and (opened_by = $2 or ($3 and exists (select from jsonb_array_elements(present) as one"
        "  where one->>'member' = $2))) order by closed_at limit $4",
        by.actor,
        by.role in CHAIRS,
        LOOKED_AT,
    )
    heard = [
        Waits("HEARING", row["application"], row["application"], row["opened_at"], on=row["sitting_on"])
        for row in items
    ]
    return heard + [Waits("MINUTES", row["sitting"], None, row["closed_at"], on=row["sitting_on"]) for row in minutes]


async def _outside(reader: Reader, by: By) -> list[Waits]:
    found = await reader.fetch(
        "select decision, application, decided_by, decided_at, outcome, outcome_at, replaced_at, arrived_at, ratify_on,"
        " coalesce(period_ends_at, application_due_at) as due_at,"
        " (select array[data->>'originator', data->>'team_manager', data->>'service_manager'] from read.submission said"
        "  where said.council = $1 and said.application = made.application) as its_own,"
        " (select originator from read.draft draft"
        "  where draft.council = $1 and draft.application = made.application) as begun_by"
        " from read.out_of_panel made where council = $1"
        " and (outcome = 'waiting' or arrived_at is null or (outcome = 'not_ratified' and replaced_at is null))"
        " order by decided_at, decision limit $2",
        LOOKED_AT,
    )
    return [one for row in found for one in _follows(row, by)]


def _follows(row: Any, by: By) -> Iterator[Waits]:
    """What is still to follow one decision outside a panel, of one person."""
    about, own = row["application"], {*(row["its_own"] or ()), row["begun_by"], row["decided_by"]}
    if row["outcome"] == "waiting" and by.role in CHAIRS and by.actor != row["decided_by"]:
        yield Waits("RATIFICATION", about, about, row["decided_at"], on=row["ratify_on"])
    if row["arrived_at"] is None and row["due_at"] is not None and by.actor in own:
        yield Waits("APPLICATION_DUE", about, about, row["decided_at"], due_at=row["due_at"])
    if row["outcome"] == "not_ratified" and row["replaced_at"] is None and by.actor in own:
        yield Waits("REPLACEMENT", about, about, row["outcome_at"])
