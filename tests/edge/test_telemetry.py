"""Lines and metrics say what happened and never to whom."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.trace import SpanKind
from prometheus_client import REGISTRY

from edge.telemetry import ALLOWED, configure_logging, exporter_of
from ledger.traces import following, recorded, traceparent
from tests.edge.counter import SWINDON, House

URL = f"/counter/councils/{SWINDON}/counters"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where the log goes; the root logger is put back afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("counter", stream=stream)
    yield stream
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    """Every line, each a JSON object of allowed keys."""
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert all(set(line) <= ALLOWED for line in found)
    return found


async def test_a_request_is_one_line_with_its_template_and_no_ids_of_the_address(
    house: House, lines: io.StringIO
) -> None:
    counter = await house.start("Mary Smith's counter")
    asked_for_mary = await house.http.get(f"{URL}/{counter}?q=Mary", headers=house.headers(actor="sw-7"))
    assert asked_for_mary.json()["code"] == "UNKNOWN_PARAMETER"
    answer = await house.http.get(f"{URL}/{counter}", headers=house.headers(actor="sw-7"))
    line = read(lines)[-1]
    assert {name: line[name] for name in line if name not in ("time", "duration_ms")} == {
        "event": "request",
        "level": "info",
        "service": "counter",
        "method": "GET",
        "path": "/councils/{council}/counters/{counter}",
        "status": 200,
        "council": SWINDON,
        "actor": "sw-7",
        "role": "social_worker",
        "correlation_id": answer.headers["X-Correlation-Id"],
    }
    assert counter not in lines.getvalue()
    assert "Mary" not in lines.getvalue()


async def test_no_line_holds_anything_of_a_body_an_address_or_an_exception(house: House, lines: io.StringIO) -> None:
    for body in ({"label": "hunter2", "hunter3": "hunter2"}, {"label": "hunter2\0"}, {"label": ["hunter2"]}):
        await house.http.post(URL, json=body, headers=house.headers())
    for kind in ("network", "gone", "constraint", "fault", "hunter2"):
        await house.http.post(f"/counter/councils/{SWINDON}/faults/{kind}", json={}, headers=house.headers())
    await house.http.get(
        "/counter/hunter2/mary", headers={"Authorization": "Bearer hunter2", "X-Correlation-Id": "hunter2"}
    )
    await house.http.get(f"{URL}/{uuid4()}", headers={"Authorization": "Bearer hunter2"})
    found = read(lines)
    assert len(found) > 10
    assert "hunter" not in lines.getvalue()
    assert {line["fault"] for line in found if "fault" in line} >= {"RuntimeError", "UniqueViolationError", "KeyError"}


def test_keys_that_are_not_allowed_are_dropped(lines: io.StringIO) -> None:
    structlog.get_logger().info("written", person_name="Mary", council=SWINDON, body={"label": "Mary"})
    (line,) = read(lines)
    assert line["council"] == SWINDON
    assert "Mary" not in lines.getvalue()


def test_a_librarys_message_is_written_without_the_values_in_it(lines: io.StringIO) -> None:
    try:
        raise ValueError("Mary")
    except ValueError:
        logging.getLogger("some.driver").exception("row %s was refused", "Mary")
    (line,) = read(lines)
    assert (line["event"], line["logger"], line["fault"]) == ("row … was refused", "some.driver", "ValueError")
    assert "Mary" not in lines.getvalue()


def test_uvicorns_own_access_lines_are_off(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info("GET /intake/councils/x/voices/mary")
    logging.getLogger("uvicorn.error").info("Started")
    assert [line["event"] for line in read(lines)] == ["Started"]


async def test_metrics_have_few_labels_and_no_ids(house: House) -> None:
    counter = await house.start()
    await house.http.get(f"{URL}/{counter}", headers=house.headers())
    for invented in range(5):
        await house.http.request(f"BREW{invented}", f"/counter/nowhere/{invented}")
    text = (await house.http.get("/counter/metrics")).text
    template = "/councils/{council}/counters/{counter}"
    assert f'panelbook_requests_total{{method="GET",route="{template}",service="counter",status_class="2xx"}}' in text
    assert 'method="other",route="unmatched"' in text
    assert counter not in text
    assert "BREW" not in text


async def test_a_refusal_is_counted_by_its_code_and_by_nothing_of_the_caller(house: House) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("panelbook_refusals_total", {"service": "counter", "code": "NO_TOKEN"}) or 0.0

    before = counted()
    await house.http.get(f"{URL}/{uuid4()}")
    assert counted() == before + 1


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_spans_go_nowhere_unless_the_environment_says_where(environment: dict[str, str]) -> None:
    assert exporter_of(environment) is None


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_spans_go_where_the_environment_says(name: str) -> None:
    exporter = exporter_of({name: "http://127.0.0.1:4318"})
    assert isinstance(exporter, OTLPSpanExporter)
    exporter.shutdown()


def test_what_follows_makes_no_span_while_nobody_takes_them() -> None:
    assert not recorded()
    with following("hear something", "00-" + "a" * 32 + "-" + "b" * 16 + "-01", service="panel", council=SWINDON,
                   kind=SpanKind.CONSUMER):  # fmt: skip
        assert traceparent() == ""
