"""States and projections are folded from rows: once, anew with equal tables, and never from what was not stored."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from ledger.book import Book, rebuild
from ledger.codec.codec import Codec, stored
from ledger.pg.ledger import PostgresLedger
from ledger.rows import Row
from ledger.store import NewerThanMe
from ledger.testing.memory import MemoryLedger
from ledger.unit_of_work import prepared
from ledger.vault.vault import MemoryVault
from tests.ledger.given import COUNCIL, NOW, OTHER_COUNCIL, a_context, a_hearing
from tests.ledger.notes import (
    CODEC,
    NOTE,
    NOTES_SHOWN,
    ROUTED_SHOWN,
    CloseNote,
    NoteWritten,
    WriteNote,
    a_book,
    carry_out,
    project,
    publish,
    routed,
)


async def a_busy_week(book: Book, council: str) -> None:
    for day in range(7):
        now = NOW + timedelta(days=day)
        for n in range(4):
            await carry_out(book, WriteNote(f"day {day}", n), a_context(council, now), f"note-{n}")
        async with book.unit_of_work(a_context(council, now)) as unit:
            await unit.hear([a_hearing(day + 1, payload=routed(day % 3, f"ROUTE_{day}"))])
    await carry_out(book, CloseNote(NOW), a_context(council), "note-2")


async def tables(ledger: PostgresLedger, council: str) -> list[Any]:
    found: list[Any] = []
    async with ledger.reading(council) as reader:
        for table in ("read.note", "read.routed"):
            found += [
                tuple(row) for row in await reader.fetch(f"SELECT * FROM {table} WHERE council = $1 ORDER BY 1, 2")
            ]
    return found


@pytest.mark.connected
async def test_dropping_every_projection_and_folding_again_gives_equal_tables(postgres_ledger: PostgresLedger) -> None:
    book = a_book(postgres_ledger)
    for council in (COUNCIL, OTHER_COUNCIL):
        await a_busy_week(book, council)
    before = [await tables(postgres_ledger, council) for council in (COUNCIL, OTHER_COUNCIL)]
    assert [len(rows) for rows in before] == [7, 7]
    async with book.unit_of_work(a_context()) as unit:
        await unit.transaction.change([NOTES_SHOWN.where().set(pence=-1), ROUTED_SHOWN.where().delete()])
        await unit.transaction.change([NOTES_SHOWN.row("stray").insert(pence=1, sealed=[])])
    assert await tables(postgres_ledger, COUNCIL) != before[0]
    assert await rebuild(book, [COUNCIL]) == 36
    assert [await tables(postgres_ledger, council) for council in (COUNCIL, OTHER_COUNCIL)] == before


async def test_folding_again_asks_for_the_same_changes() -> None:
    ledger = MemoryLedger("intake")
    await a_busy_week(a_book(ledger), COUNCIL)
    before = ledger.changes(COUNCIL)
    assert await rebuild(a_book(ledger), [COUNCIL]) == 36
    assert ledger.changes(COUNCIL) == before


async def test_a_row_newer_than_the_code_is_never_folded(book: Book) -> None:
    await carry_out(book, CloseNote(NOW), a_context())
    older = Book(
        ledger=book.ledger,
        codec=Codec([stored("intake.note.written", 1, NoteWritten)]),
        vault=MemoryVault(),
        project=project,
        publish=publish,
    )
    with pytest.raises(NewerThanMe):
        await carry_out(older, WriteNote("Ann", 1), a_context())
    with pytest.raises(NewerThanMe):
        await rebuild(older, [COUNCIL])


class Counted(Codec):
    """A codec that counts the rows it reads."""

    read = 0

    def decode_row(self, row: Row) -> Any:
        self.read += 1
        return super().decode_row(row)


async def test_a_process_folds_only_the_rows_that_it_has_not_folded_yet(book: Book) -> None:
    counted = book.codec = Counted(CODEC)
    for version in range(4):
        await carry_out(book, WriteNote("Ann", 1), a_context(), expected=version)
    assert counted.read == 3
    other = a_book(book.ledger)
    await carry_out(other, WriteNote("Ben", 20), a_context(), expected=4)
    outcome = await carry_out(
        book, WriteNote("Ann", 300), a_context(), expected=5, answer=lambda note, _: {"pence": note.pence}
    )
    assert outcome.answer["pence"] == 324
    assert counted.read == 5


async def test_a_state_whose_row_was_never_stored_is_not_built_upon(book: Book) -> None:
    await carry_out(book, WriteNote("Ann", 1), a_context())

    async def fail() -> None:
        async with book.unit_of_work(a_context()) as unit:
            await unit.carry_out(NOTE, "note-7", prepared(WriteNote("Ann", 10)))
            await unit.load(NOTE, "note-7")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    outcome = await carry_out(
        book, WriteNote("Ben", 200), a_context(), expected=1, answer=lambda note, _: {"pence": note.pence}
    )
    assert outcome.answer["pence"] == 201
    outcome = await carry_out(book, WriteNote("Ben", 0), a_context(), answer=lambda note, _: {"pence": note.pence})
    assert outcome.answer["pence"] == 201


@pytest.mark.connected
async def test_many_rows_of_one_plain_insert_arrive_as_if_each_had_come_alone(postgres_ledger: PostgresLedger) -> None:
    rows = [(f"application-{number}", f"ROUTE_{number}", number) for number in range(1, 131)]
    async with postgres_ledger.transaction(a_context()) as work:
        await work.change([ROUTED_SHOWN.row(row[0]).insert(route=row[1], position=row[2]) for row in rows])
        found = await work.fetch("SELECT * FROM read.routed WHERE council = $1 ORDER BY position")
    assert [tuple(row) for row in found] == [(COUNCIL, *row) for row in rows]
    others = [ROUTED_SHOWN.row(f"other-{number % 70}").insert(route="A", position=number) for number in range(80)]
    with pytest.raises(asyncpg.UniqueViolationError):
        async with postgres_ledger.transaction(a_context()) as work:
            await work.change(others)
    async with postgres_ledger.reading(COUNCIL) as reader:
        assert len(await reader.fetch("SELECT FROM read.routed WHERE council = $1")) == 130
