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

_NUMBER = re.compile(r"[0-9]{1,19}")

_LONGEST = 200

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
    """A message that cannot be read, with a place in its council's sequence: it is parked there, under its subject."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Placeless:
    """A message that says no place in its council's sequence: it is nobody's next, and nobody waits for it.

    If it stands where one of ours should, the sequence tells.
    """

    reason: str


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    specversion: str
    id: UUID
    source: str
    type: str
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST)]
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
    headers: Mapping[str, bytes | None],
    *,
    council: str,
    source: str,
    check: Callable[[str, dict[str, Any]], None] | None = None,
) -> Event | Malformed | Placeless:
    """What a record of ``source``'s topic with the key ``council`` says.

    A value that is an envelope says its own place, whatever the headers say: one of another council or source has none
    here. Only where the value cannot be read do the headers count. Strict: an unknown attribute, a naive time, or data
    that ``check(type, data)`` raises on make it Malformed. Reasons name what is wrong and never quote the content.
    """
    try:
        event = _decoder.decode(value or b"")
    except (msgspec.MsgspecError, ValueError) as problem:
        wrong = f"the value is no CloudEvent ({type(problem).__name__})"
        place = _place_in_headers(headers, council, source)
        if place is None:
            return Placeless(f"{wrong}, and the headers give it no place")
        return Malformed(place, wrong)
    if event.council != council:
        return Placeless("its council is not the one of its key")
    if event.source != f"/panelbook/{source}":
        return Placeless("its source is not the one of its topic")
    place = Place(council, source, event.epoch, event.sequence, _named(event.subject), _named(event.type))
    if wrong := _wrong(event) or _broken(event, check):
        return Malformed(place, wrong)
    return Event(place, event.id, event.time, event.correlationid, event.traceparent, event.data, bytes(value or b""))


def _wrong(event: _Envelope) -> str:
    if event.specversion != "1.0" or event.datacontenttype != "application/json":
        return "it is no CloudEvent 1.0 with JSON data"
    if not _TYPE.fullmatch(event.type) or not event.subject.isprintable():
        return "its type or subject is no name of ours"
    return ""


def _broken(event: _Envelope, check: Callable[[str, dict[str, Any]], None] | None) -> str:
    if check is not None:
        try:
            check(event.type, event.data)
        except Exception as problem:
            return f"its data is not what {event.type} promises ({type(problem).__name__})"
    return ""


def _named(text: str) -> str:
    """A name that can be kept and shown; '' for one that cannot."""
    return text if text.isprintable() else ""


def _place_in_headers(headers: Mapping[str, bytes | None], council: str, source: str) -> Place | None:
    said = {name: _text(headers.get(name)) for name in ("council", "epoch", "sequence")}
    type_, subject = (_text(_either(headers, names)) for names in (TYPE_HEADERS, SUBJECT_HEADERS))
    epoch, sequence = (int(said[name]) if _NUMBER.fullmatch(said[name]) else 0 for name in ("epoch", "sequence"))
    named = all(0 < len(text) <= _LONGEST and text.isprintable() for text in (subject, type_))
    if said["council"] != council or not named or not 1 <= epoch < 2**31 or not 1 <= sequence < 2**63:
        return None
    return Place(council, source, epoch, sequence, subject, type_)


def _text(value: bytes | None) -> str:
    """A header's words; none where it is missing or no text."""
    try:
        return (value or b"").decode()
    except UnicodeDecodeError:
        return ""


def type_in(headers: Sequence[tuple[str, bytes | None]]) -> str:
    """The type that a record's headers name, '' where they name none: a hint only, what an event is its value says."""
    found = next((value for name, value in headers if name in TYPE_HEADERS), None)
    return (found or b"").decode(errors="replace")


def _either(headers: Mapping[str, bytes | None], names: Sequence[str]) -> bytes | None:
    return next((headers[name] for name in names if name in headers), None)
