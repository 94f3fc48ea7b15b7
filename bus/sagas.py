"""How long the oldest open case has waited for the step that another service, or the post, is to take next."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

import structlog
from prometheus_client import Gauge

from bus.failures import is_infrastructure
from bus.marker import Clock
from bus.rounds import Books, Rounds
from ledger.book import Book
from ledger.store import Reader

log = structlog.get_logger(__name__)

SAGA_AGE = Gauge(
    "panelbook_saga_age_seconds",
    "Age of the oldest case that waits for the next step, over all councils; 0 without any.",
    ("service", "step"),
)

Oldest = Callable[[Reader], Awaitable[Mapping[str, datetime | None]]]
"""For each step that the service waits for: since when one council's oldest case has waited; None without any."""


class Sagas:
    """Asks the councils' read models, one after the other, and keeps the oldest; ages are by the service's clock.

    ``every`` is real seconds from the end of one round to the next: what is looked for is measured in minutes. A
    council is asked again once its book grew; until then its oldest case is the same one.
    """

    def __init__(
        self,
        book: Book,
        clock: Clock,
        books: Books,
        oldest: Oldest,
        *,
        every: float = 15.0,
    ) -> None:
        self._book = book
        self._clock = clock
        self._rounds = Rounds(books, clock.now)
        self._steps: dict[str, Mapping[str, datetime | None]] = {}
        self._oldest = oldest
        self._every = every

    async def run(self) -> None:
        """Look until cancelled, then say nothing more: another worker looks. An absent database costs one round."""
        try:
            while True:
                try:
                    await self.look()
                except Exception as problem:
                    if not is_infrastructure(problem):
                        raise
                    log.info("ages_left_out", service=self._book.ledger.service, fault=type(problem).__name__)
                await asyncio.sleep(self._every)  # until the next round
        finally:
            for step in {step for steps in self._steps.values() for step in steps}:
                SAGA_AGE.labels(self._book.ledger.service, step).set(0.0)

    async def look(self) -> Mapping[str, float]:
        """One round over every council; seconds for each step. Raises Busy and what says that a database is away."""
        await self._rounds.go(self._ask)
        oldest: dict[str, datetime | None] = {}
        for steps in self._steps.values():
            for step, since in steps.items():
                known = oldest.get(step)
                oldest[step] = min((one for one in (known, since) if one is not None), default=None)
        now = self._clock.now()
        ages = {
            step: 0.0 if since is None else max(0.0, (now - since.astimezone(UTC)).total_seconds())
            for step, since in oldest.items()
        }
        for step, age in ages.items():
            SAGA_AGE.labels(self._book.ledger.service, step).set(age)
        return ages

    async def _ask(self, council: str) -> None:
        async with self._book.reading(council) as reader:
            self._steps[council] = await self._oldest(reader)
