"""No metaphor stands in an identifier where the field has a term of its own.

The reason: somebody who knows event sourcing finds their way by its words, and searches for them. A `desk` that is a
unit of work and a `told` that is an event, a recipient or an answer have to be learnt first, and cannot be looked up.
`docs/glossary.md` has the words that are ours and stay. Names are looked at where they are given:
definitions, arguments, assignments, aliases and modules.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

CHECKED = ("contracts", "councils", "ledger", "bus", "edge", "services", "panelbook", "deploy", "chaos", "bench")

INSTEAD: Mapping[str, str] = {
    "desk": "unit, a unit of work",
    "door": "middleware, or the route",
    "duty": "the task, or the process that does it",
    "ear": "consumer, or subscription",
    "house": "application, or what it is made of",
    "leash": "parent, or watchdog",
    "straight": "direct, or what is left out",
    "told": "recorded, published, shown, or the recipient",
    "town": "councils, or the load",
    "twin": "in memory",
    "world": "deployment, or environment",
}

RELEASED = frozenset({"told_within_minutes", "family_told_within_working_days", "presenter_is_told_of"})
"""Names that a council's settings or a released document hold: they stay."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def given(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of everything that a module's source gives a name to."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.MatchAs(name=str(name)) | ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield node.lineno, name
            case _:
                pass


def metaphors(name: str) -> list[str]:
    """The words of a name that are not to be used, in the singular."""
    if name in RELEASED:
        return []
    words = (word.lower() for word in _WORD.findall(name))
    return [one for word in words for one in sorted({word, word.removesuffix("s")}) if one in INSTEAD]


def check(root: Path) -> list[str]:
    """One line of complaint for each name in the tree at `root` that holds such a word."""
    return [
        f"{path.relative_to(root).as_posix()}:{line}: {name}: say {INSTEAD[word]}"
        for folder in CHECKED
        for path in sorted((root / folder).rglob("*.py"))
        for line, name in [(1, path.stem), *given(path.read_text(encoding="utf-8"))]
        for word in metaphors(name)
    ]


def main() -> int:
    complaints = check(Path.cwd())
    print("\n".join(complaints) or "Names say what the field says.")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
