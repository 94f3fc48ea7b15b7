"""Which rows of a scheme an application can reach at all, and whether every one of them leads to a panel (A12)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from councils.cells import FLAG, TEXT, Between, OneOf, Row, matches, rows
from councils.facts import INPUTS, ORDERS, SECTIONS, over_tolerance, yearly_pence
from councils.settings import Terms

COMBINATIONS = 200_000
"""How many applications are tried before a table counts as too large to be checked."""

PANELS = ("PANEL", "COMPLEX_HEALTH_NEEDS_PANEL")

_COSTS = ("weekly_pence", "one_off_pence", "amount_pence", "yearly_pence", "over_tolerance")


def panel_is_default(terms: Terms) -> bool | None:
    """Whether every row that an application can reach leads to a panel; None where the table is too large to say.

    The scheme's own table is looked at, with applications that can exist: kinds that the council lists, and costs whose
    sum and year follow from each other. The table of exclusions does not count: what is not funded is not decided.
    """
    table = rows(terms.scheme, INPUTS)
    fields = sorted({field for row in table for field, _ in row.conditions})
    tried = _Tried()
    for number, row in enumerate(table):
        if row.says["route"] in PANELS:
            continue
        before = table[:number]
        for inputs in _applications(terms, table, fields, row, tried):
            if matches(row, inputs) and not any(matches(earlier, inputs) for earlier in before):
                return False
        if tried.count > COMBINATIONS:
            return None
    return True


@dataclass
class _Tried:
    count: int = 0


def _applications(
    terms: Terms, table: Sequence[Row], fields: Sequence[str], row: Row, tried: _Tried
) -> Iterator[Mapping[str, Any]]:
    """Inputs on both sides of every boundary of the table, as far as they may reach one row."""
    others = [field for field in fields if field not in _COSTS]
    values = [[value for value in _values(terms, table, field) if _may(row, field, value)] for field in others]
    for costs, rest in product(_costs(terms, table), product(*values)):
        tried.count += 1
        if tried.count > COMBINATIONS:
            return
        yield {**costs, **dict(zip(others, rest, strict=True))}


def _may(row: Row, field: str, value: object) -> bool:
    return matches(Row("", tuple(one for one in row.conditions if one[0] == field), {}), {field: value})


def _values(terms: Terms, table: Sequence[Row], field: str) -> Iterable[Any]:
    if INPUTS[field] == FLAG:
        return (False, True)
    known = {"kind": tuple(terms.kinds), "section": ("", *SECTIONS), "order": ("", *ORDERS)}
    if field in known:
        return known[field]
    assert INPUTS[field] == TEXT
    words = {
        word
        for row in table
        for name, one in row.conditions
        if name == field and isinstance(one, OneOf)
        for word in one.words
    }
    return ("", *sorted(words))


def _costs(terms: Terms, table: Sequence[Row]) -> list[dict[str, Any]]:
    """Costs at, just below and just above every boundary that the table draws, as a council would see them."""
    weekly, once, amount, yearly = (_edges(table, field) for field in _COSTS[:4])
    weeks = {0, *weekly, *amount}
    for edge in yearly if terms.weeks_per_year else ():
        at = int(edge / terms.weeks_per_year)
        weeks |= {at, at + 1}
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for week in sorted(weeks):
        year = yearly_pence(terms, week)
        for paid_once in {0, *once, *(edge - week for edge in amount), *(edge - year for edge in yearly)}:
            if paid_once < 0:
                continue
            for over in {False, over_tolerance(terms, week, 0)}:
                costs = (week, paid_once, week + paid_once, year + paid_once, over)
                found[costs] = dict(zip(_COSTS, costs, strict=True))
    return list(islice(found.values(), COMBINATIONS + 1))


def _edges(table: Sequence[Row], field: str) -> set[int]:
    asked = [one for row in table for name, one in row.conditions if name == field and isinstance(one, Between)]
    ends = {end for one in asked for end in (one.low, one.high) if end is not None}
    return {end + step for end in ends for step in (-1, 0, 1) if end + step >= 0}
