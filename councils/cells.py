"""The checked subset of JDM, cell by cell: what a condition may say, and what it means.

A cell is blank (anything goes), or by the sort of its column

- money and numbers (integers from 0): `100`, `< 100`, `<= 100`, `> 100`, `>= 100`, `[100..200]` (ends included);
- flags: `true`, `false`;
- texts: one or more words in capitals and quotes, `"CRISIS"` or `"RESOURCES", "OTHER"`, of which one must be equal.

There are no expressions, no dates, no functions and no negation. Every cell is one interval, one set of words or one
flag, so a table can be tried on a million applications at once and still say what zen-engine says of one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from councils.settings import DecisionTable

MONEY = "money"
NUMBER = "number"
FLAG = "flag"
TEXT = "text"

# Only these digits, and no leading zeros: other scripts' digits are numbers to Python and errors to zen-engine.
_NUMBER = r"(0|[1-9][0-9]{0,11})"
_COMPARED = re.compile(rf"(<=|>=|<|>) ?{_NUMBER}")
_RANGE = re.compile(rf"\[{_NUMBER}\.\.{_NUMBER}\]")
_EXACT = re.compile(_NUMBER)
_WORD = r'"([A-Z0-9][A-Z0-9_]{0,63})"'
_WORDS = re.compile(rf"{_WORD}(?:, ?{_WORD})*")
_OUTPUT = re.compile(_WORD)


class OutsideSubset(ValueError):
    """A cell says something that the subset does not know."""


@dataclass(frozen=True)
class Between:
    """An integer from `low` to `high`, both included; without `high` there is no upper end."""

    low: int
    high: int | None = None


@dataclass(frozen=True)
class OneOf:
    """A text that equals one of these words."""

    words: frozenset[str]


@dataclass(frozen=True)
class Is:
    """A flag with this value."""

    value: bool


Condition = Between | OneOf | Is


@dataclass(frozen=True)
class Row:
    """One row of a table: its id, its conditions by field (blank ones left out), and what it says by output field."""

    id: str
    conditions: tuple[tuple[str, Condition], ...]
    says: Mapping[str, str]


def is_blank(cell: str) -> bool:
    """Whether a cell asks and says nothing, as the editor of decision tables leaves it."""
    return not cell.strip()


def condition(cell: str, sort: str) -> Condition | None:
    """What a cell asks of an input of that sort; None where it is blank. Raises OutsideSubset."""
    if is_blank(cell):
        return None
    cell = cell.strip()
    if sort == FLAG:
        return _flag(cell)
    return _words(cell) if sort == TEXT else _between(cell)


def _flag(cell: str) -> Is:
    if cell not in ("true", "false"):
        raise OutsideSubset
    return Is(cell == "true")


def _words(cell: str) -> OneOf:
    if not _WORDS.fullmatch(cell):
        raise OutsideSubset
    return OneOf(frozenset(_OUTPUT.findall(cell)))


def _between(cell: str) -> Between:
    if _EXACT.fullmatch(cell):
        return Between(int(cell), int(cell))
    if ends := _RANGE.fullmatch(cell):
        low, high = int(ends[1]), int(ends[2])
        if low > high:
            raise OutsideSubset
        return Between(low, high)
    compared = _COMPARED.fullmatch(cell)
    if compared is None:
        raise OutsideSubset
    number = int(compared[2])
    match compared[1]:
        case "<":
            return Between(0, number - 1)
        case "<=":
            return Between(0, number)
        case ">":
            return Between(number + 1)
        case _:
            return Between(number)


def said(cell: str) -> str | None:
    """The word that an output cell says; None where it is blank. Raises OutsideSubset."""
    if is_blank(cell):
        return None
    cell = cell.strip()
    word = _OUTPUT.fullmatch(cell)
    if word is None:
        raise OutsideSubset
    return word[1]


def holds(asked: Condition, value: object) -> bool:
    """Whether an input's value meets a condition."""
    match asked:
        case Between(low, high):
            return isinstance(value, int) and low <= value and (high is None or value <= high)
        case OneOf(words):
            return value in words
        case Is(wanted):
            return value is wanted


def rows(table: DecisionTable, sorts: Mapping[str, str]) -> tuple[Row, ...]:
    """The table's rows in order, read by the sorts of their fields. Raises OutsideSubset, KeyError for another field.

    Two columns may look at one field: both conditions must then hold.
    """
    return tuple(_row(table, rule, sorts) for rule in table.rules)


def _row(table: DecisionTable, rule: Mapping[str, str], sorts: Mapping[str, str]) -> Row:
    asked = ((column.field, condition(rule.get(column.id, ""), sorts[column.field])) for column in table.inputs)
    says = {column.field: said(rule.get(column.id, "")) or "" for column in table.outputs}
    return Row(rule["_id"], tuple((field, one) for field, one in asked if one is not None), says)


def matches(row: Row, inputs: Mapping[str, object]) -> bool:
    """Whether every condition of a row holds."""
    return all(holds(asked, inputs[field]) for field, asked in row.conditions)
