"""The quick way between an event of plain values and its stored bytes: msgspec's, where it is provably the same.

Many events hold nothing but text, whole numbers, dates and tuples of them. For these msgspec reads and writes in one
step what :mod:`ledger.codec.shapes` and the mapper do field by field. Every result is checked by the bytes: what is
read must be written as exactly the bytes it was read from, and what is written must be read as an equal event. Where it
is not, and for every event with other values, the long way decides, and says what is wrong.
"""

import dataclasses
import types
import typing
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec

_PLAIN = frozenset({str, int, bool, UUID, date})
"""Not float: the two ways spell a very large one differently, and equal events have equal bytes."""

_encode = msgspec.json.Encoder(order="sorted").encode


class Direct:
    """Reads and writes the events of one class."""

    def __init__(self, declared: type) -> None:
        """Raises TypeError for a class with values that msgspec would not write as the shapes do."""
        annotations = typing.get_type_hints(declared)
        fields = dataclasses.fields(declared)
        if "__slots__" in vars(declared):
            raise TypeError(f"{declared.__qualname__} keeps its values where they cannot be counted")
        self._count = len(fields)
        self._moments = [field.name for field in fields if _without_none(annotations[field.name]) is datetime]
        for field in fields:
            if field.name not in self._moments and not _is_plain(annotations[field.name]):
                raise TypeError(f"{declared.__qualname__}.{field.name} is not for msgspec alone")
        self._decode = msgspec.json.Decoder(declared).decode

    def read(self, payload: bytes) -> Any:
        """The event, or None where these are not exactly the bytes that it is written as."""
        try:
            event = self._decode(payload)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        # A member that is missing is not made good by a default: msgspec leaves it out of the object.
        whole = len(vars(event)) == self._count
        return event if whole and _encode(event) == payload and self._in_utc(event) else None

    def write(self, event: Any) -> bytes | None:
        """The bytes, or None where they would not be read as this event."""
        try:
            payload = _encode(event)
            again = self._decode(payload)
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
            return None
        return payload if again == event and _encode(again) == payload and self._in_utc(again) else None

    def _in_utc(self, event: Any) -> bool:
        for name in self._moments:
            moment = getattr(event, name)
            if moment is not None and moment.tzinfo is not UTC:
                return False
        return True


def _without_none(declared: Any) -> Any:
    """What an optional field holds; any other declaration as it is."""
    if isinstance(declared, types.UnionType) or typing.get_origin(declared) is typing.Union:
        members = [member for member in typing.get_args(declared) if member is not types.NoneType]
        return members[0] if len(members) == 1 else declared
    return declared


def _is_plain(declared: Any) -> bool:
    """Whether msgspec writes a value as the shapes do. Moments are not, but at the top, where they are looked at."""
    declared = _without_none(declared)
    origin, arguments = typing.get_origin(declared), typing.get_args(declared)
    if origin is typing.Literal:
        return all(type(value) in (str, int) for value in arguments)
    if origin is tuple:
        return all(member is Ellipsis or _is_plain(member) for member in arguments)
    if not isinstance(declared, type) or declared in _PLAIN:
        return declared in _PLAIN
    if issubclass(declared, Enum):
        return all(type(member.value) in (str, int) for member in declared)
    return False


def spelled_alike(declared: Any) -> bool:
    """Whether msgspec and the mapper write the plain values of a type as the same bytes.

    They do for text and whole numbers, and so for all that stands in JSON as text; they do not for large and small
    floats, and of a value under ``Any`` nobody knows before.
    """
    if isinstance(declared, typing.NewType):
        return spelled_alike(declared.__supertype__)
    if declared is Ellipsis or typing.get_origin(declared) is typing.Literal:
        return True
    if arguments := typing.get_args(declared):
        return all(spelled_alike(one) for one in arguments)
    if dataclasses.is_dataclass(declared):
        hints = typing.get_type_hints(declared)
        return all(spelled_alike(hints[field.name]) for field in dataclasses.fields(declared))
    return declared is not Any and not (isinstance(declared, type) and issubclass(declared, float))


def direct_of(declared: type, schema: int) -> Direct | None:
    """The quick way for a class, or None. A schema number above 1 stands in the payload, which msgspec leaves out."""
    if schema != 1:
        return None
    try:
        return Direct(declared)
    except TypeError:
        return None
