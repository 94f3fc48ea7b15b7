"""The page on security names every requirement of ASVS 5.0, levels 1 and 2, once, and tests that are there."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.docs.test_docs import ROOT, text

PAGE = text(Path("docs/security.md"))
ROWS = re.findall(r"^\| ((?:\d+\.\d+\.\d+(?:, )?)+) \| (.+?) \| (.*?) ?\|$", PAGE, re.MULTILINE)
PLACES = dict(re.findall(r"^\[(test_\w+)\]: \.\./(\S+)$", PAGE, re.MULTILINE))
LEVELS = dict(line.split() for line in (Path(__file__).with_name("asvs.txt")).read_text("utf-8").splitlines())
"""Each requirement's number and level, of the standard's 5.0."""

CODE = ("bus", "contracts", "councils", "edge", "ledger", "services")
RUNS = {"eval", "exec", "compile", "__import__"}
FOREIGN = {"subprocess", "pickle", "marshal", "shelve", "pty", "code"}


def test_every_requirement_of_levels_one_and_two_stands_there_once() -> None:
    """None is left out, none is answered twice, and no number is made up."""
    assert len(LEVELS) == 253
    assert Counter(number for numbers, _, _ in ROWS for number in numbers.split(", ")) == Counter(list(LEVELS))


def test_every_answer_is_shown_by_a_test_or_says_why_there_is_none() -> None:
    """What holds has a test; what does not apply says why; what is missing is called a gap."""
    unshown = [numbers for numbers, answer, shown in ROWS if not shown and not answer.startswith(("Not", "**Gap**"))]
    assert unshown == []
    assert {name for _, _, shown in ROWS for name in re.findall(r"\w+", shown)} == set(PLACES)


@pytest.mark.parametrize("name", PLACES)
def test_every_test_that_is_named_is_there(name: str) -> None:
    """A test that is renamed or moved takes its line along."""
    tree = ast.parse((ROOT / PLACES[name]).read_text("utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_no_service_starts_a_program_or_runs_a_text_as_code() -> None:
    """ASVS 1.2.5, 1.3.2, 1.5.2: no shell, no eval, no pickle wherever a caller's words may come."""
    found: list[str] = []
    for path in (path for folder in CODE for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = ""
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RUNS:
                name = node.func.id
            elif isinstance(node, ast.Import):
                name = next((one.name for one in node.names if one.name.partition(".")[0] in FOREIGN), "")
            elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in FOREIGN:
                name = node.module or ""
            elif (
                isinstance(node, ast.Attribute) and node.attr in ("system", "popen") and ast.unparse(node.value) == "os"
            ):
                name = node.attr
            if name:
                found.append(f"{path.relative_to(ROOT)}: {name}")
    assert found == []


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-dev.lock"])
def test_every_library_is_named_with_its_version_and_digests(file: str) -> None:
    """ASVS 15.1.2: the lock files are the inventory; no library comes by another way, and no host is named."""
    lock = text(Path(file))
    libraries = [part for part in re.split(r"\n(?=\S)", lock) if not part.startswith("#")]
    assert len(libraries) > 20
    for library in libraries:
        assert re.match(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==[^\s;]+", library), library.splitlines()[0]
        assert "--hash=sha256:" in library
    assert "://" not in lock


def test_the_image_takes_nothing_of_the_repositorys_history() -> None:
    """ASVS 13.4.1, 15.2.3: neither history nor tests nor anybody's local deployment are in the image."""
    assert {".git", ".panelbook", "tests"} <= set(text(Path(".dockerignore")).split())
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text(Path("deploy/Dockerfile")), re.MULTILINE)
    assert {"contracts", "services"} <= {word for line in copied for word in line.split()}
    assert not {".", "./", ".git", "tests"} & {word for line in copied for word in line.split()}


def test_the_proxy_that_is_shown_speaks_tls_and_nothing_else() -> None:
    """ASVS 4.1.2, 12.1.1, 12.1.2, 12.2.1: no plain port, no redirect, no protocol before 1.2, forward secrecy."""
    shown = text(Path("docs/operators.md"))
    assert re.findall(r"^ +listen (.+);", shown, re.MULTILINE) == ["443 ssl"]
    assert re.findall(r"ssl_protocols (.+);", shown) == ["TLSv1.2 TLSv1.3"]
    [suites] = re.findall(r"ssl_ciphers (.+);", shown)
    assert all(suite.startswith("ECDHE+") for suite in suites.split(":"))
    assert not re.search(r"return 30\d|rewrite ", shown)
