"""Statements brought together say what they said one after the other."""

import pytest

from ledger.gathering import AT_ONCE, Insert, merged, plain, regrouped, together
from ledger.rows import Change

OPENED = "insert into read.form (council, form, stage, said) values ($1, $2, 'draft', $3)"
PRICED = "update read.form set version = $4, price = $3 where council = $1 and form = $2"
CLOSED = "update read.form set stage = 'closed', said = null where council = $1 and form = $2"
PART = (
    "insert into read.part (council, form, part, text) values ($1, $2, $3, $4)"
    " on conflict (council, form, part) do update set text = excluded.text"
)
COUNTED = "insert into read.count (council, count) select $1, count(*) from read.form where council = $1 and form = $2"


def test_a_row_that_is_changed_again_is_written_once_as_it_ends_up() -> None:
    changes = [Change(OPENED, ("a", {"of": 1})), Change(PRICED, ("a", 500, 2)), Change(PRICED, ("a", 700, 3))]
    assert merged(changes) == [
        Change(
            "insert into read.form (council, form, price, said, stage, version) values ($1, $2, $3, $4, 'draft', $5)",
            ("a", 700, {"of": 1}, 3),
        )
    ]


def test_statements_in_capitals_are_read_the_same() -> None:
    told = Change("UPDATE read.form SET price = $3 WHERE council = $1 AND form = $2", ("a", 500))
    (written,) = merged([Change(OPENED, ("a", "x")), told])
    assert written == merged([Change(OPENED, ("a", "x")), Change(told.sql.lower(), told.args)])[0]
    assert written.args == ("a", 500, "x")


def test_a_value_takes_the_place_of_an_argument_and_the_other_way_round() -> None:
    changes = [Change(OPENED, ("a", "x")), Change(CLOSED, ("a",))]
    assert merged(changes) == [
        Change("insert into read.form (council, form, said, stage) values ($1, $2, null, 'closed')", ("a",))
    ]
    said = "update read.form set stage = $3, said = $4 where council = $1 and form = $2"
    assert merged([*changes, Change(said, ("a", "open", "y"))]) == [
        Change("insert into read.form (council, form, said, stage) values ($1, $2, $3, $4)", ("a", "y", "open"))
    ]


def test_of_a_part_that_is_written_twice_the_last_text_is_kept() -> None:
    changes = [Change(PART, ("a", "needs", "1")), Change(PART, ("a", "plan", "2")), Change(PART, ("a", "needs", "3"))]
    assert merged(changes) == [Change(PART, ("a", "needs", "3")), Change(PART, ("a", "plan", "2"))]


@pytest.mark.parametrize(
    "other",
    [
        Change(COUNTED, ("a",)),
        Change("delete from read.part where council = $1 and form = $2", ("a",)),
        Change("update read.form set price = price + 1 where council = $1 and form = $2", ("a",)),
        Change("update read.form set price = coalesce($3, price) where council = $1 and form = $2", ("a", 1)),
        Change("update read.form set price = $3 where council = $1 and form = $2 and price is null", ("a", 1)),
        Change(PRICED, ("another", 1, 2)),
        Change("update read.form set price = $3 where council = $1 and stage = $2", ("draft", 1)),
        Change("update read.form set price = $3 where council = $1 and place = $2", ("here", 1)),
        Change("update read.elsewhere set price = $3 where council = $1 and form = $2", ("a", 1)),
        Change(f"{OPENED} returning form", ("b", "x")),
        Change(PART.replace("= excluded.text", "= part.text || excluded.text"), ("a", "needs", "1")),
        Change(PART.replace("(council, form, part) do", "(council, part) do"), ("a", "needs", "1")),
    ],
)
def test_from_a_statement_of_another_form_on_everything_stays_as_it_is(other: Change) -> None:
    before = [Change(PART, ("a", "needs", "0")), Change(OPENED, ("a", "x")), Change(PRICED, ("a", 500, 2))]
    after = [other, Change(PRICED, ("a", 900, 3))]
    told = merged([*before, *after])
    assert told[2:] == after
    assert sorted(told[:2], key=str) == sorted(merged(before), key=str)


def test_statements_of_many_streams_travel_side_by_side_in_the_order_of_each() -> None:
    a, b, c = (Change(name, ()) for name in "abc")
    assert regrouped([[a, b, c], [], [a, a, b], [b]]) == [a, a, a, b, b, b, c]
    assert regrouped([[a, b], [b, a]]) == [a, b, b, a]


def test_one_insert_of_many_rows_numbers_their_parameters_one_after_the_other() -> None:
    told = plain(OPENED)
    assert isinstance(told, Insert)
    assert told.text() == OPENED
    assert told.text(2) == (
        "insert into read.form (council, form, stage, said) values ($1, $2, 'draft', $3), ($1, $4, 'draft', $5)"
    )


def test_fifty_rows_are_one_insert_and_the_rest_are_left() -> None:
    found = together(PART, [("a", f"part-{n}", "text") for n in range(AT_ONCE * 2 + 3)])
    assert found is not None
    sql, arguments, taken = found
    assert sql.endswith(" on conflict (council, form, part) do update set text = excluded.text")
    assert (taken, [len(one) for one in arguments]) == (AT_ONCE * 2, [AT_ONCE * 3] * 2)
    assert f"${AT_ONCE * 3 + 1})" in sql
    assert f"${AT_ONCE * 3 + 2}" not in sql


def test_rows_that_would_be_changed_twice_by_one_statement_are_not_brought_together() -> None:
    twice = [("a", f"part-{n % 7}", "text") for n in range(AT_ONCE)]
    assert together(PART, twice) is None
    assert together(COUNTED, twice) is None
