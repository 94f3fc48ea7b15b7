"""Every SQL statement on a ledger or projection table names its council, and SQL stands only where it may.

The reason: nothing crosses councils. Row-level security holds when a statement forgets its council, but then it
answers nothing where it should answer something, or reads every council where the role may. The few statements that
serve all councils at once (relay, marks, rebuilding) say why in a comment on or above them:
`# every council: <reason>`. SQL elsewhere than in `ledger/`, `bus/`, `migrations/`, the files of a part that read
(`READS`), and the two that are one such file for all services, would escape both this check and whoever reviews it.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

CHECKED = ("contracts", "councils", "ledger", "bus", "edge", "services", "panelbook")
# These hold nothing of any council: how far the schema, the marks, the relay and the reading of topics have come.
# The index of what is parked tells an operator where things stand in every council, and shows no content.
WITHOUT_COUNCIL = {"ledger.migration", "ledger.floor", "ledger.bookmark", "bus.consumer_offset", "bus.parked_index"}
# A part's fold with its queries, its lists, and what waits for whom.
READS = {"read.py", "lists.py", "waiting.py"}
FOR_ALL_SERVICES = {Path("services/settings.py"), Path("services/officers.py")}
_STATEMENT = re.compile(r"^\s*(WITH|SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE|COPY)\s", re.IGNORECASE)
_LOOKS_LIKE_SQL = re.compile(
    r"^\s*(WITH\s.+\sAS\s*\(|SELECT\s.+\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|TRUNCATE\s+\w"
    r"|CREATE\s+(TABLE|ROLE|DATABASE|INDEX|FUNCTION|SCHEMA)\s|ALTER\s+(TABLE|ROLE|DATABASE)\s)",
    re.IGNORECASE | re.DOTALL,
)
# A name with an opening bracket after it is a table in INSERT INTO, and a function in FROM.
_TABLE = re.compile(
    r"\b(?:(?:INTO|UPDATE|TRUNCATE)\s+|(?:FROM|JOIN)\s+(?![\w.]+\s*\())(?:TABLE\s+|ONLY\s+)?((?:ledger|read|bus|kept)\.\w+)",
    re.IGNORECASE,
)
_PREDICATE = re.compile(r"\bcouncil\b\s*(=|\bIN\b)|=\s*(\w+\.)?council\b", re.IGNORECASE)
_IN_COLUMNS = re.compile(r"\bINSERT\s+INTO\s+[\w.\"{}]+(\s+AS\s+\w+)?\s*\([^)]*\bcouncil\b", re.IGNORECASE)
_EXCUSE = re.compile(r"#\s*every council: \S+")


def statements(source: str) -> Iterator[tuple[int, int, str]]:
    """First line, last line and text of every string in a module that is SQL; a placeholder of an f-string is `{}`."""
    tree = ast.parse(source)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside | docstrings:
            text = node.value
        else:
            continue
        if _LOOKS_LIKE_SQL.match(text):
            yield node.lineno, node.end_lineno or node.lineno, text


def forgets_its_council(text: str) -> bool:
    """Whether a statement touches a table of the councils' without a council predicate or column."""
    if not _STATEMENT.match(text):
        return False
    tables = {table.lower() for table in _TABLE.findall(text)} - WITHOUT_COUNCIL
    return bool(tables) and not (_PREDICATE.search(text) or _IN_COLUMNS.search(text))


def may_hold_sql(path: Path) -> bool:
    """Whether SQL may stand in the file (a path from the root of the tree)."""
    named = path.name in READS and path.parts[0] == "services"
    return named or path in FOR_ALL_SERVICES or path.parts[0] in ("ledger", "bus") or "migrations" in path.parts


def check(root: Path) -> list[str]:
    """One line of complaint for each statement in the tree at `root` that breaks a rule."""
    complaints = []
    for folder in CHECKED:
        for path in sorted((root / folder).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            lines = source.splitlines()
            name = path.relative_to(root)
            for first, last, text in statements(source):
                if not may_hold_sql(name):
                    complaints.append(f"{name}:{first}: SQL may not stand here")
                excused = any(_EXCUSE.search(line) for line in lines[max(0, first - 3) : last])
                if forgets_its_council(text) and not excused:
                    complaints.append(f"{name}:{first}: a statement on a council's table without its council")
    return complaints


def main() -> int:
    complaints = check(Path.cwd())
    print("\n".join(complaints) or "Every SQL statement names its council and stands where it may.")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
