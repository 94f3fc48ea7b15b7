"""How long what a service wrote has waited for Kafka, lane by lane, and how old its marks are: seen in its database.

The relay counts what it carries itself; this looks from outside, so that a relay that hangs, that another process
keeps out, or that moves one lane and not the other is seen all the same. Ages are counted by the service's clock;
whether something stands still is judged by real seconds, so that turning a settable clock alarms nobody.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import asyncpg
from prometheus_client import Gauge

from bus.marker import Clock
from bus.watchdog import PATIENCE_SECONDS, Reading

LAG_ROWS = Gauge("panelbook_relay_lag_rows", "Rows and public events that Kafka has not acknowledged.", ("service",))
LAG_SECONDS = Gauge(
    "panelbook_relay_lag_seconds", "Age of the oldest row that Kafka has not acknowledged; 0 without any.", ("service",)
)
MARK_AGE = Gauge(
    "panelbook_mark_age_seconds",
    "Age of the oldest council's newest mark: made in the ledger, and acknowledged by Kafka.",
    ("service", "stage"),
)

_LOOK_SECONDS = 3.0

# every council: one relay carries all of them, and its role may look at all of them.
_WAITING = """
    SELECT lane.council, lane.name, lane.head - lane.reached AS waiting, lane.reached, CASE
        WHEN lane.name IN ('book', 'access') THEN (
            SELECT r.recorded_at FROM ledger.row r
            WHERE r.council = lane.council AND r.lane = lane.name AND r.position = lane.reached + 1)
        ELSE (
            SELECT (SELECT r.recorded_at FROM ledger.row r
                    WHERE r.council = o.council AND r.lane = 'book' AND r.position = o.position)
            FROM ledger.outbox o
            WHERE o.council = lane.council AND o.lane = lane.name AND o.sequence = lane.reached + 1)
        END AS since
    FROM (
        SELECT h.council, h.name, h.head, coalesce(b.reached, 0) AS reached
        FROM (
            SELECT council, lane AS name, position AS head FROM ledger.head
            UNION ALL SELECT council, 'events', events_sequence FROM ledger.head WHERE lane = 'book'
            UNION ALL SELECT council, 'decisions', decisions_sequence FROM ledger.head WHERE lane = 'book'
        ) h
        LEFT JOIN ledger.bookmark b ON b.council = h.council AND b.lane = h.name
    ) lane
    WHERE lane.head > lane.reached
    ORDER BY lane.council, lane.name
"""
# every council: a mark that was not made, or not sent, is looked for in all of them.
_MARKS = """
    SELECT min(m.moment) AS made, min(to_timestamp(b.reached / 1000000.0)) AS sent
    FROM ledger.mark m LEFT JOIN ledger.bookmark b ON b.council = m.council AND b.lane = 'marks'
"""


class LanesBehind:
    """What waits for the relay. A lane that has waited and not moved for ``patience`` real seconds is a trouble.

    ``pool`` is the relay role's, which sees every council.
    """

    def __init__(
        self,
        service: str,
        pool: asyncpg.Pool,
        clock: Clock,
        *,
        patience: float = PATIENCE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._pool = pool
        self._clock = clock
        self._patience = patience
        self._monotonic = monotonic
        self._still: dict[tuple[str, str], tuple[int, float]] = {}

    async def reading(self) -> Reading:
        """For the watchdog: a trouble for each lane that stands still. Also sets the metrics of the relay's lag."""
        async with self._pool.acquire(timeout=_LOOK_SECONDS) as connection:
            waiting = await connection.fetch(_WAITING)
        LAG_ROWS.labels(self._service).set(sum(lane["waiting"] for lane in waiting))
        oldest = min((lane["since"] for lane in waiting if lane["since"] is not None), default=None)
        LAG_SECONDS.labels(self._service).set(_age(self._clock, oldest))
        now = self._monotonic()
        still: dict[tuple[str, str], tuple[int, float]] = {}
        for lane in waiting:
            key, reached = (lane["council"], lane["name"]), lane["reached"]
            before, since = self._still.get(key, (reached, now))
            still[key] = (reached, since if before == reached else now)
        self._still = still
        troubles = [
            f"{lane} of council {council} have waited for Kafka for {now - since:.0f} s"
            for (council, lane), (_, since) in sorted(still.items())
            if now - since >= self._patience
        ]
        return Reading(0, 0, tuple(troubles))


class MarksAge:
    """How old the service's marks are. None made for ``patience`` seconds, by its clock and in truth, is a trouble."""

    def __init__(
        self,
        service: str,
        pool: asyncpg.Pool,
        clock: Clock,
        *,
        patience: float = PATIENCE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._pool = pool
        self._clock = clock
        self._patience = patience
        self._monotonic = monotonic
        self._newest: tuple[datetime | None, float] = (None, 0.0)

    async def reading(self) -> Reading:
        """For the watchdog: a trouble when marks are too old. Also sets the metric of their age."""
        async with self._pool.acquire(timeout=_LOOK_SECONDS) as connection:
            found = await connection.fetchrow(_MARKS)
        made, sent = (found["made"], found["sent"]) if found else (None, None)
        age = _age(self._clock, made)
        MARK_AGE.labels(self._service, "made").set(age)
        MARK_AGE.labels(self._service, "sent").set(_age(self._clock, sent))
        now = self._monotonic()
        # A settable clock that stands still makes no new marks and ages none; once it is set forward or runs on, the
        # next mark has been awaited since then, and not since the newest one was made.
        if made != self._newest[0] or age < self._patience / 3:
            self._newest = (made, now)
        stands = now - self._newest[1]
        old = min(age, stands) >= self._patience
        return Reading(0, 0, (f"no mark has been made for {stands:.0f} s",) if old else ())


def _age(clock: Clock, since: datetime | None) -> float:
    """Seconds by the service's clock; 0 when there is nothing to be old."""
    return 0.0 if since is None else max(0.0, (clock.now() - since.astimezone(UTC)).total_seconds())
