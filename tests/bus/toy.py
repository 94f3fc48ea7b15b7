"""Two toy services for the bus: intake writes notes and publishes them, panel hears them and echoes each one."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4, uuid5

from bus import acting, tables
from ledger.book import Book
from ledger.changes import Table, Write
from ledger.codec.codec import Codec, stored
from ledger.decider import Kind, Refused, Waiting, rule_broken
from ledger.following import Policies, Policy
from ledger.pg.ledger import PostgresLedger
from ledger.recorded import Decided, Heard, Recorded
from ledger.rows import Context, Outgoing
from ledger.unit_of_work import UnitOfWork
from ledger.vault.vault import MemoryVault

MIGRATIONS = [*tables.MIGRATIONS, Path(__file__).with_name("toy.sql")]
SWINDON = "c4d81e"
SHROPSHIRE = "c92ab7"
NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
NOTED = "uk.panelbook.intake.note.noted.v1"
SETTINGS = "uk.panelbook.routing.settings.published.v1"


@dataclass(frozen=True)
class Noted:
    """Somebody wrote a note. ``mood`` tells the hearing service what to make of it."""

    number: int
    mood: str


@dataclass(frozen=True)
class Echoed:
    """The hearing service's answer to a note."""

    number: int


CODEC = Codec([stored("toy.note.noted", 1, Noted), stored("toy.note.echoed", 1, Echoed)])


class StandingClock:
    """A clock that moves one second each time it is read."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


def a_context(council: str, command: UUID | None = None) -> Context:
    return Context(
        council=council,
        actor="officer-17",
        role="social_worker",
        received_at=NOW,
        now=NOW,
        command_id=command or uuid4(),
        correlation_id=uuid4(),
    )


def publish(decided: Decided) -> Sequence[Outgoing]:
    if not isinstance(decided.event, Noted):
        return []
    note = decided.event
    data = {"number": note.number, "mood": note.mood}
    subject = decided.row.stream.removeprefix("note-")
    told = [Outgoing("events", NOTED, subject, data)]
    if note.mood == "announce":
        thin = {"schema_version": 1, "council": decided.row.council, "reference": str(decided.row.id)}
        told.append(Outgoing("decisions", "uk.panelbook.panel.decision.announced.v1", subject, thin))
    return told


NOTE = Table("read.note", key=("position",))


def project(recorded: Recorded) -> Sequence[Write]:
    if not isinstance(recorded, Heard):
        return []
    return [NOTE.row(recorded.row.position).insert(subject=recorded.subject, number=recorded.data["number"])]


def book(pool, service: str) -> Book:
    return Book(
        ledger=PostgresLedger(service, pool), codec=CODEC, vault=MemoryVault(), project=project, publish=publish
    )


async def write(book: Book, council: str, numbers: Sequence[int], *, subject: str = "a", mood: str = "plain") -> None:
    """One command for each number."""
    for number in numbers:
        async with book.unit_of_work(a_context(council)) as unit:
            rows = await unit.record(f"note-{subject}", [Noted(number, mood)])
            await unit.settle({"number": number}, rows)


@dataclass
class Echo:
    """What panel makes of a note; ``broken`` numbers fail, ``missing`` ones wait, until a test takes them out."""

    broken: set[int] = field(default_factory=set)
    missing: set[int] = field(default_factory=set)
    calls: list[tuple[str, int]] = field(default_factory=list)

    async def react(self, unit: UnitOfWork, heard: Heard) -> None:
        number = heard.data["number"]
        self.calls.append((heard.row.council, number))
        if heard.data["mood"] == "refuse":
            raise rule_broken("NOTE_REFUSED", "A note like this leads to nothing.")
        await unit.record(f"echo-{heard.subject}", [Echoed(number)])
        if number in self.broken:
            raise ValueError(f"note {number} is too much")
        if number in self.missing:
            raise Waiting("something else first")
        if heard.data["mood"] == "early":
            raise Refused(Kind.NOT_READY, "SETTINGS_NOT_HERE", "The settings have not been heard yet.")


def follow(
    react: Callable[[UnitOfWork, Heard], Awaitable[None]], types: Collection[str] = (NOTED, f"{NOTED[:-1]}2", SETTINGS)
) -> Policies:
    """What panel makes of notes, as its only policy."""
    return Policies([Policy("echo", tuple(types), (Echoed,), react)])


def command_id(council: str, sequence: int, source: str = "intake", epoch: int = 1) -> UUID:
    """The command id with which panel acts on an event."""
    return uuid5(acting.COMMANDS, f"panel|{source}|{council}|{epoch}|{sequence}")
