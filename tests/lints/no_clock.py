"""Nothing below `edge/`, `bus/` and `main.py` reads a clock, the environment or randomness.

The reason: a decision is replayed years later and must come out the same, and a test must be able to say what time it
is. Whatever a rule, a handler or a projection needs of these is passed in, so that the only places where the world
leaks in are the ones that compose the program. Names are followed through the module's own imports, because
`from time import monotonic as now` is the same thing as `time.monotonic`.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

CHECKED = ("contracts", "councils", "ledger", "services")
# Where a service is put together from its parts and the world.
COMPOSITION = {"main.py", "hosting.py"}
FORBIDDEN = (
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "os.environ",
    "os.environb",
    "os.getenv",
    "os.urandom",
    "os.getrandom",
    "random",
    "secrets",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.localtime",
    "time.gmtime",
    "uuid.uuid1",
    "uuid.uuid4",
)


def findings(source: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every reading of the world in a module's source."""
    tree = ast.parse(source)
    meaning = dict(_imports(tree))
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from ((node.lineno, f"{module}.{n.name}") for n in names if _forbidden(f"{module}.{n.name}"))
            case ast.Import(names=names):
                yield from ((node.lineno, n.name) for n in names if _forbidden(n.name))
            case ast.Attribute():
                name = _dotted(node, meaning)
                # Named in full once: `random.random` is found at the import of `random` already.
                if name in FORBIDDEN:
                    yield node.lineno, name
            case _:
                pass


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                first = name.name.split(".")[0]
                yield (name.asname, name.name) if name.asname else (first, first)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for name in node.names:
                yield name.asname or name.name, f"{node.module}.{name.name}"


def _dotted(node: ast.expr, meaning: dict[str, str]) -> str:
    match node:
        case ast.Attribute(value=value, attr=attr):
            before = _dotted(value, meaning)
            return f"{before}.{attr}" if before else ""
        case ast.Name(id=name):
            return meaning.get(name, "")
        case _:
            return ""


def _forbidden(name: str) -> bool:
    return any(name == refused or name.startswith(f"{refused}.") for refused in FORBIDDEN)


def check(root: Path) -> list[str]:
    """One line of complaint for each finding in the tree at `root`."""
    return [
        f"{path.relative_to(root)}:{line}: reads the world through {name}; have it passed in"
        for folder in CHECKED
        for path in sorted((root / folder).rglob("*.py"))
        if path.name not in COMPOSITION
        for line, name in findings(path.read_text(encoding="utf-8"))
    ]


def main() -> int:
    complaints = check(Path.cwd())
    print("\n".join(complaints) or "No clock, environment or randomness is read where it must not be.")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
