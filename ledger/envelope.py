"""The wire form of a public event: CloudEvents 1.0 in structured JSON, and the Kafka headers that go with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import msgspec
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from ledger.rows import MAX_PAYLOAD, Context, Outgoing, Row
from ledger.store import TooLarge

CONTENT_TYPE = "application/cloudevents+json"
TYPE_HEADER = "panelbook_type"
SUBJECT_HEADER = "panelbook_subject"
"""Not ``ce_type``: readers of CloudEvents take a message with any header that begins so for one whose value is bare."""

_FORMAT = JSONFormat()


@dataclass(frozen=True, slots=True)
class Enveloped:
    """A public event with its bytes fixed: headers as text (UTF-8 on the wire), value as it goes to Kafka."""

    sequence: int
    headers: Mapping[str, str]
    value: bytes


def enveloped(service: str, row: Row, outgoing: Outgoing, sequence: int, context: Context) -> Enveloped:
    """The event that ``row`` leads to. Its time is the row's, and so is its id: a repeated delivery is known as such.

    Only in a later epoch, and for the council's subscribers, the id is one that follows from the row's: a command given
    again after a restore, and the two events of one row, are not to be taken for each other.

    ``data`` may hold anything that msgspec turns into JSON (dates, UUIDs, tuples). The headers repeat what a consumer
    must know of a value that it cannot read. Whoever hears the event stores its bytes as a row: raises TooLarge
    for more than a row may hold.
    """
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(identity(row, outgoing.lane)),
        "source": f"/panelbook/{service}",
        "type": outgoing.type,
        "subject": outgoing.subject,
        "time": row.recorded_at,
        "datacontenttype": "application/json",
        "council": row.council,
        "epoch": row.epoch,
        "sequence": sequence,
        "correlationid": str(row.correlation_id),
    }
    if context.traceparent:
        attributes["traceparent"] = context.traceparent
    value = _FORMAT.write(CloudEvent(attributes, msgspec.to_builtins(outgoing.data)))
    if len(value) > MAX_PAYLOAD:
        raise TooLarge(f"A public event may hold {MAX_PAYLOAD} bytes at most.")
    headers = {
        "content-type": CONTENT_TYPE,
        TYPE_HEADER: outgoing.type,
        SUBJECT_HEADER: outgoing.subject,
        "council": row.council,
        "epoch": str(row.epoch),
        "sequence": str(sequence),
    }
    return Enveloped(sequence, headers, value)


def identity(row: Row, lane: str) -> UUID:
    """The id of the public event that a row leads to in an outgoing lane."""
    named = "" if lane == "events" else lane
    return row.id if row.epoch == 1 and not named else uuid5(row.id, f"{row.epoch}/{named}")
