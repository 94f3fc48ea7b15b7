"""A connection lost around COMMIT: what was stored is never reported as lost, and nothing is stored twice."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from ledger.pg.ledger import PostgresLedger
from ledger.rows import Context, Outcome
from ledger.store import Busy, Transaction, Unknown
from tests.databases import MakeDatabase, MakePool
from tests.ledger.given import COUNCIL, a_context, a_draft
from tests.ledger.pg.cutting_proxy import Cut, CuttingProxy

pytestmark = pytest.mark.connected


@dataclass
class Line:
    """The ledger as a service reaches it, through a line that can be cut."""

    ledger: PostgresLedger
    proxy: CuttingProxy


@pytest.fixture
async def line(service_database: MakeDatabase, service_pool: MakePool) -> AsyncIterator[Line]:
    database = await service_database("intake")
    proxy = CuttingProxy(database.dsn("app"))
    async with proxy.running():
        pool = await service_pool(database, dsn=proxy.dsn)
        yield Line(PostgresLedger("intake", pool), proxy)
        await pool.close()


async def begin_application(ledger: PostgresLedger, context: Context) -> tuple[Outcome, str]:
    """A whole command, as a handler carries it out; says whether it stored or found the outcome there."""
    async with ledger.transaction(context) as work:
        if known := await work.outcome():
            return known, "already done"
        rows = await work.append([a_draft()])
        outcome = Outcome({"position": rows[0].position}, 1, 1)
        await work.settle(outcome)
    return outcome, "stored"


async def test_a_commit_whose_reply_is_lost_is_found_to_be_stored(line: Line) -> None:
    context = a_context()
    line.proxy.cut_next_commit("after")
    assert await begin_application(line.ledger, context) == (Outcome({"position": 1}, 1, 1), "stored")
    assert line.proxy.cuts == 1
    assert len(await line.ledger.rows(COUNCIL)) == 1


async def test_the_same_command_after_a_lost_reply_is_already_done_and_no_conflict(line: Line) -> None:
    context = a_context()
    line.proxy.cut_next_commit("after", then_refuse=True)
    with pytest.raises(Unknown):
        await begin_application(line.ledger, context)
    line.proxy.recover()
    assert await begin_application(line.ledger, context) == (Outcome({"position": 1}, 1, 1), "already done")
    assert len(await line.ledger.rows(COUNCIL)) == 1


async def test_a_commit_that_never_arrived_is_busy_and_the_command_may_come_again(line: Line) -> None:
    context = a_context()
    line.proxy.cut_next_commit("before")
    with pytest.raises(Busy):
        await begin_application(line.ledger, context)
    assert line.proxy.cuts == 1
    assert await line.ledger.rows(COUNCIL) == []
    assert await begin_application(line.ledger, context) == (Outcome({"position": 1}, 1, 1), "stored")


@pytest.mark.parametrize(("when", "stored"), [("after", 1), ("before", 0)])
async def test_rows_without_an_outcome_are_looked_for_by_their_leaf(line: Line, when: Cut, stored: int) -> None:
    line.proxy.cut_next_commit(when)
    failed = False
    try:
        async with line.ledger.transaction(a_context()) as work:
            await work.append([a_draft()])
    except Busy:
        failed = True
    assert failed == (not stored)
    assert len(await line.ledger.rows(COUNCIL)) == stored


async def test_what_a_savepoint_undid_is_not_looked_for(line: Line) -> None:
    async def undone(work: Transaction) -> None:
        async with work.savepoint():
            await work.append([a_draft("application-2")])
            await work.settle(Outcome({}, 2, 2))
            raise LookupError

    line.proxy.cut_next_commit("after")
    async with line.ledger.transaction(a_context()) as work:
        await work.append([a_draft()])
        with pytest.raises(LookupError):
            await undone(work)
    assert line.proxy.cuts == 1
    assert [row.stream for row in await line.ledger.rows(COUNCIL)] == ["application-1"]


async def test_a_connection_lost_in_the_middle_is_busy(line: Line) -> None:
    context = a_context()

    async def lose() -> None:
        async with line.ledger.transaction(context) as work:
            await work.append([a_draft()])
            await work.connection.fetch("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Busy):
        await lose()
    assert await begin_application(line.ledger, context) == (Outcome({"position": 1}, 1, 1), "stored")


async def test_a_database_that_cannot_be_reached_is_busy(line: Line) -> None:
    line.proxy.cut_next_commit("before", then_refuse=True)
    for _ in range(2):
        with pytest.raises(Busy):
            await begin_application(line.ledger, a_context())
    line.proxy.recover()
    assert (await line.ledger.head(COUNCIL)).position == 0


async def test_a_protocol_that_broke_when_the_server_died_is_busy_and_no_fault_of_ours(line: Line) -> None:
    with pytest.raises(Busy):
        async with line.ledger.transaction(a_context()):
            raise asyncpg.InternalClientError("cannot switch to idle state; protocol is in the failed state")
    assert await line.ledger.rows(COUNCIL) == []


@pytest.mark.parametrize(("when", "stored"), [("after", 1), ("before", 0)])
async def test_an_append_alone_whose_reply_is_lost_is_looked_for(line: Line, when: Cut, stored: int) -> None:
    draft = a_draft(payload=b'{"mark":"cut here"}')
    line.proxy.cut_next_commit(when, at=draft.payload)
    if stored:
        assert await line.ledger.append(a_context(), [draft]) == await line.ledger.rows(COUNCIL)
    else:
        with pytest.raises(Busy):
            await line.ledger.append(a_context(), [draft])
    assert line.proxy.cuts == 1
    assert len(await line.ledger.rows(COUNCIL)) == stored


async def test_an_append_alone_that_nobody_can_look_for_is_unknown(line: Line) -> None:
    draft = a_draft(payload=b'{"mark":"cut here"}')
    line.proxy.cut_next_commit("after", then_refuse=True, at=draft.payload)
    with pytest.raises(Unknown):
        await line.ledger.append(a_context(), [draft])
    line.proxy.recover()
    assert len(await line.ledger.rows(COUNCIL)) == 1


async def test_a_connection_given_back_inside_of_a_transaction_comes_out_of_it(
    service_database: MakeDatabase, service_pool: MakePool
) -> None:
    """Whoever used it may have been cancelled between two statements."""
    pool = await service_pool(await service_database("intake"), max_size=1)
    async with pool.acquire() as connection:
        await connection.execute("BEGIN")
    async with pool.acquire() as connection:
        assert not connection.is_in_transaction()
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; COMMIT;")
