"""Keeps what stands aside, and notes what waits in its topic, in the table of what is parked: one list has everything.

A message without a place in its council's sequence stands ASIDE: nothing goes behind it. Of what is left in its topic,
behind a message that is MISSING or for a NEWER release, the first is noted; the note goes when it is read in its turn.
Neither is tried from the table.
"""

from typing import Any

from bus import parked
from bus.message import Place
from bus.offsets import Record

_RELEASE = """
    DELETE FROM bus.parked WHERE council = $1 AND state IN ('ASIDE', 'MISSING', 'NEWER')
    AND (topic = $2 AND partition = $3 AND "offset" = $4
         OR state = 'MISSING' AND subject = $5 AND (epoch, sequence) <= ($6, $7))
    RETURNING topic, partition, "offset"
"""


async def set_aside(connection: Any, record: Record, council: str, source: str, reason: str) -> bool:
    """Keep a message that has no place; False when it is kept already (or was dropped)."""
    subject = parked.nameless(record)
    return await parked.park(
        connection, record, council=council, source=source, subject=subject, state=parked.ASIDE, reason=reason
    )


async def note(
    connection: Any, record: Record, state: str, reason: str, place: Place, waiting: str, fronts: parked.Fronts
) -> None:
    """Note the first message of ``waiting`` (a sequence where one is MISSING) that is left in its topic."""
    whose = (state, waiting) if state == parked.MISSING else (state, "")
    if whose in fronts.notes.values():
        return
    await parked.park(
        connection, record, council=place.council, source=place.source, subject=waiting, state=state, reason=reason,
        type_=place.type, epoch=place.epoch, sequence=place.sequence,
    )  # fmt: skip
    fronts.notes[record.topic, record.partition, record.offset] = whose


async def release(
    connection: Any, record: Record, fronts: parked.Fronts, council: str, up_to: Place | None = None, sequence: str = ""
) -> None:
    """A message is read in its turn: what was noted of it goes, and of those ``up_to`` a place in a ``sequence``."""
    here = (record.topic, record.partition, record.offset)
    if here in fronts.notes or (parked.MISSING, sequence) in fronts.notes.values():
        reached = (up_to.epoch, up_to.sequence) if up_to else (0, 0)
        for gone in await connection.fetch(_RELEASE, council, *here, sequence, *reached):
            fronts.notes.pop(tuple(gone), None)
