"""What is let off, left out or waited for says why, on its own line."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = [
    "bench",
    "bus",
    "chaos",
    "contracts",
    "councils",
    "deploy",
    "edge",
    "ledger",
    "panelbook",
    "services",
    "tests",
]
FILES = [path for folder in sorted(ROOT.glob("*/__init__.py")) for path in sorted(folder.parent.rglob("*.py"))]
NEEDS = (
    (re.compile(r"# noqa(?!: [A-Z]+[0-9]+ .*\w{3})"), "a noqa names its rule and says why"),
    (re.compile(r"pytest\.skip\((?!f?\"[\w{].{8})"), "a test that is left out says what it lacks"),
    (re.compile(r"^[^#\"]*\bsleep\([^#]*$"), "a pause says what it waits for"),
)


def findings(source: str) -> list[str]:
    """The lines that lack their reason."""
    return [
        f"{number}: {what}"
        for number, line in enumerate(source.splitlines(), start=1)
        for pattern, what in NEEDS
        if pattern.search(line) and "def " not in line
    ]


def test_every_exception_and_every_pause_says_why() -> None:
    """A reader need not guess what a rule was let off for."""
    mine = Path(__file__)
    found = {str(path.relative_to(ROOT)): findings(path.read_text("utf-8")) for path in FILES if path != mine}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize("line", ["x = 1  # noqa", "x = 1  # noqa: E731", "time.sleep(1)", "    pytest.skip()"])
def test_a_line_without_its_reason_is_found(line: str) -> None:
    """Each of the three kinds."""
    assert findings(line)


@pytest.mark.parametrize(
    "line", ["x = 1  # noqa: E731 - the very thing", "time.sleep(1)  # until it is there", 'pytest.skip("needs nginx")']
)
def test_a_line_with_its_reason_passes(line: str) -> None:
    """Each of the three kinds."""
    assert findings(line) == []
