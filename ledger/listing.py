"""Pages of lists: the SQL of a list is written once, with its order and what it can be narrowed by (docs/adr/0031).

A page begins behind the place of the last entry of the one before, never behind a number of entries: what is inserted
meanwhile moves nothing. Page and total are narrowed by the same conditions, so that a total counts what may be shown.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from ledger.store import Reader

MOST = 500
"""Entries of one page."""

T = TypeVar("T")

Place = tuple[str, ...]
"""Where an entry stands in its list: what the list is ordered by, as texts."""

WHOLE = (None, None, None)
"""Whose the entries are, of a list that is shown whole."""


@dataclass(frozen=True)
class Asked:
    """A page that is asked for: narrowed by values, None for what is not asked; from behind a place on."""

    narrowed: Mapping[str, Any] = field(default_factory=dict[str, Any])
    behind: Place | None = None
    most: int = MOST


@dataclass(frozen=True)
class Page:
    """A page, the number of all entries that are not narrowed away, and the place of the last where more follow."""

    rows: list[dict[str, Any]]
    total: int
    last: Place | None


@dataclass(frozen=True)
class Listing:
    """A list of a read model, each of whose entries is a row of ``table``, which the SQL calls ``listed``.

    ``order`` names expressions that are never null, with their types; together they are unique in a council. ``narrow``
    has a condition for each value that narrows the list, `{}` where the value stands. ``own`` is the condition for what
    is somebody's own: {actor}, {team} and {service} of them. Whatever else the SQL looks at names its council, $1.
    """

    table: str
    columns: str
    order: Sequence[tuple[str, str]]
    newest_first: bool = False
    narrow: Mapping[str, str] = field(default_factory=dict[str, str])
    own: str = ""

    async def page(self, reader: Reader, asked: Asked, own: tuple[str | None, str | None, str | None] = WHOLE) -> Page:
        """A page of the council's list, of somebody's own entries only where ``own`` says whose."""
        conditions, args = self._narrowed(asked.narrowed, own)
        every, page = self._texts(conditions, len(args), behind=asked.behind is not None)
        found = [dict(row) for row in await reader.fetch(page, *args, *(asked.behind or ()), asked.most + 1)]
        (counted,) = await reader.fetch(every, *args)
        rows = found[: asked.most]
        places = [tuple(row.pop("place")) for row in rows]
        return Page(rows, counted["total"], places[-1] if len(found) > asked.most else None)

    def narrowing(self, narrowed: Mapping[str, Any], first: int) -> tuple[str, list[Any]]:
        """The further conditions of a list narrowed by some values, and the values, which stand from ``first`` on."""
        said = [(self.narrow[name], value) for name, value in narrowed.items()]
        given = [(condition, value) for condition, value in said if value is not None]
        text = "".join(f" and ({one.format(f'${number}')})" for number, (one, _) in enumerate(given, first))
        return text, [value for _, value in given]

    def _narrowed(
        self, narrowed: Mapping[str, Any], own: tuple[str | None, str | None, str | None]
    ) -> tuple[list[str], list[Any]]:
        """The conditions of a page and their values, which stand from $2 on."""
        said, args = self.narrowing(narrowed, 2)
        conditions = [f"listed.council = $1{said}"]
        if own[0] is not None:
            assert self.own, "a list that is shown whole only is narrowed to nobody's own"
            named = {who: f"${len(args) + number}::text" for number, who in enumerate(("actor", "team", "service"), 2)}
            conditions.append(f"({self.own.format(**named)})")
            args += own
        return conditions, args

    def _texts(self, conditions: Sequence[str], args: int, *, behind: bool) -> tuple[str, str]:
        """The statements that count, and that read one page."""
        keys, way = [key for key, _ in self.order], " desc" if self.newest_first else ""
        every = " and ".join(conditions)
        beyond = ""
        if behind:
            values = (f"${number}::text::{kind}" for number, (_, kind) in enumerate(self.order, args + 2))
            beyond = f" and ({', '.join(keys)}) {'<' if self.newest_first else '>'} ({', '.join(values)})"
        places = ", ".join(f"({key})::text" for key in keys)
        ordered = ", ".join(f"{key}{way}" for key in keys)
        most = args + 2 + (len(keys) if behind else 0)
        return (
            f"select count(*) as total from {self.table} listed where {every}",
            f"select {self.columns}, array[{places}] as place from {self.table} listed"
            f" where {every}{beyond} order by {ordered} limit ${most}",
        )


def page_of(
    entries: Iterable[T], place: Callable[[T], Place], asked: Asked, *, newest_first: bool = False
) -> tuple[list[T], int, Place | None]:
    """A page of entries that were worked out or are few, in the order of their places: they, the total, the last place.

    They are narrowed by whoever asks; texts that order as what they stand for are places, as days and moments in UTC.
    """
    everything, behind = sorted(entries, key=place, reverse=newest_first), asked.behind
    further = (
        one for one in everything if behind is None or (place(one) < behind if newest_first else place(one) > behind)
    )
    found = list(islice(further, asked.most + 1))
    page = found[: asked.most]
    return page, len(everything), place(page[-1]) if len(found) > asked.most else None
