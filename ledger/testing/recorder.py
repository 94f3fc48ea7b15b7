"""One council's book as an ``ApplicationRecorder`` of the eventsourcing library, for that library's own suite.

Synchronous callers on any number of threads share one event loop on a thread of its own. A notification's id is the
row's position. An aggregate's versions may begin anywhere (the library's tests use 0 and 1) and then go up one by one,
as in the stream that holds them; the number itself stands before the state in the payload.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from threading import Event, Lock, Thread
from typing import Any, Self, TypeVar
from uuid import UUID, uuid5

from eventsourcing.persistence import (
    ApplicationRecorder,
    DataError,
    IntegrityError,
    Notification,
    OperationalError,
    StoredEvent,
    Subscription,
)

from ledger.rows import Context, Draft, Row
from ledger.store import Busy, Ledger, StaleVersion, TooLarge

POLL_SECONDS = 0.25
"""How late a subscriber may see what another process stored; what this recorder stores wakes it at once."""

ATTEMPTS = 10
"""How often a busy store is tried; the store itself waits 2 s each time (DESIGN: lock 2 s)."""

_PAGE = 500
_NUMBER = 8
_SCHEMA = 1

Result = TypeVar("Result")


class LedgerRecorder(ApplicationRecorder):
    """Records and reads stored events of one council. Close it, or use it as a context manager, to end its thread."""

    def __init__(
        self,
        opened: Callable[[], AbstractAsyncContextManager[Ledger]],
        council: str,
        now: Callable[[], datetime],
        new_id: Callable[[], UUID],
    ) -> None:
        """``opened`` is entered on the recorder's own loop, where a pool must be made, and left by :meth:`close`.

        ``now`` gives UTC moments; ``new_id`` a command id that was never used before.
        """
        self._council = council
        self._now = now
        self._new_id = new_id
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="ledger-recorder", daemon=True)
        self._thread.start()
        self._subscriptions: set[LedgerSubscription] = set()
        self._subscribing = Lock()
        self._closed = False
        self._context = opened()
        try:
            self._ledger = self._run(self._context.__aenter__())
        except BaseException:
            self._end_thread()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop every subscription, leave the ledger, end the thread. Safe to repeat."""
        if self._closed:
            return
        self._closed = True
        with self._subscribing:
            subscriptions = list(self._subscriptions)
        for subscription in subscriptions:
            subscription.stop()
        try:
            self._run(self._context.__aexit__(None, None, None))
        finally:
            self._end_thread()

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Store events together or not at all; their positions.

        Raises IntegrityError for a version that is there already or does not come next, OperationalError when the
        store stays busy, DataError for a state that is too large. Nothing else is recorded with them: TypeError for
        ``tracking`` and the like.
        """
        if kwargs:
            raise TypeError(f"this recorder stores events only, not {', '.join(sorted(kwargs))}")
        if not stored_events:
            return []
        rows = self._patiently(lambda: self._insert(stored_events))
        with self._subscribing:
            for subscription in self._subscriptions:
                subscription.wake()
        return [row.position for row in rows]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """One aggregate's events with versions above ``gt`` and up to ``lte``, at most ``limit``."""
        rows = self._patiently(lambda: self._stream(_stream_of(originator_id)))
        found = [_stored_event(row) for row in rows]
        found = [
            event
            for event in found
            if (gt is None or event.originator_version > gt) and (lte is None or event.originator_version <= lte)
        ]
        return (found[::-1] if desc else found)[:limit]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events in the order of their positions, from ``start`` to ``stop``, of the given topics or of all."""
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        return self._patiently(lambda: self._notifications(max(after, 0), limit, stop, frozenset(topics)))

    def max_notification_id(self) -> int | None:
        """The newest position, or None in an empty book."""
        return self._patiently(lambda: self._ledger.head(self._council)).position or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> "LedgerSubscription":
        """Every event behind position ``gt``, those stored later too, until the subscription is stopped."""
        subscription = LedgerSubscription(self, gt, topics)
        with self._subscribing:
            self._subscriptions.add(subscription)
        return subscription

    def forget(self, subscription: "LedgerSubscription") -> None:
        """Wake this subscription no more."""
        with self._subscribing:
            self._subscriptions.discard(subscription)

    async def _insert(self, stored_events: Sequence[StoredEvent]) -> list[Row]:
        command_id, now = self._new_id(), self._now()
        async with self._ledger.transaction(self._as_context(command_id, now)) as work:
            before_first: dict[str, int] = {}
            drafts: list[Draft] = []
            for event in stored_events:
                stream = _stream_of(event.originator_id)
                if stream not in before_first:
                    rows = await work.stream(stream)
                    first = _stored_event(rows[0]) if rows else event
                    before_first[stream] = first.originator_version - 1
                version = event.originator_version - before_first[stream]
                identity = uuid5(command_id, f"{stream}/{version}")
                payload = event.originator_version.to_bytes(_NUMBER, "big") + event.state
                drafts.append(Draft(stream, version, identity, event.topic, _SCHEMA, payload))
            return await work.append(drafts)

    async def _stream(self, stream: str) -> list[Row]:
        context = self._as_context(self._new_id(), self._now())
        async with self._ledger.transaction(context) as work:
            return await work.stream(stream)

    async def _notifications(
        self, after: int, limit: int, stop: int | None, topics: frozenset[str]
    ) -> list[Notification]:
        found: list[Notification] = []
        while rows := await self._ledger.rows(self._council, after, _PAGE):
            for row in rows:
                if len(found) == limit or (stop is not None and row.position > stop):
                    return found
                if row.kind == "decided" and (not topics or row.name in topics):
                    found.append(Notification(**vars(_stored_event(row)), id=row.position))
            after = rows[-1].position
        return found

    def _as_context(self, command_id: UUID, now: datetime) -> Context:
        return Context(self._council, "recorder", "recorder", now, now, command_id, command_id)

    def _patiently(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Try again while the store is busy, as the library's own recorder does; Busy says that nothing was stored."""
        attempt = 1
        while True:
            try:
                return self._run(work())
            except StaleVersion as problem:
                raise IntegrityError("a stored event is there already, or does not come next") from problem
            except TooLarge as problem:
                raise DataError("the state of a stored event is too large") from problem
            except Busy as problem:
                if attempt == ATTEMPTS:
                    raise OperationalError("the ledger stayed busy and stored nothing") from problem
                attempt += 1

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class LedgerSubscription(Subscription[LedgerRecorder]):
    """Asks again whenever its recorder stored something, and after :data:`POLL_SECONDS` at the latest.

    What is stored between asking and waiting has set the signal that the waiting looks at: nothing is missed.
    """

    def __init__(self, recorder: LedgerRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._stored = Event()
        self._waiting: list[Notification] = []

    def wake(self) -> None:
        """Something has been stored."""
        self._stored.set()

    def stop(self) -> None:
        """End the iteration, also one that is waiting on another thread."""
        super().stop()
        self._recorder.forget(self)
        self.wake()

    def __next__(self) -> Notification:
        while not self._has_been_stopped:
            if self._waiting:
                return self._waiting.pop(0)
            self._stored.clear()
            self._waiting = list(
                self._recorder.select_notifications(
                    self._last_notification_id, _PAGE, topics=self._topics, inclusive_of_start=False
                )
            )
            if self._waiting:
                self._last_notification_id = self._waiting[-1].id
            elif not self._has_been_stopped:
                self._stored.wait(POLL_SECONDS)
        raise StopIteration


def _stream_of(originator_id: UUID | str) -> str:
    return f"aggregate-{originator_id}" if isinstance(originator_id, UUID) else f"named-{originator_id}"


def _stored_event(row: Row) -> StoredEvent:
    kind, _, name = row.stream.partition("-")
    version = int.from_bytes(row.payload[:_NUMBER], "big")
    return StoredEvent(UUID(name) if kind == "aggregate" else name, version, row.name, row.payload[_NUMBER:])
