"""Spans of our own code: one trace from a command, over Kafka, to what follows from it in another service.

A span says what was done, for which council, and how long it took; never what was said or about whom. Until
:func:`record_spans` is called, nobody would read them: then none is made for what follows, and it costs nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

from opentelemetry import trace
from opentelemetry.context import Context as TraceContext
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_recorded = False


def record_spans(wanted: bool = True) -> None:
    """Make spans from now on, or no longer: this process has, or has not, somebody who takes them."""
    global _recorded
    _recorded = wanted


def recorded() -> bool:
    """Whether somebody takes this process's spans."""
    return _recorded


def tracer() -> trace.Tracer:
    """The tracer of our own code."""
    return _tracer_of(trace.get_tracer_provider())


@lru_cache(maxsize=8)
def _tracer_of(provider: trace.TracerProvider) -> trace.Tracer:
    """Kept: a provider asks itself at length for each tracer that it makes."""
    return provider.get_tracer("panelbook")


def incoming_trace(headers: Mapping[str, str]) -> TraceContext:
    """The trace a request or a message belongs to, by its ``traceparent``."""
    return _PROPAGATOR.extract(dict(headers))


def traceparent() -> str:
    """The current span as a ``traceparent`` value, '' outside of any."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent", "")


@contextmanager
def following(name: str, parent: str, *, service: str, council: str, kind: SpanKind) -> Iterator[None]:
    """A span that is the child of ``parent``, a ``traceparent`` value; it begins a trace where that is ''.

    An error leaves it marked as one, and none of the error's words.
    """
    if not _recorded:
        yield
        return
    attributes = {"panelbook.service": service, "panelbook.council": council}
    with tracer().start_as_current_span(
        name,
        context=incoming_trace({"traceparent": parent}),
        kind=kind,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        except BaseException:
            span.set_status(StatusCode.ERROR)
            raise
