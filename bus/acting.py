"""Says who acts when a service hears: the service, because of the event, under an id that the event's place gives."""

from datetime import timedelta
from uuid import UUID, uuid5

from prometheus_client import Histogram

from bus.marker import Clock
from bus.message import Event
from ledger.rows import Cause, Context
from ledger.traces import traceparent

HEARD_AGE = Histogram(
    "panelbook_heard_age_seconds",
    "Seconds from an event's recording at its source to its handling here, by this service's clock.",
    ("service", "source"),
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0),
)
COMMANDS = UUID("6d1f0a0e-4f0e-5c58-9d0a-2f1c9d6f8a11")
"""Namespace of the command ids that consumers derive from the place of a heard event."""

AHEAD = timedelta(hours=3)
"""How far ahead of this service's clock an event may say that it was recorded. What follows from it is recorded later
still, and no row is ever recorded before its head: one wrong clock elsewhere must not move a book for ever. Clocks that
are an hour wrong, here or there or both, are no reason to stop hearing."""


class AheadOfUs(Exception):
    """An event says that it was recorded far ahead of this service's clock."""

    def __init__(self) -> None:
        super().__init__("it says that it was recorded far ahead of this service's clock")


def opening(service: str, clock: Clock, council: str) -> Context:
    """The context a unit of work is opened with; each event brings its own."""
    now = clock.now()
    nobody = uuid5(COMMANDS, f"{service}|{council}")
    return Context(council, f"service:{service}", "service", now, now, nobody, nobody)


def because_of(event: Event, service: str, clock: Clock) -> Context:
    """The service acts, because of the event; the same event always makes the same command id. Raises AheadOfUs."""
    place = event.place
    now = clock.now()
    if event.time > now + AHEAD:
        raise AheadOfUs
    HEARD_AGE.labels(service, place.source).observe(max(0.0, (now - event.time).total_seconds()))
    name = f"{service}|{place.source}|{place.council}|{place.epoch}|{place.sequence}"
    return Context(
        council=place.council,
        actor=f"service:{service}",
        role="service",
        received_at=now,
        now=now,
        command_id=uuid5(COMMANDS, name),
        correlation_id=event.correlation_id,
        cause=Cause(str(event.id), event.time),
        traceparent=traceparent() or event.traceparent,
    )
