"""Every scenario that is built has a test of the rules and one that goes through a service."""

import pytest

from tests.generated import scenarios
from tests.generated.files import read

BUILT = [
    *(f"{group}{number}" for group in "AB" for number in range(1, 19)),
    "D5",
    *(f"E{number}" for number in range(1, 8)),
]


@pytest.mark.parametrize("scenario", BUILT)
def test_what_is_built_has_a_test_of_each_sort(scenario: str) -> None:
    text = scenarios.files()[f"tests/scenarios/{scenario[0]}.md"] or ""
    for sort in ("rules", "whole"):
        assert f"\n| {scenario} | {sort} | " in text, f"no test of the {sort} names {scenario}"


@pytest.mark.parametrize(
    ("docstring", "named"),
    [
        ("A1, B18: in time.", {("A", 1), ("B", 18)}),
        ("B11 with B2.", {("B", 11), ("B", 2)}),
        ("S4 §5, A100, appendix A and B0 are none; (E6) is one.", {("E", 6)}),
        ("", set()),
    ],
)
def test_a_docstring_names_a_scenario_by_its_letter_and_number(docstring: str, named: set[tuple[str, int]]) -> None:
    assert scenarios.named_in(docstring) == named


def test_a_line_is_short_enough_to_be_read_in_a_difference() -> None:
    for path in scenarios.files():
        assert max(map(len, read(path).splitlines())) < 200, path
