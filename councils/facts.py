"""What a scheme of delegation is asked about: an application's facts, as the columns of its tables see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from councils.calendar import months_after
from councils.cells import FLAG, MONEY, NUMBER, TEXT
from councils.settings import Terms

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
