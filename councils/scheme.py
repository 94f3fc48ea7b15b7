"""A council's scheme of delegation: which route an application takes, and which row of which table says so.

Schemes are decision tables in a checked subset of zen-engine's JDM, so that its editor opens them (`as_jdm`). The
first row that matches decides; rows after it that lead to the same route give their reasons as well.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

import zen

from councils.settings import DecisionTable, Settings, Terms

MONEY = "money"
FLAG = "flag"
TEXT = "text"

INPUTS: Mapping[str, str] = {
    "kind": TEXT,
    "weekly_pence": MONEY,
    "one_off_pence": MONEY,
    "amount_pence": MONEY,
    "yearly_pence": MONEY,
    "over_tolerance": FLAG,
    "complex": FLAG,
    "distinctive": FLAG,
}
"""What a scheme's columns may look at, and of which sort each is."""

OUTPUTS = ("route", "forum", "reason")
"""What every row of a scheme must say; the forum is empty where the route has none."""


@dataclass(frozen=True)
class Facts:
    """What is known of an application when it is routed; money in pence, None where there was no indicative budget."""

    kind: str
    weekly_pence: int
    one_off_pence: int = 0
    indicative_weekly_pence: int | None = None
    complex: bool = False
    distinctive: bool = False


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
    """The facts as a table's columns see them; the keys are those of `INPUTS`."""
    return {
        "kind": facts.kind,
        "weekly_pence": facts.weekly_pence,
        "one_off_pence": facts.one_off_pence,
        "amount_pence": facts.weekly_pence + facts.one_off_pence,
        "yearly_pence": yearly_pence(terms, facts.weekly_pence, facts.one_off_pence),
        "over_tolerance": over_tolerance(terms, facts.weekly_pence, facts.indicative_weekly_pence),
        "complex": facts.complex,
        "distinctive": facts.distinctive,
    }


def as_jdm(table: DecisionTable, *, hit_policy: str = "first") -> dict[str, Any]:
    """The table as a whole JDM document: a request, the table, a response."""
    content = {**table.model_dump(mode="json"), "hitPolicy": hit_policy}
    name = content.pop("name")
    nodes = [
        {"id": "request", "type": "inputNode", "name": "Application", "position": {"x": 80, "y": 160}},
        {"id": name, "type": "decisionTableNode", "name": name, "content": content, "position": {"x": 380, "y": 160}},
        {"id": "response", "type": "outputNode", "name": "Route", "position": {"x": 680, "y": 160}},
    ]
    edges = [
        {"id": f"{source}-{target}", "type": "edge", "sourceId": source, "targetId": target}
        for source, target in (("request", name), (name, "response"))
    ]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}


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
    decision = _decision(json.dumps(as_jdm(table, hit_policy="collect"), sort_keys=True))
    answer = decision.evaluate(dict(inputs), {"trace": True})
    trace = answer["trace"][table.name]
    rows = [hit["index"] for hit in trace["traceData"]]
    return [_hit(table, index, said) for index, said in zip(rows, answer["result"], strict=True)]


def _hit(table: DecisionTable, index: int, said: Mapping[str, Any]) -> Hit:
    rule = table.rules[index]
    always = not any(rule.get(column.id, "").strip() for column in table.inputs)
    return Hit(rule["_id"], said["route"], said.get("forum") or None, said["reason"], always)


def route(settings: Settings, facts: Facts) -> Routing:
    """The route of an application under one version of a council's settings.

    Total for settings that passed `councils.checks`: their last row has no condition.
    """
    inputs = table_inputs(settings, facts)
    matched = hits(settings.scheme, inputs)
    first = matched[0]
    also = (hit.reason for hit in matched[1:] if hit.route == first.route and not hit.always)
    limit = max(settings.delegated_limits.values(), default=None)
    return Routing(
        route=first.route,
        forum=first.forum,
        reasons=tuple(dict.fromkeys((first.reason, *also))),
        settings_version=settings.version,
        table=settings.scheme.name,
        row=first.row,
        inputs={
            **inputs,
            "indicative_weekly_pence": facts.indicative_weekly_pence,
            "increase_percent": increase_percent(facts.weekly_pence, facts.indicative_weekly_pence),
        },
        limit_weekly_pence=limit,
    )
