"""A book's unit: load, decide, record, project, publish and settle, all or nothing, once per command."""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4, uuid5

import asyncpg
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured
from cloudevents.core.formats.json import JSONFormat

from ledger.book import Book
from ledger.decider import Acting, By, Decider, Private, Refused
from ledger.envelope import enveloped
from ledger.pg.ledger import PostgresLedger
from ledger.proof.leaf import leaf_hash
from ledger.rows import Cause, Outcome, Outgoing
from ledger.store import CommandReused, StaleVersion
from ledger.testing.memory import MemoryLedger
from ledger.unit_of_work import UnitOfWork, prepared
from ledger.vault.vault import MemoryVault
from tests.databases import MakeDatabase, MakePool
from tests.ledger.chained import a_row
from tests.ledger.given import COUNCIL, NOW, OTHER_COUNCIL, a_context, a_hearing, assert_chained
from tests.ledger.notes import (
    CODEC,
    NOTE,
    NOTES,
    CloseNote,
    Command,
    Note,
    NoteClosed,
    NoteWritten,
    WriteNote,
    a_book,
    carry_out,
    refusal,
    routed,
)
from tests.ledger.round_trips import counted


async def test_a_command_is_answered_with_what_it_led_to(book: Book) -> None:
    outcome = await carry_out(book, WriteNote("Ann", 500), a_context(), answer=lambda note, _: {"pence": note.pence})
    assert outcome == Outcome(
        {
            "id": "7",
            "version": 1,
            "position": 1,
            "recorded_at": "2026-10-05T08:00:00Z",
            "events": ["intake.note.written"],
            "pence": 500,
        },
        1,
        1,
    )


async def test_the_same_command_gets_the_identical_answer_again_whatever_happened_since(book: Book) -> None:
    context = a_context(fingerprint=b"one")
    first = await carry_out(book, WriteNote("Ann", 500), context, expected=None)
    await carry_out(book, CloseNote(NOW), a_context())
    again = await carry_out(book, WriteNote("Ann", 500), replace(context, now=NOW + timedelta(hours=1)), expected=9)
    assert again == first
    assert list(again.answer) == list(first.answer)
    assert len(await book.ledger.rows(COUNCIL)) == 2
    with pytest.raises(CommandReused):
        await carry_out(book, WriteNote("Bob", 500), replace(context, fingerprint=b"other"))


async def test_nothing_to_do_is_an_answer_too(book: Book) -> None:
    await carry_out(book, WriteNote("Ann", 500), a_context())
    closed = await carry_out(book, CloseNote(NOW), a_context())
    nothing = await carry_out(book, CloseNote(NOW), a_context())
    assert nothing.answer == closed.answer | {"events": []}
    assert (nothing.first_position, nothing.last_position) == (0, 0)
    assert (await book.ledger.head(COUNCIL)).position == 2


async def test_a_refusal_stores_nothing_and_the_command_may_come_again(book: Book) -> None:
    await carry_out(book, CloseNote(NOW), a_context())
    context = a_context()
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await carry_out(book, WriteNote("Ann", 1), context)
        assert refused.value.code == "NOTE_CLOSED"
    assert (await book.ledger.head(COUNCIL)).position == 1


async def test_the_version_that_the_caller_read_must_be_the_newest(book: Book) -> None:
    await carry_out(book, WriteNote("Ann", 1), a_context())
    await carry_out(book, WriteNote("Ann", 2), a_context(), expected=1)
    assert await refusal(book, WriteNote("Ann", 3), expected=1) == "STALE_VERSION"
    assert await refusal(book, WriteNote("Ann", 3), expected=3) == "STALE_VERSION"
    assert await refusal(book, WriteNote("Ann", 3), expected=1, stream="note-8") == "NOT_FOUND"
    assert (await book.ledger.head(COUNCIL)).position == 2


async def test_a_stream_is_loaded_with_its_state_and_place(book: Book) -> None:
    async with book.unit_of_work(a_context()) as unit:
        empty = await unit.load(NOTE, "note-7")
        assert (empty.version, empty.state, empty.position, empty.recorded_at) == (0, Note(), 0, None)
        rows = await unit.record(empty, [NoteWritten(Private("person-1", "Ann"), 3), NoteClosed(NOW)])
        loaded = await unit.load(NOTE, "note-7")
    assert (loaded.version, loaded.state) == (2, Note(3, True))
    assert (loaded.position, loaded.recorded_at) == (2, rows[-1].recorded_at)


async def test_events_decided_on_a_state_that_has_moved_on_are_stale(book: Book) -> None:
    async with book.unit_of_work(a_context()) as unit:
        loaded = await unit.load(NOTE, "note-7")
        await unit.record(loaded, [NoteClosed(NOW)])
        with pytest.raises(StaleVersion):
            async with unit.savepoint():
                await unit.record(loaded, [NoteClosed(NOW)])


async def test_ids_follow_from_the_command_and_the_place_in_the_stream(book: Book) -> None:
    context = a_context(command_id=UUID(int=5))
    async with book.unit_of_work(context) as unit:
        rows = await unit.record("note-7", [NoteClosed(NOW), NoteClosed(NOW)])
    assert [row.id for row in rows] == [uuid5(UUID(int=5), "note-7/1"), uuid5(UUID(int=5), "note-7/2")]


async def test_an_import_records_many_streams_in_one_append(book: Book) -> None:
    async with book.unit_of_work(a_context()) as unit:
        await unit.record("note-2", [NoteClosed(NOW)])
    async with book.unit_of_work(a_context()) as unit:
        loaded = await unit.load(NOTE, "note-3")
        batch = [(f"note-{n}", [NoteWritten(Private("p", "x"), n), NoteClosed(NOW)]) for n in (1, 2)]
        rows = await unit.record_all(
            [*batch, (loaded, [NoteClosed(NOW)]), ("note-1", [NoteClosed(NOW)]), ("note-4", [])]
        )
        assert await unit.record_all([]) == []
    assert [(row.stream, row.version) for row in rows] == [
        ("note-1", 1),
        ("note-1", 2),
        ("note-2", 2),
        ("note-2", 3),
        ("note-3", 1),
        ("note-1", 3),
    ]
    assert_chained(await book.ledger.rows(COUNCIL))


async def test_personal_text_is_stored_sealed_and_still_folds(book: Book) -> None:
    await carry_out(book, WriteNote("Ann Example", 500), a_context())
    (row,) = await book.ledger.rows(COUNCIL)
    assert b"Ann" not in row.payload
    event = book.codec.decode_row(row)
    assert event.words.text is None
    assert event.words.person == "person-1"
    assert leaf_hash(row) == row.leaf


async def test_a_consumer_sets_a_context_for_each_heard_event(book: Book) -> None:
    heard_at = NOW + timedelta(minutes=3)
    hearings = [a_hearing(n, payload=routed(n, "PANEL"), recorded_at=heard_at) for n in (1, 2)]
    async with book.unit_of_work(a_context(actor="routing")) as unit:
        for heard in await unit.hear(hearings):
            unit.context = replace(
                unit.context,
                command_id=uuid5(UUID(int=0), str(heard.row.id)),
                correlation_id=heard.row.correlation_id,
                cause=Cause(str(heard.row.id), heard.row.recorded_at),
            )
            outcome = await unit.carry_out(NOTE, f"note-{heard.data['n']}", prepared(CloseNote(NOW)))
            assert outcome.answer["id"] == str(heard.data["n"])
        assert await unit.hear(hearings) == []
    rows = await book.ledger.rows(COUNCIL)
    assert [(row.kind, row.stream) for row in rows] == [
        ("heard", "application-1"),
        ("heard", "application-1"),
        ("decided", "note-1"),
        ("decided", "note-2"),
    ]
    assert [row.cause for row in rows] == ["", "", str(rows[0].id), str(rows[1].id)]
    assert [row.correlation_id for row in rows] == [UUID(int=1), UUID(int=2)] * 2
    assert rows[0].recorded_at > heard_at


async def test_a_heard_event_is_read_as_it_came(book: Book) -> None:
    sealed = {"sealed": "v1.1.x", "person": "p", "stream": "application-1", "field": "name"}
    async with book.unit_of_work(a_context()) as unit:
        (heard,) = await unit.hear([a_hearing(1, payload=routed(1, "PANEL", name=sealed))])
    assert (heard.type, heard.subject) == ("uk.panelbook.routing.route.routed.v1", "application-1")
    assert heard.data == {"n": 1, "route": "PANEL", "name": sealed}
    assert book.read(heard.row) == heard


async def test_the_access_lane_reaches_no_projection_and_no_topic(book: Book) -> None:
    told: list[Any] = []

    def tell(one: Any) -> list[Any]:
        told.append(one)
        return []

    telling = Book(ledger=book.ledger, codec=CODEC, vault=MemoryVault(), project=tell, publish=tell)
    async with telling.unit_of_work(a_context(), "access") as unit:
        (first,) = await unit.record("access-2026-10", [NoteClosed(NOW)])
        (second,) = await unit.record("access-2026-10", [NoteClosed(NOW)])
    assert [first.version, second.version] == [1, 2]
    assert await book.ledger.rows(COUNCIL, lane="access") == [first, second]
    assert told == []


async def test_a_public_event_is_a_cloudevent_with_the_rows_id_and_time() -> None:
    ledger = MemoryLedger("intake")
    context = a_context(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    await carry_out(a_book(ledger), CloseNote(datetime(2026, 1, 2, tzinfo=UTC)), context)
    (row,) = await ledger.rows(COUNCIL)
    (sent,) = ledger.outbox(COUNCIL, "events")
    assert sent.headers == {
        "content-type": "application/cloudevents+json",
        "panelbook_type": "uk.panelbook.intake.note.closed.v1",
        "panelbook_subject": "note-7",
        "council": COUNCIL,
        "epoch": "1",
        "sequence": "1",
    }
    assert json.loads(sent.value) == {
        "specversion": "1.0",
        "id": str(row.id),
        "source": "/panelbook/intake",
        "type": "uk.panelbook.intake.note.closed.v1",
        "subject": "note-7",
        "time": "2026-10-05T08:00:00Z",
        "datacontenttype": "application/json",
        "council": COUNCIL,
        "epoch": 1,
        "sequence": 1,
        "correlationid": str(context.correlation_id),
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "data": {"note": "note-7", "closed_at": "2026-01-02T00:00:00Z"},
    }
    event = from_structured(KafkaMessage({}, None, sent.value), JSONFormat())
    assert (event.get_id(), event.get_time()) == (str(row.id), row.recorded_at)
    (announced,) = ledger.outbox(COUNCIL, "decisions")
    assert (announced.sequence, json.loads(announced.value)["data"]) == (1, {})


@pytest.mark.connected
async def test_a_desk_reads_its_own_councils_models_inside_the_transaction(postgres_ledger: PostgresLedger) -> None:
    book = a_book(postgres_ledger)
    for council in (COUNCIL, OTHER_COUNCIL):
        await carry_out(book, WriteNote("Ann", 5), a_context(council))

    async def pence(unit: UnitOfWork) -> list[int]:
        return [
            row["pence"] for row in await unit.fetch("SELECT pence FROM read.note WHERE council = $1 AND pence > $2", 1)
        ]

    async with book.unit_of_work(a_context()) as unit:
        assert await pence(unit) == [5]
        await unit.carry_out(NOTE, "note-8", prepared(WriteNote("Bob", 6)))
        assert sorted(await pence(unit)) == [5, 6]
        with pytest.raises(asyncpg.UndefinedTableError):
            async with unit.savepoint():
                await unit.fetch("SELECT 1 FROM read.nothing WHERE council = $1")


async def test_fifty_copies_of_one_command_leave_one_event_and_fifty_same_answers(book: Book) -> None:
    command_id = uuid4()
    answers = await asyncio.gather(
        *(carry_out(book, WriteNote("Ann", 5), a_context(command_id=command_id)) for _ in range(50))
    )
    assert [answer == answers[0] for answer in answers] == [True] * 50
    assert len(await book.ledger.rows(COUNCIL)) == 1


def test_an_event_of_a_later_epoch_or_another_lane_is_not_taken_for_the_first_one() -> None:
    context = a_context()
    first = a_row(1)
    again = replace(first, epoch=2)
    lanes: tuple[Literal["events", "decisions"], ...] = ("events", "decisions")
    told: list[str] = []
    for row in (first, again):
        for lane in lanes:
            outgoing = Outgoing(lane, "uk.panelbook.intake.note.closed.v1", "note-7", {})
            told.append(json.loads(enveloped("intake", row, outgoing, 1, context).value)["id"])
    assert told[0] == str(first.id)
    assert len(set(told)) == 4


async def test_what_a_command_needs_is_prepared_once_behind_its_outcome_and_its_stream(book: Book) -> None:
    seen: list[Note] = []

    async def prepare(unit: UnitOfWork, note: Note) -> tuple[Command, Acting[Any]]:
        seen.append(note)
        assert (await unit.load(NOTE, "note-7")).state == note
        assert await unit.outcome() is None
        return WriteNote("Ann", 5), unit.acting()

    context = a_context()
    first = await book.carry_out(context, NOTE, "note-7", prepare, expected=0)
    assert first == await book.carry_out(context, NOTE, "note-7", prepare, expected=0)
    assert seen == [Note()]
    with pytest.raises(Refused, match="STALE_VERSION"):
        await book.carry_out(a_context(), NOTE, "note-7", prepare, expected=0)
    assert seen == [Note()]


async def test_who_acts_when_and_under_what_travels_beside_the_command(book: Book) -> None:
    given: list[Acting[Any]] = []

    def decide(command: Command, note: Note, acting: Acting[Any]) -> list[Any]:
        given.append(acting)
        return []

    decider: Decider[Command, Note, Any] = Decider(Note(), NOTE.evolve, decide)
    await book.carry_out(a_context(team="north"), decider, "note-7", prepared(CloseNote(NOW), {"hours": 3}))
    assert given == [Acting(By("officer-17", "social_worker", "north"), NOW, {"hours": 3})]


async def test_a_stream_that_was_appended_to_is_not_read_again(book: Book) -> None:
    async with book.unit_of_work(a_context()) as unit:
        loaded = await unit.load(NOTE, "note-7")
        await unit.record(loaded, [NoteWritten(Private("person-1", "Ann"), 3)])
        await unit.record("note-7", [NoteClosed(NOW)])
        now = await unit.load(NOTE, "note-7")
    async with book.unit_of_work(a_context()) as unit:
        assert now == await unit.load(NOTE, "note-7")
    assert now.state == Note(3, closed=True)


async def test_what_a_part_that_is_undone_had_loaded_and_written_is_forgotten(book: Book) -> None:
    async with book.unit_of_work(a_context()) as unit:
        before = await unit.load(NOTE, "note-7")
        with suppress(ZeroDivisionError):
            async with unit.savepoint():
                await unit.record(before, [NoteClosed(NOW)])
                raise ZeroDivisionError
        assert await unit.load(NOTE, "note-7") == before
        await unit.record(before, [NoteWritten(Private("person-1", "Ann"), 3)])
    (row,) = await book.ledger.rows(COUNCIL)
    assert row.name == "intake.note.written"


@pytest.mark.connected
async def test_a_command_takes_seven_ways_to_the_database(
    service_database: MakeDatabase, service_pool: MakePool, tmp_path: Path
) -> None:
    """The head lock, outcome and stream, the append, the read model, outbox and outcome, COMMIT, the disk."""
    migration = tmp_path / "0001_notes.sql"
    migration.write_text(NOTES)
    pool = await service_pool(await service_database("intake", [migration]))
    book = a_book(PostgresLedger("intake", pool))
    await carry_out(book, WriteNote("Ann", 5), a_context())
    async with counted(pool) as asked:
        await carry_out(book, CloseNote(NOW), a_context())
    assert len(asked) == 7, asked
