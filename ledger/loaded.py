"""Streams as they stand: loaded and folded, kept from one command to the next, or ready to be stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from ledger.decider import Kind, Refused, not_found
from ledger.rows import Lane

S = TypeVar("S")

FOLDED_STREAMS = 512
"""How many streams' states a process keeps (docs/adr/0021), so that a command folds only what is new."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Events of one stream as they will be stored, sealed and encoded: stored name, schema number and payload."""

    stream: str
    sealed: tuple[Any, ...]
    encoded: tuple[tuple[str, int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """The state that a stream had at one of its rows, named by its version and its leaf."""

    decider: object
    version: int
    leaf: bytes
    state: Any


class Folds:
    """States of the streams that were taken up last. They hold what rows hold: personal text is sealed in them."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Lane, str], Folded] = {}

    def of(self, council: str, lane: Lane, stream: str, decider: object) -> Folded | None:
        """The newest state known of a stream, if this decider folded it."""
        kept = self._kept.get((council, lane, stream))
        return kept if kept is not None and kept.decider is decider else None

    def keep(self, council: str, lane: Lane, stream: str, folded: Folded) -> None:
        """Remember a state; the one that was remembered longest ago makes room."""
        self._kept.pop((council, lane, stream), None)
        if len(self._kept) >= FOLDED_STREAMS:
            del self._kept[next(iter(self._kept))]
        self._kept[council, lane, stream] = folded


@dataclass(frozen=True)
class Loaded(Generic[S]):
    """A stream as it stands: its folded state, its newest version (0 when it has no event), and when that came."""

    stream: str
    version: int
    state: S
    position: int = 0
    recorded_at: datetime | None = None

    def require(self, expected: int | None) -> None:
        """Raises Refused NOT_FOUND for a stream without events, STALE_VERSION for another version than expected."""
        if expected is None or expected == self.version:
            return
        if not self.version:
            raise not_found()
        raise Refused(
            Kind.STALE_VERSION,
            "STALE_VERSION",
            "Somebody has changed this record since you read it. Read it again, then decide.",
            facts={"expected": expected, "version": self.version},
        )
