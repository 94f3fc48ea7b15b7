"""A small service to measure with: officers review the cost of a package, and others hear of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import asyncpg

from bus import tables
from ledger.book import Book
from ledger.changes import Table, Write
from ledger.codec.codec import Codec, stored
from ledger.decider import Acting, Decider
from ledger.pg.ledger import PostgresLedger
from ledger.recorded import Decided, Heard, Recorded
from ledger.rows import Context, Outgoing
from ledger.vault.vault import MemoryVault

MIGRATIONS = (*tables.MIGRATIONS, Path(__file__).with_name("reviews.sql"))
REVIEWED = "uk.panelbook.intake.costs.reviewed.v1"
MORNING = datetime(2026, 10, 5, 8, tzinfo=UTC)


@dataclass(frozen=True)
class CostsReviewed:
    """Somebody looked at what a package costs: about 400 bytes as JSON, as a middling event of the services has."""

    application: UUID
    reviewed_at: datetime
    reviewed_by: str
    weekly_pence: int
    one_off_pence: int
    forum: str
    outcome: Literal["AGREED", "DEFERRED", "NOT_AGREED"]
    reasons: tuple[str, ...]
    review_on: date | None


@dataclass(frozen=True)
class ReviewCosts:
    """Look at what a package costs."""

    review: CostsReviewed


@dataclass(frozen=True)
class Reviews:
    """How often a package was reviewed, and what it cost the last time."""

    times: int = 0
    weekly_pence: int = 0


def evolve(state: Reviews, event: CostsReviewed) -> Reviews:
    """One more review."""
    return Reviews(state.times + 1, event.weekly_pence)


def decide(command: ReviewCosts, state: Reviews, acting: Acting[Any]) -> Sequence[CostsReviewed]:
    """A review that changes nothing is none."""
    return [] if command.review.weekly_pence == state.weekly_pence else [command.review]


DECIDER = Decider(Reviews(), evolve, decide)
CODEC = Codec([stored("bench.costs.reviewed", 1, CostsReviewed)])

_REASONS = ("The package meets the assessed needs at a lower cost than the placement proposed in the spring.",)


def a_review(number: int, application: UUID | None = None) -> CostsReviewed:
    """The review with this number; each differs from the one before."""
    return CostsReviewed(
        application or UUID(int=number),
        MORNING + timedelta(seconds=number),
        "officer-021",
        100_000 + number,
        2_500,
        "CARE_PANEL",
        "AGREED",
        _REASONS,
        date(2027, 4, 1),
    )


def a_context(council: str, now: datetime = MORNING) -> Context:
    """A command of its own."""
    return Context(council, "officer-021", "social_worker", now, now, uuid4(), uuid4())


def project(recorded: Recorded) -> Sequence[Write]:
    """One row for each review, decided or heard."""
    if isinstance(recorded, Heard):
        data = recorded.data
        return [_kept(recorded.row.position, recorded.subject, data["weekly_pence"], data["outcome"])]
    review: CostsReviewed = recorded.event
    return [_kept(recorded.row.position, str(review.application), review.weekly_pence, review.outcome)]


REVIEW = Table("read.review", key=("position",))


def _kept(position: int, application: str, weekly_pence: int, outcome: str) -> Write:
    return REVIEW.row(position).insert(application=application, weekly_pence=weekly_pence, outcome=outcome)


def keep_nothing(recorded: Recorded) -> Sequence[Write]:
    """No read model."""
    return []


def publish(decided: Decided) -> Sequence[Outgoing]:
    """Every review is told to the other services."""
    return [Outgoing("events", REVIEWED, str(decided.event.application), as_json(decided.event))]


def publish_nothing(decided: Decided) -> Sequence[Outgoing]:
    """No public event."""
    return []


def as_json(review: CostsReviewed) -> dict[str, Any]:
    """A review as others hear of it."""
    return {
        "application": str(review.application),
        "reviewed_at": review.reviewed_at.isoformat(),
        "reviewed_by": review.reviewed_by,
        "weekly_pence": review.weekly_pence,
        "one_off_pence": review.one_off_pence,
        "forum": review.forum,
        "outcome": review.outcome,
        "reasons": list(review.reasons),
        "review_on": review.review_on.isoformat() if review.review_on else None,
    }


def a_book(service: str, pool: asyncpg.Pool, *, projects: bool = False, publishes: bool = False) -> Book:
    """The service's book; what it keeps and tells is up to the measurement."""
    return Book(
        ledger=PostgresLedger(service, pool),
        codec=CODEC,
        vault=MemoryVault(),
        project=project if projects else keep_nothing,
        publish=publish if publishes else publish_nothing,
    )


async def fill(book: Book, council: str, rows: int, *, at_once: int = 1000) -> None:
    """Put reviews into a council's book, as an import would."""
    for first in range(0, rows, at_once):
        async with book.unit_of_work(a_context(council)) as unit:
            numbers = range(first, min(first + at_once, rows))
            await unit.record_all([(f"review-{uuid4()}", [a_review(number)]) for number in numbers])
