"""What every ledger store promises, held to both of them: the one in memory and the one in PostgreSQL."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from ledger.rows import MAX_PAYLOAD, Cause, Mark, Outcome
from ledger.store import Busy, CommandReused, Ledger, StaleVersion, TooLarge, Transaction
from tests.ledger.given import COUNCIL, NOW, OTHER_COUNCIL, a_context, a_draft, a_hearing, assert_chained

MICROSECOND = timedelta(microseconds=1)


async def test_a_new_council_has_an_empty_book(ledger: Ledger) -> None:
    head = await ledger.head(COUNCIL)
    assert (head.epoch, head.position, head.chain) == (1, 0, bytes(32))
    assert await ledger.rows(COUNCIL) == []


async def test_what_was_appended_is_read_back_with_every_column(ledger: Ledger) -> None:
    cause = Cause("heard-1", NOW)
    context = a_context(received_at=NOW - timedelta(hours=1), cause=cause)
    draft = a_draft("application-ä–1", payload="words – sealed".encode())
    async with ledger.transaction(context) as work:
        (row,) = await work.append([draft])
    assert await ledger.rows(COUNCIL) == [row]
    assert (row.council, row.lane, row.epoch, row.position, row.kind) == (COUNCIL, "book", 1, 1, "decided")
    assert (row.stream, row.version, row.id, row.name, row.schema) == (
        draft.stream,
        1,
        draft.id,
        draft.name,
        draft.schema,
    )
    assert (row.source, row.source_epoch, row.source_sequence) == ("", 0, 0)
    assert (row.received_at, row.recorded_at) == (NOW - timedelta(hours=1), NOW + MICROSECOND)
    assert (row.actor, row.role, row.cause, row.payload) == ("officer-17", "social_worker", "heard-1", draft.payload)
    assert (row.command_id, row.correlation_id) == (context.command_id, context.correlation_id)
    assert_chained([row])


async def test_the_head_is_the_newest_row(ledger: Ledger) -> None:
    async with ledger.transaction(a_context()) as work:
        rows = await work.append([a_draft(version=1), a_draft(version=2)])
    head = await ledger.head(COUNCIL)
    assert (head.position, head.recorded_at, head.chain) == (2, rows[-1].recorded_at, rows[-1].chain)


async def test_a_batch_over_many_streams_is_one_gapless_rising_chain(ledger: Ledger) -> None:
    async with ledger.transaction(a_context()) as work:
        await work.append([a_draft(f"application-{n % 7}", n // 7 + 1) for n in range(70)])
        await work.append([a_draft("application-0", 11)])
        assert await work.versions(["application-0", "application-6", "application-7"]) == {
            "application-0": 11,
            "application-6": 10,
        }
    rows = await ledger.rows(COUNCIL)
    assert len(rows) == 71
    assert_chained(rows)


async def test_an_append_alone_stands_in_the_same_chain_and_refuses_the_same(ledger: Ledger) -> None:
    context = a_context()
    (first,) = await ledger.append(context, [a_draft("access-1")], "access")
    async with ledger.transaction(a_context(), "access") as work:
        (second,) = await work.append([a_draft("access-1", 2)])
    more = await ledger.append(a_context(), [a_draft("access-1", 3), a_draft("access-2")], "access")
    for stale in (3, 5):
        with pytest.raises(StaleVersion):
            await ledger.append(a_context(), [a_draft("access-1", stale)], "access")
    with pytest.raises(TooLarge):
        await ledger.append(a_context(), [a_draft("access-3", payload=bytes(MAX_PAYLOAD + 1))], "access")
    rows = await ledger.rows(COUNCIL, lane="access")
    assert rows == [first, second, *more]
    assert first.command_id == context.command_id
    assert_chained(rows)
    assert await ledger.rows(COUNCIL) == []


async def test_pages_of_rows_meet_without_gap_or_overlap(ledger: Ledger) -> None:
    async with ledger.transaction(a_context()) as work:
        rows = await work.append([a_draft(version=n) for n in range(1, 2502)])
    assert await ledger.rows(COUNCIL, after=1200, limit=3) == rows[1200:1203]
    assert [row async for row in ledger.every_row(COUNCIL)] == rows


async def test_a_stream_is_its_own_decided_rows_oldest_first(ledger: Ledger) -> None:
    async with ledger.transaction(a_context()) as work:
        await work.append([a_draft("application-1", 1), a_draft("application-2", 1), a_draft("application-1", 2)])
        await work.hear([a_hearing(1, subject="application-1")])
        found = await work.stream("application-1")
    assert [(row.stream, row.version, row.position) for row in found] == [
        ("application-1", 1, 1),
        ("application-1", 2, 3),
    ]


async def test_nothing_of_a_unit_that_raised_is_kept(ledger: Ledger) -> None:
    context = a_context()

    async def fail() -> None:
        async with ledger.transaction(context) as work:
            await work.append([a_draft()])
            await work.hear([a_hearing(1)])
            await work.settle(Outcome({}, 1, 1))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert (await ledger.head(COUNCIL)).position == 0
    async with ledger.transaction(context) as work:
        assert await work.outcome() is None
        assert len(await work.hear([a_hearing(1)])) == 1


async def test_a_savepoint_is_undone_alone(ledger: Ledger) -> None:
    context = a_context()

    async def fail(work: Transaction) -> None:
        async with work.savepoint():
            await work.append([a_draft("application-2")])
            await work.settle(Outcome({"wrong": True}, 2, 2))
            raise LookupError

    async with ledger.transaction(context) as work:
        await work.append([a_draft("application-1")])
        with pytest.raises(LookupError):
            await fail(work)
        async with work.savepoint():
            await work.append([a_draft("application-3")])
        await work.settle(Outcome({"right": True}, 1, 2))
    rows = await ledger.rows(COUNCIL)
    assert [row.stream for row in rows] == ["application-1", "application-3"]
    assert_chained(rows)
    async with ledger.transaction(context) as work:
        assert await work.outcome() == Outcome({"right": True}, 1, 2)


@pytest.mark.parametrize("versions", [[0], [2], [1, 1], [1, 3], [2, 1]])
async def test_a_new_stream_starts_at_version_1_without_gaps(ledger: Ledger, versions: list[int]) -> None:
    with pytest.raises(StaleVersion):
        async with ledger.transaction(a_context()) as work:
            await work.append([a_draft(version=version) for version in versions])
    assert await ledger.rows(COUNCIL) == []


async def test_of_two_writers_on_one_version_one_wins(ledger: Ledger) -> None:
    async def write() -> None:
        async with ledger.transaction(a_context()) as work:
            await work.append([a_draft(version=1)])

    async with ledger.transaction(a_context()) as first:
        second = asyncio.create_task(write())
        done, _ = await asyncio.wait([second], timeout=0.2)
        assert not done, "the second did not wait for the first"
        (row,) = await first.append([a_draft(version=1)])
    with pytest.raises(StaleVersion):
        await second
    assert await ledger.rows(COUNCIL) == [row]


async def test_fifty_copies_of_one_command_have_one_outcome_and_fifty_same_answers(ledger: Ledger) -> None:
    command_id = uuid4()

    async def once(copy: int) -> Outcome:
        async with ledger.transaction(a_context(command_id=command_id, fingerprint=b"same")) as work:
            known = await work.outcome()
            if known is not None:
                return known
            rows = await work.append([a_draft(version=1)])
            outcome = Outcome({"copy": copy}, rows[0].position, rows[0].position)
            await work.settle(outcome)
        return outcome

    async with ledger.transaction(a_context()):
        # All of them are on their way, as many as there are connections at the lock, when it opens.
        copies = [asyncio.create_task(once(copy)) for copy in range(50)]
        done, _ = await asyncio.wait(copies, timeout=0.2)
        assert not done
    answers = await asyncio.gather(*copies)
    assert len(answers) == 50
    assert all(answer == answers[0] for answer in answers)
    assert len(await ledger.rows(COUNCIL)) == 1


async def test_an_outcome_without_events_is_kept_too(ledger: Ledger) -> None:
    context = a_context()
    async with ledger.transaction(context) as work:
        await work.settle(Outcome({"z": 1, "a": [None, "é"]}, 0, 0))
    async with ledger.transaction(context) as work:
        known = await work.outcome()
    assert known is not None
    assert known == Outcome({"z": 1, "a": [None, "é"]}, 0, 0)
    assert list(known.answer) == ["z", "a"]


async def test_a_command_id_with_another_body_is_refused(ledger: Ledger) -> None:
    command_id = uuid4()
    async with ledger.transaction(a_context(command_id=command_id, fingerprint=b"one")) as work:
        await work.settle(Outcome({}, 0, 0))
    with pytest.raises(CommandReused):
        async with ledger.transaction(a_context(command_id=command_id, fingerprint=b"other")) as work:
            await work.outcome()


async def test_a_command_is_settled_once(ledger: Ledger) -> None:
    async with ledger.transaction(a_context()) as work:
        await work.settle(Outcome({}, 0, 0))
        with pytest.raises(CommandReused):
            await work.settle(Outcome({}, 0, 0))


async def test_the_same_command_id_in_another_council_is_another_command(ledger: Ledger) -> None:
    command_id = uuid4()
    async with ledger.transaction(a_context(command_id=command_id)) as work:
        await work.append([a_draft(id=UUID(int=1))])
        await work.hear([a_hearing(1)])
        await work.settle(Outcome({}, 1, 1))
    async with ledger.transaction(a_context(OTHER_COUNCIL, command_id=command_id)) as work:
        assert await work.outcome() is None
        assert await work.stream("application-1") == []
        await work.append([a_draft(id=UUID(int=1))])
        assert len(await work.hear([a_hearing(1)])) == 1
        await work.settle(Outcome({}, 1, 1))
    assert [row.council for row in await ledger.rows(OTHER_COUNCIL)] == [OTHER_COUNCIL, OTHER_COUNCIL]


async def test_heard_events_are_stored_once(ledger: Ledger) -> None:
    async with ledger.transaction(a_context()) as work:
        first = await work.hear([a_hearing(1), a_hearing(2), a_hearing(2)])
    async with ledger.transaction(a_context()) as work:
        again = await work.hear([a_hearing(1), a_hearing(3), a_hearing(1, source="panel"), a_hearing(2)])
        assert await work.hear([]) == []
        assert await work.hear([a_hearing(3)]) == []
        raised = await work.hear([a_hearing(1, source_epoch=2)])
    rows = await ledger.rows(COUNCIL)
    assert rows == first + again + raised
    assert [(row.source, row.source_epoch, row.source_sequence) for row in rows] == [
        ("routing", 1, 1),
        ("routing", 1, 2),
        ("routing", 1, 3),
        ("panel", 1, 1),
        ("routing", 2, 1),
    ]
    assert [(row.kind, row.version) for row in rows] == [("heard", 0)] * 5
    assert_chained(rows)


async def test_a_heard_row_keeps_the_event_byte_for_byte_with_its_own_id_and_correlation(ledger: Ledger) -> None:
    hearing = a_hearing(7, payload=b'{ "type" : "as it came" }\n')
    context = a_context()
    async with ledger.transaction(context) as work:
        (row,) = await work.hear([hearing])
    assert (row.id, row.correlation_id, row.payload) == (hearing.id, hearing.correlation_id, hearing.payload)
    assert (row.stream, row.command_id) == (hearing.subject, context.command_id)


async def test_a_row_is_recorded_after_its_cause_its_head_and_the_clock(ledger: Ledger) -> None:
    async with ledger.transaction(a_context(now=NOW)) as work:
        (by_clock,) = await work.append([a_draft(version=1)])
    async with ledger.transaction(a_context(now=NOW - timedelta(days=1))) as work:
        (by_head,) = await work.append([a_draft(version=2)])
    later = NOW + timedelta(hours=2)
    async with ledger.transaction(a_context(now=NOW, cause=Cause("x", later))) as work:
        (by_cause,) = await work.append([a_draft(version=3)])
    latest = NOW + timedelta(hours=3)
    async with ledger.transaction(a_context(now=NOW)) as work:
        heard = await work.hear([a_hearing(1, recorded_at=latest), a_hearing(2, recorded_at=NOW)])
    assert by_clock.recorded_at == NOW
    assert by_head.recorded_at == NOW + MICROSECOND
    assert by_cause.recorded_at == later + MICROSECOND
    assert [row.recorded_at for row in heard] == [latest + MICROSECOND, latest + 2 * MICROSECOND]


async def test_a_payload_may_be_exactly_512_kibibytes(ledger: Ledger) -> None:
    async with ledger.transaction(a_context()) as work:
        await work.append([a_draft("application-1", payload=b"x" * MAX_PAYLOAD)])
    for oversized in (
        lambda work: work.append([a_draft("application-2", payload=b"x" * (MAX_PAYLOAD + 1))]),
        lambda work: work.hear([a_hearing(1, payload=b"x" * (MAX_PAYLOAD + 1))]),
    ):
        with pytest.raises(TooLarge):
            async with ledger.transaction(a_context()) as work:
                await oversized(work)
    assert len(await ledger.rows(COUNCIL)) == 1


async def test_the_access_lane_has_an_order_streams_and_outcomes_of_its_own(ledger: Ledger) -> None:
    context = a_context()
    async with ledger.transaction(context) as work:
        await work.append([a_draft("application-1")])
        await work.settle(Outcome({"lane": "book"}, 1, 1))
    async with ledger.transaction(context, "access") as work:
        assert await work.outcome() is None
        assert await work.stream("application-1") == []
        await work.append([a_draft("application-1"), a_draft("application-1", 2)])
        await work.settle(Outcome({"lane": "access"}, 1, 2))
    assert [row.lane for row in await ledger.rows(COUNCIL)] == ["book"]
    access = await ledger.rows(COUNCIL, lane="access")
    assert [row.lane for row in access] == ["access", "access"]
    assert_chained(access)
    assert ((await ledger.head(COUNCIL)).position, (await ledger.head(COUNCIL, "access")).position) == (1, 2)


async def test_the_lanes_do_not_wait_for_each_other(ledger: Ledger) -> None:
    async with ledger.transaction(a_context()) as book:
        async with ledger.transaction(a_context(), "access") as access:
            await access.append([a_draft("access-1")])
            await book.append([a_draft("application-1")])
    assert ((await ledger.head(COUNCIL)).position, (await ledger.head(COUNCIL, "access")).position) == (1, 1)


async def test_councils_do_not_wait_for_each_other(ledger: Ledger) -> None:
    async with ledger.transaction(a_context()) as one:
        async with ledger.transaction(a_context(OTHER_COUNCIL)) as other:
            await other.append([a_draft()])
        await one.append([a_draft()])
    assert ((await ledger.head(COUNCIL)).position, (await ledger.head(OTHER_COUNCIL)).position) == (1, 1)


async def test_a_writer_behind_another_gives_up_as_busy_and_stores_nothing(ledger: Ledger) -> None:
    async with ledger.transaction(a_context()) as work:
        with pytest.raises(Busy):
            async with ledger.transaction(a_context()) as second:
                await second.append([a_draft("application-2")])
        await work.append([a_draft("application-1")])
    assert [row.stream for row in await ledger.rows(COUNCIL)] == ["application-1"]


async def test_the_context_may_change_but_not_the_council(ledger: Ledger) -> None:
    async with ledger.transaction(a_context()) as work:
        later = a_context(actor="routing", cause=Cause("heard-9", NOW))
        work.context = later
        (row,) = await work.append([a_draft()])
        with pytest.raises(ValueError, match="one council"):
            work.context = a_context(OTHER_COUNCIL)
    assert (row.actor, row.command_id, row.cause) == ("routing", later.command_id, "heard-9")


async def test_a_mark_covers_every_council_that_has_a_book(ledger: Ledger) -> None:
    async with ledger.transaction(a_context()) as work:
        await work.append([a_draft()])
    await ledger.enlist(OTHER_COUNCIL)
    await ledger.enlist(OTHER_COUNCIL)
    await ledger.enlist(COUNCIL)
    assert await ledger.mark(NOW) == [Mark(COUNCIL, 1, 1, NOW), Mark(OTHER_COUNCIL, 1, 0, NOW)]


async def test_a_process_whose_clock_lags_records_after_the_mark(ledger: Ledger) -> None:
    await ledger.enlist(COUNCIL)
    (mark,) = await ledger.mark(NOW)
    for lane in ("book", "access"):
        async with ledger.transaction(a_context(now=NOW - timedelta(minutes=5)), lane) as work:
            (row,) = await work.append([a_draft()])
        assert row.recorded_at == mark.moment + MICROSECOND


async def test_a_mark_never_goes_back(ledger: Ledger) -> None:
    await ledger.enlist(COUNCIL)
    await ledger.mark(NOW)
    assert [mark.moment for mark in await ledger.mark(NOW - timedelta(minutes=1))] == [NOW]


async def test_a_mark_waits_for_a_command_that_started_earlier(ledger: Ledger) -> None:
    async with ledger.transaction(a_context(now=NOW)) as work:
        (row,) = await work.append([a_draft()])
        marking = asyncio.create_task(ledger.mark(NOW + timedelta(seconds=5)))
        done, _ = await asyncio.wait([marking], timeout=0.2)
        assert not done, "the mark was made beside an open unit of work"
    (mark,) = await marking
    assert row.recorded_at <= mark.moment
    assert row.position <= mark.position


async def test_a_mark_behind_a_unit_that_stays_open_is_busy_and_promises_nothing(ledger: Ledger) -> None:
    async with ledger.transaction(a_context(now=NOW)) as work:
        with pytest.raises(Busy):
            await ledger.mark(NOW + timedelta(hours=1))
        (row,) = await work.append([a_draft()])
    assert row.recorded_at == NOW


async def test_no_row_behind_a_mark_is_recorded_at_or_before_its_moment(ledger: Ledger) -> None:
    marks: list[Mark] = []

    async def write(writer: int) -> None:
        council = (COUNCIL, OTHER_COUNCIL)[writer % 2]
        for n in range(1, 31):
            # Each process has a clock of its own; some lag by minutes, and some jump back.
            now = NOW + timedelta(milliseconds=n * 7 - writer * 60_000 - (n % 5) * 900)
            async with ledger.transaction(a_context(council, now)) as work:
                await work.append([a_draft(f"application-{writer}", n)])

    async def keep_marking(writers: asyncio.Future[list[None]]) -> None:
        n = 0
        while not writers.done():
            n += 1
            marks.extend(await ledger.mark(NOW + timedelta(milliseconds=n * 3)))

    writers = asyncio.gather(*(write(writer) for writer in range(6)))
    await keep_marking(writers)
    await writers
    assert len(marks) > 4
    for council in (COUNCIL, OTHER_COUNCIL):
        rows = await ledger.rows(council)
        assert len(rows) == 90
        assert_chained(rows)
        for mark in marks:
            if mark.council == council:
                assert all(row.recorded_at > mark.moment for row in rows[mark.position :])


async def test_a_mark_covers_a_councils_newest_row_and_moves_no_other_councils_time(ledger: Ledger) -> None:
    ahead = NOW + timedelta(days=3650)
    async with ledger.transaction(a_context(now=ahead)) as work:
        (newest,) = await work.append([a_draft()])
    await ledger.enlist(OTHER_COUNCIL)
    marks = {mark.council: mark.moment for mark in await ledger.mark(NOW)}
    assert marks == {COUNCIL: newest.recorded_at, OTHER_COUNCIL: NOW}
    async with ledger.transaction(a_context(OTHER_COUNCIL)) as work:
        (later,) = await work.append([a_draft()])
    assert later.recorded_at == NOW + MICROSECOND
