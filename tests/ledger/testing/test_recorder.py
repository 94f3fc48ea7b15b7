"""Our ledger in PostgreSQL passes the suite that the eventsourcing library ships for its own recorders."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import DataError, IntegrityError, OperationalError, StoredEvent

# The module, not its classes: pytest would run an abstract case that it finds under its own name here.
from eventsourcing.tests import persistence

from ledger.pg.ledger import PostgresLedger, connect_pool
from ledger.proof.verify import verify_ledger
from ledger.rows import MAX_PAYLOAD, Context
from ledger.store import Ledger
from ledger.testing.memory import MemoryLedger
from ledger.testing.recorder import LedgerRecorder
from tests.databases import Databases, ServiceDatabase

COUNCIL = "c4d81e"
OpenLedger = Callable[[], AbstractAsyncContextManager[Ledger]]


def now() -> datetime:
    return datetime.now(UTC)


def opening(database: ServiceDatabase) -> OpenLedger:
    """How a recorder opens the ledger in a database, on its own event loop."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Ledger]:
        async with await connect_pool(database.dsn("app"), max_size=15, application="test-recorder") as pool:
            yield PostgresLedger(database.service, pool)

    return opened


@pytest.fixture
def database(databases: Databases) -> Iterator[ServiceDatabase]:
    made = asyncio.run(databases.create("intake"))
    yield made
    asyncio.run(databases.drop(made))


@pytest.mark.connected
class TestLedgerRecorder(persistence.ApplicationRecorderTestCase[LedgerRecorder]):
    """The library's own cases, all of them, the optional one about subscriptions too."""

    @pytest.fixture(autouse=True)
    def _recorder(self, database: ServiceDatabase) -> Iterator[None]:
        with LedgerRecorder(opening(database), COUNCIL, now, uuid4) as recorder:
            self.recorder = recorder
            yield

    def create_recorder(self) -> LedgerRecorder:
        return self.recorder

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()

    def test_insert_select_from_version_0(self) -> None:
        self.INITIAL_VERSION = 0
        self.test_insert_select()


def an_event(version: int, originator_id: UUID | str, state: bytes = b"state", topic: str = "topic") -> StoredEvent:
    return StoredEvent(originator_id, version, topic, state)


@pytest.fixture
def memory() -> MemoryLedger:
    return MemoryLedger("intake")


@pytest.fixture
def recorder(memory: MemoryLedger) -> Iterator[LedgerRecorder]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Ledger]:
        yield memory

    with LedgerRecorder(opened, COUNCIL, now, uuid4) as recorder:
        yield recorder


def test_what_the_library_stores_is_a_ledger_that_verifies(recorder: LedgerRecorder, memory: MemoryLedger) -> None:
    first, second = uuid4(), "an-id-with-dashes"
    assert recorder.insert_events([an_event(0, first), an_event(7, second), an_event(1, first)]) == [1, 2, 3]
    assert recorder.insert_events([an_event(8, second, b"")]) == [4]
    assert recorder.select_events(second) == [an_event(7, second), an_event(8, second, b"")]
    assert [one.originator_id for one in recorder.select_notifications(1, 10)] == [first, second, first, second]
    assert asyncio.run(verify_ledger(memory, COUNCIL)).positions == 4


def test_an_empty_insert_stores_nothing_and_a_gap_or_a_repetition_is_refused(recorder: LedgerRecorder) -> None:
    aggregate = uuid4()
    assert recorder.insert_events([]) == []
    recorder.insert_events([an_event(1, aggregate)])
    for version in (0, 1, 3):
        with pytest.raises(IntegrityError):
            recorder.insert_events([an_event(version, aggregate)])
    assert recorder.max_notification_id() == 1


def test_what_the_store_refuses_is_said_in_the_librarys_words(memory: MemoryLedger) -> None:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Ledger]:
        yield MemoryLedger("intake", wait_seconds=0.01)

    with LedgerRecorder(opened, COUNCIL, now, uuid4) as recorder:
        with pytest.raises(DataError):
            recorder.insert_events([an_event(1, uuid4(), bytes(MAX_PAYLOAD))])
        with pytest.raises(TypeError, match="not tracking"):
            recorder.insert_events([an_event(1, uuid4())], tracking=None)

        async def hold_the_head() -> None:
            context = Context(COUNCIL, "a", "b", now(), now(), uuid4(), uuid4())
            async with recorder._ledger.transaction(context):
                with pytest.raises(OperationalError):
                    await asyncio.to_thread(recorder.insert_events, [an_event(1, uuid4())])

        recorder._run(hold_the_head())


def test_a_subscriber_on_another_thread_gets_each_event_once_in_order(recorder: LedgerRecorder) -> None:
    aggregate, expected = uuid4(), 300
    received: list[int] = []
    ready = Barrier(2)

    def receive() -> None:
        with recorder.subscribe() as subscription:
            ready.wait()
            for notification in subscription:
                received.append(notification.id)
                if len(received) == expected:
                    return

    thread = Thread(target=receive)
    thread.start()
    ready.wait()
    for version in range(1, expected + 1):
        recorder.insert_events([an_event(version, aggregate)])
    thread.join(timeout=20)
    assert received == list(range(1, expected + 1))


def test_closing_ends_a_subscription_that_waits(recorder: LedgerRecorder) -> None:
    subscription = recorder.subscribe()
    ended: list[bool] = []
    thread = Thread(target=lambda: ended.append(list(subscription) == []))
    thread.start()
    recorder.close()
    thread.join(timeout=20)
    assert ended == [True]


@pytest.mark.connected
def test_what_another_process_stores_reaches_a_subscriber_too(database: ServiceDatabase) -> None:
    opened = opening(database)
    with (
        LedgerRecorder(opened, COUNCIL, now, uuid4) as ours,
        LedgerRecorder(opened, COUNCIL, now, uuid4) as theirs,
        ours.subscribe(topics=["wanted"]) as subscription,
    ):
        aggregate = uuid4()
        theirs.insert_events([an_event(1, aggregate, topic="other"), an_event(2, aggregate, topic="wanted")])
        assert next(subscription).id == 2
