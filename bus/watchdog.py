"""Notices what has stopped moving: a stuck consumer or relay raises nothing, it only stands still."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

PATIENCE_SECONDS = 30.0
"""How long there may be work waiting and no position gained before `/readyz` turns red."""

_READ_SECONDS = 10.0
"""How long a reading may take; one that hangs is itself what the watchdog is there to notice."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far something has got, how much still waits (None: unknown), and what is wrong whatever the figures say."""

    position: int
    lag: int | None
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether everything watched moves or has nothing to do, and one sentence for each thing that does not."""

    well: bool
    reasons: tuple[str, ...]
    readings: dict[str, Reading]


class Watchdog:
    """Watches several readers of work. ``monotonic`` gives seconds; ``watched`` names an async reading for each."""

    def __init__(
        self,
        watched: Mapping[str, Callable[[], Awaitable[Reading]]],
        monotonic: Callable[[], float],
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._watched = watched
        self._monotonic = monotonic
        self._patience = patience
        self._moved: dict[str, tuple[int, float]] = {}

    async def look(self) -> Verdict:
        """Take every reading once. Work that waits, or cannot be counted, without a gain for too long is a reason."""
        reasons: list[str] = []
        readings: dict[str, Reading] = {}
        for name, read in self._watched.items():
            try:
                async with asyncio.timeout(_READ_SECONDS):
                    reading = await read()
            except Exception as problem:
                # Whatever keeps a reading from being taken is a reason by itself; its words stay in its own log.
                before = self._moved.get(name, (0, 0.0))[0]
                reading = Reading(before, None, (f"it cannot be read ({type(problem).__name__})",))
            readings[name] = reading
            now = self._monotonic()
            position, since = self._moved.get(name, (reading.position, now))
            if reading.lag == 0 or reading.position != position:
                since = now
            self._moved[name] = (reading.position, since)
            if now - since >= self._patience:
                waiting = "an unknown number of" if reading.lag is None else str(reading.lag)
                reasons.append(f"{name}: {waiting} messages wait and none has moved for {now - since:.0f} s.")
            reasons.extend(f"{name}: {trouble}." for trouble in reading.troubles)
        return Verdict(not reasons, tuple(reasons), readings)
