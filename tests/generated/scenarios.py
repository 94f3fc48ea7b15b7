"""The scenarios of the domain with the tests that hold them: one file for each group, one test a line.

A test is of every scenario that its docstring names. A test of the rules gives events and commands to them; a whole
one goes through a service, its database or its topics, and is therefore asynchronous or lies in one of WHOLE.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tests.generated.files import ROOT, Files

GROUPS = {
    "A": "routing and delegated authority",
    "B": "intake and cut-off",
    "C": "sitting and agenda",
    "D": "decisions and what follows",
    "E": "out of panel and emergency",
    "F": "disagreement, complaints, replay",
    "G": "platform, integration, law, reporting",
    "I": "using it",
}
WHOLE = ("connected", "panelbook")

_NAMED = re.compile(rf"\b([{''.join(GROUPS)}])([1-9]\d?)\b")


@dataclass(frozen=True, order=True)
class Named:
    """One test, as it is ordered under one scenario: tests of the rules first."""

    number: int
    whole: bool
    file: str
    test: str


def files() -> Files:
    """The text of each group's file; a group that no test names has none."""
    groups: dict[str, set[Named]] = defaultdict(set)
    for group, named in _all():
        groups[group].add(named)
    return {f"tests/scenarios/{group}.md": _text(group, sorted(groups[group])) for group in GROUPS if group in groups}


def named_in(docstring: str) -> set[tuple[str, int]]:
    """Group and number of every scenario that a docstring names."""
    return {(group, int(number)) for group, number in _NAMED.findall(docstring)}


def _all() -> Iterator[tuple[str, Named]]:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        file = path.relative_to(ROOT / "tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                whole = isinstance(node, ast.AsyncFunctionDef) or file.parts[0] in WHOLE
                for group, number in named_in(ast.get_docstring(node) or ""):
                    yield group, Named(number, whole, file.as_posix(), node.name)


def _text(group: str, tests: list[Named]) -> str:
    lines = [
        f"# {group}: {GROUPS[group]}",
        "",
        "Written by `make generate` from the docstrings of the tests; [how to read it](../README.md#scenarios).",
        "",
        "| Scenario | Sort | Test |",
        "|---|---|---|",
        *(f"| {group}{one.number} | {_sort(one)} | `{one.file}::{one.test}` |" for one in tests),
    ]
    return "\n".join(lines) + "\n"


def _sort(one: Named) -> str:
    return "whole" if one.whole else "rules"
