"""The panel's share of what was decided, to one decimal, half up."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.panel.reports.domain.share import percent


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        (10, 40, "25.0"),
        (0, 7, "0.0"),
        (7, 7, "100.0"),
        (1, 16, "6.3"),
        (1, 3, "33.3"),
        (2, 3, "66.7"),
        (1, 2000, "0.1"),
    ],
)
def test_a_share_has_one_decimal_and_rounds_half_up(part: int, whole: int, share: str) -> None:
    """A12: 10 of 40 are 25.0%; 6.25% is 6.3%, and 0.05% is 0.1%."""
    assert percent(part, whole) == share


def test_nothing_decided_has_no_share() -> None:
    assert percent(0, 0) is None


@given(st.integers(1, 100_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_a_share_is_never_more_than_half_a_tenth_off(counts: tuple[int, int]) -> None:
    part, whole = counts
    shown = percent(part, whole)
    assert shown is not None
    off = Fraction(shown) - Fraction(100 * part, whole)
    assert Fraction(-1, 20) < off <= Fraction(1, 20)
