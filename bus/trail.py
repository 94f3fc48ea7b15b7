"""The wire form of a trail: a ledger row with its digests, or a mark, as JSON that reads back to the same bytes."""

import base64
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from ledger.rows import Lane, Mark, Row, RowKind

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class NotATrail(ValueError):
    """The bytes are no trail message, or hold a field that a trail does not know."""


class _WireRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    council: str
    lane: Lane
    epoch: int
    position: int
    kind: RowKind
    stream: str
    version: int
    source: str
    source_epoch: int
    source_sequence: int
    id: UUID
    name: str
    schema: int
    received_at: _Moment
    recorded_at: _Moment
    actor: str
    role: str
    command_id: UUID
    correlation_id: UUID
    cause: str
    payload: str
    leaf: str
    chain: str


class _WireMark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    council: str
    epoch: int
    position: int
    moment: _Moment


class _Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    row: _WireRow | None = None
    mark: _WireMark | None = None


_PLAIN = tuple(name for name in _WireRow.__struct_fields__ if name not in ("payload", "leaf", "chain"))
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Wire)


def trail_bytes(entry: Row | Mark) -> bytes:
    """One trail message: `{"row": {every column}}` with payload, leaf and chain in base64, or `{"mark": {...}}`."""
    if isinstance(entry, Mark):
        return _encoder.encode(_Wire(mark=_WireMark(entry.council, entry.epoch, entry.position, entry.moment)))
    row = _WireRow(
        *(getattr(entry, name) for name in _PLAIN),
        payload=base64.b64encode(entry.payload).decode(),
        leaf=base64.b64encode(entry.leaf).decode(),
        chain=base64.b64encode(entry.chain).decode(),
    )
    return _encoder.encode(_Wire(row=row))


def read_trail(value: bytes) -> Row | Mark:
    """The row or mark of a trail message, field by field; whether its digests are right is not looked at here.

    Raises NotATrail, whose text never repeats the message's content.
    """
    try:
        wire = _decoder.decode(value)
        if wire.row is not None and wire.mark is None:
            return Row(
                *(getattr(wire.row, name) for name in _PLAIN),
                payload=base64.b64decode(wire.row.payload, validate=True),
                leaf=base64.b64decode(wire.row.leaf, validate=True),
                chain=base64.b64decode(wire.row.chain, validate=True),
            )
        if wire.mark is not None and wire.row is None:
            return Mark(wire.mark.council, wire.mark.epoch, wire.mark.position, wire.mark.moment)
    except (msgspec.MsgspecError, ValueError) as problem:
        raise NotATrail(f"Not a trail message: {type(problem).__name__}.") from problem
    raise NotATrail("A trail message holds either a row or a mark.")
