"""The table of scenarios in `tests/README.md` names tests that are there, and that say which scenario they are of."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TABLE = (TESTS / "README.md").read_text(encoding="utf-8").partition("\n## Scenarios\n")[2]
ROWS = [
    (scenario, domain, connected)
    for scenario, domain, connected in re.findall(r"^\| ([A-G]\d+) \|(.*)\|(.*)\|$", TABLE, re.MULTILINE)
]
NAMED = [(scenario, *named) for scenario, *cells in ROWS for named in re.findall(r"`([^`:]+)::(\w+)`", "".join(cells))]
BUILT = [
    *(f"{group}{number}" for group in "AB" for number in range(1, 19)),
    "D5",
    *(f"E{number}" for number in range(1, 8)),
]


@cache
def docstrings(file: str) -> dict[str, str]:
    """The tests of a file with their docstrings."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    found = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {one.name: ast.get_docstring(one) or "" for one in found if one.name.startswith("test_")}


def test_every_scenario_has_one_row() -> None:
    scenarios = [scenario for scenario, _, _ in ROWS]
    assert len(scenarios) == len(set(scenarios))
    assert set(BUILT) <= set(scenarios)


@pytest.mark.parametrize(("scenario", "domain", "connected"), ROWS, ids=[row[0] for row in ROWS])
def test_every_scenario_names_a_test_of_each_sort(scenario: str, domain: str, connected: str) -> None:
    """A dash says that there is none; an empty cell says nothing."""
    for cell in (domain, connected):
        assert "::" in cell or cell.strip() == "–", scenario


@pytest.mark.parametrize(("scenario", "file", "name"), NAMED, ids=[f"{one[0]}-{one[2]}" for one in NAMED])
def test_every_named_test_is_there_and_says_which_scenario_it_is_of(scenario: str, file: str, name: str) -> None:
    tests = docstrings(file)
    assert f"test_{name}" in tests, f"{file} has no such test"
    assert re.search(rf"\b{scenario}\b", tests[f"test_{name}"]), f"{file}::{name} does not name {scenario}"
