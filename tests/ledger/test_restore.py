"""Which rows of a trail continue a restored database: only those whose digests say so, of the newest epoch."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from ledger.proof.leaf import FIRST_CHAIN
from ledger.restore import LaneKept, NotThisBook
from ledger.rows import Head, Row
from tests.ledger.chained import COUNCIL, START, a_row, chained, head_of

ROWS = chained(a_row(position) for position in range(1, 8))


def restored(rows: list[Row], **head: Any) -> LaneKept:
    """A database whose newest row is the last of these."""
    end = head_of(rows) if rows else Head(COUNCIL, "book", 1, 0, START, FIRST_CHAIN)
    return LaneKept(replace(end, **head), rows[-1].epoch if rows else 1)


def read(kept: LaneKept, trail: Iterable[Row]) -> list[Row]:
    for row in trail:
        kept.take(row)
    return kept.rows


def given_up_at(position: int) -> list[Row]:
    """What a second epoch put in the place of the rows from this position on."""
    anew = [a_row(number, epoch=2, stream="application-2", version=number) for number in range(position, position + 2)]
    return chained(anew, ROWS[position - 2].chain)


def test_rows_behind_the_end_are_taken_and_nothing_is_missing() -> None:
    kept = restored(ROWS[:3])
    assert read(kept, ROWS) == ROWS[3:]
    assert kept.end == head_of(ROWS)
    assert (kept.arrived, kept.missing) == (7, None)


def test_an_empty_database_gets_its_whole_book_back() -> None:
    assert read(restored([]), ROWS) == ROWS


def test_repetitions_change_nothing() -> None:
    kept = restored(ROWS[:3])
    assert read(kept, [*ROWS[:5], *ROWS[2:6], *ROWS[4:]]) == ROWS[3:]
    assert kept.missing is None


def test_a_trail_that_ends_before_the_database_gives_nothing() -> None:
    kept = restored(ROWS[:5])
    assert read(kept, ROWS[:4]) == []
    assert (kept.end, kept.arrived, kept.missing) == (head_of(ROWS[:5]), 4, None)


@pytest.mark.parametrize("forgery", [{"payload": b"{}"}, {"chain": bytes(32)}, {"actor": "somebody-else"}])
def test_a_forged_row_is_not_taken_and_shows_that_one_is_missing(forgery: dict[str, Any]) -> None:
    kept = restored(ROWS[:3])
    assert read(kept, [*ROWS[:4], replace(ROWS[4], **forgery), *ROWS[5:]]) == ROWS[3:4]
    assert kept.missing == (1, 7)


def test_the_true_row_behind_a_forged_one_is_taken() -> None:
    kept = restored(ROWS[:3])
    assert read(kept, [*ROWS[:4], replace(ROWS[4], payload=b"{}"), *ROWS[4:]]) == ROWS[3:]
    assert kept.missing is None


def test_rows_behind_a_hole_are_not_taken_and_the_newest_of_them_is_named() -> None:
    kept = restored(ROWS[:3])
    assert read(kept, [*ROWS[:4], *ROWS[5:]]) == ROWS[3:4]
    assert kept.missing == (1, 7)


def test_a_later_epoch_takes_the_place_of_what_an_earlier_restore_gave_up() -> None:
    kept = restored(ROWS[:3])
    anew = given_up_at(5)
    assert read(kept, [*ROWS, *anew]) == [ROWS[3], *anew]
    assert kept.end.epoch == 2
    assert kept.missing is None


def test_a_dump_that_holds_given_up_rows_is_refused() -> None:
    with pytest.raises(NotThisBook, match="given up"):
        read(restored(ROWS[:6]), [*ROWS, *given_up_at(5)])


def test_a_database_whose_newest_row_was_never_sent_like_that_is_refused() -> None:
    other = chained([*ROWS[:3], a_row(4, actor="somebody-else")])
    with pytest.raises(NotThisBook, match="Row 4 of the book is not"):
        read(restored(other), ROWS)


def test_rows_once_given_up_stay_given_up() -> None:
    kept = restored(ROWS[:3], epoch=2)
    assert read(kept, ROWS) == []
    assert kept.missing is None
