"""The dashboard and the alert rules ask for what there is, and every alert leads to a page that says what to do."""

import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest

import panelbook.web
import panelbook.working
import services.notify.letters.sender
from tests.deploy.watching import DEPLOY, ROOT, charts, dashboard, declared, metrics_in, queries, rules

_DURATION = re.compile(r"\d+[smhd]")

KNOWN = declared(generate_latest().decode()) | {"up"}
"""Every metric that the modules of the web process and of a worker declare, and Prometheus' own of a target."""

OURS = {name for name in KNOWN if name.startswith("panelbook_")}


def test_the_processes_were_imported_whose_metrics_are_known() -> None:
    assert panelbook.web.serve
    assert panelbook.working.work
    assert services.notify.letters.sender.GIVEN_UP
    assert len(OURS) > 20


def test_metrics_are_found_in_an_expression_and_nothing_else() -> None:
    expression = 'histogram_quantile(0.9, sum by (service, le) (rate(a_bucket{code="b"}[5m]))) > 60 or up{job="c"} == 0'
    assert metrics_in(expression) == {"a_bucket", "up"}


@pytest.mark.parametrize("expression", queries())
def test_every_query_names_metrics_that_exist(expression: str) -> None:
    named = metrics_in(expression)
    assert named
    assert named <= KNOWN
    assert expression.count("(") == expression.count(")")


def test_no_metric_of_ours_is_left_without_a_place_on_the_dashboard_or_in_the_operators_page() -> None:
    asked = {name for query in queries() for name in metrics_in(query)}
    told = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in OURS}
    assert {family for family in families if f"`{family}`" not in told} == set()
    unseen = {family for family in families if not any(name.startswith(family) for name in asked)}
    assert unseen == {"panelbook_bus_position"}


def test_the_operators_page_names_no_metric_that_there_is_not() -> None:
    told = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in OURS}
    assert set(re.findall(r"`(panelbook_\w+)`", told)) <= families


def test_every_alert_has_a_name_of_its_own_a_severity_and_a_sentence() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    for rule in rules():
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
        assert _DURATION.fullmatch(rule.get("for", "1m"))


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_alert_leads_to_a_section_of_a_runbook_that_names_it(rule: dict[str, dict[str, str]]) -> None:
    page, _, section = rule["annotations"]["runbook_url"].partition("#")
    text = (ROOT / page).read_text(encoding="utf-8")
    headings = [line.lstrip("# ").lower() for line in text.splitlines() if line.startswith("#")]
    assert not section or section in [re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings]
    assert f"`{rule['alert']}`" in text


def test_every_runbook_is_named_on_the_operators_page() -> None:
    told = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs/runbooks").glob("*.md") if f"(runbooks/{page.name})" not in told] == []


def test_the_dashboard_has_a_place_for_each_chart_and_asks_one_source_that_can_be_chosen() -> None:
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(set(ids)) == len(ids)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard()["panels"]]
    assert len(set(places)) == len(places)
    assert {chart["datasource"]["uid"] for chart in charts()} == {"${source}"}
    assert [one["name"] for one in dashboard()["templating"]["list"]] == ["source"]
    assert all(chart["title"] and chart["description"] for chart in charts())


def test_prometheus_asks_every_process_of_the_compose_file_that_tells_metrics() -> None:
    asked = yaml.safe_load((DEPLOY / "prometheus/prometheus.yaml").read_text(encoding="utf-8"))
    targets = {target for job in asked["scrape_configs"] for one in job["static_configs"] for target in one["targets"]}
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    listening: set[str] = set()
    for name, described in compose.items():
        command: list[str] = described.get("command", [])
        for option in ("--health-port",) if command[:1] == ["serve"] else ("--port",):
            if option in command:
                listening.add(f"{name}:{command[command.index(option) + 1]}")
    assert targets == listening
    assert [rules for rules in asked["rule_files"] if not (DEPLOY / "prometheus" / rules).exists()] == []


def test_the_watching_containers_mount_files_that_exist() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for name in ("prometheus", "grafana"):
        here = [mount.partition(":")[0] for mount in compose[name]["volumes"] if mount.startswith("./")]
        assert here
        assert [one for one in here if not (DEPLOY / Path(one)).exists()] == []
