"""Strict conversion between frozen dataclasses and plain JSON values, compiled once from their annotations.

Nothing is guessed, dropped or filled in: an unknown key, a missing key (a default does not help), or a value of another
type is a :class:`Misfit` that names the field and never quotes the value, which may be personal.
"""

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from functools import cache
from typing import Any, Literal, NewType, Union, get_args, get_origin
from uuid import UUID

import msgspec

from ledger.codec.sealed import MEMBERS, from_sealed_json, sealed_json
from ledger.decider import Private


class Misfit(ValueError):
    """A value does not fit the type that its field declares: ``at`` names the field, ``what`` says why."""

    def __init__(self, at: str, what: str) -> None:
        super().__init__(f"{at}: {what}")
        self.at = at
        self.what = what


Convert = Callable[[Any, str], Any]


@dataclass(frozen=True)
class Shape:
    """Both directions of one type: ``write`` to plain JSON values, ``read`` back. Both take the place's name."""

    write: Convert
    read: Convert


@cache
def shape_of(declared: Any) -> Shape:
    """The shape of an annotation. Raises TypeError for a type that cannot be stored without loss."""
    if isinstance(declared, NewType):
        return shape_of(declared.__supertype__)
    origin, arguments = get_origin(declared), get_args(declared)
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin is Literal:
        return _choice({value: value for value in arguments})
    if origin is tuple:
        return _tuple(arguments)
    if origin in (dict, Mapping):
        return _mapping(*arguments)
    if declared is Any:
        return Shape(_plain, _plain)
    if declared is Private:
        return Shape(_write_private, _read_private)
    if isinstance(declared, type):
        if dataclasses.is_dataclass(declared):
            return _record(declared)
        if issubclass(declared, Enum):
            return _enumeration(declared)
        if declared in _SIMPLE:
            return _SIMPLE[declared]()
    raise TypeError(f"{declared!r} cannot be stored: use frozen dataclasses, tuples, enums and plain values")


def _record(declared: type) -> Shape:
    if not declared.__dataclass_params__.frozen:
        raise TypeError(f"{declared.__qualname__} must be frozen to be stored")
    annotations = typing.get_type_hints(declared)
    fields = {}
    for field in dataclasses.fields(declared):
        if not field.init:
            raise TypeError(f"{declared.__qualname__}.{field.name} cannot be stored: its constructor does not take it")
        fields[field.name] = shape_of(annotations[field.name])
    known = frozenset(fields)

    def write(value: Any, at: str) -> dict[str, Any]:
        if type(value) is not declared:
            raise Misfit(at, f"expected {declared.__qualname__}, got {type(value).__qualname__}")
        return {name: shape.write(getattr(value, name), f"{at}.{name}") for name, shape in fields.items()}

    def read(value: Any, at: str) -> Any:
        if not isinstance(value, dict):
            raise Misfit(at, f"expected an object, got {type(value).__qualname__}")
        if value.keys() != known:
            for name in sorted(known - value.keys()):
                raise Misfit(f"{at}.{name}", "is missing")
            for name in sorted(value.keys() - known):
                raise Misfit(f"{at}.{name}", "is unknown")
        return declared(**{name: shape.read(value[name], f"{at}.{name}") for name, shape in fields.items()})

    return Shape(write, read)


def _union(members: tuple[Any, ...]) -> Shape:
    shapes = [shape_of(member) for member in members if member is not types.NoneType]
    optional = len(shapes) < len(members)
    if len(shapes) == 1:
        only = shapes[0]
        return Shape(
            lambda value, at: None if value is None else only.write(value, at),
            lambda value, at: None if value is None else only.read(value, at),
        )

    def read(value: Any, at: str) -> Any:
        if optional and value is None:
            return None
        for shape in shapes:
            try:
                return shape.read(value, at)
            except Misfit:
                continue
        raise Misfit(at, "fits none of the types declared")

    def write(value: Any, at: str) -> Any:
        if optional and value is None:
            return None
        for shape in shapes:
            try:
                written = shape.write(value, at)
            except Misfit:
                continue
            again = read(written, at)
            if type(again) is type(value) and again == value:
                return written
            raise Misfit(at, "would be read back as another of the types declared")
        raise Misfit(at, "fits none of the types declared")

    return Shape(write, read)


def _tuple(members: tuple[Any, ...]) -> Shape:
    if len(members) == 2 and members[1] is Ellipsis:
        every = shape_of(members[0])
        count = None
        shapes: tuple[Shape, ...] = ()
    else:
        every = None
        count = len(members)
        shapes = tuple(shape_of(member) for member in members)

    def convert(values: Any, at: str, write: bool) -> list[Any]:
        if count is not None and len(values) != count:
            raise Misfit(at, f"expected {count} values, got {len(values)}")
        converted = []
        for index, value in enumerate(values):
            shape = every or shapes[index]
            converted.append((shape.write if write else shape.read)(value, f"{at}[{index}]"))
        return converted

    def write(value: Any, at: str) -> list[Any]:
        if not isinstance(value, tuple):
            raise Misfit(at, f"expected a tuple, got {type(value).__qualname__}")
        return convert(value, at, write=True)

    def read(value: Any, at: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Misfit(at, f"expected an array, got {type(value).__qualname__}")
        return tuple(convert(value, at, write=False))

    return Shape(write, read)


def _mapping(key: Any, declared: Any) -> Shape:
    keys, values = shape_of(key), shape_of(declared)

    def write(value: Any, at: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Misfit(at, f"expected a mapping, got {type(value).__qualname__}")
        written = {keys.write(name, at): values.write(held, f"{at}[{name}]") for name, held in value.items()}
        if not all(isinstance(name, str) for name in written):
            raise Misfit(at, "keys of a stored mapping are strings")
        return written

    def read(value: Any, at: str) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise Misfit(at, f"expected an object, got {type(value).__qualname__}")
        return {keys.read(name, at): values.read(held, f"{at}[{name}]") for name, held in value.items()}

    return Shape(write, read)


def _enumeration(declared: type[Enum]) -> Shape:
    by_value = {(type(member.value), member.value): member for member in declared}

    def write(value: Any, at: str) -> Any:
        if type(value) is not declared:
            raise Misfit(at, f"expected {declared.__qualname__}, got {type(value).__qualname__}")
        return value.value

    def read(value: Any, at: str) -> Enum:
        found = by_value.get((type(value), value)) if isinstance(value, str | int) else None
        if found is None:
            raise Misfit(at, f"is no {declared.__qualname__}")
        return found

    if not all(isinstance(member.value, str | int) for member in declared):
        raise TypeError(f"{declared.__qualname__} cannot be stored: its values are not strings or integers")
    return Shape(write, read)


def _choice(values: dict[Any, Any]) -> Shape:
    by_value = {(type(value), value) for value in values}

    def convert(value: Any, at: str) -> Any:
        if not isinstance(value, str | int) or (type(value), value) not in by_value:
            raise Misfit(at, "is none of the values declared")
        return value

    return Shape(convert, convert)


def _exactly(declared: type) -> Shape:
    def convert(value: Any, at: str) -> Any:
        if type(value) is not declared:
            raise Misfit(at, f"expected {declared.__qualname__}, got {type(value).__qualname__}")
        return value

    return Shape(convert, convert)


def _text() -> Shape:
    def convert(value: Any, at: str) -> str:
        if type(value) is not str:
            raise Misfit(at, f"expected str, got {type(value).__qualname__}")
        return _utf8(value, at)

    return Shape(convert, convert)


def _number() -> Shape:
    def convert(value: Any, at: str) -> float:
        if type(value) not in (int, float):
            raise Misfit(at, f"expected float, got {type(value).__qualname__}")
        return _finite(float(value), at)

    return Shape(convert, convert)


def _moment() -> Shape:
    def write(value: Any, at: str) -> str:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise Misfit(at, "expected a datetime with a time zone")
        return msgspec.to_builtins(value.astimezone(UTC))

    def read(value: Any, at: str) -> datetime:
        moment = _by_msgspec(value, datetime, at)
        if moment.tzinfo is None:
            raise Misfit(at, "expected a datetime with a time zone")
        return moment.astimezone(UTC)

    return Shape(write, read)


def _via_msgspec(declared: type) -> Callable[[], Shape]:
    def write(value: Any, at: str) -> Any:
        if type(value) is not declared:
            raise Misfit(at, f"expected {declared.__qualname__}, got {type(value).__qualname__}")
        return msgspec.to_builtins(value)

    return lambda: Shape(write, lambda value, at: _by_msgspec(value, declared, at))


def _by_msgspec(value: Any, declared: type, at: str) -> Any:
    if type(value) is not str:
        raise Misfit(at, f"expected {declared.__qualname__}, got {type(value).__qualname__}")
    try:
        return msgspec.convert(value, declared)
    except msgspec.ValidationError:
        raise Misfit(at, f"is no {declared.__qualname__}") from None


_SIMPLE: dict[type, Callable[[], Shape]] = {
    str: _text,
    bool: lambda: _exactly(bool),
    int: lambda: _exactly(int),
    float: _number,
    datetime: _moment,
    date: _via_msgspec(date),
    time: _via_msgspec(time),
    UUID: _via_msgspec(UUID),
}


def _write_private(value: Any, at: str) -> dict[str, str]:
    if not isinstance(value, Private):
        raise Misfit(at, f"expected Private, got {type(value).__qualname__}")
    return sealed_json(value, at)


def _read_private(value: Any, at: str) -> Private:
    try:
        return from_sealed_json(value if isinstance(value, dict) else {})
    except ValueError:
        raise Misfit(at, f"is no sealed text, which has the members {', '.join(sorted(MEMBERS))}") from None


def _plain(value: Any, at: str) -> Any:
    """A value under ``Any``: JSON as it is, so that reading it back gives an equal value."""
    if value is None or type(value) in (bool, int):
        return value
    if type(value) is str:
        return _utf8(value, at)
    if type(value) is float:
        return _finite(value, at)
    if type(value) is list:
        return [_plain(held, f"{at}[{index}]") for index, held in enumerate(value)]
    if type(value) is dict and all(type(name) is str for name in value):
        return {_utf8(name, at): _plain(held, f"{at}[{name}]") for name, held in value.items()}
    raise Misfit(at, f"is declared Any and must be plain JSON, not {type(value).__qualname__}")


def _finite(value: float, at: str) -> float:
    if not math.isfinite(value):
        raise Misfit(at, "is not a finite number")
    return value


def _utf8(value: str, at: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Misfit(at, "holds half of a surrogate pair and is no text") from None
    return value
