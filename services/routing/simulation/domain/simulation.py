"""What a draft scheme would have done to past applications, held against what happened to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from councils.scheme import Routing
from councils.settings import Forum, Settings
from councils.trial import Columns, Tried, Whole, next_sittings, routes, within_limit

EXAMPLES = 5
"""Applications named beside each kind of change, so that somebody can look at them."""

NOBODY = "nobody"
"""Stands where a way has nobody who decides: not funded, or not required at a panel."""

_WEEK = 7
_UNIX_EPOCH_ORDINAL = 719_163
_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Happened:
    """What became of each past application; arrays of one length."""

    number: Whole
    """What each is called by, until somebody looks its id up."""
    received_us: Whole
    way: Whole
    """A key of `words`: the way that it took."""
    sitting_on: Whole
    """Proleptic ordinal, 0 where it was for no sitting."""
    ending: Whole
    """A key of `words`: how and by whom it was decided; 0 where it was not, or not yet."""
    words: Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True)
class Change:
    """Applications that one row of the draft sends another way than they went."""

    was: Mapping[str, Any]
    would_be: Mapping[str, Any]
    applications: int
    examples: tuple[int, ...]


@dataclass(frozen=True)
class Side:
    """One of the two worlds: which routes, who decides, and what panels cost in time."""

    routes: Mapping[str, int]
    deciders: Mapping[str, int]
    panel_hours: float
    """Slots that the forum sets aside for each application, added up."""
    weeks_waited: float
    """From receipt to the sitting whose cut-off still took it, over all applications that go to a forum."""


@dataclass(frozen=True)
class Simulation:
    """The whole answer: how many were tried, both worlds, and every change with why."""

    applications: int
    happened: Side
    draft: Side
    unchanged: int
    changes: tuple[Change, ...]
    """The most frequent first."""


def simulate(draft: Settings, now: Settings, columns: Columns, happened: Happened) -> Simulation:
    """Try a draft on past applications. ``now`` is in force and says how long the slots were that they took."""
    tried = routes(draft, columns)
    return Simulation(
        applications=len(columns),
        happened=_as_it_was(now, columns, happened),
        draft=_as_it_would_be(draft, columns, tried, happened.received_us),
        unchanged=int(np.sum(_same(tried, happened))),
        changes=_changes(tried, happened),
    )


# --- Who would decide, and how long it takes ------------------------------------------------------------------


def _as_it_would_be(draft: Settings, columns: Columns, tried: Tried, received_us: Whole) -> Side:
    counted = np.bincount(tried.which, minlength=len(tried.routings))
    found: dict[str, int] = {}
    deciders: dict[str, int] = {}
    minutes = waited = 0.0
    for place, routing in enumerate(tried.routings):
        number = int(counted[place])
        found[routing.route] = found.get(routing.route, 0) + number
        if routing.route != "DELEGATED":
            decider = routing.forum or (routing.route if routing.route.endswith("PANEL") else NOBODY)
            deciders[decider] = deciders.get(decider, 0) + number
    for role, number in _roles(draft, columns, tried):
        deciders[role] = deciders.get(role, 0) + number
    for code, forum in draft.forums.items():
        ours = _in_forum(tried.routings, code)[tried.which]
        minutes += _minutes(forum, columns, ours)
        waited += _weeks(next_sittings(forum, received_us[ours]), received_us[ours])
    return Side(_sorted(found), _sorted(deciders), _rounded(minutes / 60), _rounded(waited))


def _in_forum(routings: Sequence[Routing], code: str) -> NDArray[np.bool_]:
    return np.array([routing.forum == code for routing in routings], bool)


def _roles(draft: Settings, columns: Columns, tried: Tried) -> Iterable[tuple[str, int]]:
    """How many delegated applications each role would decide: the lowest that may (S0, "the lowest proper level")."""
    left = np.array([routing.route == "DELEGATED" for routing in tried.routings], bool)[tried.which]
    for role in _lowest_first(draft):
        taken = left & within_limit(draft, draft.limit(role), columns.weekly_pence, columns.one_off_pence)
        yield role, int(np.sum(taken))
        left &= ~taken
    # Delegated by a row, and above every limit of the scheme: the draft sends these to nobody who may decide them.
    yield NOBODY, int(np.sum(left))


def _lowest_first(draft: Settings) -> list[str]:
    limits = (draft.delegated_limits, draft.delegated_limits_yearly, draft.delegated_limits_one_off)
    roles = {role for some in limits for role in some}
    return sorted(roles, key=lambda role: tuple(some.get(role, -1) for some in limits))


def _minutes(forum: Forum, columns: Columns, ours: NDArray[np.bool_]) -> float:
    """A case that is complex takes the longest slot there is, any other the longest ordinary one."""
    complicated = np.array([bool(trait.get("complex")) for trait in columns.traits], bool)[columns.trait[ours]]
    ordinary = max(forum.slots.ordinary, default=0)
    longest = max((*forum.slots.complex, ordinary))
    return float(np.sum(np.where(complicated, longest, ordinary)))


def _weeks(sittings: Whole, received_us: Whole) -> float:
    days = sittings - (received_us // _DAY_US + _UNIX_EPOCH_ORDINAL)
    return float(np.sum(days)) / _WEEK


def _as_it_was(now: Settings, columns: Columns, happened: Happened) -> Side:
    found: dict[str, int] = {}
    deciders: dict[str, int] = {}
    minutes = waited = 0.0
    for key, number in _counted(happened.way):
        words = happened.words[key]
        found[words["route"]] = found.get(words["route"], 0) + number
        forum = now.forums.get(words["forum"] or "")
        if forum is not None:
            ours = happened.way == key
            minutes += _minutes(forum, columns, ours)
            sat = ours & (happened.sitting_on != 0)
            waited += _weeks(happened.sitting_on[sat], happened.received_us[sat])
    for key, number in _counted(happened.ending):
        role = _who(happened.words[key]) if key else "undecided"
        deciders[role] = deciders.get(role, 0) + number
    return Side(_sorted(found), _sorted(deciders), _rounded(minutes / 60), _rounded(waited))


def _who(ending: Mapping[str, Any]) -> str:
    return "panel" if ending["made"] == "PANEL" else str(ending["role"])


def _counted(keys: Whole) -> Iterable[tuple[int, int]]:
    values, counts = np.unique(keys, return_counts=True)
    return [(int(value), int(count)) for value, count in zip(values, counts, strict=True)]


# --- What changes, and why ------------------------------------------------------------------------------------


def _same(tried: Tried, happened: Happened) -> NDArray[np.bool_]:
    """Whether the draft sends each where it went: the same route, and the same forum where there is one."""
    same = np.zeros(len(tried.which), bool)
    for key, _ in _counted(happened.way):
        words = happened.words[key]
        agree = np.array([_ends(routing) == (words["route"], words["forum"]) for routing in tried.routings], bool)
        ours = happened.way == key
        same[ours] = agree[tried.which[ours]]
    return same


def _ends(routing: Routing) -> tuple[str, str | None]:
    return routing.route, routing.forum


def _changes(tried: Tried, happened: Happened) -> tuple[Change, ...]:
    changed = ~_same(tried, happened)
    pairs, which = np.unique(
        np.stack([happened.way[changed], _by_row(tried)[tried.which[changed]]], axis=1), axis=0, return_inverse=True
    )
    numbers = happened.number[changed]
    found: list[Change] = []
    for place, (key, row) in enumerate(pairs):
        ours = numbers[which.reshape(-1) == place]
        examples = tuple(int(number) for number in ours[:EXAMPLES])
        words = dict(happened.words[int(key)])
        found.append(Change(words, _words(tried.routings[int(row)]), len(ours), examples))
    return tuple(sorted(found, key=lambda change: (-change.applications, change.examples)))


def _by_row(tried: Tried) -> Whole:
    """For each routing the first one that says the same: what only amounts tell apart falls together."""
    first: dict[str, int] = {}
    return np.array(
        [first.setdefault(repr(_words(routing)), place) for place, routing in enumerate(tried.routings)], np.int64
    )


def _words(routing: Routing) -> dict[str, Any]:
    return {
        "route": routing.route,
        "forum": routing.forum,
        "reasons": list(routing.reasons),
        "table": routing.table,
        "row": routing.row,
    }


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])) if count}


def _rounded(value: float) -> float:
    return round(value, 2)
