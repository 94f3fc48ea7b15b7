"""Keeps how far each source's events of a council have been heard: what is not after that is known already."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bus.message import Place

_PROGRESS = "SELECT source, epoch, sequence FROM bus.progress WHERE council = $1"
_KEEP_PROGRESS = """
    INSERT INTO bus.progress (council, source, epoch, sequence) VALUES ($1, $2, $3, $4)
    ON CONFLICT (council, source) DO UPDATE SET epoch = excluded.epoch, sequence = excluded.sequence
"""


@dataclass
class Progress:
    """The newest event of one source."""

    epoch: int = 1
    sequence: int = 0
    changed: bool = False

    def missing_before(self, place: Place) -> int:
        """How many events are missing before this one; negative for a duplicate, 0 when it is the next.

        A source that was restored goes on in a higher epoch from where it was, which is never ahead of what it sent.
        """
        if place.epoch < self.epoch:
            return -1
        missing = place.sequence - self.sequence - 1
        return max(missing, 0) if place.epoch > self.epoch else missing

    def move(self, place: Place) -> None:
        """This event is the newest now."""
        self.epoch, self.sequence = place.epoch, place.sequence
        self.changed = True


async def progress_of(connection: Any, council: str) -> defaultdict[str, Progress]:
    """What a council's transaction knows of each source; a source not heard yet begins at its first event."""
    known: defaultdict[str, Progress] = defaultdict(Progress)
    for row in await connection.fetch(_PROGRESS, council):
        known[row["source"]] = Progress(row["epoch"], row["sequence"])
    return known


async def keep_progress(connection: Any, council: str, progress: Mapping[str, Progress]) -> None:
    """Store what has changed."""
    for source, reached in progress.items():
        if reached.changed:
            await connection.execute(_KEEP_PROGRESS, council, source, reached.epoch, reached.sequence)
