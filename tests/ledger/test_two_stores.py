"""Whatever is done to both ledgers, in whatever order, they hold equal rows, digests, heads, outcomes and events."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ledger.pg.ledger import PostgresLedger, connect_pool
from ledger.rows import Cause, Context, Draft, Lane, Outcome, Outgoing
from ledger.store import CommandReused, Ledger, StaleVersion, Transaction
from ledger.testing.memory import MemoryLedger
from tests.databases import Databases
from tests.ledger.given import COUNCIL, NOW, OTHER_COUNCIL, a_context, a_draft, a_hearing, assert_chained

COUNCILS = st.sampled_from([COUNCIL, OTHER_COUNCIL])
LANES: st.SearchStrategy[Lane] = st.sampled_from(["book", "access"])
STREAMS = st.sampled_from(["application-1", "application-2", "settings", "officer-ä"])
# Clocks lag, jump and stand still.
MOMENTS = st.integers(-3_000_000, 3_000_000).map(lambda us: NOW + timedelta(microseconds=us))
PAYLOADS = st.binary(max_size=40)
COMMANDS = st.integers(0, 5)


class Undone(Exception):
    """The unit of work is given up after its work."""


class TwoStores(RuleBasedStateMachine):
    """Does the same to a ledger in memory and to one in PostgreSQL."""

    databases: Databases

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.drafts = 0
        self.loop.run(self._open())

    async def _open(self) -> None:
        self.database = await self.databases.create("intake")
        self.pool = await connect_pool(self.database.dsn("app"), max_size=2, application="test-two-stores")
        self.relay = await asyncpg.connect(self.database.dsn("relay"))
        self.memory = MemoryLedger("intake")
        self.postgres = PostgresLedger("intake", self.pool)

    def teardown(self) -> None:
        async def close() -> None:
            await self.relay.close()
            await self.pool.close()
            await self.databases.drop(self.database)

        self.loop.run(close())
        self.loop.close()

    def both(self, do: Callable[[Ledger], Awaitable[Any]]) -> Any:
        """The result, or the error's name, which must be the same in both."""

        async def outcome_of(ledger: Ledger) -> Any:
            try:
                return await do(ledger)
            except (StaleVersion, CommandReused, Undone) as problem:
                return type(problem).__name__

        in_memory = self.loop.run(outcome_of(self.memory))
        assert in_memory == self.loop.run(outcome_of(self.postgres))
        return in_memory

    def in_a_unit(
        self, context: Context, do: Callable[[Transaction], Awaitable[Any]], lane: Lane = "book", undo: bool = False
    ) -> Any:
        async def unit(ledger: Ledger) -> Any:
            async with ledger.transaction(context, lane) as work:
                result = await do(work)
                if undo:
                    raise Undone
            return result

        return self.both(unit)

    def context(self, council: str, now: Any, command: int = 0, **particulars: Any) -> Context:
        particulars = {"correlation_id": UUID(int=1), "command_id": UUID(int=command), **particulars}
        return a_context(council, now, **particulars)

    def draft(self, stream: str, version: int, payload: bytes) -> Draft:
        self.drafts += 1
        return a_draft(stream, version, payload, id=uuid5(UUID(int=0), str(self.drafts)))

    @rule(
        council=COUNCILS,
        lane=LANES,
        now=MOMENTS,
        streams=st.lists(st.tuples(STREAMS, PAYLOADS), min_size=1, max_size=6),
        skip=st.sampled_from([0, 0, 0, 0, 1, -1]),
        caused=st.none() | MOMENTS,
        undo=st.sampled_from([False, False, False, True]),
        published=st.booleans(),
    )
    def append(
        self,
        council: str,
        lane: Lane,
        now: Any,
        streams: list[tuple[str, bytes]],
        skip: int,
        caused: Any,
        undo: bool,
        published: bool,
    ) -> None:
        cause = Cause("heard", caused) if caused else None
        versions: dict[str, int] = {}
        drafts: list[Draft] = []

        async def do(work: Transaction) -> Any:
            if not versions:
                versions.update(await work.versions([stream for stream, _ in streams]))
                for stream, payload in streams:
                    versions[stream] = versions.get(stream, 0) + 1
                    drafts.append(self.draft(stream, versions[stream] + skip, payload))
            rows = await work.append(drafts)
            if published and lane == "book":
                await work.publish(
                    [(row, Outgoing("events", "uk.panelbook.x.v1", row.stream, {"n": 1})) for row in rows]
                )
                await work.publish([(rows[0], Outgoing("decisions", "uk.panelbook.y.v1", "y", {}))])
            return rows

        self.in_a_unit(self.context(council, now, cause=cause), do, lane, undo)

    @rule(
        council=COUNCILS,
        now=MOMENTS,
        places=st.lists(
            st.tuples(st.sampled_from(["routing", "panel"]), st.integers(1, 2), st.integers(1, 9)), max_size=5
        ),
        recorded_at=MOMENTS,
        undo=st.booleans(),
    )
    def hear(self, council: str, now: Any, places: list[tuple[str, int, int]], recorded_at: Any, undo: bool) -> None:
        hearings = [
            a_hearing(sequence, source, source_epoch=epoch, recorded_at=recorded_at)
            for source, epoch, sequence in places
        ]
        self.in_a_unit(self.context(council, now), lambda work: work.hear(hearings), undo=undo)

    @rule(council=COUNCILS, lane=LANES, now=MOMENTS, command=COMMANDS, body=st.sampled_from([b"one", b"other"]))
    def carry_out(self, council: str, lane: Lane, now: Any, command: int, body: bytes) -> None:
        drafted: list[Draft] = []

        async def do(work: Transaction) -> Any:
            if known := await work.outcome():
                return known
            version = (await work.versions(["settings"])).get("settings", 0) + 1
            if not drafted:
                drafted.append(self.draft("settings", version, body))
            (row,) = await work.append(drafted)
            outcome = Outcome({"version": row.version}, row.position, row.position)
            await work.settle(outcome)
            return outcome

        self.in_a_unit(self.context(council, now, command, fingerprint=body), do, lane)

    @rule(council=COUNCILS, now=MOMENTS, kept=PAYLOADS, lost=PAYLOADS)
    def undo_a_part(self, council: str, now: Any, kept: bytes, lost: bytes) -> None:
        drafts: list[Draft] = []

        async def part(work: Transaction) -> None:
            async with work.savepoint():
                await work.append([drafts[1]])
                await work.hear([a_hearing(99)])
                raise Undone

        async def do(work: Transaction) -> Any:
            version = (await work.versions(["settings"])).get("settings", 0)
            if not drafts:
                drafts.extend(self.draft("settings", version + n, payload) for n, payload in ((1, kept), (2, lost)))
            rows = await work.append(drafts[:1])
            with pytest.raises(Undone):
                await part(work)
            return rows + await work.stream("settings")

        self.in_a_unit(self.context(council, now), do)

    @rule(now=MOMENTS)
    def mark(self, now: Any) -> None:
        self.both(lambda ledger: ledger.mark(now))

    @rule(council=COUNCILS)
    def enlist(self, council: str) -> None:
        self.both(lambda ledger: ledger.enlist(council))

    @invariant()
    def both_hold_the_same(self) -> None:
        for council in (COUNCIL, OTHER_COUNCIL):
            for lane in ("book", "access"):
                self.both(lambda ledger, council=council, lane=lane: ledger.head(council, lane))
                assert_chained(self.both(lambda ledger, council=council, lane=lane: ledger.rows(council, lane=lane)))

    @invariant()
    def both_send_the_same(self) -> None:
        in_memory = [
            (council, lane, sent.sequence, sent.value)
            for council in (COUNCIL, OTHER_COUNCIL)
            for lane in ("decisions", "events")
            for sent in self.memory.outbox(council, lane)
        ]
        query = "SELECT council, lane, sequence, value FROM ledger.outbox ORDER BY 1, 2, 3"
        assert in_memory == [tuple(row) for row in self.loop.run(self.relay.fetch(query))]


@pytest.mark.connected
def test_memory_and_postgresql_hold_equal_ledgers_after_any_commands(databases: Databases) -> None:
    TwoStores.databases = databases
    run_state_machine_as_test(
        TwoStores,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
