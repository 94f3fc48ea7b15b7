"""What projections ask of read models: rows put, set and deleted by their key, in place of SQL text (docs/adr/0029).

A table's key is declared once, and the council is a part of every change by construction. Changes of one row are one
change (:class:`Pending`); whatever does not name a whole key is a barrier: all that is pending of its tables is written
before it, in order.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

Kind = Literal["insert", "put", "set", "delete", "replace"]
"""``replace`` is what a delete and an insert behind it are together: columns that are not named get their defaults."""

_TABLES = re.compile(r"\bread\.([a-z_][a-z0-9_]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A table of a read model; ``key`` is its primary key beside the council."""

    name: str
    key: tuple[str, ...] = ()

    def row(self, *key: Any) -> "OneRow":
        """The row with this key, whose values stand in the order in which the table names them."""
        if len(key) != len(self.key) or None in key:
            raise ValueError(f"A row of {self.name} is named by ({', '.join(self.key)}), none of them None.")
        return OneRow(self, key)

    def where(self, **columns: Any) -> "Rows":
        """Every row with these values; a change of theirs is a barrier."""
        return Rows(self, columns)


@dataclass(frozen=True, slots=True)
class Write:
    """One change of one row."""

    table: Table
    kind: Kind
    key: tuple[Any, ...]
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class OneRow:
    """A row that is to be changed."""

    table: Table
    key: tuple[Any, ...]

    def insert(self, **values: Any) -> Write:
        """A row that is not there yet; the database refuses one that is."""
        return Write(self.table, "insert", self.key, values)

    def put(self, **values: Any) -> Write:
        """A row with these values, or these values over those of the row that is there."""
        return Write(self.table, "put", self.key, values)

    def set(self, **values: Any) -> Write:
        """Other values of a row; nothing where there is none."""
        return Write(self.table, "set", self.key, values)

    def delete(self) -> Write:
        """No such row."""
        return Write(self.table, "delete", self.key)


@dataclass(frozen=True, slots=True)
class Across:
    """One change of every row with the values in ``where``: other ``values``, or none of the rows any more."""

    table: Table
    where: Mapping[str, Any]
    values: Mapping[str, Any] | None

    @property
    def tables(self) -> frozenset[str]:
        """The table that it reads and writes."""
        return frozenset((self.table.name,))

    @property
    def sql(self) -> str:
        """The statement."""
        named = tuple((name, value is None) for name, value in self.where.items())
        return _across(self.table.name, named, None if self.values is None else tuple(self.values))

    @property
    def args(self) -> tuple[Any, ...]:
        """Its arguments behind the council."""
        return (*(value for value in self.where.values() if value is not None), *(self.values or {}).values())


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that are to be changed together."""

    table: Table
    columns: Mapping[str, Any]

    def set(self, **values: Any) -> Across:
        """Other values of each of them."""
        return Across(self.table, self.columns, values)

    def delete(self) -> Across:
        """None of them."""
        return Across(self.table, self.columns, None)


@dataclass(frozen=True)
class Statement:
    """SQL text for what no structured change can say; ``because`` says what that is. ``$1`` is the council.

    ``touches`` names every table that the text reads or writes: what is pending of them is written before.
    """

    touches: tuple[Table, ...]
    sql: str
    args: tuple[Any, ...] = ()
    because: str = field(kw_only=True)

    def __post_init__(self) -> None:
        """Raises ValueError for a table that the text names and ``touches`` does not."""
        if unnamed := tables_of(self.sql) - self.tables:
            raise ValueError(f"A statement must say that it touches {', '.join(sorted(unnamed))}.")

    @property
    def tables(self) -> frozenset[str]:
        """The names of the tables."""
        return frozenset(table.name for table in self.touches)


@dataclass(frozen=True, slots=True)
class Divide:
    """Says that what comes before it is written before what comes after it, in these tables."""

    tables: frozenset[str]


Change = Write | Across | Statement | Divide
"""What a projection may ask for."""


@lru_cache(maxsize=4096)
def tables_of(sql: str) -> frozenset[str]:
    """Every table of a read model that a text names, and perhaps some that it does not use."""
    return frozenset(f"read.{name.lower()}" for name in _TABLES.findall(sql))


def touched(change: Change) -> frozenset[str]:
    """The tables whose rows a change reads or writes."""
    if isinstance(change, Write):
        return frozenset((change.table.name,))
    return change.tables


@lru_cache(maxsize=1024)
def _across(table: str, where: tuple[tuple[str, bool], ...], values: tuple[str, ...] | None) -> str:
    numbers = iter(range(2, 2 + len(where) + len(values or ())))
    named = [f"{name} is null" if empty else f"{name} = ${next(numbers)}" for name, empty in where]
    over = "" if values is None else ", ".join(f"{name} = ${next(numbers)}" for name in values)
    begun = f"delete from {table}" if values is None else f"update {table} set {over}"
    return f"{begun} where {' and '.join(('council = $1', *named))}"


# --- Pending changes ------------------------------------------------------------------------------------------


class Pending:
    """Changes in their order that were not written yet, of each row one at most between two barriers of its table."""

    def __init__(self, changes: Iterable[Change] = ()) -> None:
        self._changes: list[Change | None] = []
        self._places: dict[str, dict[tuple[Any, ...], int]] = {}
        self.add(changes)

    def __bool__(self) -> bool:
        return bool(self._changes)

    def copy(self) -> "Pending":
        """The same, from now on by itself."""
        return Pending(one for one in self._changes if one is not None)

    def add(self, changes: Iterable[Change]) -> None:
        """Changes that come after all that are here."""
        for change in changes:
            if isinstance(change, Write):
                self._write(change)
            else:
                for table in touched(change):
                    self._places.pop(table, None)
                self._changes.append(change)

    def take(self, tables: frozenset[str] | None = None) -> list[Change]:
        """Take out what must be written before these tables are read, or everything, in order."""
        left: list[Change] = []
        if tables is None:
            taken = [one for one in self._changes if one is not None]
        else:
            taken, wanted = [], set(tables)
            for change in reversed(self._changes):
                if change is None:
                    continue
                its = touched(change)
                if wanted.isdisjoint(its):
                    left.append(change)
                else:
                    wanted |= its
                    taken.append(change)
            taken.reverse()
        self._changes, self._places = [], {}
        self.add(reversed(left))
        return taken

    def _write(self, change: Write) -> None:
        places = self._places.setdefault(change.table.name, {})
        named = tuple([str(value) if isinstance(value, UUID) else value for value in change.key])
        place = places.get(named)
        before = self._changes[place] if place is not None else None
        if place is not None and isinstance(before, Write):
            one = _together(before, change)
            if one is not None:
                self._changes[place] = one
                return
            if (before.kind, change.kind) == ("insert", "delete"):
                self._changes[place] = None
                del places[named]
                return
            # Neither can be said as a part of the other: the first is written before the second.
            self._changes.append(Divide(frozenset((change.table.name,))))
            places.clear()
        places[named] = len(self._changes)
        self._changes.append(change)


def _together(before: Write, after: Write) -> Write | None:
    """Two changes of one row as one; None where it takes both, and where nothing is left."""
    match before.kind, after.kind:
        case ("insert" | "put" | "replace", "set") | ("insert" | "put" | "replace", "put") | ("set", "set"):
            return Write(before.table, before.kind, before.key, {**before.values, **after.values})
        case ("delete", "insert" | "put"):
            return Write(before.table, "replace", before.key, after.values)
        case ("delete", "set" | "delete"):
            return before
        case ("put" | "set" | "replace", "delete"):
            return after
        case _:
            return None


# --- Statements -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Batch:
    """Statements with one text; ``insert`` says how it is written for several rows at once."""

    sql: str
    args: list[tuple[Any, ...]]
    shape: "Shape | None" = None


@dataclass(frozen=True)
class Shape:
    """What changes of a kind and with values for the same columns have in common."""

    table: Table
    kind: Kind
    names: tuple[str, ...]
    columns: tuple[str, ...] = ()
    """All of the table's columns, for ``replace``."""

    def args(self, change: Write) -> tuple[Any, ...]:
        """A change's arguments behind the council."""
        return (*change.key, *[change.values[name] for name in self.names])

    @property
    def width(self) -> int:
        """How many arguments a row has."""
        return len(self.table.key) + len(self.names)

    @property
    def many(self) -> bool:
        """Whether one statement may write several rows."""
        return self.kind in ("insert", "put", "replace")


@lru_cache(maxsize=1024)
def _shape(table: Table, kind: Kind, names: tuple[str, ...], columns: tuple[str, ...]) -> Shape:
    if {"council", *table.key} & set(names):
        raise ValueError(f"The key of {table.name} names a row; it is no value of one.")
    return Shape(table, kind, tuple(sorted(names)), columns)


@lru_cache(maxsize=2048)
def text(shape: Shape, count: int = 1) -> str:
    """The statement for so many rows, whose parameters follow each other; the council is shared."""
    table, key, names = shape.table, shape.table.key, shape.names
    if not shape.many:
        named = ["council = $1", *(f"{name} = ${number}" for number, name in enumerate(key, 2))]
        if shape.kind == "delete":
            return f"delete from {table.name} where {' and '.join(named)}"
        sets = (f"{name} = ${number}" for number, name in enumerate(names, 2 + len(key)))
        return f"update {table.name} set {', '.join(sets)} where {' and '.join(named)}"
    numbers = iter(range(2, 2 + count * shape.width))
    given = ", ".join(
        f"({', '.join(('$1', *(f'${next(numbers)}' for _ in range(shape.width))))})" for _ in range(count)
    )
    inserted = f"insert into {table.name} ({', '.join(('council', *key, *names))}) values {given}"
    if shape.kind == "insert":
        return inserted
    over = names if shape.kind == "put" else [name for name in shape.columns if name not in ("council", *key)]
    done = f"update set {', '.join(f'{name} = excluded.{name}' for name in over)}" if over else "nothing"
    return f"{inserted} on conflict ({', '.join(('council', *key))}) do {done}"


def batches(changes: Sequence[Change], columns: Mapping[str, tuple[str, ...]]) -> Iterator[Batch]:
    """The statements of merged changes, those of one text together as far as order allows.

    ``columns`` names every column of each table of which a row is replaced.
    """
    waiting: dict[str, dict[Shape, list[tuple[Any, ...]]]] = {}
    texts: Batch | None = None
    for change in changes:
        if isinstance(change, Write):
            if change.kind == "set" and not change.values:
                continue
            name = change.table.name
            all_columns = columns[name] if change.kind == "replace" else ()
            shape = _shape(change.table, change.kind, tuple(change.values), all_columns)
            waiting.setdefault(name, {}).setdefault(shape, []).append(shape.args(change))
            continue
        before = [waiting.pop(name) for name in sorted(touched(change)) if name in waiting]
        same = not before and texts is not None and not isinstance(change, Divide) and texts.sql == change.sql
        if texts is not None and not same:
            yield texts
            texts = None
        for shapes in before:
            yield from _written(shapes)
        if isinstance(change, Divide):
            continue
        if texts is None:
            texts = Batch(change.sql, [])
        texts.args.append(change.args)
    if texts is not None:
        yield texts
    for shapes in waiting.values():
        yield from _written(shapes)


def _written(shapes: Mapping[Shape, list[tuple[Any, ...]]]) -> Iterator[Batch]:
    for shape, args in shapes.items():
        yield Batch(text(shape), args, shape if shape.many else None)
