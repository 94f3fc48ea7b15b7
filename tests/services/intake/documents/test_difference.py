"""What changed between two texts: every word of both is accounted for, and no text takes long."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.documents.domain.difference import Passage, difference

_TEXT = st.text(alphabet="ab .\n", max_size=200)


def test_words_that_were_changed_stand_between_those_that_were_not() -> None:
    before = "Robin sleeps badly. School is going well."
    after = "Robin sleeps well. School is going well, mostly."
    assert difference(before, after) == [
        Passage("same", "Robin sleeps"),
        Passage("deleted", " badly."),
        Passage("inserted", " well."),
        Passage("same", " School is going"),
        Passage("deleted", " well."),
        Passage("inserted", " well, mostly."),
    ]


def test_equal_texts_are_one_passage_and_empty_ones_none() -> None:
    assert difference("Nothing new.", "Nothing new.") == [Passage("same", "Nothing new.")]
    assert difference("", "") == []
    assert difference("", "New.") == [Passage("inserted", "New.")]
    assert difference("Old.", "") == [Passage("deleted", "Old.")]


@given(_TEXT, _TEXT)
def test_the_passages_make_up_both_texts_letter_for_letter(before: str, after: str) -> None:
    passages = difference(before, after)
    assert "".join(one.text for one in passages if one.kind != "inserted") == before
    assert "".join(one.text for one in passages if one.kind != "deleted") == after
    assert all(one.text for one in passages)
    assert all(one.kind != other.kind for one, other in pairwise(passages))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x " + "a " * 9_900, "y " + "a " * 9_900),
        (" ".join(f"w{n * 7 % 400}" for n in range(4_000)), " ".join(f"w{n * 11 % 400}" for n in range(4_000))),
        ("x" + "a. b! c?\n" * 2_200, "y" + "b. c! a?\n" * 2_200),
        ("\n" * 20_000, "\n" * 19_999 + "x"),
    ],
    ids=["one_word", "few_words", "sentences", "lines"],
)
def test_the_longest_texts_are_compared_in_a_moment(before: str, after: str) -> None:
    started = time.perf_counter()
    passages = difference(before, after)
    assert time.perf_counter() - started < 3
    assert "".join(one.text for one in passages if one.kind != "inserted") == before
    assert "".join(one.text for one in passages if one.kind != "deleted") == after
