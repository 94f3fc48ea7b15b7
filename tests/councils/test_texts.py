"""What counts as said: the same everywhere, whatever it is written with (DOMAIN.md, H)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from councils.texts import NOT_ALLOWED, is_sentence, says_something, without_the_unseen

UNSEEN = {
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "combining grapheme joiner": "\u034f",
    "Hangul filler": "\u3164",
    "half width Hangul filler": "\uffa0",
    "Hangul choseong filler": "\u115f",
    "Mongolian vowel separator": "\u180e",
    "blank of Braille": "\u2800",
    "no-break space": "\u00a0",
    "ideographic space": "\u3000",
    "line separator": "\u2028",
    "variation selector": "\ufe0f",
    "object replacement": "\ufffc",
    "invisible times": "\u2062",
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_cannot_be_seen_says_nothing(name: str) -> None:
    assert not says_something(UNSEEN[name] * 4)
    assert not is_sentence(f"{UNSEEN[name]} {UNSEEN[name]} {UNSEEN[name]}")
    assert says_something(f"{UNSEEN[name]}a{UNSEEN[name]}")


@pytest.mark.parametrize("text", ["", " ", "\t\r\n", "...", "—", "- - -", "' ' '"])
def test_signs_of_punctuation_alone_say_nothing(text: str) -> None:
    assert not says_something(text)


@pytest.mark.parametrize("text", ["a", "7", "£", "👍🏽", "Ø", "王", "א", "नमस्ते", "می‌خواهم", "+"])
def test_a_letter_a_digit_or_a_sign_in_any_script_says_something(text: str) -> None:
    assert says_something(text)


@pytest.mark.parametrize(
    "text", ["x x x", "- - -", "1 1 1", "yes yes", "", ". . . . no", "\u3164 \u3164 \u3164", "aa a AA"]
)
def test_three_words_that_say_nothing_are_no_sentence(text: str) -> None:
    """D2."""
    assert not is_sentence(text)


@pytest.mark.parametrize("text", ["Not safe yet.", "Ask the OT", "She is 7", "Мать не согласна", "私は 反対 です"])
def test_three_words_are_a_sentence(text: str) -> None:
    """D2."""
    assert is_sentence(text)


@pytest.mark.parametrize(
    "char", ["\x00", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\u2069", "\ud800", "\ufffe", "\U000e0041"]
)
def test_what_hides_forges_or_breaks_a_text_is_allowed_nowhere(char: str) -> None:
    assert NOT_ALLOWED.search(f"a{char}b")


@pytest.mark.parametrize("char", ["\t", "\r", "\n", "\u200d", "\u200c", "\u00a0", "é", "👍"])
def test_what_people_write_is_kept(char: str) -> None:
    assert not NOT_ALLOWED.search(f"a{char}b")


@given(st.text())
def test_a_text_that_says_something_still_does_without_what_cannot_be_seen(text: str) -> None:
    assert says_something(text) == says_something(without_the_unseen(text))
    assert not any(unicodedata.category(char) == "Cf" for char in without_the_unseen(text))
