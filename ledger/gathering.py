"""A projection's statements brought together: one row is written once, and equal statements travel side by side.

A statement of its own costs a way to the server and back, and each UPDATE of a row that was only just written leaves a
dead copy of it behind. Only statements of three plain forms are touched: an INSERT of one row, one that takes over what
is new on conflict, and an UPDATE of columns to values where columns have values. Every other one stays as it is.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import count
from typing import Any

from ledger.rows import Change

_NAMES = r"[a-z_]+(?:, [a-z_]+)*"
_INSERT = re.compile(
    rf"insert into ([a-z_.]+) \(({_NAMES})\) values \(([^()]+)\)( on conflict \(({_NAMES})\) do update set (.+))?", re.I
)
_UPDATE = re.compile(r"update ([a-z_.]+) set (.+) where ([a-z_]+ = \$\d+(?: and [a-z_]+ = \$\d+)*)", re.I)
_AND = re.compile(" and ", re.I)
_VALUE = re.compile(r"\$[0-9]+|-?[0-9]+|null|true|false|'[^',]*'", re.I)

AT_ONCE = 50
"""How many rows one INSERT writes. More save little, and their text would no longer be kept prepared."""

_WIDEST = 32_767 // AT_ONCE


@dataclass(frozen=True)
class Insert:
    """An INSERT of one row: ``values`` are parameters (``$2``) or literals, ``keys`` what ON CONFLICT names."""

    table: str
    columns: tuple[str, ...]
    values: tuple[str, ...]
    keys: tuple[str, ...] = ()

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The columns that get the arguments, in their order."""
        return tuple(name for name, value in zip(self.columns, self.values, strict=True) if value[0] == "$")[1:]

    @cached_property
    def fixed(self) -> dict[str, str]:
        """The columns that get a literal."""
        return {name: value for name, value in zip(self.columns, self.values, strict=True) if value[0] != "$"}

    def text(self, rows: int = 1) -> str:
        """The statement for so many rows, whose parameters follow each other; the council is shared."""
        numbers = iter(range(2, 2 + rows * len(self.given)))
        told = ", ".join(f"({', '.join(self._numbered(numbers))})" for _ in range(rows))
        text = f"insert into {self.table} ({', '.join(self.columns)}) values {told}"
        if not self.keys:
            return text
        sets = ", ".join(f"{name} = excluded.{name}" for name in self.columns if name not in self.keys)
        return f"{text} on conflict ({', '.join(self.keys)}) do update set {sets}"

    def _numbered(self, numbers: Iterator[int]) -> Iterator[str]:
        for value in self.values:
            yield f"${next(numbers)}" if value[0] == "$" and value != "$1" else value


@dataclass(frozen=True)
class Update:
    """An UPDATE: columns get arguments or literals where, beside the council, other columns have arguments."""

    table: str
    where: dict[str, int]
    given: dict[str, int]
    fixed: dict[str, str]


@lru_cache(maxsize=1024)
def plain(sql: str) -> Insert | Update | None:
    """The statement in its parts; None unless it has one of the plain forms."""
    if told := _INSERT.fullmatch(sql):
        return _an_insert(*told.groups())
    if told := _UPDATE.fullmatch(sql):
        table, assigned, named = told.groups()
        sets, where = _assignments(assigned), _assignments(_AND.sub(", ", named))
        of_council = where[0][1] == "$1" and all(value != "$1" for _, value in (*sets, *where[1:]))
        return _an_update(table, sets, where[1:]) if sets and of_council else None
    return None


def _an_update(table: str, sets: Sequence[tuple[str, str]], where: Sequence[tuple[str, str]]) -> Update:
    def places(pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
        return {name: int(value[1:]) - 2 for name, value in pairs if value[0] == "$"}

    return Update(table, places(where), places(sets), {name: value for name, value in sets if value[0] != "$"})


def _an_insert(
    table: str, columns: str, values: str, conflict: str | None, keys: str | None, assigned: str | None
) -> Insert | None:
    names, given = tuple(columns.split(", ")), tuple(values.split(", "))
    parameters = [value for value in given if value.startswith("$")]
    # Each parameter once and in order, and the council before all of them.
    if (
        len(names) != len(given)
        or not all(_VALUE.fullmatch(value) for value in given)
        or parameters != [f"${number}" for number in range(1, len(parameters) + 1)]
        or given[0] != "$1"
    ):
        return None
    if conflict is None or keys is None or assigned is None:
        return Insert(table, names, given)
    taken = assigned.split(", ")
    named = tuple(keys.split(", "))
    # Whatever is no key is taken over: then the row is in the end what it would be had it not been there.
    over = {f"{name} = excluded.{name}" for name in names if name not in named}
    return Insert(table, names, given, named) if over == set(taken) and set(named) <= set(names) else None


def _assignments(text: str) -> tuple[tuple[str, str], ...]:
    """``a = $2, b = null`` in pairs; empty where it says anything else."""
    pairs = [tuple(one.split(" = ")) for one in text.split(", ")]
    if any(len(pair) != 2 or not _VALUE.fullmatch(pair[1]) for pair in pairs):
        return ()
    return tuple((name, value) for name, value in pairs)


# --- One row, written once ------------------------------------------------------------------------------------


class _Written:
    """A row as the statements up to now leave it."""

    __slots__ = ("_first", "fixed", "told", "values")

    def __init__(self, told: Insert, change: Change) -> None:
        self.told = told
        self.values: dict[str, Any] = dict(zip(told.given, change.args, strict=True))
        self.fixed = told.fixed
        self._first: Change | None = change

    def alter(self, values: Mapping[str, Any], fixed: Mapping[str, str]) -> None:
        """Columns get other values."""
        self.fixed = {**{name: text for name, text in self.fixed.items() if name not in values}, **fixed}
        self.values.update(values)
        for name in fixed:
            self.values.pop(name, None)
        self._first = None

    def change(self) -> Change:
        """The one statement that writes the row."""
        if self._first is not None:
            return self._first
        sql, given = _written(self.told, frozenset(self.values), frozenset(self.fixed.items()))
        return Change(sql, tuple([self.values[name] for name in given]))


@lru_cache(maxsize=1024)
def _written(told: Insert, given: frozenset[str], fixed: frozenset[tuple[str, str]]) -> tuple[str, tuple[str, ...]]:
    """The statement that gives these columns, sorted by their names, arguments and literals; who gets an argument."""
    literals, numbers = dict(fixed), count(2)
    columns = sorted((*given, *literals))
    values = (literals.get(name) or f"${next(numbers)}" for name in columns)
    insert = Insert(told.table, (told.columns[0], *columns), ("$1", *values), told.keys)
    return insert.text(), insert.given


def merged(changes: Sequence[Change]) -> list[Change]:
    """The statements of one new stream, each row that they write and then change again written once, as it ends up.

    A new stream's statements touch only rows that they have written themselves, and tables do not depend on each other:
    so rows may be told by table. From the first statement that is not of a plain form, all stay as they are.
    """
    rows: dict[str, list[_Written]] = {}
    kept = len(changes)
    for index, change in enumerate(changes):
        told = plain(change.sql)
        if told is None or not _took_up(rows.setdefault(told.table, []), told, change):
            kept = index
            break
    written = [row.change() for table in sorted(rows) for row in rows[table]]
    return [*written, *changes[kept:]]


def _took_up(rows: list[_Written], told: Insert | Update, change: Change) -> bool:
    """Whether the rows of its table now hold what this statement does."""
    if isinstance(told, Update):
        key = {name: change.args[place] for name, place in told.where.items()}
        values, fixed = {name: change.args[place] for name, place in told.given.items()}, told.fixed
    else:
        row = _Written(told, change)
        if not told.keys:
            rows.append(row)
            return True
        key = {name: row.values.get(name) for name in told.keys if name != told.columns[0]}
        values, fixed = row.values, row.fixed
        if any(one.told.keys != told.keys for one in rows):
            return False
    # Nobody here knows what a literal or a default equals, and NULL equals nothing.
    if None in key.values() or any(one.values.get(name) is None for one in rows for name in key):
        return False
    meant = [one for one in rows if all(one.values[name] == value for name, value in key.items())]
    for one in meant:
        one.alter(values, fixed)
    if not meant and isinstance(told, Insert):
        rows.append(_Written(told, change))
        return True
    # What is found nowhere is not this stream's own, or was written by a statement of another form.
    return bool(meant)


# --- Equal statements, side by side ---------------------------------------------------------------------------


def regrouped(streams: Iterable[Iterable[Change]]) -> list[Change]:
    """Each stream's statements in their order, with equal ones of different streams side by side."""
    queues = [queue for queue in map(deque, streams) if queue]
    found: list[Change] = []
    while queues:
        sql = queues[0][0].sql
        for queue in queues:
            while queue and queue[0].sql == sql:
                found.append(queue.popleft())
        queues = [queue for queue in queues if queue]
    return found


def together(sql: str, arguments: Sequence[tuple[Any, ...]]) -> tuple[str, list[tuple[Any, ...]], int] | None:
    """An INSERT of one row as one of :data:`AT_ONCE` rows, the arguments of each such statement, and how many rows
    these are; the rest is for the statement itself. None for every other statement, and where a key is there twice.
    """
    told = plain(sql)
    if not isinstance(told, Insert) or len(told.columns) > _WIDEST:
        return None
    whole = len(arguments) // AT_ONCE * AT_ONCE
    if told.keys:
        # Rows that ON CONFLICT may change cannot be changed twice by one statement.
        places = [place for place, name in enumerate(told.given) if name in told.keys]
        if len({tuple(args[place] for place in places) for args in arguments[:whole]}) != whole:
            return None
    several = [
        tuple(value for args in arguments[first : first + AT_ONCE] for value in args)
        for first in range(0, whole, AT_ONCE)
    ]
    return _several(told), several, whole


@lru_cache(maxsize=256)
def _several(told: Insert) -> str:
    return told.text(AT_ONCE)
