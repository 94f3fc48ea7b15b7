"""A council's scheme of delegation: which route an application takes, and which row of which table says so.

Schemes are decision tables in a checked subset of zen-engine's JDM, so that its editor opens them (`as_jdm`). The
first row that matches decides; rows after it that lead to the same route give their reasons as well. A table of
exclusions, where a council has one, is asked first, once for each resource of the application.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

import zen

from councils.calendar import cut_off, months_after, next_sitting
from councils.cells import FLAG, MONEY, NUMBER, TEXT
from councils.jdm import as_jdm
from councils.settings import DecisionTable, RouteException, Settings, Terms

INPUTS: Mapping[str, str] = {
    "kind": TEXT,
    "weekly_pence": MONEY,
    "one_off_pence": MONEY,
    "amount_pence": MONEY,
    "yearly_pence": MONEY,
    "over_tolerance": FLAG,
    "complex": FLAG,
    "distinctive": FLAG,
    "emergency": FLAG,
    "disability_team": FLAG,
    "complex_health": FLAG,
    "within_family_support": FLAG,
    "within_package": FLAG,
    "listed": FLAG,
    "section": TEXT,
    "order": TEXT,
    "package": TEXT,
}
"""What a scheme's columns may look at, and of which sort each is. A text that is not said is empty."""

RESOURCE_INPUTS: Mapping[str, str] = {
    **INPUTS,
    "resource": TEXT,
    "resource_pence": MONEY,
    "resource_days": NUMBER,
    "resource_months": NUMBER,
    "resource_odd_days": NUMBER,
}
"""What the columns of a table of exclusions may look at: one resource's totals beside the whole application."""

OUTPUTS = ("route", "forum", "reason")
"""What every row of a scheme must say; the forum is empty where the route has none."""

EXCLUSION_OUTPUTS = ("route", "reason")
"""What every row of a table of exclusions must say."""

ADMISSIBLE = "ADMISSIBLE"
EXCLUSION_ROUTES = ("NOT_FUNDED", "NOT_REQUIRED", "COMPLEX_HEALTH_NEEDS_PANEL", ADMISSIBLE)
"""Where a row of a table of exclusions may lead; `ADMISSIBLE` leaves the resource to the scheme."""

WORKER_TIME = "WORKER_TIME"
"""The allocated worker's own time: a line that never counts towards anything (S4 §6; DOMAIN.md, A15)."""

SECTIONS = ("17", "18", "20")
"""Sections of the Children Act 1989 under which a crisis is met (S4 §6; DOMAIN.md, A11)."""

ORDERS = ("SGO", "CHILD_ARRANGEMENTS", "ADOPTION_SUPPORT")
"""Orders whose support package comes before the panel (S4 §7; DOMAIN.md, A13)."""

FAMILY_SUPPORT = "HIGH_LEVEL_FAMILY_SUPPORT"


@dataclass(frozen=True)
class ResourceLine:
    """One resource asked for: what it costs a week and once, and for how many days (the last one included)."""

    resource: str
    weekly_pence: int = 0
    one_off_pence: int = 0
    days: int | None = None
    starts_on: date | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of an application when it is routed; money in pence, None where there was no indicative budget."""

    kind: str
    weekly_pence: int
    one_off_pence: int = 0
    indicative_weekly_pence: int | None = None
    complex: bool = False
    distinctive: bool = False
    resources: tuple[ResourceLine, ...] = ()
    within: tuple[str, ...] = ()
    """The wider packages it is part of; `HIGH_LEVEL_FAMILY_SUPPORT` is one, every code counts as a wider package."""
    emergency: bool = False
    disability_team: bool = False
    complex_health: bool = False
    section: str | None = None
    order: str | None = None
    package: str | None = None
    granted: tuple[str, ...] = ()
    """Exceptions on record, by the keys of `Terms.exceptions`: `NOT_FUNDED`, `DEFAULT_REQUIRED`."""

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Facts":
        """The facts in a public event, a form or a routing's inputs; what is not said there is as it defaults."""
        lines = tuple(_line(line) for line in said.get("resources") or ())
        return cls(
            kind=said["kind"],
            weekly_pence=said["weekly_pence"],
            one_off_pence=said.get("one_off_pence") or 0,
            indicative_weekly_pence=said.get("indicative_weekly_pence"),
            complex=bool(said.get("complex")),
            distinctive=bool(said.get("distinctive")),
            resources=lines,
            within=tuple(said.get("within") or ()),
            emergency=bool(said.get("emergency")),
            disability_team=bool(said.get("disability_team")),
            complex_health=bool(said.get("complex_health")),
            section=said.get("section") or None,
            order=said.get("order") or None,
            package=said.get("package") or None,
            granted=tuple(said.get("granted") or ()),
        )


def _line(said: Mapping[str, Any]) -> ResourceLine:
    starts_on = said.get("starts_on")
    return ResourceLine(
        resource=said["resource"],
        weekly_pence=said.get("weekly_pence") or 0,
        one_off_pence=said.get("one_off_pence") or 0,
        days=said.get("days"),
        starts_on=date.fromisoformat(starts_on) if isinstance(starts_on, str) else starts_on,
    )


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


def yearly_pence(terms: Terms, weekly_pence: int, one_off_pence: int = 0) -> int:
    """A year's cost: the weekly one times the scheme's factor plus what is paid once, rounded half up at the end."""
    exact = Decimal(weekly_pence) * terms.weeks_per_year + one_off_pence
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def over_tolerance(terms: Terms, weekly_pence: int, indicative_weekly_pence: int | None) -> bool:
    """Whether a cost exceeds the indicative budget by more than the council tolerates (S0; DOMAIN.md, A5).

    Only increases count; any cost against an indicative budget of nothing is over.
    """
    if terms.tolerance_percent is None or indicative_weekly_pence is None:
        return False
    return Decimal(weekly_pence) * 100 > Decimal(indicative_weekly_pence) * (100 + terms.tolerance_percent)


def increase_percent(weekly_pence: int, indicative_weekly_pence: int | None) -> str | None:
    """The increase over the indicative budget as text with four decimals, or None where it cannot be said."""
    if not indicative_weekly_pence:
        return None
    percent = Decimal(weekly_pence - indicative_weekly_pence) * 100 / Decimal(indicative_weekly_pence)
    return str(percent.quantize(Decimal("0.0001"), ROUND_HALF_UP))


def table_inputs(terms: Terms, facts: Facts) -> dict[str, Any]:
    """The facts as a scheme's columns see them; the keys are those of `INPUTS`."""
    lines = facts.resources
    return {
        "kind": facts.kind,
        "weekly_pence": facts.weekly_pence,
        "one_off_pence": facts.one_off_pence,
        "amount_pence": facts.weekly_pence + facts.one_off_pence,
        "yearly_pence": yearly_pence(terms, facts.weekly_pence, facts.one_off_pence),
        "over_tolerance": over_tolerance(terms, facts.weekly_pence, facts.indicative_weekly_pence),
        "complex": facts.complex,
        "distinctive": facts.distinctive,
        "emergency": facts.emergency,
        "disability_team": facts.disability_team,
        "complex_health": facts.complex_health,
        "within_family_support": FAMILY_SUPPORT in facts.within,
        "within_package": bool(facts.within),
        "listed": bool(lines) and all(line.resource in (*terms.resources, WORKER_TIME) for line in lines),
        "section": facts.section or "",
        "order": facts.order or "",
        "package": facts.package or "",
    }


def months_and_days(days: int, starts_on: date | None) -> tuple[int, int]:
    """Whole calendar months that so many days fill from a first day on (the last day counts), and the days left over.

    Without a first day they are counted from a 1 July: no other start makes as many days of the same months, so that
    "longer than three months" is never said of what may be exactly three (S4 §6; DOMAIN.md, A9).
    """
    start = starts_on or date(2026, 7, 1)
    end = date.fromordinal(start.toordinal() + days)
    months = (end.year - start.year) * 12 + end.month - start.month
    while months_after(start, months) > end:
        months -= 1
    return months, (end - months_after(start, months)).days


def resource_inputs(inputs: Mapping[str, Any], lines: Sequence[ResourceLine]) -> dict[str, Any]:
    """One resource's totals over its lines beside the whole application's inputs; the longest line says how long."""
    spans = [(months_and_days(line.days or 0, line.starts_on), line.days or 0) for line in lines]
    (months, odd_days), days = max(spans)
    return {
        **inputs,
        "resource": lines[0].resource,
        "resource_pence": sum(line.weekly_pence + line.one_off_pence for line in lines),
        "resource_days": days,
        "resource_months": months,
        "resource_odd_days": odd_days,
    }


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
    always = not any(rule.get(column.id, "").strip() for column in table.inputs)
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
