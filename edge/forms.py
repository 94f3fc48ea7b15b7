"""The base of every request model, and the kinds of fields that they have."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, Self

import msgspec
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import CoreSchema, core_schema

from councils.texts import says_something
from edge.addresses import deliverable
from edge.bodies import typed
from edge.problems import unacceptable
from edge.roles import ROLES

URLENCODED = b"&"
"""With what the fields of a web form begin where their checked texts are handed on, as JSON never does."""


class Form(BaseModel):
    """The base of every request model: unknown fields refused, and every value judged by JSON's own types.

    A form is built from the bytes of a checked body by pydantic's strict JSON rules: a number must be a number, true
    must be true, a date must be a text that is a date. The texts of a web form become those JSON values first. What our
    own code builds from plain values is judged by the same rules. Frozen, so that a form cannot change between its
    checks and its use.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        described: dict[str, Any] = dict(handler.resolve_ref_schema(handler(source)))
        ref = described.pop("ref", None)
        inner: Any = described

        def judged_as_json(data: Any, build: ValidatorFunctionWrapHandler) -> Any:
            if isinstance(data, bytes):
                return cls._of_body(data)
            if isinstance(data, dict) and not any(_holds_objects(data)):
                cls.__pydantic_validator__.validate_json(json.dumps(data), strict=True)
            return build(data)

        return core_schema.json_or_python_schema(
            json_schema=inner,
            python_schema=core_schema.no_info_wrap_validator_function(judged_as_json, inner),
            ref=ref,
        )

    @classmethod
    def _of_body(cls, body: bytes) -> Self:
        if body.startswith(URLENCODED):
            described = _json_schema(cls)
            texts = msgspec.json.decode(body.removeprefix(URLENCODED))
            body = msgspec.json.encode(typed(texts, described, described.get("$defs", {})))
        return cls.model_validate_json(body, strict=True)


@cache
def _json_schema(form: type[Form]) -> dict[str, Any]:
    return form.model_json_schema()


class NoWords(Form, json_schema_extra={"example": {}}):
    """A command that needs no words: an empty object."""


def _holds_objects(value: Any) -> Iterator[bool]:
    """Yields True for whatever JSON cannot hold: then the form was built by our own code, from typed values."""
    match value:
        case dict():
            for member in value.values():
                yield from _holds_objects(member)
        case list():
            for one in value:
                yield from _holds_objects(one)
        case None | str() | int() | float():
            return
        case _:
            yield True


def _in_utc(moment: datetime) -> datetime:
    if not 1900 <= moment.year < 2200:
        raise unacceptable("OUT_OF_RANGE", "This moment is too far from today.")
    return moment.astimezone(UTC)


def _said(text: str) -> str:
    if not says_something(text):
        raise unacceptable("SAYS_NOTHING", "Nothing is left of this text once what cannot be seen is taken away.")
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(_said)]
"""Narrative: what someone wrote in their own words, kept letter for letter, at most 20,000 characters."""

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\t\r\n]*$"),
    AfterValidator(_said),
]
"""One line of text: a name, a place, a short reason."""

IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"

Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
"""An opaque id that another system or an officer gives: a person, a party, a team, an officer."""


def _known_role(role: str) -> str:
    if role not in ROLES:
        raise unacceptable("NOT_A_CHOICE", "This is no role that somebody can act in.")
    return role


Role = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_known_role),
    Field(json_schema_extra={"enum": [*sorted(ROLES)]}),
]
"""A role that somebody can act in."""


def one_of(*choices: str) -> Any:
    """What a field may be whose rule refuses anything else by a code of its own."""
    return Field(max_length=64, json_schema_extra={"enum": list(choices)})


Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=r"^[^@\s<>,;:\"()]{1,64}@[^@\s<>,;:\"()]{1,190}$"),
    AfterValidator(deliverable),
]
"""An address that a letter can be sent to, its domain in A-labels."""

Pence = Annotated[int, Field(ge=0, le=10_000_000_000)]
"""Money in whole pence, up to a hundred million pounds."""

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]

Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment with its offset, turned into UTC."""
