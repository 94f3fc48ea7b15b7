"""Keeps how far each source's events of a council have been heard: what is not after that is known already."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bus.message import Place

_PROGRESS = "SELECT source, epoch, sequence, unreadable FROM bus.progress WHERE council = $1"
_KEEP_PROGRESS = """
    INSERT INTO bus.progress (council, source, epoch, sequence, unreadable) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (council, source) DO UPDATE
    SET epoch = excluded.epoch, sequence = excluded.sequence, unreadable = excluded.unreadable
"""


@dataclass
class Progress:
    """The newest event of one source, and how many unreadable messages may stand for a missing one."""

    epoch: int = 1
    sequence: int = 0
    unreadable: int = 0
    changed: bool = False

    def missing_before(self, place: Place) -> int:
        """How many events are missing before this one; negative for a duplicate, 0 when it is the next."""
        if place.epoch != self.epoch:
            return 0 if place.epoch > self.epoch else -1
        return place.sequence - self.sequence - 1

    def move(self, place: Place, excused: int) -> None:
        """This event is the newest now."""
        self.epoch, self.sequence = place.epoch, place.sequence
        self.unreadable -= excused
        self.changed = True


async def progress_of(connection: Any, council: str) -> defaultdict[str, Progress]:
    """What a council's transaction knows of each source; a source not heard yet begins at its first event."""
    known: defaultdict[str, Progress] = defaultdict(Progress)
    for row in await connection.fetch(_PROGRESS, council):
        known[row["source"]] = Progress(row["epoch"], row["sequence"], row["unreadable"])
    return known


async def keep_progress(connection: Any, council: str, progress: Mapping[str, Progress]) -> None:
    """Store what has changed."""
    for source, reached in progress.items():
        if reached.changed:
            await connection.execute(
                _KEEP_PROGRESS, council, source, reached.epoch, reached.sequence, reached.unreadable
            )
