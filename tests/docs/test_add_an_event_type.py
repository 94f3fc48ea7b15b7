"""The how-to is followed to the letter on a copy of this tree: its files are there, and do together what it says."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.generated.files import ROOT, read

PAGE = read("docs/how-to/add-an-event-type.md")
STORED, PUBLIC = PAGE.partition("\n## Stored")[2].split("\n## Public", 1)
GENERATED = re.findall(r"`([\w./]+)`", PAGE.partition("\n## Written by")[2].partition("\n## ")[0])
COPIED = ("contracts", "councils", "ledger", "bus", "edge", "services", "panelbook", "deploy", "docs", "tests")


def steps(part: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each file of a part of the page, with its fenced blocks and what sort each is."""
    sections = re.split(r"^### `([^`]+)`$", part.partition("\n## ")[0], flags=re.MULTILINE)[1:]
    return [
        (path, re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
        for path, text in zip(sections[::2], sections[1::2], strict=True)
    ]


def added(text: str, diff: str) -> str:
    """``text`` with the lines that a diff adds, where its other lines stand in a row, once."""
    lines = diff.splitlines()
    context = [line[1:] for line in lines if not line.startswith("+")]
    there = text.splitlines()
    found = [at for at in range(len(there)) if there[at : at + len(context)] == context]
    assert len(found) == 1, f"these lines stand {len(found)} times:\n" + "\n".join(context)
    after = [line[1:] for line in lines]
    return "\n".join([*there[: found[0]], *after, *there[found[0] + len(context) :]]) + "\n"


def follow(root: Path, part: str) -> None:
    """Do what a part of the page says."""
    for path, blocks in steps(part):
        file = root / path
        for sort, block in blocks:
            if sort == "diff":
                file.write_text(added(file.read_text(encoding="utf-8"), block), encoding="utf-8")
            else:
                assert not file.exists(), path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block, encoding="utf-8")


def run(root: Path, *module: str) -> str:
    """Run one of the tree's programs in the copy."""
    done = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=root,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This tree, without what programs leave in it."""
    root = tmp_path_factory.mktemp("tree")
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("CHANGELOG.md", "Makefile", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    (root / ".venv").symlink_to(sys.prefix)
    return root


@pytest.mark.parametrize(("part", "most"), [((STORED,), 7), ((STORED, PUBLIC), 13)], ids=["stored", "public"])
def test_an_event_costs_few_files_by_hand(part: Sequence[str], most: int) -> None:
    assert len({path for one in part for path, _ in steps(one)}) == most


def test_a_stored_event_and_then_a_public_one(copy: Path) -> None:
    follow(copy, STORED)
    run(copy, "tests.generated", "--write")
    assert "papers_circulated" in (copy / "docs/adr/0003-each-fact-has-one-owning-stream.md").read_text(
        encoding="utf-8"
    )
    run(copy, "pytest", "-q", "tests/services/panel/sittings/test_papers.py", "tests/services/panel/test_stored.py")

    follow(copy, PUBLIC)
    run(copy, "tests.generated", "--write")
    assert run(copy, "tests.generated") == "Nothing generated is stale.\n"
    for path in GENERATED:
        assert "papers" in (copy / path).read_text(encoding="utf-8") or "papers" in path, path
    run(copy, "contracts.check")
    tests = [path for part in (STORED, PUBLIC) for path, _ in steps(part) if path.startswith("tests/")]
    run(copy, "pytest", "-q", *sorted(set(tests)), "tests/generated", "tests/services/panel/test_stored.py")
    run(copy, "ruff", "check", "--ignore=I001", "services", "tests/services")
    run(copy, "basedpyright", "services/panel", "services/notify/letters/follow.py")


@pytest.mark.parametrize(
    ("text", "diff"), [("a\nb\n", " c\n+d\n"), ("a\nb\na\n", " a\n+d\n")], ids=["nowhere", "twice"]
)
def test_a_diff_whose_lines_do_not_stand_there_once_is_noticed(text: str, diff: str) -> None:
    with pytest.raises(AssertionError, match="times"):
        added(text, diff)
