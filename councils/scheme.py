"""A council's scheme of delegation: which route an application takes, and which row of which table says so.

Schemes are decision tables in a checked subset of zen-engine's JDM, so that its editor opens them (`as_jdm`). The
first row that matches decides; rows after it that lead to the same route give their reasons as well. A table of
exclusions, where a council has one, is asked first, once for each resource of the application.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import zen

from councils.calendar import cut_off, next_sitting
from councils.cells import is_blank
from councils.facts import (
    WORKER_TIME,
    Facts,
    ResourceLine,
    increase_percent,
    resource_inputs,
    table_inputs,
)
from councils.jdm import as_jdm
from councils.settings import DecisionTable, RouteException, Settings, Terms

OUTPUTS = ("route", "forum", "reason")
"""What every row of a scheme must say; the forum is empty where the route has none."""

EXCLUSION_OUTPUTS = ("route", "reason")
"""What every row of a table of exclusions must say."""

ADMISSIBLE = "ADMISSIBLE"
EXCLUSION_ROUTES = ("NOT_FUNDED", "NOT_REQUIRED", "COMPLEX_HEALTH_NEEDS_PANEL", ADMISSIBLE)
"""Where a row of a table of exclusions may lead; `ADMISSIBLE` leaves the resource to the scheme."""


@dataclass(frozen=True)
class Exclusion:
    """What the table of exclusions says about one resource of an application."""

    resource: str
    table: str
    row: str
    route: str
    reason: str


@dataclass(frozen=True)
class Routing:
    """Where an application goes and exactly why: settings version, table, row, and what the row was shown."""

    route: str
    forum: str | None
    reasons: tuple[str, ...]
    settings_version: int
    table: str
    row: str
    inputs: dict[str, Any]
    limit_weekly_pence: int | None
    limit_yearly_pence: int | None = None
    limit_one_off_pence: int | None = None
    exclusions: tuple[Exclusion, ...] = ()


@dataclass(frozen=True)
class Preview:
    """Where an application would go if it were received now, and the sitting that its cut-off still allows."""

    routing: Routing
    sitting_on: date | None
    cut_off_at: datetime | None


class _Same:
    """A table as a key: the same object is the same key, because a table never changes and its rows have no hash."""

    def __init__(self, table: DecisionTable) -> None:
        self.table = table

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.table is self.table


@lru_cache(maxsize=64)
def _document(same: _Same) -> str:
    return json.dumps(as_jdm(same.table, hit_policy="collect"), sort_keys=True)


@lru_cache(maxsize=256)
def _decision(jdm: str) -> zen.ZenDecision:
    return zen.ZenEngine().create_decision(jdm)


@dataclass(frozen=True)
class Hit:
    """A row that matched and what it says."""

    row: str
    route: str
    forum: str | None
    reason: str
    always: bool
    """Whether the row has no condition at all."""


def hits(table: DecisionTable, inputs: Mapping[str, Any]) -> list[Hit]:
    """Every row that matches, in the table's order; the first one decides. zen-engine evaluates and traces them."""
    decision = _decision(_document(_Same(table)))
    answer = decision.evaluate(dict(inputs), {"trace": True})
    trace = answer["trace"][table.name]
    rows = [hit["index"] for hit in trace["traceData"]]
    return [_hit(table, index, said) for index, said in zip(rows, answer["result"], strict=True)]


def _hit(table: DecisionTable, index: int, said: Mapping[str, Any]) -> Hit:
    rule = table.rules[index]
    always = all(is_blank(rule.get(column.id, "")) for column in table.inputs)
    return Hit(rule["_id"], said["route"], said.get("forum") or None, said["reason"], always)


def exclusions(settings: Settings, facts: Facts) -> tuple[Exclusion, ...]:
    """What the table of exclusions says about each resource of an application, in the order of their codes.

    The allocated worker's own time is no resource. A granted exception passes over the rows it is an exception to.
    """
    table = settings.exclusions
    if table is None:
        return ()
    inputs = table_inputs(settings, facts)
    found: list[Exclusion] = []
    for code in sorted({line.resource for line in facts.resources} - {WORKER_TIME}):
        seen = resource_inputs(inputs, [line for line in facts.resources if line.resource == code])
        hit = _deciding(settings, facts, hits(table, seen))
        found.append(Exclusion(code, table.name, hit.row, hit.route, hit.reason))
    return tuple(found)


def _deciding(settings: Settings, facts: Facts, matched: Sequence[Hit]) -> Hit:
    """The first row that no granted exception passes over."""
    return next(hit for hit in matched if not _passed_over(settings, facts, hit))


def _passed_over(settings: Settings, facts: Facts, hit: Hit) -> bool:
    granted = _granted(settings, facts, hit)
    return granted is not None and granted.leads_to is None


def _granted(settings: Settings, facts: Facts, hit: Hit) -> RouteException | None:
    codes = (code for code in (hit.reason, hit.route) if code in facts.granted)
    return next((settings.exceptions[code] for code in codes if code in settings.exceptions), None)


def exception_to(settings: Settings, routing: Routing) -> tuple[str, RouteException] | None:
    """The exception that could be granted to a routing: its code and who may, or None where there is none."""
    for code in (*routing.reasons, routing.route):
        if code in settings.exceptions:
            return code, settings.exceptions[code]
    return None


def _excluded(found: Sequence[Exclusion]) -> list[Exclusion]:
    """The exclusions that decide instead of the scheme.

    One resource that is not funded decides for the whole application; another panel, or no panel at all, only where
    every resource says so.
    """
    refused = [one for one in found if one.route == "NOT_FUNDED"]
    if refused:
        return refused
    routes = {one.route for one in found}
    return list(found) if len(routes) == 1 and routes != {ADMISSIBLE} else []


def route(settings: Settings, facts: Facts) -> Routing:
    """The route of an application under one version of a council's settings.

    Total for settings that passed `councils.checks`: the last row of each table has no condition and no exception.
    """
    found = exclusions(settings, facts)
    excluded = _excluded(found)
    if excluded:
        reasons = tuple(dict.fromkeys(one.reason for one in excluded))
        return _routing(settings, facts, found, (excluded[0].table, excluded[0].row), excluded[0].route, None, reasons)
    inputs = table_inputs(settings, facts)
    matched = [hit for hit in hits(settings.scheme, inputs) if not _passed_over(settings, facts, hit)]
    first = matched[0]
    also = (hit.reason for hit in matched[1:] if hit.route == first.route and not hit.always)
    reasons = tuple(dict.fromkeys((first.reason, *also)))
    at = (settings.scheme.name, first.row)
    granted = _granted(settings, facts, first)
    if granted is not None and granted.leads_to is not None:
        return _routing(settings, facts, found, at, granted.leads_to, None, (first.reason, EXCEPTION_GRANTED))
    return _routing(settings, facts, found, at, first.route, first.forum, reasons)


EXCEPTION_GRANTED = "EXCEPTION_GRANTED"
"""The reason beside the first one where a granted exception, not the row, says where it leads."""


def _routing(
    settings: Settings,
    facts: Facts,
    found: tuple[Exclusion, ...],
    at: tuple[str, str],
    way: str,
    forum: str | None,
    reasons: tuple[str, ...],
) -> Routing:
    table, row = at
    return Routing(
        route=way,
        forum=forum,
        reasons=reasons,
        settings_version=settings.version,
        table=table,
        row=row,
        inputs=seen(settings, facts),
        limit_weekly_pence=_highest(settings.delegated_limits),
        limit_yearly_pence=_highest(settings.delegated_limits_yearly),
        limit_one_off_pence=_highest(settings.delegated_limits_one_off),
        exclusions=found,
    )


def _highest(limits: Mapping[str, int]) -> int | None:
    return max(limits.values(), default=None)


_ALWAYS_SAID = frozenset(
    {
        "kind",
        "weekly_pence",
        "one_off_pence",
        "amount_pence",
        "yearly_pence",
        "over_tolerance",
        "complex",
        "distinctive",
    }
)


def seen(terms: Terms, facts: Facts) -> dict[str, Any]:
    """What a routing was shown, as JSON values that `Facts.read` takes back: what nobody said is left out."""
    shown = {name: value for name, value in table_inputs(terms, facts).items() if name in _ALWAYS_SAID or value}
    said: Iterable[tuple[str, Any]] = (
        ("resources", [_line_said(line) for line in facts.resources]),
        ("within", list(facts.within)),
        ("granted", list(facts.granted)),
    )
    return {
        **shown,
        **{name: value for name, value in said if value},
        "indicative_weekly_pence": facts.indicative_weekly_pence,
        "increase_percent": increase_percent(facts.weekly_pence, facts.indicative_weekly_pence),
    }


def _line_said(line: ResourceLine) -> dict[str, Any]:
    return {
        "resource": line.resource,
        "weekly_pence": line.weekly_pence,
        "one_off_pence": line.one_off_pence,
        "days": line.days,
        "starts_on": line.starts_on.isoformat() if line.starts_on else None,
    }


def preview(settings: Settings, facts: Facts, at: datetime) -> Preview:
    """Where an application would go if it were received at that moment, with its forum's next sitting and cut-off."""
    routing = route(settings, facts)
    if routing.forum is None:
        return Preview(routing, None, None)
    forum = settings.forums[routing.forum]
    day = next_sitting(forum, at)
    return Preview(routing, day, cut_off(forum, day))
