"""A small service whose book holds notes: what it decides, shows and tells, for the tests of books."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from ledger.book import Book
from ledger.changes import Change, Statement, Table
from ledger.codec.codec import Codec, stored
from ledger.decider import Acting, Decider, Private, Refused, rule_broken
from ledger.recorded import Decided, Heard, Recorded
from ledger.rows import Context, Outcome, Outgoing
from ledger.store import Ledger
from ledger.unit_of_work import prepared
from ledger.vault.vault import MemoryVault
from tests.ledger.given import a_context


@dataclass(frozen=True)
class NoteWritten:
    words: Private
    pence: int


@dataclass(frozen=True)
class NoteClosed:
    at: datetime


@dataclass(frozen=True)
class WriteNote:
    words: str
    pence: int


@dataclass(frozen=True)
class CloseNote:
    at: datetime


@dataclass(frozen=True)
class Note:
    pence: int = 0
    closed: bool = False


Event = NoteWritten | NoteClosed
Command = WriteNote | CloseNote


def evolve(note: Note, event: Event) -> Note:
    match event:
        case NoteWritten():
            return replace(note, pence=note.pence + event.pence)
        case NoteClosed():
            return replace(note, closed=True)


def decide(command: Command, note: Note, acting: Acting[Any]) -> Sequence[Event]:
    match command:
        case WriteNote():
            if note.closed:
                raise rule_broken("NOTE_CLOSED", "This note is closed.")
            return [NoteWritten(Private("person-1", command.words), command.pence)]
        case CloseNote():
            return [] if note.closed else [NoteClosed(command.at)]


NOTE: Decider[Command, Note, Event] = Decider(Note(), evolve, decide)
CODEC = Codec([stored("intake.note.written", 1, NoteWritten), stored("intake.note.closed", 1, NoteClosed)])

NOTES = """
CREATE TABLE read.note (
    council text NOT NULL, stream text NOT NULL, pence bigint NOT NULL, sealed text[] NOT NULL, closed_at timestamptz,
    PRIMARY KEY (council, stream)
);
CREATE TABLE read.routed (
    council text NOT NULL, application text NOT NULL, route text NOT NULL, position bigint NOT NULL,
    PRIMARY KEY (council, application)
);
"""


NOTES_SHOWN = Table("read.note", key=("stream",))
ROUTED_SHOWN = Table("read.routed", key=("application",))


def project(recorded: Recorded) -> list[Change]:
    match recorded:
        case Heard():
            return [
                ROUTED_SHOWN.row(recorded.subject).put(route=recorded.data["route"], position=recorded.row.position)
            ]
        case Decided(event=NoteWritten() as event):
            return [
                Statement(
                    (NOTES_SHOWN,),
                    "INSERT INTO read.note AS n (council, stream, pence, sealed) VALUES ($1, $2, $3, ARRAY[$4])"
                    " ON CONFLICT (council, stream) DO UPDATE SET pence = n.pence + $3, sealed = n.sealed || $4",
                    (recorded.row.stream, event.pence, event.words.box),
                    because="it adds to what is there",
                )
            ]
        case Decided(event=NoteClosed() as event):
            return [NOTES_SHOWN.row(recorded.row.stream).set(closed_at=event.at)]
        case _:
            return []


def publish(decided: Decided) -> list[Outgoing]:
    match decided.event:
        case NoteClosed():
            data = {"note": decided.row.stream, "closed_at": decided.event.at}
            return [
                Outgoing("events", "uk.panelbook.intake.note.closed.v1", decided.row.stream, data),
                Outgoing("decisions", "uk.panelbook.intake.note.announced.v1", decided.row.stream, {}),
            ]
        case _:
            return []


def a_book(ledger: Ledger) -> Book:
    return Book(ledger=ledger, codec=CODEC, vault=MemoryVault(), project=project, publish=publish)


async def carry_out(book: Book, command: Command, context: Context, stream: str = "note-7", **how: Any) -> Outcome:
    async with book.unit_of_work(context) as unit:
        return await unit.carry_out(NOTE, stream, prepared(command), **how)


async def refusal(book: Book, command: Command, **how: Any) -> str:
    with pytest.raises(Refused) as refused:
        await carry_out(book, command, a_context(), **how)
    return refused.value.code


def routed(n: int, route: str, **more: Any) -> bytes:
    event = {
        "type": "uk.panelbook.routing.route.routed.v1",
        "subject": f"application-{n}",
        "data": {"n": n, "route": route, **more},
    }
    return json.dumps(event).encode()
