"""What was recorded: a row of the book with what it says, decided by this service or heard of another."""

from dataclasses import dataclass
from typing import Any

import msgspec

from ledger.rows import Row


@dataclass(frozen=True)
class Decided:
    """A decided row with its event, personal content sealed."""

    row: Row
    event: Any


@dataclass(frozen=True)
class Heard:
    """A heard row with the public event that it holds; ``data`` keeps sealed members as they came."""

    row: Row
    type: str
    subject: str
    data: dict[str, Any]


Recorded = Decided | Heard


def read_heard(row: Row) -> Heard:
    """The public event (CloudEvents, structured JSON) that a heard row holds."""
    event = msgspec.json.decode(row.payload)
    return Heard(row, event["type"], event.get("subject", ""), event.get("data") or {})
