"""Makes marks: every few seconds a service promises that no later row will be recorded before that moment."""

import asyncio
from datetime import datetime
from typing import Protocol

import structlog

from ledger.store import Busy, Ledger

log = structlog.get_logger(__name__)


class Clock(Protocol):
    """The service's clock, as the edge has it: in demo and test it can be set."""

    def now(self) -> datetime:
        """The moment in UTC."""
        ...


class Marker:
    """Asks the ledger for marks. ``clock`` is the service's clock; ``every`` is real seconds between two marks.

    The relay carries a mark to the trail once every row before it has been acknowledged.
    """

    def __init__(self, ledger: Ledger, clock: Clock, *, every: float = 5.0) -> None:
        self._ledger = ledger
        self._clock = clock
        self._every = every

    async def run(self) -> None:
        """Mark until cancelled. A busy ledger costs one mark; the next one covers its time too."""
        while True:
            try:
                await self._ledger.mark(self._clock.now())
            except Busy:
                log.info("mark_left_out", service=self._ledger.service)
            await asyncio.sleep(self._every)  # until the next round
