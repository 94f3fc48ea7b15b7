"""A scheme tried on very many applications at once: it is asked once for every class of those it cannot tell apart.

The cells of a checked table compare a number with whole numbers, or a word with words. Between two neighbouring numbers
of a column all values are alike to the table, so the applications fall into few classes, and `councils.scheme.route`
answers for one of each. No second reading of the tables exists that could disagree with the first.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from councils.calendar import DAY, cut_off, is_sitting_day, london_date, starts_at
from councils.facts import Facts, ResourceLine, months_and_days
from councils.scheme import Routing, route
from councils.settings import DecisionTable, Forum, Limit, Settings, Terms

Whole = NDArray[np.int64]

NOTHING = -1
"""Stands in a column of money for an amount that nobody named."""

_NUMBER = re.compile(r"\d+")
_FITS = 2**62
_LONGEST_WAIT = timedelta(days=120)


@dataclass(frozen=True)
class ResourceColumns:
    """What each application asks for: an element for each application and resource, in the order of the two."""

    owner: Whole
    """Which application: its place in the columns, ascending."""
    code: Whole
    """Which of `codes`."""
    codes: Sequence[str]
    pence: Whole
    """A week's and the one-off cost in total."""
    days: Whole
    months: Whole
    odd_days: Whole
    starts_on: Whole
    """The first day of the longest line as a proleptic ordinal, 0 where none is said."""


@dataclass(frozen=True)
class Columns:
    """Applications as columns of one length; money in pence."""

    trait: Whole
    """Which of `traits` each application has."""
    traits: Sequence[Mapping[str, Any]]
    """What is no amount, as `Facts.read` takes it: kind, marks, section, order, what was granted."""
    weekly_pence: Whole
    one_off_pence: Whole
    indicative_weekly_pence: Whole
    """`NOTHING` where no budget was indicated."""
    resources: ResourceColumns

    def __len__(self) -> int:
        return len(self.trait)

    def facts(self, place: int) -> Facts:
        """The facts of one application."""
        indicated = int(self.indicative_weekly_pence[place])
        said = {
            **self.traits[int(self.trait[place])],
            "weekly_pence": int(self.weekly_pence[place]),
            "one_off_pence": int(self.one_off_pence[place]),
            "indicative_weekly_pence": None if indicated == NOTHING else indicated,
        }
        first, last = np.searchsorted(self.resources.owner, [place, place + 1])
        lines = tuple(self._line(at) for at in range(first, last))
        read = Facts.read(said)
        return read if not lines else Facts(**{**vars(read), "resources": lines})

    def _line(self, at: int) -> ResourceLine:
        resources = self.resources
        starts_on = int(resources.starts_on[at])
        return ResourceLine(
            resource=resources.codes[int(resources.code[at])],
            weekly_pence=int(resources.pence[at]),
            days=int(resources.days[at]),
            starts_on=date.fromordinal(starts_on) if starts_on else None,
        )


@dataclass(frozen=True)
class Tried:
    """The answer for each application: which of the routings it takes."""

    which: Whole
    routings: tuple[Routing, ...]
    """One for each class; its `inputs` are those of one application of the class."""


def routes(settings: Settings, columns: Columns) -> Tried:
    """What `councils.scheme.route` says of every application under these settings."""
    if not len(columns):
        return Tried(np.zeros(0, np.int64), ())
    keys = _Keys(len(columns))
    keys.part(columns.trait)
    for part in _amounts(settings, columns):
        keys.part(part)
    for part in _resource_parts(settings, columns):
        keys.part(part)
    _, first, which = np.unique(keys.joined(), return_index=True, return_inverse=True)
    return Tried(which, tuple(route(settings, columns.facts(int(place))) for place in first))


def trait_of(facts: Facts) -> dict[str, Any]:
    """What is no amount and no resource, as `Facts.read` takes it back; what nobody said is left out."""
    amounts = {"weekly_pence", "one_off_pence", "indicative_weekly_pence", "resources"}
    words = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(facts).items()}
    return {name: value for name, value in words.items() if name not in amounts and value}


def totals(facts: Facts) -> list[ResourceLine]:
    """One line for each resource, by code: what it costs in total, and how long its longest line lasts."""
    found: list[ResourceLine] = []
    for code in sorted({line.resource for line in facts.resources}):
        lines = [line for line in facts.resources if line.resource == code]
        longest = max(lines, key=lambda line: (months_and_days(line.days or 0, line.starts_on), line.days or 0))
        pence = sum(line.weekly_pence + line.one_off_pence for line in lines)
        found.append(ResourceLine(code, pence, 0, longest.days, longest.starts_on))
    return found


class _Keys:
    """Joins parts into one number for each application; equal parts make equal numbers and no others do."""

    def __init__(self, count: int) -> None:
        self._joined = np.zeros(count, np.int64)
        self._size = 1

    def part(self, part: Whole) -> None:
        size = int(part.max(initial=0)) + 1
        if self._size * size > _FITS:
            self._joined = _numbered(self._joined)
            self._size = int(self._joined.max(initial=0)) + 1
        self._joined = self._joined * size + part
        self._size *= size

    def joined(self) -> Whole:
        return self._joined


def _numbered(values: Whole) -> Whole:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _tables(settings: Settings) -> Iterable[DecisionTable]:
    return (settings.scheme,) if settings.exclusions is None else (settings.exclusions, settings.scheme)


def _asked(settings: Settings) -> set[str]:
    return {column.field for table in _tables(settings) for column in table.inputs}


def _edges(settings: Settings, field: str) -> Whole:
    """Every number that a cell on this field names."""
    found = {
        int(number)
        for table in _tables(settings)
        for column in table.inputs
        if column.field == field
        for rule in table.rules
        for number in _NUMBER.findall(rule.get(column.id, ""))
    }
    return np.array(sorted(found), np.int64)


def _classes(settings: Settings, field: str, values: NDArray[Any]) -> Whole:
    """Below the first edge 0, on it 1, between it and the next 2, and so on."""
    edges = _edges(settings, field)
    return (np.searchsorted(edges, values, "left") + np.searchsorted(edges, values, "right")).astype(np.int64)


def _amounts(settings: Settings, columns: Columns) -> Iterable[Whole]:
    """The classes of applications by the amounts that the tables ask for, and by the flag that amounts decide."""
    asked = _asked(settings)
    if "weekly_pence" in asked:
        yield _classes(settings, "weekly_pence", columns.weekly_pence)
    if "one_off_pence" in asked:
        yield _classes(settings, "one_off_pence", columns.one_off_pence)
    if "amount_pence" in asked:
        yield _classes(settings, "amount_pence", columns.weekly_pence + columns.one_off_pence)
    if "yearly_pence" in asked:
        yield _classes(settings, "yearly_pence", _yearly(settings, columns.weekly_pence, columns.one_off_pence))
    if "over_tolerance" in asked:
        yield _over_tolerance(settings, columns).astype(np.int64)


def _ratio(exact: Decimal) -> tuple[int, int]:
    above, below = exact.as_integer_ratio()
    return above, below


def _wide(values: Whole, most: int) -> NDArray[Any]:
    """The values, as numbers of any size where a product with `most` would not fit into 64 bits."""
    return values if (int(values.max(initial=0)) + 1) * most < _FITS else values.astype(object)


def _yearly(terms: Terms, weekly_pence: Whole, one_off_pence: Whole) -> NDArray[Any]:
    """`councils.scheme.yearly_pence` in whole numbers: half a penny goes up, once, at the end."""
    above, below = _ratio(terms.weeks_per_year)
    weekly = _wide(weekly_pence, 4 * max(above, below))
    one_off = _wide(one_off_pence, 4 * max(above, below))
    return (2 * (weekly * above + one_off * below) + below) // (2 * below)


def within_limit(terms: Terms, limit: Limit, weekly_pence: Whole, one_off_pence: Whole) -> NDArray[np.bool_]:
    """`councils.authority.within` for many costs at once."""
    if limit.weekly_pence is None and limit.yearly_pence is None and limit.one_off_pence is None:
        return np.zeros(len(weekly_pence), bool)
    fits = np.ones(len(weekly_pence), bool)
    once = one_off_pence
    if limit.one_off_pence is not None:
        fits &= one_off_pence <= limit.one_off_pence
        once = np.zeros_like(one_off_pence)
    if limit.yearly_pence is not None:
        # What is paid once is whole pence, so that it may be added after the week's cost was rounded.
        yearly = _yearly(terms, weekly_pence, np.zeros_like(weekly_pence))
        fits &= (yearly + once <= limit.yearly_pence).astype(bool)
        once = np.zeros_like(one_off_pence)
    if limit.weekly_pence is not None:
        fits &= weekly_pence + once <= limit.weekly_pence
    elif limit.yearly_pence is None:
        fits &= weekly_pence == 0
    return fits


def _over_tolerance(terms: Terms, columns: Columns) -> NDArray[Any]:
    """`councils.scheme.over_tolerance`: a rise over the indicative budget beyond what is tolerated."""
    indicated = columns.indicative_weekly_pence
    if terms.tolerance_percent is None:
        return np.zeros(len(columns), bool)
    above, below = _ratio(100 + terms.tolerance_percent)
    cost = _wide(columns.weekly_pence, 100 * below) * (100 * below)
    return (cost > _wide(indicated, above) * above) & (indicated != NOTHING)


def _resource_parts(settings: Settings, columns: Columns) -> Iterable[Whole]:
    """The classes of each application's resources: the first of each, the second of each, and so on; 0 is none."""
    resources = columns.resources
    if not len(resources.owner):
        return
    keys = _Keys(len(resources.owner))
    keys.part(resources.code)
    sides = {
        "resource_pence": resources.pence,
        "resource_days": resources.days,
        "resource_months": resources.months,
        "resource_odd_days": resources.odd_days,
    }
    for field, values in sides.items():
        keys.part(_classes(settings, field, values))
    classes = _numbered(keys.joined()) + 1
    places = np.arange(len(columns))
    first = np.searchsorted(resources.owner, places, "left")
    count = np.searchsorted(resources.owner, places, "right") - first
    for nth in range(int(count.max())):
        has = count > nth
        part = np.zeros(len(columns), np.int64)
        part[has] = classes[first[has] + nth]
        yield part


def next_sittings(forum: Forum, received: Whole) -> Whole:
    """`councils.calendar.next_sitting` for many moments at once: microseconds since 1970 to proleptic ordinals."""
    if not len(received):
        return np.zeros(0, np.int64)
    first, last = (london_date(_moment(int(edge))) for edge in (received.min(), received.max()))
    days = [first + n * DAY for n in range((last - first + _LONGEST_WAIT).days)]
    sittings = [day for day in days if is_sitting_day(forum, day)]
    # A sitting takes what is received by its cut-off and before it begins; both come in the order of the sittings.
    until = [min(_micros(cut_off(forum, day)), _micros(starts_at(forum, day)) - 1) for day in sittings]
    found = np.searchsorted(np.array(until, np.int64), received, "left")
    return np.array([day.toordinal() for day in sittings], np.int64)[found]


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
