"""A running Panelbook is watched: its metrics are there, its traces go through, and neither names anybody."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge.clock import settable_clock
from edge.deployment import from_environment
from edge.issuer import built_in_issuer
from panelbook.running import Running, running
from panelbook.story import shropshire
from panelbook.story.narrator import Narrator
from tests.connected.collector import Collector, Sent, collecting
from tests.deploy.watching import declared, metrics_in, queries, shown

pytestmark = pytest.mark.connected

RARE = {
    "panelbook_consequences_refused_total",
    "panelbook_messages_given_up_total",
    "panelbook_worker_restarts_total",
}
"""Metrics that a run in which nothing goes wrong declares and has no sample of."""


@dataclass(frozen=True)
class Watched:
    """A Panelbook that told a story and was watched meanwhile."""

    panelbook: Running
    collector: Collector
    private: set[str]
    """Names and narratives of the story, and the ids of its persons."""

    def metrics(self) -> dict[str, str]:
        """What each process tells Prometheus."""
        ports = self.panelbook.worker_ports.items()
        told = {"web": self.panelbook.web_health, **dict(ports)}
        return {
            name: httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text for name, port in told.items()
        }


def eventually(holds: Callable[[], Any], what: str, *, seconds: float = 30.0) -> Any:
    """Wait until ``holds`` gives something true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain until {what}"
        time.sleep(0.05)  # Between two looks at a condition of other processes, which tell nobody when it changes.
    return found


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    # Not pytest's own folder, which only its owner may enter: PostgreSQL may run as an account of its own.
    folder = Path(tempfile.mkdtemp(prefix="panelbook-watched-"))
    folder.chmod(0o711)
    with pytest.MonkeyPatch.context() as environment, collecting() as collector:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        environment.setenv("NO_PROXY", "127.0.0.1")
        with running(folder, port=0, brokers=1, councils=["shropshire"], mode="test", say=lambda _: None) as panelbook:
            deployment = from_environment(panelbook.environment)
            with httpx.Client(base_url=deployment.base_url, timeout=30.0, trust_env=False) as client:
                tell = Narrator(client, settable_clock(deployment), built_in_issuer(deployment), lambda _: None)
                shropshire.play(tell, lambda: None)
                yield Watched(panelbook, collector, tell.clear_words | {"ollerenshaw", "quillfeather"})
    shutil.rmtree(folder)


def test_one_trace_leads_from_a_submission_through_routing_to_the_panel_that_receives_it(watched: Watched) -> None:
    spans = trace_of(watched, "POST /councils/{council}/applications/{application}/submission", "panel")
    assert one(spans, "web").service == "intake"
    heard = {span.process: span for span in spans if span.name == "hear uk.panelbook.intake.application.submitted.v1"}
    assert heard["routing worker"].parent == one(spans, "web").span
    (received,) = [span for span in spans if span.name == "hear uk.panelbook.routing.route.routed.v1"]
    assert received.process == "panel worker"
    assert received.parent == heard["routing worker"].span


def test_one_trace_leads_from_a_decision_to_the_letter_that_tells_it(watched: Watched) -> None:
    spans = trace_of(watched, "POST /councils/{council}/decisions/{application}/delegated-decision", "send")
    assert one(spans, "web").service == "panel"
    letters = {span.name for span in spans if span.process == "notify worker" and span.name.startswith("send ")}
    assert "send outcome_to_person" in letters
    closed = {span.process for span in spans if span.name == "hear uk.panelbook.panel.decision.decided.v1"}
    assert closed == {"intake worker", "notify worker"}


def test_a_caller_says_whether_its_trace_is_sampled(watched: Watched) -> None:
    address = f"{watched.panelbook.base_url}/intake/councils/{shropshire.COUNCIL}/applications"
    for trace, sampled in (("a" * 32, "00"), ("b" * 32, "01")):
        httpx.get(address, headers={"traceparent": f"00-{trace}-{'c' * 16}-{sampled}"}, trust_env=False)
    (followed,) = eventually(lambda: watched.collector.of_trace("b" * 32), "the sampled trace is followed")
    assert (followed.process, followed.parent) == ("web", "c" * 16)
    assert watched.collector.of_trace("a" * 32) == []


def test_no_span_names_anybody_or_any_case(watched: Watched) -> None:
    trace_of(watched, "POST /councils/{council}/applications/{application}/submission", "panel")
    told = "\n".join(span.told for span in list(watched.collector.spans)).lower()
    assert len(watched.collector.spans) > 20
    assert [word for word in watched.private if word.lower() in told] == []
    assert {span.name for span in watched.collector.spans if "readyz" in span.told or "metrics" in span.told} == set()


def test_every_metric_of_the_dashboard_and_of_the_alerts_is_told_by_a_running_process(watched: Watched) -> None:
    asked = {metric for query in queries() for metric in metrics_in(query)} - {"up"}

    def missing() -> set[str]:
        told = "\n".join(watched.metrics().values())
        return asked - shown(told) - (RARE & declared(told))

    eventually(lambda: not missing(), f"all of these are told: {missing()}")


def test_each_worker_tells_of_its_own_service(watched: Watched) -> None:
    for name, text in watched.metrics().items():
        if name == "web":
            assert 'panelbook_refusals_total{code="LIMIT_EXCEEDED",service="panel"}' in text
            continue
        assert f'panelbook_worker_well{{service="{name}"}} 1.0' in text
        assert f'panelbook_relay_lag_rows{{service="{name}"}}' in text
        assert f'panelbook_mark_age_seconds{{service="{name}",stage="sent"}}' in text


def test_the_steps_between_services_are_told_by_those_who_wait_for_them(watched: Watched) -> None:
    def steps() -> set[str]:
        told = "\n".join(watched.metrics().values()).splitlines()
        return {line.partition("} ")[0] for line in told if line.startswith("panelbook_saga_age_seconds{")}

    expected = {
        f'panelbook_saga_age_seconds{{service="{service}",step="{step}"'
        for service, step in (
            ("intake", "submitted_to_routed"),
            ("panel", "submitted_to_received"),
            ("notify", "wanted_to_sent"),
            ("record", "recorded_to_copied"),
        )
    }
    eventually(lambda: steps() == expected, f"{expected} are told")


def test_no_metric_names_anybody_or_any_case(watched: Watched) -> None:
    told = "\n".join(watched.metrics().values()).lower()
    assert [word for word in watched.private if word.lower() in told] == []


def test_every_process_of_a_panelbook_on_this_machine_is_ready_and_says_so(watched: Watched) -> None:
    for name, port in watched.panelbook.worker_ports.items():
        answer = eventually(lambda port=port: ready(port), f"the worker of {name} is ready")
        assert answer == {"status": "ready", "checks": {"progress": "ok"}}
    web = ready(watched.panelbook.web_health)
    assert web == {"status": "ready", "checks": dict.fromkeys(watched.panelbook.worker_ports, "ok")}


def test_where_people_come_in_nobody_is_told_how_the_process_is(watched: Watched) -> None:
    """Probes and metrics are on a port of their own."""
    for path in ("livez", "readyz", "metrics", "intake/livez", "intake/readyz", "record/metrics"):
        answer = httpx.get(f"{watched.panelbook.base_url}/{path}", trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), path


def ready(port: int) -> Any:
    answer = httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False)
    return answer.json() if answer.status_code == 200 else None


def trace_of(watched: Watched, request: str, reaches: str) -> list[Sent]:
    """The spans of the first trace that begins with a request of this name and reaches a process or a step."""

    def found() -> list[Sent]:
        for span in list(watched.collector.spans):
            if span.name == request and span.process == "web":
                spans = watched.collector.of_trace(span.trace)
                if any(one.name.startswith(reaches) or one.process == f"{reaches} worker" for one in spans):
                    return spans
        return []

    return eventually(found, f"a trace of {request} reaches {reaches}")


def one(spans: list[Sent], process: str) -> Sent:
    (found,) = [span for span in spans if span.process == process]
    return found
