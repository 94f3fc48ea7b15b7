"""Stored names and schema numbers of events, and the way between a domain event and its stored bytes.

Storing uses the mapper, the transcoder and the upcasting of the eventsourcing library. Its mapper wants ids on the
event, refuses nested values and validates nothing, so each stored name gets an envelope class for the mapper, and
:mod:`ledger.codec.shapes` turns the envelope's fields into the pure, frozen domain event and back.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from itertools import count
from types import MappingProxyType
from typing import Any, cast

import msgspec
from eventsourcing.persistence import JSONTranscoder, Mapper, MapperDeserialisationError, StoredEvent
from eventsourcing.utils import get_topic

from ledger.codec.direct import Direct, direct_of, spelled_alike
from ledger.codec.sealed import NotSealed
from ledger.codec.shapes import Misfit, Shape, shape_of
from ledger.rows import Row
from ledger.store import NewerThanMe

__all__ = ["Codec", "Misfit", "NotSealed", "StoredName", "Undeclared", "Upcast", "stored"]

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the stored fields (plain JSON values) of one schema number into those of the next."""

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_FOUND = "schema_found"
_RESERVED = ("originator_id", "originator_version", "class_version", _FOUND)
_MAPPERS = {*_RESERVED} - {"class_version"}
_declared = count(1)


class Undeclared(TypeError):
    """An event's class has no stored name in this codec."""


class Envelope:
    """What the mapper stores and restores: an event's fields as plain values, with the ids that the mapper asks for."""

    originator_id: str
    originator_version: int


@dataclass(frozen=True)
class StoredName:
    """One line of a service's ``stored.py``: a released name, its newest schema number, and the event it stands for."""

    name: str
    schema: int
    event: type
    envelope: type[Envelope] = field(repr=False)
    shape: Shape = field(repr=False)
    direct: Direct | None = field(repr=False)
    alike: bool = field(repr=False)
    """Whether msgspec spells its plain values as the mapper does."""


def stored(
    name: str, schema: int, event: type, upcasts: Mapping[int, Upcast] = MappingProxyType[int, Upcast]({})
) -> StoredName:
    """Declare that ``event`` is stored as ``name`` with schema number ``schema``.

    ``upcasts[n]`` lifts the stored fields from schema ``n`` to ``n + 1``; there must be one for every number below
    ``schema``. Raises ValueError for a malformed name or a missing upcast, TypeError for an event that cannot be stored
    without loss.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no stored name: small words joined by dots, as intake.application.submitted")
    if schema < 1 or set(upcasts) != set(range(1, schema)):
        raise ValueError(f"{name} has schema {schema} and needs one upcast from each earlier number")
    if not is_dataclass(event):
        raise TypeError(f"{name}: {event!r} is no dataclass")
    for one in fields(event):
        if one.name in _RESERVED:
            raise TypeError(f"{name}: the field name {one.name} belongs to the mapper")
    members: dict[str, Any] = {"TOPIC": f"{name}#{next(_declared)}", "class_version": schema, "__module__": __name__}
    for number, upcast in upcasts.items():
        members[f"upcast_v{number}_v{number + 1}"] = staticmethod(_on_fields(upcast))
    envelope = cast(type[Envelope], type(f"{event.__name__}Envelope", (Envelope,), members))
    # The number in the topic lets two declarations of one name live in a process (a service and a test of its past).
    # The topic is never stored: a row holds the name and the schema number. Asking for it registers it.
    get_topic(envelope)
    return StoredName(name, schema, event, envelope, shape_of(event), direct_of(event, schema), spelled_alike(event))


def _on_fields(upcast: Upcast) -> Callable[[dict[str, Any]], None]:
    """``upcast`` as the mapper calls it: in place, on a state that also holds the mapper's own members."""

    def in_place(state: dict[str, Any]) -> None:
        own = {name: state.pop(name) for name in _RESERVED if name in state}
        lifted = upcast(dict(state))
        state.clear()
        state.update(lifted)
        state.update(own)

    return in_place


class StableTranscoder(JSONTranscoder):
    """JSON of plain values with one spelling: sorted keys, no spaces, UTF-8, no NaN, no key twice."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = json.JSONEncoder(
            sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=self._encode_obj
        )
        self.decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)

    def decode(self, data: bytes) -> Any:
        """The fields of an event, with the schema number that they carry kept beside them for the codec's check."""
        state = super().decode(data)
        if not isinstance(state, dict) or any(name in state for name in _RESERVED if name != "class_version"):
            raise ValueError("the payload is no object of event fields")
        found = state.get("class_version", 1)
        if type(found) is not int or found < 1:
            raise ValueError("the payload carries no schema number")
        state[_FOUND] = found
        return state


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def _written_today(payload: bytes) -> dict[str, Any] | None:
    """The fields of a payload that needs no lifting, without the mapper and in a fifth of its time.

    None where writing them again gives other bytes: a key that stands twice, another spelling, a number that JSON does
    not know. Then the mapper reads the payload, and says what is wrong with it.
    """
    try:
        state = msgspec.json.decode(payload)
        if type(state) is not dict or _MAPPERS & state.keys() or type(state.get("class_version", 1)) is not int:
            return None
        return state if msgspec.json.encode(state, order="sorted") == payload else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


class Codec:
    """Every stored name a process knows, in both directions. Equal events always give equal bytes."""

    def __init__(self, names: Iterable[StoredName]) -> None:
        """Raises ValueError when a name or an event class is declared twice."""
        self._by_name: dict[str, StoredName] = {}
        self._by_event: dict[type, StoredName] = {}
        self._mapper: Mapper[str] = Mapper(StableTranscoder())
        for one in names:
            if one.name in self._by_name:
                raise ValueError(f"the stored name {one.name} is declared twice")
            if one.event in self._by_event:
                raise ValueError(
                    f"{one.event.__qualname__} is declared as {self._by_event[one.event].name} and as {one.name}"
                )
            self._by_name[one.name] = one
            self._by_event[one.event] = one

    def __iter__(self) -> Iterator[StoredName]:
        return iter(self._by_name.values())

    def name_of(self, event: type) -> StoredName:
        """The declaration of an event class. Raises Undeclared."""
        try:
            return self._by_event[event]
        except KeyError:
            raise Undeclared(f"{event.__qualname__} has no stored name") from None

    def encode(self, event: object) -> tuple[str, int, bytes]:
        """Stored name, schema number and payload of an event.

        Raises Undeclared, NotSealed while it holds clear personal text, and Misfit when a field does not hold what it
        declares: what was stored can always be read again.
        """
        declared = self.name_of(type(event))
        if declared.direct is not None and (payload := declared.direct.write(event)) is not None:
            return declared.name, declared.schema, payload
        state = declared.shape.write(event, declared.name)
        if declared.alike:
            if declared.schema > 1:
                state["class_version"] = declared.schema
            return declared.name, declared.schema, msgspec.json.encode(state, order="sorted")
        envelope = declared.envelope()
        vars(envelope).update(state, originator_id="", originator_version=0)
        return declared.name, declared.schema, self._mapper.to_stored_event(cast(Any, envelope)).state

    def decode(self, name: str, schema: int, payload: bytes) -> Any:
        """The event that was stored, lifted to today's schema number.

        Raises NewerThanMe for a name or a number that this process does not know, before it looks at the payload, and
        Misfit when the payload is not what name and number promise.
        """
        declared = self._by_name.get(name)
        if declared is None:
            raise NewerThanMe(f"the stored name {name} is not known here")
        if schema > declared.schema:
            raise NewerThanMe(f"{name} is stored with schema {schema}, known here up to {declared.schema}")
        if schema == 1 and declared.direct is not None and (event := declared.direct.read(payload)) is not None:
            return event
        if schema == declared.schema and (state := _written_today(payload)) is not None:
            if state.pop("class_version", 1) != schema:
                raise Misfit(name, f"the row says schema {schema}, the payload does not")
            return declared.shape.read(state, name)
        topic = get_topic(declared.envelope)
        try:
            envelope = self._mapper.to_domain_event(StoredEvent("", 0, topic, payload))
        except MapperDeserialisationError as error:
            # The mapper's message ends with its cause's, and a parser's message could quote the payload.
            raise Misfit(name, f"the payload cannot be read ({type(error.__cause__).__name__})") from None
        state = dict(vars(envelope))
        if state.pop(_FOUND) != schema:
            raise Misfit(name, f"the row says schema {schema}, the payload does not")
        for own in ("originator_id", "originator_version"):
            del state[own]
        return declared.shape.read(state, name)

    def decode_row(self, row: Row) -> Any:
        """The event of a decided row. Raises NewerThanMe, Misfit, and ValueError for a heard row."""
        if row.kind != "decided":
            raise ValueError(f"position {row.position} was heard from {row.source}: its payload is a public event")
        return self.decode(row.name, row.schema, row.payload)
