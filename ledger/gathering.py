"""A projection's statements brought together: one row is written once, and equal statements travel side by side.

A statement of its own costs a way to the server and back, and each UPDATE of a row that was only just written leaves a
dead copy of it behind. Only statements of three plain forms are touched: an INSERT of one row, one that takes over what
is new on conflict, and an UPDATE of columns to values where columns have values. Every other one stays as it is.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ledger.rows import Change

_NAMES = r"[a-z_]+(?:, [a-z_]+)*"
_INSERT = re.compile(
    rf"insert into ([a-z_.]+) \(({_NAMES})\) values \(([^()]+)\)( on conflict \(({_NAMES})\) do update set (.+))?", re.I
)
_UPDATE = re.compile(r"update ([a-z_.]+) set (.+) where ([a-z_]+ = \$\d+(?: and [a-z_]+ = \$\d+)*)", re.I)
_VALUE = re.compile(r"\$[0-9]+|-?[0-9]+|null|true|false|'[^',]*'", re.I)

AT_ONCE = 50
"""How many rows one INSERT writes. More save little, and their text would no longer be kept prepared."""

_WIDEST = 32_767 // AT_ONCE


@dataclass(frozen=True, slots=True)
class Insert:
    """An INSERT of one row: ``values`` are parameters (``$2``) or literals, ``keys`` what ON CONFLICT names."""

    table: str
    columns: tuple[str, ...]
    values: tuple[str, ...]
    keys: tuple[str, ...] = ()
    taken_over: frozenset[str] = frozenset()

    def text(self, rows: int = 1) -> str:
        """The statement for so many rows, whose parameters follow each other; the council is shared."""
        own = sum(value.startswith("$") for value in self.values) - 1
        told = ", ".join(f"({', '.join(self._numbered(1 + row * own))})" for row in range(rows))
        text = f"insert into {self.table} ({', '.join(self.columns)}) values {told}"
        if not self.keys:
            return text
        sets = ", ".join(f"{name} = excluded.{name}" for name in self.columns if name in self.taken_over)
        return f"{text} on conflict ({', '.join(self.keys)}) do update set {sets}"

    def _numbered(self, before: int) -> Iterator[str]:
        for value in self.values:
            before += value.startswith("$") and value != "$1"
            yield f"${before}" if value.startswith("$") and value != "$1" else value


@dataclass(frozen=True, slots=True)
class Update:
    """An UPDATE: columns get values where, beside the council, other columns have values."""

    table: str
    sets: tuple[tuple[str, str], ...]
    where: tuple[tuple[str, str], ...]


@lru_cache(maxsize=1024)
def plain(sql: str) -> Insert | Update | None:
    """The statement in its parts; None unless it has one of the plain forms."""
    if told := _INSERT.fullmatch(sql):
        return _an_insert(*told.groups())
    if told := _UPDATE.fullmatch(sql):
        table, assigned, named = told.groups()
        sets, where = _assignments(assigned), _assignments(named.replace(" and ", ", "))
        of_council = where[0][1] == "$1" and all(value != "$1" for _, value in (*sets, *where[1:]))
        return Update(table, sets, where[1:]) if sets and of_council else None
    return None


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
    over = frozenset(one.partition(" = ")[0] for one in taken)
    named = tuple(keys.split(", "))
    whole = over | set(named) == set(names) and not over & set(named)
    plainly = all(one == f"{name} = excluded.{name}" for one in taken for name in [one.partition(" = ")[0]])
    return Insert(table, names, given, named, over) if whole and plainly else None


def _assignments(text: str) -> tuple[tuple[str, str], ...]:
    """``a = $2, b = null`` in pairs; empty where it says anything else."""
    pairs = [tuple(one.split(" = ")) for one in text.split(", ")]
    if any(len(pair) != 2 or not _VALUE.fullmatch(pair[1]) for pair in pairs):
        return ()
    return tuple((name, value) for name, value in pairs)


# --- One row, written once ------------------------------------------------------------------------------------


class _Written:
    """A row as the statements up to now leave it: a literal as its text, anything else as the argument."""

    __slots__ = ("told", "values")

    def __init__(self, told: Insert, args: Sequence[Any]) -> None:
        self.told = told
        self.values = {
            name: _valued(value, args) for name, value in zip(told.columns, told.values, strict=True) if value != "$1"
        }

    def change(self) -> Change:
        """The one statement that writes the row."""
        told, values = self.told, self.values
        columns = (told.columns[0], *sorted(values))
        given = _numbers(tuple(values[name].text if isinstance(values[name], _Literal) else "" for name in columns[1:]))
        over = told.taken_over | (values.keys() - set(told.columns)) if told.keys else told.taken_over
        sql = _text_of(Insert(told.table, columns, ("$1", *given), told.keys, over))
        return Change(sql, tuple(values[name] for name in columns[1:] if not isinstance(values[name], _Literal)))


@dataclass(frozen=True, slots=True)
class _Literal:
    text: str


def _valued(value: str, args: Sequence[Any]) -> Any:
    return args[int(value[1:]) - 2] if value.startswith("$") else _Literal(value)


@lru_cache(maxsize=1024)
def _numbers(literals: tuple[str, ...]) -> tuple[str, ...]:
    """A literal where there is one, else the next parameter behind the council's."""
    found: list[str] = []
    number = 1
    for literal in literals:
        number += not literal
        found.append(literal or f"${number}")
    return tuple(found)


@lru_cache(maxsize=1024)
def _text_of(told: Insert) -> str:
    return told.text()


def merged(changes: Sequence[Change]) -> list[Change]:
    """The statements of one new stream, each row that they write and then change again written once, as it ends up.

    A new stream's statements touch only rows that they have written themselves, and tables do not depend on each other:
    so rows may be told by table. From the first statement that is not of a plain form, all stay as they are.
    """
    rows: list[_Written] = []
    kept = len(changes)
    for index, change in enumerate(changes):
        if not _took_up(rows, change):
            kept = index
            break
    told = sorted((row.change() for row in rows), key=lambda change: change.sql)
    return [*told, *changes[kept:]]


def _took_up(rows: list[_Written], change: Change) -> bool:
    """Whether the rows hold what this statement does."""
    told, args = plain(change.sql), change.args
    if told is None:
        return False
    same = [row for row in rows if row.told.table == told.table]
    if isinstance(told, Insert) and not told.keys:
        rows.append(_Written(told, args))
        return True
    key, new = _key_and_new(told, args)
    if isinstance(told, Insert) and any(row.told.keys != told.keys for row in same):
        return False
    if not all(_is_known(key[name]) and all(_is_known(row.values.get(name)) for row in same) for name in key):
        return False
    meant = [row for row in same if all(row.values[name] == value for name, value in key.items())]
    for row in meant:
        row.values.update(new)
    if isinstance(told, Insert) and not meant:
        rows.append(_Written(told, args))
        return True
    # What is found nowhere is not this stream's own, or was written by a statement of another form.
    return bool(meant)


def _is_known(value: Any) -> bool:
    """Nobody here knows what a literal or a default equals, and NULL equals nothing."""
    return value is not None and not isinstance(value, _Literal)


def _key_and_new(told: Insert | Update, args: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Which row is meant, and what becomes of its columns."""
    if isinstance(told, Update):
        return ({name: _valued(value, args) for name, value in told.where},
                {name: _valued(value, args) for name, value in told.sets})  # fmt: skip
    values = _Written(told, args).values
    return {name: values[name] for name in told.keys if name in values}, values


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
        places = [int(value[1:]) - 2 for name, value in zip(told.columns, told.values, strict=True)
                  if name in told.keys and value.startswith("$") and value != "$1"]  # fmt: skip
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
