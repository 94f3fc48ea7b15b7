"""Changes of one row are one change, and leave the tables that they would leave one after the other."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.changes import Change, Pending, Statement, Table, Write, tables_of
from ledger.pg.applying import run_changes
from tests.databases import MakeDatabase, MakePool
from tests.ledger.given import COUNCIL, OTHER_COUNCIL

FORM = Table("read.form", key=("form", "part"))
PRICE = Table("read.price", key=("form",))
TABLES = """
CREATE TABLE read.form (
    council text NOT NULL, form uuid NOT NULL, part integer NOT NULL, said text DEFAULT 'nothing yet', pence bigint,
    tags jsonb NOT NULL DEFAULT '[]', twice bigint GENERATED ALWAYS AS (pence * 2) STORED,
    PRIMARY KEY (council, form, part)
);
CREATE TABLE read.price (council text NOT NULL, form text NOT NULL, pence bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (council, form));
"""
IDS = [f"863ac4ee-6b55-5ed3-a3ad-52e9609ad8f{n}" for n in range(2)]


def merged(*changes: Change) -> list[Change]:
    return Pending(changes).take()


def row(part: int = 1) -> Any:
    return FORM.row(IDS[0], part)


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        (row().insert(said="a", pence=1), row().set(pence=2), row().insert(said="a", pence=2)),
        (row().insert(said="a"), row().put(pence=2), row().insert(said="a", pence=2)),
        (row().put(said="a"), row().set(pence=2), row().put(said="a", pence=2)),
        (row().put(said="a"), row().put(pence=2), row().put(said="a", pence=2)),
        (row().set(said="a"), row().set(said="b", pence=2), row().set(said="b", pence=2)),
        (row().put(said="a"), row().delete(), row().delete()),
        (row().set(said="a"), row().delete(), row().delete()),
        (row().delete(), row().set(said="a"), row().delete()),
        (row().delete(), row().delete(), row().delete()),
        (row().delete(), row().insert(said="a"), Write(FORM, "replace", (IDS[0], 1), {"said": "a"})),
        (row().delete(), row().put(said="a"), Write(FORM, "replace", (IDS[0], 1), {"said": "a"})),
    ],
)
def test_two_changes_of_one_row_are_one(first: Write, second: Write, one: Write) -> None:
    assert merged(first, second) == [one]


def test_a_row_that_comes_and_goes_is_not_written() -> None:
    assert merged(row().insert(said="a"), row().set(pence=1), row().delete()) == []


@pytest.mark.parametrize("first", [row().insert(said="a"), row().put(said="a"), row().set(said="a")])
def test_an_insert_of_a_row_that_may_be_there_is_left_to_the_database(first: Write) -> None:
    changes = merged(first, row().insert(said="b"))
    assert (changes[0], changes[-1], len(changes)) == (first, row().insert(said="b"), 3)


def test_what_names_no_whole_key_comes_after_what_is_pending_of_its_tables() -> None:
    across = FORM.where(form=IDS[0]).set(pence=3)
    counted = Statement((FORM,), "update read.form set pence = pence + 1 where council = $1", because="it counts")
    for barrier in (across, counted, FORM.where().delete()):
        before, after = row().insert(said="a"), row().set(said="b")
        assert merged(before, barrier, after) == [before, barrier, after]
        elsewhere = PRICE.row("a")
        assert merged(elsewhere.insert(), barrier, elsewhere.set(pence=2)) == [elsewhere.insert(pence=2), barrier]


def test_only_what_a_reading_needs_is_taken_out_before_it() -> None:
    both = Statement(
        (FORM, PRICE),
        "insert into read.price (council, form) select $1, form::text from read.form where council = $1 and pence > 1",
        because="one table is filled from another",
    )
    pending = Pending([row(1).insert(pence=1), PRICE.row("a").insert()])
    assert pending.take(tables_of("SELECT 1 FROM Read.Price p WHERE council = $1")) == [PRICE.row("a").insert()]
    pending.add([both, row(2).insert(pence=2)])
    assert pending.take(frozenset(["read.price"])) == [row(1).insert(pence=1), both]
    assert pending.take() == [row(2).insert(pence=2)]


def test_a_change_names_the_whole_key_and_gives_it_no_other_value() -> None:
    with pytest.raises(ValueError, match="named by"):
        FORM.row(IDS[0])
    with pytest.raises(ValueError, match="named by"):
        FORM.row(IDS[0], None)
    with pytest.raises(ValueError, match=r"read\.price"):
        Statement((FORM,), "update read.price set pence = 1 where council = $1", because="a mistake")


# --- On PostgreSQL --------------------------------------------------------------------------------------------


@pytest.fixture
async def connection(service_database: MakeDatabase, service_pool: MakePool, tmp_path: Path) -> AsyncIterator[Any]:
    migration = tmp_path / "0001_forms.sql"
    migration.write_text(TABLES)
    pool = await service_pool(await service_database("intake", [migration]))
    async with pool.acquire() as connection:
        yield connection


_KEYS = st.builds(FORM.row, st.sampled_from(IDS), st.integers(1, 2)) | st.builds(PRICE.row, st.sampled_from("ab"))


@st.composite
def _changes(draw: st.DrawFn) -> Change:
    one = draw(_KEYS)
    pence = st.integers(0, 9)
    values: dict[str, Any] = draw(
        st.fixed_dictionaries({}, optional={"pence": pence, "said": st.sampled_from("xyz") | st.none()})
        if one.table is FORM
        else st.fixed_dictionaries({}, optional={"pence": pence})
    )
    match draw(st.sampled_from(["insert", "put", "set", "delete"] * 3 + ["across", "gone", "sql", "both", "text"])):
        case "insert":
            return one.insert(**values)
        case "put":
            return one.put(**values)
        case "set":
            return one.set(**values)
        case "delete":
            return one.delete()
        case "across":
            return FORM.where(part=draw(st.integers(1, 2))).set(pence=draw(pence))
        case "gone":
            return FORM.where(said=draw(st.sampled_from("xyz") | st.none())).delete()
        case "sql":
            counted = "update read.form set pence = coalesce(pence, 0) + $2 where council = $1"
            return Statement((FORM,), counted, (draw(pence),), because="it counts")
        case "both":
            filled = (
                "insert into read.price (council, form, pence) select $1, min(said), 7 from read.form"
                " where council = $1 and said is not null having count(*) > 0 on conflict (council, form) do nothing"
            )
            return Statement((FORM, PRICE), filled, because="one table is filled from another")
        case _:
            return Statement((PRICE,), "update read.price set pence = pence * 2 % 97 where council = $1", because="x")


_EVERY = "SELECT * FROM {} WHERE council = $1"


async def tables(connection: asyncpg.Connection, council: str) -> list[Any]:
    await connection.execute("SELECT set_config('panelbook.council', $1, true)", council)
    return [
        sorted(map(str, (tuple(one)[1:] for one in await connection.fetch(_EVERY.format(name), council))))
        for name in ("read.form", "read.price")
    ]


async def apart(connection: asyncpg.Connection, council: str, changes: Sequence[Change]) -> list[Change]:
    """Write each change by itself; those that the database did not refuse."""
    done: list[Change] = []
    await connection.execute("SELECT set_config('panelbook.council', $1, true)", council)
    for change in changes:
        try:
            async with connection.transaction():
                await run_changes(connection, council, [change])
        except asyncpg.UniqueViolationError:
            continue
        done.append(change)
    return done


@pytest.mark.connected
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_changes(), max_size=25), st.lists(st.integers(1, 25), max_size=4))
async def test_merged_and_apart_changes_leave_equal_tables(
    connection: asyncpg.Connection, changes: list[Change], units: list[int]
) -> None:
    transaction = connection.transaction()
    await transaction.start()
    try:
        done = await apart(connection, COUNCIL, changes)
        await connection.execute("SELECT set_config('panelbook.council', $1, true)", OTHER_COUNCIL)
        for size in (*units, len(done)):
            some, done = done[:size], done[size:]
            await run_changes(connection, OTHER_COUNCIL, some)
        assert await tables(connection, OTHER_COUNCIL) == await tables(connection, COUNCIL)
    finally:
        await transaction.rollback()
