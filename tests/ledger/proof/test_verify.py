"""Whatever was changed in a ledger is found where it first shows; destroying keys changes nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.codec.codec import Codec, stored
from ledger.decider import Private
from ledger.pg.ledger import PostgresLedger, connect_pool
from ledger.proof.merkle import EMPTY_ROOT, root
from ledger.proof.verify import Broken, Verified, verify, verify_ledger
from ledger.rows import Context, Draft, Head, Hearing, Row
from ledger.store import Ledger
from ledger.testing.memory import MemoryLedger
from ledger.vault.vault import Erased, MemoryVault
from tests.databases import Databases
from tests.ledger.chained import COUNCIL, NOTHING, START, a_row, chained, head_of


def heard(position: int, sequence: int, source: str = "intake", source_epoch: int = 1) -> Row:
    places: dict[str, Any] = {"source": source, "source_epoch": source_epoch, "source_sequence": sequence}
    return a_row(position, kind="heard", version=0, **places)


ROWS = chained(
    [
        a_row(1, stream="application-1", version=1),
        heard(2, 1),
        a_row(3, stream="application-2", version=1),
        a_row(4, stream="application-1", version=2, epoch=2),
        heard(5, 2),
        heard(6, 1, source="panel", source_epoch=3),
        a_row(7, stream="application-1", version=3, epoch=2, payload=b""),
    ]
)
ROWS = chained(replace(row, epoch=1 if row.position < 4 else 2) for row in ROWS)


async def told(rows: list[Row]) -> AsyncIterator[Row]:
    for row in rows:
        yield row


async def verified(rows: list[Row], head: Head | None = None) -> Verified:
    return await verify(told(rows), head or head_of(rows))


async def broken(rows: list[Row], head: Head | None = None) -> tuple[int, str]:
    with pytest.raises(Broken) as found:
        await verified(rows, head)
    return found.value.position, found.value.what.split()[0]


async def test_untouched_rows_are_verified_with_their_root_and_chain() -> None:
    assert await verified(ROWS) == Verified(7, root([row.leaf for row in ROWS]), ROWS[-1].chain, 0)


async def test_a_council_without_rows_is_verified_too() -> None:
    empty = Head(COUNCIL, "book", 1, 0, START, NOTHING)
    assert await verify(told([]), empty) == Verified(0, EMPTY_ROOT, NOTHING, 0)


def altered(value: Any) -> st.SearchStrategy[Any]:
    """Another value of the same column, a byte or a character away."""
    match value:
        case UUID():
            return st.integers(0, 127).map(lambda bit: UUID(int=value.int ^ (1 << bit)))
        case datetime():
            return st.integers(-10, 10).filter(bool).map(lambda moved: value + timedelta(microseconds=moved))
        case int():
            return st.integers(0, 2**31).filter(lambda other: other != value)
        case bytes() if value:
            bits = st.integers(0, len(value) * 8 - 1)
            return bits.map(lambda bit: (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(len(value), "big"))
        case bytes():
            return st.binary(min_size=1, max_size=3)
        case str():
            return st.text(st.characters(codec="utf-8"), max_size=len(value) + 1).filter(lambda other: other != value)
        case _:
            raise AssertionError(type(value))


NAMED = {"council": "COUNCIL", "lane": "COUNCIL", "position": "GAP", "chain": "CHAIN"}


@pytest.mark.parametrize("column", [field.name for field in fields(Row)])
async def test_any_change_of_any_column_of_any_row_is_found_and_named(column: str) -> None:
    found: list[tuple[list[Row], int]] = []

    @given(st.data())
    def change(data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(ROWS) - 1))
        changed = replace(ROWS[index], **{column: data.draw(altered(getattr(ROWS[index], column)))})
        found.append(([*ROWS[:index], changed, *ROWS[index + 1 :]], index + 1))

    change()
    for rows, position in found:
        # The true head: someone who changes a row may change the head too, but not what others have noted of it.
        assert await broken(rows, head_of(ROWS)) == (position, NAMED.get(column, "LEAF"))


async def test_a_row_left_out_put_in_twice_or_exchanged_is_found_where_it_begins() -> None:
    head = head_of(ROWS)
    assert await broken([*ROWS[:2], *ROWS[3:]], head) == (3, "GAP")
    assert await broken([*ROWS[:3], ROWS[2], *ROWS[3:]], head) == (4, "GAP")
    assert await broken([*ROWS[:2], ROWS[3], ROWS[2], *ROWS[4:]], head) == (3, "GAP")
    assert await broken(ROWS[1:], head) == (1, "GAP")
    assert await broken(ROWS[:-1], head) == (7, "GAP")
    assert await broken([], head) == (1, "GAP")
    assert await broken([*ROWS, a_row(8, ROWS[-1].chain, epoch=2, version=4)], head) == (8, "HEAD")


async def test_a_head_that_does_not_belong_to_the_rows_is_found() -> None:
    head = head_of(ROWS)
    for wrong in (
        replace(head, chain=bytes(32)),
        replace(head, recorded_at=head.recorded_at + timedelta(microseconds=1)),
        replace(head, epoch=1),
        replace(head, position=6),
    ):
        assert await broken(ROWS, wrong) == (7, "HEAD")
    assert await broken(ROWS, replace(head, council="c92ab7")) == (1, "COUNCIL")
    raised_by_a_restore = replace(head, epoch=3)
    assert (await verified(ROWS, raised_by_a_restore)).positions == 7


@pytest.mark.parametrize(
    ("position", "changes", "expected"),
    [
        (4, {"recorded_at": ROWS[2].recorded_at}, "TIME"),
        (4, {"recorded_at": ROWS[2].recorded_at - timedelta(seconds=1)}, "TIME"),
        (4, {"version": 3}, "VERSION"),
        (4, {"version": 1}, "VERSION"),
        (4, {"stream": "application-2"}, None),
        (4, {"stream": "application-3"}, "VERSION"),
        (5, {"version": 1}, "VERSION"),
        (5, {"source_sequence": 1}, "HEARD"),
        (5, {"source_sequence": 0}, "HEARD"),
        (5, {"source": ""}, "HEARD"),
        (5, {"epoch": 1}, "EPOCH"),
        (3, {"source": "intake"}, "HEARD"),
        (3, {"kind": "told"}, "VERSION"),
    ],
)
async def test_a_broken_promise_is_found_although_every_digest_was_made_anew(
    position: int, changes: dict[str, Any], expected: str | None
) -> None:
    rows = chained([*ROWS[: position - 1], replace(ROWS[position - 1], **changes), *ROWS[position:]])
    found = await broken(rows)
    # Moving a version into another stream is dense there; the stream it was taken from shows the loss later.
    assert found == ((position, expected) if expected else (7, "VERSION"))


async def test_digests_made_anew_do_not_lead_to_the_head_that_others_know() -> None:
    rows = chained([replace(ROWS[0], payload=b"{}"), *ROWS[1:]])
    assert (await verified(rows)).root != (await verified(ROWS)).root
    assert await broken(rows, head_of(ROWS)) == (7, "HEAD")


async def test_parked_events_are_counted_as_not_heard_yet_and_break_nothing() -> None:
    sequences = [3, 7, 5, 4, 6, 9]
    rows = chained(heard(position, sequence) for position, sequence in enumerate(sequences, 1))
    assert (await verified(rows)).unheard == 3  # 1, 2 and 8
    rows = chained([*rows, heard(7, 8), heard(8, 1), heard(9, 40, source_epoch=2), heard(10, 42, source_epoch=2)])
    assert (await verified(rows)).unheard == 2  # 2, and 41 of the second epoch
    for again in (5, 8, 9):
        assert await broken(chained([*rows, heard(11, again)])) == (11, "HEARD")


@given(st.lists(st.integers(1, 12), max_size=20))
async def test_heard_sequences_are_told_apart_in_any_order(sequences: list[int]) -> None:
    rows = chained(heard(position, sequence) for position, sequence in enumerate(sequences, 1))
    first_again = next((at for at, one in enumerate(sequences) if one in sequences[:at]), None)
    if not sequences:
        return
    if first_again is None:
        assert (await verified(rows)).unheard == max(sequences) - len(sequences)
    else:
        assert await broken(rows) == (first_again + 1, "HEARD")


@dataclass(frozen=True)
class Noted:
    words: Private


CODEC = Codec([stored("test.noted", 1, Noted)])


def a_context() -> Context:
    command = uuid4()
    now = datetime(2026, 10, 5, 8, tzinfo=UTC)
    return Context(COUNCIL, "worker-1", "social_worker", now, now, command, command)


async def note(ledger: Ledger, vault: MemoryVault, stream: str, notes: list[Private]) -> None:
    """Append notes as a service does, and hear something in between."""
    context = a_context()
    async with ledger.transaction(context) as work:
        drafts = []
        for version, words in enumerate(notes, 1):
            event = await vault.seal_event(COUNCIL, stream, Noted(words))
            name, schema, payload = CODEC.encode(event)
            drafts.append(Draft(stream, version, uuid5(context.command_id, str(version)), name, schema, payload))
        await work.append(drafts)
        sequence = (await ledger.head(COUNCIL)).position + 1
        identity = uuid5(context.command_id, "heard")
        await work.hear(
            [Hearing("intake", 1, sequence, identity, "heard", 1, stream, context.now, context.correlation_id, b"{}")]
        )


async def test_erasing_a_person_changes_no_row_no_root_and_no_chain() -> None:
    ledger, vault = MemoryLedger("intake"), MemoryVault()
    await note(ledger, vault, "note-1", [Private("p1", "first"), Private("p2", "second"), Private("p1", "third")])
    before = await verify_ledger(ledger, COUNCIL)
    assert before.positions == 4
    await vault.destroy(COUNCIL, "p1")
    assert await verify_ledger(ledger, COUNCIL) == before
    kept = [CODEC.decode_row(row).words async for row in ledger.every_row(COUNCIL) if row.kind == "decided"]
    for erased in (kept[0], kept[2]):
        with pytest.raises(Erased):
            await vault.unseal(COUNCIL, erased)
    assert await vault.unseal(COUNCIL, kept[1]) == "second"


@pytest.fixture
async def postgres_ledger(databases: Databases) -> AsyncIterator[tuple[PostgresLedger, str]]:
    database = await databases.create("intake")
    async with await connect_pool(database.dsn("app"), max_size=3, application="test-verify") as pool:
        yield PostgresLedger("intake", pool), database.admin_dsn
    await databases.drop(database)


@pytest.mark.connected
async def test_what_postgres_digested_is_verified_and_what_its_superuser_changed_is_found(
    postgres_ledger: tuple[PostgresLedger, str],
) -> None:
    ledger, admin_dsn = postgres_ledger
    vault = MemoryVault()
    for stream in ("note-1", "note-2", "note-3"):
        await note(ledger, vault, stream, [Private("p1", "first"), Private("p1", "second – ein Wort")])
    untouched = await verify_ledger(ledger, COUNCIL)
    assert untouched.positions == 9
    assert untouched.root == root([row.leaf async for row in ledger.every_row(COUNCIL)])
    for position, change in (
        (8, "payload = set_byte(payload, 3, 0)"),
        (7, "actor = 'worker-2'"),
        (5, "received_at = received_at + interval '1 microsecond'"),
        (4, "cause = 'x'"),
        (2, "id = gen_random_uuid()"),
    ):
        await as_superuser(admin_dsn, f"UPDATE ledger.row SET {change} WHERE position = {position}")
        with pytest.raises(Broken, match=rf"position {position}: LEAF"):
            await verify_ledger(ledger, COUNCIL)
    await as_superuser(admin_dsn, "DELETE FROM ledger.row WHERE position = 1")
    with pytest.raises(Broken, match=r"position 1: GAP"):
        await verify_ledger(ledger, COUNCIL)


async def as_superuser(admin_dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(admin_dsn)
    try:
        # Triggers would refuse this; whoever owns the server can always go around them.
        await connection.execute("ALTER TABLE ledger.row DISABLE TRIGGER USER")
        await connection.execute(statement)
    finally:
        await connection.close()
