"""Hears other services' events: each exactly once, in order, with what follows from it in the same transaction.

Per council one transaction holds the heard rows, the events that follow, the projections and the progress; the next
offsets join the last council's. What happens to one event:

* it bears no place in its council's sequence: it is set aside, and nothing waits for it;
* its place is not after the newest seen of its source: a duplicate, dropped;
* its place is not the next one: a gap, the partition is read again and nothing is skipped. A source's first event has
  sequence 1. A higher epoch (the source was restored and lost rows) goes on from an earlier place;
* an earlier event of its subject is parked, or one that stops the council: it is parked behind;
* handled; or `Refused`, which is kept as the outcome; or `Waiting`; or it fails and is parked;
* `NewerThanMe`: the council waits for a newer release, everything before it being stored.

What waits in its topic, behind a gap or for a newer release, is noted beside what is parked (bus/held.py).
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import asyncpg
import structlog
from opentelemetry.trace import SpanKind

from bus import attempts, held, parked
from bus.access import KafkaAccess
from bus.acting import AheadOfUs, because_of, opening
from bus.failures import is_infrastructure
from bus.keyless import park_keyless
from bus.marker import Clock
from bus.message import SETTINGS_TYPE, Event, Malformed, Place, Placeless, read_event, type_in
from bus.offsets import GapFound, Record, Save
from bus.progress import Progress, keep_progress, progress_of
from bus.retries import Retries
from bus.subscription import Subscription
from bus.watchdog import Reading
from ledger.book import Book
from ledger.decider import Waiting
from ledger.steps import step
from ledger.store import NewerThanMe
from ledger.traces import following
from ledger.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

AT_ONCE = 50
"""Events that may lead to something; the most that one transaction holds, lest commands wait long for the head lock."""

KNOWN_AT_ONCE = 500
"""Events; the most that one transaction holds when they are knowledge only and are stored in one append."""


class _Failed(Exception):
    """One event could not be handled; its cause is the reason."""


class Consumer:
    """Reads ``topics`` into ``book``, and does what follows from each event that is new.

    ``pool`` is the app role's. ``prefix`` goes before every topic and group name; the source of a topic is the first
    part of its name (`intake.events`). ``knows(type)`` says whether this release knows a public type at all, and
    ``check(type, data)`` raises on data that breaks its contract. ``instance`` names this member of the group for good.
    Types that cause no policy of the book are knowledge only: neighbours among them are stored together, under the
    command id of their first.
    """

    def __init__(
        self,
        service: str,
        topics: Sequence[str],
        book: Book,
        clock: Clock,
        *,
        pool: asyncpg.Pool,
        access: KafkaAccess,
        prefix: str = "",
        instance: str = "",
        knows: Callable[[str], bool] | None = None,
        check: Callable[[str, dict[str, Any]], None] | None = None,
        backoff: Sequence[float] = parked.BACKOFF,
        waiting: float = parked.WAITING_SECONDS,
    ) -> None:
        self.service = service
        self._pool = pool
        self._book = book
        self._clock = clock
        self._knows = knows
        self._check = check
        self._backoff = tuple(backoff)
        self._waiting = waiting
        self._news = asyncio.Event()
        self._sources = {f"{prefix}{topic}": topic.partition(".")[0] for topic in topics}
        self._subscription = Subscription(
            access, list(self._sources), self._hear, pool=pool, group=f"{prefix}{service}", instance=instance
        )
        self.retries = Retries(pool, self.attempt, self._news)

    async def run(self) -> None:
        """Read until cancelled. Raises WrongPassword or BrokerUnreachable when Kafka cannot be reached at the start."""
        await self._subscription.run()

    async def reading(self) -> Reading:
        """Progress and lag over the partitions assigned to this member."""
        return await self._subscription.reading()

    async def attempt(self, council: str, id_: int) -> None:
        """One try of a parked message, if it is its turn. Raises infrastructure errors."""
        async with self._book.unit_of_work(opening(self.service, self._clock, council)) as unit:
            connection = unit.transaction.connection
            tried = await attempts.take_up(connection, council, id_)
            if tried is None:
                return
            try:
                event = self._read(tried.value, tried.headers, council, tried.source)
                if not isinstance(event, Event):
                    await attempts.failed_for_good(connection, council, tried, event.reason)
                    return
                step("inside_retry")
                with self._traced(event):
                    await self._handle_alone(unit, event)
            except NewerThanMe:
                await attempts.too_new(connection, council, tried, self._waiting)
            except Waiting:
                await attempts.still_waiting(connection, council, tried, self._waiting)
            except _Failed as failed:
                await attempts.failed_again(connection, council, tried, str(failed), self._backoff)
            else:
                await attempts.done(connection, council, tried)
                log.info("parked_message_handled", service=self.service, council=council, position=id_)

    async def _hear(self, council: str | None, records: Sequence[Record], save: Save | None) -> None:
        if council is None:
            await park_keyless(self._pool, records, self._sources, save)
            return
        done = 0
        for some in self._portions(records):
            done += len(some)
            last = save if done == len(records) else None
            try:
                halt = await self._hear_council(council, some, last, careful=False)
            except Exception as problem:
                if is_infrastructure(problem):
                    raise
                # One of the events failed, and the whole transaction with it: again, each event behind a savepoint.
                halt = await self._hear_council(council, some, last, careful=True)
            if halt is not None:
                raise halt

    def _portions(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """What one transaction takes at a time. The headers only help to weigh: what an event is, its value says."""
        first = weight = 0
        for number, record in enumerate(records):
            weight += 1 if self._follows(type_in(record.headers)) else AT_ONCE / KNOWN_AT_ONCE
            if weight >= AT_ONCE:
                yield records[first : number + 1]
                first, weight = number + 1, 0
        if first < len(records):
            yield records[first:]

    def _follows(self, type_: str) -> bool:
        """Whether something may follow from an event of this type."""
        return type_ in self._book.policies.heard

    async def _hear_council(
        self, council: str, records: Sequence[Record], save: Save | None, *, careful: bool
    ) -> Exception | None:
        """One transaction. Returns what stops the council's reading for now; what came before that is stored."""
        halt: Exception | None = None
        async with self._book.unit_of_work(opening(self.service, self._clock, council)) as unit:
            connection = unit.transaction.connection
            progress = await progress_of(connection, council)
            fronts = await parked.fronts(connection, council)
            heard = 0
            known: list[Event] = []
            for record in records:
                try:
                    heard += await self._take(unit, record, progress, fronts, known, careful=careful)
                except (GapFound, NewerThanMe) as stop:
                    if isinstance(stop, NewerThanMe):
                        if not careful:
                            raise
                        await self._note(connection, record, council, parked.NEWER, parked.TOO_NEW, fronts)
                    halt = stop
                    break
            await self._keep_known(unit, known)
            await keep_progress(connection, council, progress)
            if heard and fronts.waiting:
                await parked.wake_waiting(connection, council)
            if save is not None and halt is None:
                await save(connection)
        if fronts.waiting:
            self._news.set()
        return halt

    async def _take(
        self,
        unit: UnitOfWork,
        record: Record,
        progress: dict[str, Progress],
        fronts: parked.Fronts,
        known: list[Event],
        *,
        careful: bool,
    ) -> bool:
        """One record; whether an event was heard. Raises GapFound, NewerThanMe; if not careful, whatever goes wrong.

        Without care, knowledge is only put to ``known``, and kept before the next event that something follows from.
        """
        connection, council = unit.transaction.connection, unit.context.council
        if (record.topic, record.partition, record.offset) in fronts.dropped:
            return False
        source = self._sources[record.topic]
        reached = progress[source]
        event = self._read(record.value, dict(record.headers), council, source)
        if isinstance(event, Placeless):
            if await held.set_aside(connection, record, council, source, event.reason):
                log.error("message_aside", service=self.service, council=council, topic=record.topic,
                          position=record.offset, reason=event.reason)  # fmt: skip
            return False
        place = event.place if event.place.subject else replace(event.place, subject=parked.nameless(record))
        missing = reached.missing_before(place)
        if missing > 0:
            expected = reached.sequence + 1
            if not self._subscription.holds(council, source, expected, place.sequence):
                raise GapFound(council, source, expected, place.sequence, record)
            await self._note(connection, record, council, parked.MISSING, parked.GAP, fronts)
            return False
        await held.release(connection, record, fronts, council, place, source)
        if missing < 0:
            return False
        heard = False
        if fronts.blocks(place.source, place.subject):
            await self._park(connection, record, place, fronts, parked.BEHIND, "an earlier message stands in front")
        elif isinstance(event, Malformed):
            await self._park(connection, record, place, fronts, parked.FAILED, event.reason)
        elif not careful:
            if self._follows(place.type):
                await self._keep_known(unit, known)
                with self._traced(event):
                    await self._handle(unit, event)
            else:
                known.append(event)
            heard = True
        else:
            try:
                with self._traced(event):
                    await self._handle_alone(unit, event)
                heard = True
            except Waiting:
                reason = "something it needs has not been heard yet"
                await self._park(connection, record, place, fronts, parked.WAITING, reason, self._waiting)
            except _Failed as failed:
                await self._park(connection, record, place, fronts, parked.PARKED, str(failed), self._backoff[0])
        reached.move(place)
        self._subscription.came(council, source, place.sequence, fronts.dropped)
        return heard

    async def _park(
        self,
        connection: Any,
        record: Record,
        place: Place,
        fronts: parked.Fronts,
        state: str,
        reason: str,
        wait: float = 0.0,
    ) -> None:
        # What merely waits may wait for the very events that it would otherwise stop.
        stops = SETTINGS_TYPE.fullmatch(place.type) is not None
        await parked.park(
            connection, record, council=place.council, source=place.source, subject=place.subject, state=state,
            reason=reason, stops=stops, type_=place.type, epoch=place.epoch, sequence=place.sequence, wait=wait,
        )  # fmt: skip
        fronts.add(place.source, place.subject, state, stops)
        if state != parked.BEHIND:
            log.warning("message_parked", service=self.service, council=place.council, topic=record.topic,
                        position=place.sequence, code=state, reason=reason)  # fmt: skip

    async def _note(
        self, connection: Any, record: Record, council: str, state: str, reason: str, fronts: parked.Fronts
    ) -> None:
        """Put into the list what stays in its topic, where its worker reads it again."""
        source = self._sources[record.topic]
        event = read_event(record.value, dict(record.headers), council=council, source=source)
        assert not isinstance(event, Placeless)  # It has a place: only not the next one, or not one for this release.
        place = event.place
        await held.note(
            connection, record, state, reason, place, source if state == parked.MISSING else place.subject, fronts
        )

    async def _keep_known(self, unit: UnitOfWork, known: list[Event]) -> None:
        """Append what is knowledge only, all in one."""
        if known:
            contexts = [because_of(event, self.service, self._clock) for event in known]
            unit.context = contexts[0]
            step("before_heard_row")
            await unit.hear([event.hearing() for event in known])
            step("after_heard_row")
            known.clear()

    async def _handle(self, unit: UnitOfWork, event: Event) -> None:
        """Append the event as heard, and what follows from it."""
        unit.context = because_of(event, self.service, self._clock)
        step("before_heard_row")
        if await unit.hear([event.hearing()]):
            step("after_heard_row")
        await unit.follow()

    async def _handle_alone(self, unit: UnitOfWork, event: Event) -> None:
        """As _handle, undone by itself when it fails. Raises Waiting, _Failed, NewerThanMe, infrastructure errors."""
        try:
            async with unit.savepoint():
                unit.context = because_of(event, self.service, self._clock)
                await unit.hear([event.hearing()])
                await unit.follow()
        except (Waiting, NewerThanMe):
            raise
        except AheadOfUs as problem:
            raise _Failed(str(problem)) from problem
        except Exception as problem:
            if is_infrastructure(problem):
                raise
            # The problem's text may quote the event; its name is enough to find it by.
            raise _Failed(f"handling it failed with {type(problem).__name__}") from problem

    def _read(self, value: bytes | None, headers: Any, council: str, source: str) -> Event | Malformed | Placeless:
        event = read_event(value, headers, council=council, source=source, check=self._checked)
        if isinstance(event, Event) and not self._known(event.place.type):
            raise NewerThanMe(f"{event.place.type} is not known to this release of {self.service}.")
        return event

    def _known(self, type_: str) -> bool:
        return self._knows is None or self._knows(type_)

    def _checked(self, type_: str, data: dict[str, Any]) -> None:
        if self._check is not None and self._known(type_):
            self._check(type_, data)

    def _traced(self, event: Event) -> AbstractContextManager[None]:
        """A span that follows from what its source did; what follows from the event here is in turn the span's."""
        place = event.place
        name = f"hear {place.type}"
        return following(name, event.traceparent, service=self.service, council=place.council, kind=SpanKind.CONSUMER)
