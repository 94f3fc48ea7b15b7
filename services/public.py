"""What public events are made of: typed data, from which the JSON Schemas of ``contracts/schemas/`` are written.

Each type is a class: its docstring is the description, every member is annotated with its own. A member that may be
absent has the default ``UNSET``; one that may be null says ``| None``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec

from contracts.registry import registry
from ledger.rows import Outgoing


class Data(msgspec.Struct, frozen=True):
    """The data of a public event, or an object in it."""


@dataclass(frozen=True, eq=False)
class Limits:
    """Keywords of JSON Schema that a member adds to what its annotation says."""

    keywords: Mapping[str, Any]


class OneOf:
    """A text that is one of these, where the service itself keeps it as any text."""

    def __init__(self, *values: str) -> None:
        self.values = values


@dataclass(frozen=True, eq=False)
class Shared:
    """A kind of values that many types share: its place among the ``$defs``, and its JSON Schema or its members."""

    name: str
    schema: Mapping[str, Any] | type[Data]


@dataclass(frozen=True)
class Public:
    """The name under which others hear of it, for ever, the title of its schema, and its subject over its members."""

    type: str
    title: str
    subject: str
    lane: Literal["events", "decisions"] = "events"


PUBLIC: dict[type[Data], Public] = {}
"""Every public type that was declared in this process."""

T = TypeVar("T", bound=type[Data])


def public(type_: str, title: str, subject: str, lane: Literal["events", "decisions"] = "events") -> Callable[[T], T]:
    """Declare that a class is the data of a public type. A released name is never used again."""

    def declared(data: T) -> T:
        PUBLIC[data] = Public(type_, title, subject, lane)
        return data

    return declared


def outgoing(data: Data) -> Outgoing:
    """A public event with its subject, held to its contract before anything is stored.

    Raises ContractBroken: what others could not read never comes into the book.
    """
    declared = PUBLIC[type(data)]
    plain = msgspec.json.decode(msgspec.json.encode(data))
    registry().validate_strictly(declared.type, plain)
    return Outgoing(declared.lane, declared.type, declared.subject.format_map(plain), plain)


V = TypeVar("V")

Some = Annotated[Sequence[V], Limits({"minItems": 1})]
Text = Annotated[str, Limits({"minLength": 1})]
Count = Annotated[int, Limits({"minimum": 1})]

Id = Annotated[
    UUID | str, Shared("id", {"type": "string", "format": "uuid", "description": "An id given by Panelbook."})
]
Name = Annotated[
    str, Shared("name", {"type": "string", "minLength": 1, "description": "An opaque id or a stable name."})
]
Moment = Annotated[
    datetime | str,
    Shared("moment", {"type": "string", "format": "date-time", "description": "A moment in UTC, RFC 3339."}),
]
Day = Annotated[
    date | str, Shared("day", {"type": "string", "format": "date", "description": "A day in the council's calendar."})
]
Pence = Annotated[int, Shared("pence", {"type": "integer", "minimum": 0, "description": "An amount in pence."})]


class SealedText(Data, frozen=True):
    """Personal or narrative text, encrypted for one person; only the vault opens it."""

    sealed: Annotated[Text, "The ciphertext."]
    person: Annotated[Text, "Whose key it was sealed with: an opaque party id."]
    stream: Annotated[Text, "The stream it was sealed for; authenticated with the text."]
    field: Annotated[Text, "The field it was sealed for; authenticated with the text."]


Sealed = Annotated[Mapping[str, str], Shared("sealed", SealedText)]
"""As :func:`ledger.codec.sealed.sealed_json` gives it."""


class FamilyMember(Data, frozen=True):
    """One person in the family's circle, the person concerned included."""

    party: Annotated[Text, "Opaque id of the person."]
    relationship: Annotated[
        str, OneOf("child", "young_person", "parent", "carer", "person"), "What they are to the person concerned."
    ]
    name: Sealed
    has_parental_responsibility: Annotated[
        bool | msgspec.UnsetType, "Whether they hold parental responsibility (Children Act 1989 s.3)."
    ] = msgspec.UNSET
