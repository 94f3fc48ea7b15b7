"""The documents name what is there: paths, verbs, options, variables, events; and leave out nothing that they list."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.core import TyperGroup

from deploy.local.backends import Backends
from deploy.local.processes import Credential
from panelbook.cli import app
from panelbook.local_deployment import SERVICES, environment_of

ROOT = Path(__file__).parents[2]
_ELSEWHERE = frozenset({".venv", ".panelbook", "node_modules", "build", "dist"})
DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for path in ROOT.rglob("*.md")
    if not any(part in _ELSEWHERE or part.startswith(".") for part in path.relative_to(ROOT).parts)
)

_FOLDERS = [*sorted(path.parent.name for path in ROOT.glob("*/__init__.py")), "docs"]
# What a deployment writes, and what a decision says went away.
_NOT_HERE = {"deploy/.env", "edge/straight.py", "tests/edge/test_straight.py"}
# Identity providers sign with these names as issuer: nothing is fetched from a page.
_ISSUERS = {"cognito-idp.", "login.microsoftonline.com", "oidc.account.gov.uk", "sts.windows.net"}
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
_FENCED = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")


def text(document: Path) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def commands(document: Path, program: str) -> Iterator[list[str]]:
    """What a document says to type: lines of fenced blocks and code spans that begin with the program."""
    whole = text(document)
    blocks = "\n".join(_FENCED.findall(whole))
    for told in [*blocks.splitlines(), *_SPAN.findall(_FENCED.sub("", whole))]:
        words = told.strip().removeprefix(".venv/bin/")
        if words.startswith(program + " "):
            typed = re.split(r"\s{2,}", words)[0] if program == "make" else words
            yield shlex.split(typed, comments=True)[1:]


def verbs(group: TyperGroup, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*before, name)
        if isinstance(command, TyperGroup):
            yield from verbs(command, (*before, name))


def _cli() -> TyperGroup:
    command = typer.main.get_command(app)
    assert isinstance(command, TyperGroup)
    return command


CLI = _cli()


def test_there_are_documents_to_read() -> None:
    assert {Path("README.md"), Path("docs/operators.md"), Path("services/routing/README.md")} <= set(DOCUMENTS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    folder = (ROOT / document).parent
    dead = [link for link in _LINK.findall(text(document)) if not (folder / link).exists()]
    assert dead == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_no_document_names_a_host_of_the_world_outside(document: Path) -> None:
    found = re.findall(r"https?://([A-Za-z0-9.-]+)", text(document))
    here = {"127.0.0.1", "localhost", "panelbook", *(_ISSUERS if document.name == "identity-providers.md" else ())}
    assert [host for host in found if host not in here and not host.endswith(".example")] == []


def test_every_path_in_the_map_of_the_tree_exists() -> None:
    table = text(Path("README.md")).partition("## The tree")[2].partition("**parts**")[0]
    paths = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_map_of_the_tree_leaves_out_no_package() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    told = text(Path("README.md"))
    assert [package for package in sorted(packages) if f"`{package}/" not in told] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_file_that_is_named_is_there(document: Path) -> None:
    """The how-to names what its reader makes, and has a test of its own."""
    if document.name == "add-an-event-type.md":
        return
    named = re.findall(rf"`((?:{'|'.join(_FOLDERS)})/[\w./*-]*)`", text(document))
    assert [path for path in named if path not in _NOT_HERE and not any(ROOT.glob(path.rstrip("/")))] == []


def test_the_readme_lists_the_parts_of_every_service() -> None:
    table = text(Path("README.md")).partition("| Service | Parts |")[2].partition("\n\n")[0]
    listed = {
        name: set(parts.split(", ")) for name, parts in re.findall(r"^\| (\w+) \| ([\w, ]+) \|$", table, re.MULTILINE)
    }
    assert listed == {
        name: {path.parent.name for path in (ROOT / "services" / name).glob("*/__init__.py")} for name in SERVICES
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_make_verb_that_is_named_is_one(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z.-]+):", makefile, re.MULTILINE))
    named = {words[0] for words in commands(document, "make") if words and "=" not in words[0]}
    assert named <= known


def test_the_readme_begins_with_the_two_commands() -> None:
    first = _FENCED.findall(text(Path("README.md")))[0]
    assert re.findall(r"^make (\w+)", first, re.MULTILINE) == ["demo", "test"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_panelbook_command_that_is_named_takes_what_it_is_given(document: Path) -> None:
    for words in commands(document, "panelbook"):
        command: Any = CLI
        rest = list(words)
        while rest and isinstance(command, TyperGroup) and not rest[0].startswith("-"):
            assert rest[0] in command.commands, f"panelbook {' '.join(words)}"
            command = command.commands[rest.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        given = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert given <= known, f"panelbook {' '.join(words)}"


def test_the_readme_names_every_panelbook_verb() -> None:
    told = text(Path("README.md"))
    groups = {path[0] for path in verbs(CLI) if len(path) > 1}
    named = {name for name in groups if f"`panelbook {name}" in told}
    assert named == groups
    assert [path for path in verbs(CLI) if path[0] not in groups and f"`panelbook {path[0]}`" not in told] == []


def test_the_index_lists_every_decision_and_no_other() -> None:
    folder = ROOT / "docs/adr"
    listed = re.findall(r"^\| \[\d{4}\]\(([^)]+)\)", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))


@pytest.mark.parametrize("decision", sorted((ROOT / "docs/adr").glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_a_decision_says_why_what_and_at_which_cost(decision: Path) -> None:
    headings = re.findall(r"^## (.+)$", decision.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[:3] == ["Context", "Decision", "Consequences"]
    assert headings[3:] in (["Measured"], ["Source"])


def test_operators_are_told_every_variable_of_a_deployment(tmp_path: Path) -> None:
    backends = Backends(
        "postgresql://admin@localhost/postgres", "localhost:1", Credential("a", "b"), "localhost", 2, tmp_path, "", 1
    )
    told = text(Path("docs/operators.md"))
    for name in environment_of(tmp_path, backends, port=3, mode="demo"):
        for service in SERVICES:
            name = re.sub(rf"_{service.upper()}(?=_|$)", "_<SERVICE>", name)
        shown = re.sub(r"_(RELAY|OWNER)$", "_APP", name) if "POSTGRES_<" in name else name
        assert f"`{shown}`" in told, name


def test_the_subscribers_ten_lines_are_python() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", text(Path("docs/subscribers.md")), re.DOTALL)
    (read,) = [node for node in ast.parse(example).body if isinstance(node, ast.AsyncFunctionDef)]
    assert read.end_lineno is not None
    assert read.end_lineno - read.lineno + 1 <= 10
