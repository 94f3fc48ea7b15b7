"""How long the steps of a unit of work take, and how often a rule refuses what was to follow."""

from prometheus_client import Counter, Histogram

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

LOCK_WAIT = Histogram(
    "panelbook_lock_wait_seconds",
    "Seconds from asking for a council's book to being its only writer, given up or not.",
    ("service",),
    buckets=_BUCKETS,
)
APPEND = Histogram("panelbook_append_seconds", "Seconds of one append of rows.", ("service",), buckets=_BUCKETS)
COMMIT = Histogram(
    "panelbook_commit_seconds", "Seconds from COMMIT until the disk has it.", ("service",), buckets=_BUCKETS
)
CONSEQUENCES_REFUSED = Counter(
    "panelbook_consequences_refused", "Events whose consequence a rule refused, by code.", ("service", "code")
)
