"""Golden histories: one file for each released schema and each schema it is read as. They are added, never edited.

``python -m tests.histories.golden`` adds the files that are missing and names them.
"""

import dataclasses
import sys
import types
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec

from edge.access import STORED as ACCESS
from ledger.codec.codec import Codec, StoredName
from ledger.decider import Private
from services.intake.stored import STORED as INTAKE
from services.notify.stored import STORED as NOTIFY
from services.panel.stored import STORED as PANEL
from services.record.stored import STORED as RECORD
from services.routing.stored import STORED as ROUTING

FOLDER = Path(__file__).parent
RELEASED: tuple[StoredName, ...] = (*ACCESS, *INTAKE, *NOTIFY, *PANEL, *RECORD, *ROUTING)

_PLAIN: Mapping[Any, Any] = {
    Any: {"plain": ["text", 7, True, None]},
    bool: True,
    int: 65_000,
    float: 18.4,
    Decimal: Decimal("2.50"),
    date: date(2026, 10, 13),
    datetime: datetime(2026, 10, 13, 9, 30, 0, 1, tzinfo=UTC),
    UUID: UUID("863ac4ee-6b55-5ed3-a3ad-52e9609ad8f2"),
    bytes: b"bytes",
}


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stored event: its name and schema number as released, its payload byte for byte, and what that reads as.

    ``read_as`` is the schema number that the reader knew; ``expected`` is the event as plain JSON values.
    """

    name: str
    schema: int
    read_as: int
    payload: str
    expected: Any

    @property
    def file(self) -> Path:
        """Where it lies."""
        return FOLDER / self.name / f"schema-{self.schema}-read-as-{self.read_as}.json"


def histories() -> list[Golden]:
    """Every golden history there is."""
    return [msgspec.json.decode(file.read_bytes(), type=Golden) for file in sorted(FOLDER.glob("*/schema-*.json"))]


def expected_places() -> list[tuple[str, int, int]]:
    """Name, schema and reader's schema of every history that today's code calls for."""
    return [(one.name, schema, one.schema) for one in RELEASED for schema in range(1, one.schema + 1)]


def plain(event: Any) -> Any:
    """An event as JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(event))


def missing() -> list[Golden]:
    """The histories still to be added. Raises LookupError for an older schema that never had one."""
    there = {(one.name, one.schema, one.read_as): one for one in histories()}
    by_name = {one.name: one for one in RELEASED}
    codec = Codec(RELEASED)
    found: list[Golden] = []
    for name, schema, read_as in expected_places():
        if (name, schema, read_as) in there:
            continue
        if schema == read_as:
            _, _, payload = codec.encode(_sample(by_name[name].event, name))
        else:
            payload = _written(there, name, schema)
        event = codec.decode(name, schema, payload)
        found.append(Golden(name, schema, read_as, payload.decode(), plain(event)))
    return found


def _written(there: Mapping[tuple[str, int, int], Golden], name: str, schema: int) -> bytes:
    for (named, number, _), golden in there.items():
        if (named, number) == (name, schema):
            return golden.payload.encode()
    raise LookupError(f"nothing was kept of {name} with schema {schema}: write its history before you release the next")


def _sample(declared: Any, at: str) -> Any:
    """One value of an annotation, with every optional part there; the same in every run."""
    origin, arguments = get_origin(declared), get_args(declared)
    if declared in _PLAIN:
        return _PLAIN[declared]
    if declared is str:
        return f"{at}: £1 — “text”"
    if declared is Private:
        return Private("person-1", None, "v1.1.c2VhbGVk", "application-1", at)
    if origin in (Union, types.UnionType):
        return _sample(next(one for one in arguments if one is not type(None)), at)
    if origin is Literal:
        return arguments[0]
    if origin is tuple and arguments[-1] is Ellipsis:
        return (_sample(arguments[0], f"{at}.0"), _sample(arguments[0], f"{at}.1"))
    if origin is tuple:
        return tuple(_sample(one, f"{at}.{index}") for index, one in enumerate(arguments))
    if origin in (dict, Mapping):
        return {_sample(arguments[0], at): _sample(arguments[1], f"{at}.value")}
    if isinstance(declared, type) and issubclass(declared, Enum):
        return next(iter(declared))
    if dataclasses.is_dataclass(declared) and isinstance(declared, type):
        kinds = typing.get_type_hints(declared)
        return declared(**{one.name: _sample(kinds[one.name], one.name) for one in dataclasses.fields(declared)})
    raise TypeError(f"{at}: no sample of {declared!r} is known here")


def add() -> int:
    """Write what is missing; a file that is there stays as it is. Returns how many were added."""
    added = missing()
    for golden in added:
        golden.file.parent.mkdir(exist_ok=True)
        with golden.file.open("xb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(golden), indent=2) + b"\n")
        sys.stdout.write(f"added {golden.file.relative_to(FOLDER)}\n")
    return len(added)


if __name__ == "__main__":
    sys.stdout.write(f"{add()} added, {len(histories())} in all\n")
