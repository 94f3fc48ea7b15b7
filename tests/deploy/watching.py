"""What the dashboard and the alert rules ask Prometheus for."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from deploy.local import kafka

DEPLOY = Path(kafka.__file__).parents[1]
ROOT = DEPLOY.parent

_WORDS = frozenset({"by", "without", "and", "or", "unless", "on", "ignoring", "bool", "offset"})


def rules() -> list[dict[str, Any]]:
    """Every alert rule."""
    told = yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text(encoding="utf-8"))
    return [rule for group in told["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    return json.loads((DEPLOY / "grafana/panelbook.json").read_text(encoding="utf-8"))


def charts() -> list[dict[str, Any]]:
    """Every panel of the dashboard that shows something."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries() -> list[str]:
    """Every expression of both."""
    return [rule["expr"] for rule in rules()] + [target["expr"] for chart in charts() for target in chart["targets"]]


def metrics_in(expression: str) -> set[str]:
    """The metrics that a PromQL expression names: what is left without strings, labels, ranges and functions."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring)\s*\([^)]*\)", " ", expression)
    return {name for name, call in re.findall(r"([a-zA-Z_:][\w:]*)\s*(\(?)", bare) if not call} - _WORDS


def shown(exposition: str) -> set[str]:
    """The names of all samples in Prometheus' text form, and of all metrics that have none yet."""
    samples = re.findall(r"^([a-zA-Z_:][\w:]*)[{ ]", exposition, re.MULTILINE)
    return set(samples)


def declared(exposition: str) -> set[str]:
    """The names that the metrics of a text have as samples, with or without any."""
    names: set[str] = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\w+)$", exposition, re.MULTILINE):
        names |= {name + end for end in ("_bucket", "_count", "_sum")} if kind == "histogram" else {name}
    return names
