"""What the running process says about itself: log lines, metrics and spans, none of them with anyone's words."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

from ledger.traces import record_spans

ALLOWED = frozenset(
    {
        "event",
        "level",
        "time",
        "logger",
        "service",
        "council",
        "actor",
        "role",
        "method",
        "path",
        "status",
        "code",
        "command",
        "correlation_id",
        "duration_ms",
        "reason",
        "fault",
        "where",
        "topic",
        "position",
        "count",
    }
)
"""The only keys a log line may hold. ``path`` is a route's template, ``fault`` an exception's class, never its text."""

REQUESTS = Counter("panelbook_requests", "Requests answered.", ("service", "method", "route", "status_class"))
SECONDS = Histogram(
    "panelbook_request_seconds",
    "Seconds from the last byte of a request to its answer.",
    ("service", "method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
REFUSALS = Counter("panelbook_refusals", "Requests answered with a problem, by its code.", ("service", "code"))


def _only_allowed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key in ALLOWED and value not in ("", None)}


_VALUE = re.compile(r"%(?:\(\w+\))?[-#0 +]*(?:\d+|\*)?(?:\.(?:\d+|\*))?[hlL]?[sdrifgxXaceEGou]")
"""A place in a message for a value, as the standard library's loggers write it."""


def _of_other_libraries(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's own record: its message as written in its source, without the values put into it.

    A driver puts a failing row's values into its messages; the template says what happened without saying to whom,
    with an ellipsis where a value would stand.
    """
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["event"] = _VALUE.sub("…", str(record.msg)).replace("%%", "%")[:300]
        event["logger"] = record.name
        if record.exc_info and record.exc_info[0] is not None:
            event["fault"] = record.exc_info[0].__name__
    event.pop("exc_info", None)
    return event


def configure_logging(service: str, *, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """One JSON object a line on ``stream`` (standard error by default), for our code and for every library.

    Keys that are not in :data:`ALLOWED` are dropped, also the ones that somebody adds in a hurry.
    """
    named = {"service": service}

    def say_service(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in named.items():
            event.setdefault(key, value)
        return event

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        say_service,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _of_other_libraries],
            processors=[_only_allowed, structlog.processors.JSONRenderer()],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name != "uvicorn.access"
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Its lines would carry raw paths, and with them ids of persons; ours carry the route's template.
    logging.getLogger("uvicorn.access").disabled = True


def exporter_of(environment: Mapping[str, str]) -> SpanExporter | None:
    """Where spans go by OpenTelemetry's own variables: to an OTLP endpoint over HTTP, or nowhere without one.

    The exporter reads the rest of ``OTEL_EXPORTER_OTLP_*`` (headers, certificate, time-outs) by itself.
    """
    endpoint = environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    disabled = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if not endpoint or disabled or environment.get("OTEL_TRACES_EXPORTER") == "none":
        return None
    # A process that sends nothing does without the exporter and all that it brings along.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


def configure_tracing(service: str, exporter: SpanExporter | None = None) -> None:
    """Give spans real ids, and send them somewhere if an exporter is given. Call once per process.

    Whether a trace is sampled is said by its ``traceparent``; for one that begins here by ``OTEL_TRACES_SAMPLER``.
    """
    # Without an exporter nobody would ever read what a span records: it carries its ids, and no more.
    sampler = None if exporter is not None else ALWAYS_OFF
    provider = TracerProvider(resource=Resource.create({"service.name": service}), sampler=sampler)
    if exporter is not None:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    record_spans(exporter is not None)


def metrics() -> tuple[bytes, str]:
    """Every metric of this process in Prometheus' text form, and its content type."""
    return generate_latest(), CONTENT_TYPE_LATEST
