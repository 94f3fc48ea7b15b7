"""Every small lie that a rule could tell: comparisons turned, bounds moved by one, `and` for `or`, a `not` dropped."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

_TURNED: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}


@dataclass(frozen=True)
class Mutant:
    """One file with one place in it changed; ``place`` is the line as it is, ``changed`` as the mutant has it."""

    path: Path
    line: int
    place: str
    changed: str
    source: str

    @property
    def name(self) -> str:
        """How it is spoken of, and listed with a reason where it is harmless; line numbers move, lines seldom do."""
        return f"{self.path}: {self.place.strip()} -> {self.changed.strip()}"


def mutants(path: Path, source: str) -> Iterator[Mutant]:
    """Every mutant of one file, in the order of its lines."""
    places = list(_places(ast.parse(source)))
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    raw = source.encode()
    for (line, column, end_line, end_column), text in places:
        first, last = starts[line - 1] + column, starts[end_line - 1] + end_column
        changed = (raw[:first] + text.encode() + raw[last:]).decode()
        yield Mutant(path, line, source.splitlines()[line - 1], changed.splitlines()[line - 1], changed)


_Span = tuple[int, int, int, int]


def _places(tree: ast.AST) -> Iterator[tuple[_Span, str]]:
    for node in _judging(tree):
        match node:
            case ast.Compare(left, ops, comparators):
                before = left
                for operator, after in zip(ops, comparators, strict=True):
                    for other in _TURNED[type(operator)]:
                        yield _between(before, after), f" {other} "
                    before = after
                for bound in (left, *comparators):
                    yield from _moved(bound)
            case ast.BinOp(left, ast.Add() | ast.Sub(), right):
                for bound in (left, right):
                    yield from _moved(bound)
            case ast.BoolOp(operator, values):
                other = " or " if isinstance(operator, ast.And) else " and "
                for before, after in pairwise(values):
                    yield _between(before, after), other
            case ast.UnaryOp(ast.Not(), operand):
                yield (node.lineno, node.col_offset, operand.lineno, operand.col_offset), ""
            case _:
                pass


def _judging(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node that is run to judge something: no annotations, no imports, and nothing that only types are told."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom):
            continue
        yield node
        for name, child in ast.iter_fields(node):
            if name in ("annotation", "returns", "type_params"):
                continue
            waiting.extend(one for one in (child if isinstance(child, list) else [child]) if isinstance(one, ast.AST))


def _between(before: ast.expr, after: ast.expr) -> _Span:
    assert before.end_lineno is not None
    assert before.end_col_offset is not None
    return (before.end_lineno, before.end_col_offset, after.lineno, after.col_offset)


def _moved(bound: ast.expr) -> Iterator[tuple[_Span, str]]:
    if isinstance(bound, ast.Constant) and type(bound.value) is int:
        assert bound.end_lineno is not None
        assert bound.end_col_offset is not None
        span = (bound.lineno, bound.col_offset, bound.end_lineno, bound.end_col_offset)
        for other in (bound.value + 1, bound.value - 1):
            yield span, str(other) if other >= 0 else f"({other})"
