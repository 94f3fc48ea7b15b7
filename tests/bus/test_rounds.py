"""A round looks where a book grew or something falls due, and nowhere else."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bus.rounds import Rounds
from ledger.pg.ledger import known_books
from ledger.rows import Reached
from tests.bus import toy
from tests.bus.conftest import Stage

NINE = datetime(2026, 10, 5, 8, tzinfo=UTC)


@dataclass
class Task:
    """Looks at councils by clocks that stand where the test puts them, and writes down where it looked."""

    reached: dict[str, Reached]
    due: dict[str, datetime] = field(default_factory=dict[str, datetime])
    looked: list[str] = field(default_factory=list[str])
    now: datetime = NINE
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.rounds = Rounds(self.books, lambda: self.now, at_latest=300, monotonic=lambda: self.seconds)

    async def books(self) -> dict[str, Reached]:
        return dict(self.reached)

    async def look(self, council: str) -> datetime | None:
        self.looked.append(council)
        return self.due.get(council)

    async def goes(self) -> list[str]:
        """Where one round looked."""
        self.looked.clear()
        await self.rounds.go(self.look)
        return list(self.looked)


def two(**due: datetime) -> Task:
    return Task({"swindon": (1, 7), "shropshire": (1, 3)}, due)


async def test_the_first_round_looks_everywhere_and_an_idle_one_nowhere():
    task = two()
    assert await task.goes() == ["swindon", "shropshire"]
    assert await task.goes() == []


async def test_a_book_that_grew_is_looked_at_once():
    task = two()
    await task.goes()
    task.reached["shropshire"] = (1, 4)
    assert await task.goes() == ["shropshire"]
    assert await task.goes() == []


async def test_a_book_that_begins_again_shorter_is_looked_at():
    task = two()
    await task.goes()
    task.reached["swindon"] = (2, 5)
    assert await task.goes() == ["swindon"]


async def test_what_falls_due_is_looked_at_from_that_moment_on():
    task = two(swindon=NINE + timedelta(seconds=10))
    await task.goes()
    task.now = NINE + timedelta(seconds=9.999999)
    assert await task.goes() == []
    task.now = NINE + timedelta(seconds=10)
    assert await task.goes() == ["swindon"]
    task.due.clear()
    assert await task.goes() == ["swindon"]
    assert await task.goes() == []


async def test_every_council_is_looked_at_in_the_end():
    task = two()
    await task.goes()
    task.seconds = 299.9
    assert await task.goes() == []
    task.seconds = 300
    assert await task.goes() == ["swindon", "shropshire"]


async def test_rows_that_come_during_a_look_are_a_reason_for_another():
    task = two()

    async def look(council: str) -> None:
        task.reached[council] = (1, 100)

    await task.rounds.go(look)
    assert await task.goes() == ["swindon", "shropshire"]


async def test_a_look_that_failed_is_made_again():
    task = two()

    async def away(council: str) -> None:
        raise ConnectionError(council)

    with pytest.raises(ConnectionError):
        await task.rounds.go(away)
    assert await task.goes() == ["swindon", "shropshire"]


@pytest.mark.connected
async def test_a_book_grows_with_every_command_and_not_with_a_mark(stage: Stage):
    intake = await stage.service("intake")
    await toy.write(intake.book, toy.SWINDON, [1])
    before = await known_books(intake.relay_pool)
    assert list(before) == [toy.SWINDON]
    await intake.book.ledger.mark(toy.NOW + timedelta(days=1))
    assert await known_books(intake.relay_pool) == before
    await toy.write(intake.book, toy.SWINDON, [2])
    assert (await known_books(intake.relay_pool))[toy.SWINDON] > before[toy.SWINDON]
