"""A log line's message is one fixed text, and what varies stands in keys that reach the log.

The reason: a message with `%s` in it is written as it stands, because our logger puts no values into messages (they
could be anybody's words); and a key that `edge.telemetry` does not let through is dropped without a word, so that
whoever wrote it believes the log says something that it does not.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from edge.telemetry import ALLOWED

CHECKED = ("bus", "councils", "deploy", "edge", "ledger", "panelbook", "services")
LEVELS = frozenset({"debug", "info", "warning", "error", "critical", "exception"})
MARKS = ("%", "{", "}")


def findings(source: str) -> Iterator[tuple[int, str]]:
    """Every call of a logger in a module's source that is written otherwise, with what is wrong about it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _is_logging(node.func):
            yield from ((node.lineno, wrong) for wrong in _wrong(node))


def _is_logging(called: ast.expr) -> bool:
    """``log.info``, ``_log.error``, ``self._log.info``, ``get_logger().info``, ``logging.getLogger("x").warning``."""
    if not isinstance(called, ast.Attribute) or called.attr not in LEVELS:
        return False
    of = called.value
    if isinstance(of, ast.Call):
        name = of.func.attr if isinstance(of.func, ast.Attribute) else getattr(of.func, "id", "")
        return name in ("get_logger", "getLogger", "bind")
    name = of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")
    return name.strip("_") in ("log", "logger", "logging")


def _wrong(call: ast.Call) -> Iterator[str]:
    message = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
    if not isinstance(message, str) or not message:
        yield "its message is no fixed text"
    elif any(mark in message for mark in MARKS):
        yield f"its message {message!r} has a place for a value"
    if len(call.args) > 1:
        yield "it has values for places that no message has"
    for one in call.keywords:
        if one.arg is not None and one.arg not in ALLOWED | {"exc_info"}:
            yield f"its key {one.arg} is dropped: edge.telemetry.ALLOWED does not have it"


def check(root: Path) -> list[str]:
    """One line of complaint for each finding in the tree at `root`."""
    return [
        f"{path.relative_to(root)}:{line}: {wrong}"
        for folder in CHECKED
        for path in sorted((root / folder).rglob("*.py"))
        for line, wrong in findings(path.read_text(encoding="utf-8"))
    ]


def main() -> int:
    """Exit 1 with every finding."""
    complaints = check(Path.cwd())
    print("\n".join(complaints) or "Every log line has a fixed message and keys that reach the log.")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
