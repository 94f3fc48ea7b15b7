"""What follows from a row follows once, in order, under ids that a repetition has too, and refuses no command."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid5

import pytest

from ledger.book import Book, last_unit
from ledger.decider import Private, Waiting, not_ready, rule_broken
from ledger.following import MAX_ROUNDS, MAX_ROWS, Endless, Policies, Policy, follows, unfinished
from ledger.recorded import Decided, Heard
from ledger.rows import Cause, Context, Draft, Row
from ledger.store import Ledger
from ledger.testing.memory import MemoryLedger
from ledger.unit_of_work import UnitOfWork, prepared
from ledger.vault.vault import MemoryVault
from tests.ledger.given import COUNCIL, NOW, a_context, a_hearing
from tests.ledger.notes import CODEC, NOTE, CloseNote, NoteClosed, NoteWritten, WriteNote, project, publish, routed

ROUTED = "uk.panelbook.routing.route.routed.v1"


@follows(NoteWritten, leads_to=(NoteClosed,))
async def close_the_dear(unit: UnitOfWork, written: Decided) -> None:
    if written.event.pence > 100:
        await unit.decide(NOTE, written.row.stream, CloseNote(NOW), unit.acting())


@follows(NoteClosed, leads_to=(NoteWritten,))
async def write_a_sequel(unit: UnitOfWork, closed: Decided) -> None:
    await unit.decide(NOTE, f"{closed.row.stream}-sequel", WriteNote("more", 1), unit.acting())


@follows(ROUTED, leads_to=(NoteWritten,))
async def note_what_was_routed(unit: UnitOfWork, heard: Heard) -> None:
    for n in range(heard.data["n"]):
        if (await unit.load(NOTE, f"note-{n}")).version:
            continue
        await unit.decide(NOTE, f"note-{n}", WriteNote("routed", 5 + n), unit.acting())


def a_book(ledger: Ledger, *policies: Policy) -> Book:
    return Book(ledger=ledger, codec=CODEC, vault=MemoryVault(), project=project, publish=publish, follow=policies)


def story(rows: list[Row]) -> list[tuple[str, str]]:
    return [(row.stream, row.name.rpartition(".")[2]) for row in rows]


async def write(book: Book, pence: int, stream: str = "note-7", context: Context | None = None) -> dict[str, Any]:
    outcome = await book.carry_out(context or a_context(), NOTE, stream, prepared(WriteNote("Ann", pence)))
    return outcome.answer


@pytest.fixture
def ledger(book: Book) -> Ledger:
    """Each store in turn, with the tables of notes."""
    return book.ledger


@pytest.fixture
def following(ledger: Ledger) -> Book:
    return a_book(ledger, close_the_dear, write_a_sequel)


async def test_what_follows_is_done_until_nothing_follows_and_the_answer_is_of_the_end(following: Book) -> None:
    answer = await write(following, 500)
    assert story(await following.ledger.rows(COUNCIL)) == [
        ("note-7", "written"),
        ("note-7", "closed"),
        ("note-7-sequel", "written"),
    ]
    assert (answer["version"], answer["position"], answer["events"]) == (2, 2, ["intake.note.written"])


async def test_a_follow_up_keeps_who_acts_the_cause_and_the_correlation_of_what_it_follows_from(
    following: Book,
) -> None:
    await write(following, 500, context=a_context(cause=Cause("elsewhere", NOW)))
    first, *others = await following.ledger.rows(COUNCIL)
    for row in others:
        for name in ("actor", "role", "cause", "correlation_id", "command_id", "received_at"):
            assert getattr(row, name) == getattr(first, name)


async def test_the_ids_of_what_follows_derive_from_the_cause_the_policy_and_the_place(following: Book) -> None:
    await write(following, 500)
    written, closed, sequel = await following.ledger.rows(COUNCIL)
    assert closed.id == close_the_dear.id_of(written, "note-7", 2)
    assert sequel.id == write_a_sequel.id_of(closed, "note-7-sequel", 1)


async def test_follow_ups_come_breadth_first_in_the_order_of_positions(following: Book) -> None:
    async with following.unit_of_work(a_context()) as unit:
        await unit.record_all([(f"note-{n}", [NoteWritten(Private("p", "x"), 500)]) for n in range(2)])
    assert story(await following.ledger.rows(COUNCIL)) == [
        ("note-0", "written"),
        ("note-1", "written"),
        ("note-0", "closed"),
        ("note-1", "closed"),
        ("note-0-sequel", "written"),
        ("note-1-sequel", "written"),
    ]


async def test_what_a_rule_refuses_to_a_policy_is_kept_and_refuses_no_command(following: Book) -> None:
    async with following.unit_of_work(a_context()) as unit:
        await unit.record("note-7-sequel", [NoteClosed(NOW)])
    await write(following, 500)
    rows = await following.ledger.rows(COUNCIL)
    assert story(rows)[2:] == [("note-7", "written"), ("note-7", "closed")]
    refused = await refusals(following, rows[-1], write_a_sequel, "note-7-sequel")
    assert refused["refused"] == "NOTE_CLOSED"
    assert (refused["policy"], refused["stream"]) == ("write_a_sequel", "note-7-sequel")


async def refusals(book: Book, row: Row, policy: Policy, stream: str) -> dict[str, Any]:
    context = a_context(command_id=uuid5(row.id, f"{policy.name}/{stream}/refused"))
    async with book.unit_of_work(context) as unit:
        outcome = await unit.outcome()
    assert outcome is not None
    return outcome.answer


async def test_a_refusal_that_a_policy_lets_through_is_kept_too(ledger: Ledger) -> None:
    @follows(NoteWritten)
    async def refuse(unit: UnitOfWork, written: Decided) -> None:
        raise rule_broken("NEVER", "It never can.")

    book = a_book(ledger, refuse)
    await write(book, 1)
    (row,) = await ledger.rows(COUNCIL)
    assert (await refusals(book, row, refuse, ""))["refused"] == "NEVER"


async def test_what_is_heard_too_early_waits_as_a_whole_and_a_command_does_not(ledger: Ledger) -> None:
    @follows(ROUTED, NoteWritten)
    async def wait(unit: UnitOfWork, recorded: Any) -> None:
        raise not_ready("NOT_HERE", "It is not here yet.")

    book = a_book(ledger, wait)
    with pytest.raises(Waiting):
        async with book.unit_of_work(a_context()) as unit:
            await unit.hear([a_hearing(1, payload=routed(1, "PANEL"))])
    assert await ledger.rows(COUNCIL) == []
    await write(book, 1)
    assert len(await ledger.rows(COUNCIL)) == 1


async def test_a_policy_records_only_what_it_says_that_it_leads_to(ledger: Ledger) -> None:
    @follows(NoteWritten)
    async def silent(unit: UnitOfWork, written: Decided) -> None:
        await unit.record(written.row.stream, [NoteClosed(NOW)])

    with pytest.raises(TypeError, match="silent does not say"):
        await write(a_book(ledger, silent), 1)
    assert await ledger.rows(COUNCIL) == []


async def test_what_never_ends_is_a_fault_and_nothing_is_stored(ledger: Ledger) -> None:
    @follows(NoteWritten, leads_to=(NoteWritten,))
    async def again(unit: UnitOfWork, written: Decided) -> None:
        await unit.record(written.row.stream, [NoteWritten(Private("p", "x"), 1)])

    with pytest.raises(Endless, match=str(MAX_ROUNDS)):
        await write(a_book(ledger, again), 1)
    assert await ledger.rows(COUNCIL) == []


async def test_more_rows_than_may_follow_are_a_fault(ledger: Ledger) -> None:
    book = a_book(ledger, note_what_was_routed)
    for n, fault in ((MAX_ROWS + 1, True), (MAX_ROWS, False)):
        try:
            async with book.unit_of_work(a_context()) as unit:
                await unit.hear([a_hearing(n, payload=routed(n, "PANEL"))])
        except Endless:
            assert fault
        else:
            assert not fault
    assert len(await ledger.rows(COUNCIL)) == 1 + MAX_ROWS


async def test_what_is_done_for_each_of_a_list_is_bounded_by_the_list(ledger: Ledger) -> None:
    each = replace(note_what_was_routed, each=True)
    async with a_book(ledger, each).unit_of_work(a_context()) as unit:
        await unit.hear([a_hearing(1, payload=routed(MAX_ROWS + 6, "PANEL"))])
    assert len(await ledger.rows(COUNCIL)) == 1 + MAX_ROWS + 6


async def test_an_import_of_types_without_a_policy_keeps_nothing_to_follow(ledger: Ledger) -> None:
    book = a_book(ledger, write_a_sequel)
    ready = [await book.make_ready(COUNCIL, f"note-{n}", [NoteWritten(Private("p", "x"), n)]) for n in range(3)]
    async with book.unit_of_work(a_context()) as unit:
        await unit.record_new(ready)
        assert unit._news == []


def test_two_policies_have_two_names() -> None:
    with pytest.raises(ValueError, match="name of its own"):
        Policies([close_the_dear, close_the_dear])
    assert Policies([close_the_dear, note_what_was_routed]).heard == {ROUTED}


# --- After a restore ------------------------------------------------------------------------------------------


def context_of(row: Row) -> Context:
    cause = Cause(str(row.id), row.recorded_at) if row.kind == "heard" else None
    cause = Cause(row.cause, row.recorded_at) if row.cause else cause
    return Context(
        row.council, row.actor, row.role, row.received_at, NOW + timedelta(days=1), row.command_id, row.correlation_id,
        cause=cause,
    )  # fmt: skip


async def a_story(book: Book) -> list[Row]:
    """Something heard of which four rows follow."""
    hearing = a_hearing(3, payload=routed(2, "PANEL"))
    async with book.unit_of_work(a_context(actor="service:intake", cause=Cause(str(hearing.id), NOW))) as unit:
        (heard,) = await unit.hear([hearing])
        assert isinstance(heard, Heard)
    return await book.ledger.rows(COUNCIL)


@pytest.mark.parametrize("kept", [1, 2, 3, 4, 5])
async def test_what_a_restore_cuts_off_follows_afterwards_under_the_same_ids(kept: int) -> None:
    @follows(NoteWritten, leads_to=(NoteClosed,))
    async def close_what_was_routed(unit: UnitOfWork, written: Decided) -> None:
        await unit.decide(NOTE, written.row.stream, CloseNote(NOW), unit.acting())

    policies = (note_what_was_routed, close_what_was_routed)
    whole = await a_story(a_book(MemoryLedger("intake"), *policies))
    assert len(whole) == 5
    ledger = MemoryLedger("intake")
    cut = a_book(ledger)
    heard, *decided = whole[:kept]
    async with cut.unit_of_work(context_of(heard)) as unit:
        await unit.hear([a_hearing(3, payload=routed(2, "PANEL"))])
    for row in decided:
        await put(ledger, row)
    book = a_book(ledger, *policies)
    recorded = await last_unit(book, COUNCIL)
    assert len(recorded) == kept
    async with book.unit_of_work(context_of(heard)) as unit:
        await unit.follow(unfinished(book.policies, recorded, context_of))
    again = await ledger.rows(COUNCIL)
    assert [(row.stream, row.version, row.id, row.actor, row.cause) for row in again[1:]] == [
        (row.stream, row.version, row.id, row.actor, row.cause) for row in whole[1:]
    ]
    async with book.unit_of_work(context_of(heard)) as unit:
        await unit.follow(unfinished(book.policies, await last_unit(book, COUNCIL), context_of))
    assert await ledger.rows(COUNCIL) == again


async def put(ledger: MemoryLedger, row: Row) -> None:
    """A row as a restore puts it back."""
    async with ledger.transaction(context_of(row)) as transaction:
        await transaction.append([Draft(row.stream, row.version, row.id, row.name, row.schema, row.payload)])
