"""Reads a record of a public topic: a CloudEvent in structured JSON, or what can still be said of a broken one."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from ledger.envelope import SUBJECT_HEADER, TYPE_HEADER
from ledger.rows import Hearing

TYPE_HEADERS = (TYPE_HEADER, "ce_type")
SUBJECT_HEADERS = (SUBJECT_HEADER, "ce_subject")
"""The second is how it was written at first: topics keep such messages for ever."""

SETTINGS_TYPE = re.compile(r"uk\.panelbook\.routing\.settings\.[a-z_.]+\.v\d+")
"""A settings event that cannot be handled stops its council for the consumer: what follows may depend on it."""

_TYPE = re.compile(r"uk\.panelbook\.[a-z_]+\.[a-z_]+\.[a-z_]+\.v(?P<version>[1-9]\d{0,5})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands in its source's order for its council, and whom it is about."""

    council: str
    source: str
    epoch: int
    sequence: int
    subject: str
    type: str


@dataclass(frozen=True, slots=True)
class Event:
    """A readable public event, with its bytes as they came."""

    place: Place
    id: UUID
    time: datetime
    correlation_id: UUID
    traceparent: str
    data: dict[str, Any] = field(repr=False)
    value: bytes = field(repr=False)

    def hearing(self) -> Hearing:
        """What the ledger stores of it: its type as the name, the version in it as schema, and every byte."""
        match = _TYPE.fullmatch(self.place.type)
        assert match is not None  # read_event made sure.
        return Hearing(
            source=self.place.source,
            source_epoch=self.place.epoch,
            source_sequence=self.place.sequence,
            id=self.id,
            name=self.place.type,
            schema=int(match["version"]),
            subject=self.place.subject,
            recorded_at=self.time,
            correlation_id=self.correlation_id,
            payload=self.value,
        )


@dataclass(frozen=True, slots=True)
class Malformed:
    """An unreadable value under readable headers: it can be parked under its subject."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Neither value nor headers say what it is: its council must stop, because nobody knows what it would miss."""

    reason: str


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    specversion: str
    id: UUID
    source: str
    type: str
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    datacontenttype: str
    council: str
    epoch: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    sequence: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    correlationid: UUID
    data: dict[str, Any]
    traceparent: str = ""


_decoder = msgspec.json.Decoder(_Envelope)


def read_event(
    value: bytes | None,
    headers: Mapping[str, bytes],
    *,
    council: str,
    source: str,
    check: Callable[[str, dict[str, Any]], None] | None = None,
) -> Event | Malformed | Unreadable:
    """What a record of ``source``'s topic with the key ``council`` says.

    Strict: an unknown attribute, another council or source than key and topic say, a naive time, or data that
    ``check(type, data)`` raises on make it Malformed. Reasons name what is wrong and never quote the content.
    """
    try:
        event = _decoder.decode(value or b"")
        wrong = _wrong(event, council, source)
        if not wrong and check is not None:
            try:
                check(event.type, event.data)
            except Exception as problem:
                wrong = f"its data is not what {event.type} promises ({type(problem).__name__})"
    except (msgspec.MsgspecError, ValueError) as problem:
        event, wrong = None, f"the value is no CloudEvent ({type(problem).__name__})"
    if event is not None and not wrong:
        place = Place(council, source, event.epoch, event.sequence, event.subject, event.type)
        return Event(
            place, event.id, event.time, event.correlationid, event.traceparent, event.data, bytes(value or b"")
        )
    place = _place_in_headers(headers, council, source)
    return Unreadable(f"{wrong}, and the headers do not say what it is") if place is None else Malformed(place, wrong)


def _wrong(event: _Envelope, council: str, source: str) -> str:
    if event.specversion != "1.0" or event.datacontenttype != "application/json":
        return "it is no CloudEvent 1.0 with JSON data"
    if event.council != council:
        return "its council is not the one of its key"
    if event.source != f"/panelbook/{source}":
        return "its source is not the one of its topic"
    if not _TYPE.fullmatch(event.type) or not event.subject.isprintable():
        return "its type or subject is no name of ours"
    return ""


def _place_in_headers(headers: Mapping[str, bytes], council: str, source: str) -> Place | None:
    try:
        said = {name: headers[name].decode() for name in ("council", "epoch", "sequence")}
        type_, subject = (_either(headers, names).decode() for names in (TYPE_HEADERS, SUBJECT_HEADERS))
        epoch, sequence = int(said["epoch"]), int(said["sequence"])
    except (KeyError, ValueError, AttributeError):
        return None
    named = subject and (subject + type_).isprintable()
    if said["council"] != council or not named or not 1 <= epoch < 2**31 or not 1 <= sequence < 2**63:
        return None
    return Place(council, source, epoch, sequence, subject, type_)


def type_in(headers: Sequence[tuple[str, bytes | None]]) -> str:
    """The type that a record's headers name, '' where they name none: a hint only, what an event is its value says."""
    found = next((value for name, value in headers if name in TYPE_HEADERS), None)
    return (found or b"").decode(errors="replace")


def _either(headers: Mapping[str, bytes], names: Sequence[str]) -> bytes:
    return headers[next((name for name in names if name in headers), names[0])]
