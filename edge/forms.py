"""How a body is read: strict JSON, clean text, and the base of every request model."""

import json
import math
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, NoReturn

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, core_schema

from councils.texts import NOT_ALLOWED, says_something
from edge.addresses import deliverable
from edge.problems import Problem, form_problem, pointer_step, unacceptable
from ledger.decider import Failing

MAX_DEPTH = 32
"""Levels of nesting; a settings pack, our deepest document, needs eight."""

_MAX_DIGITS = 18
"""Digits of a whole number, so that it fits 64 bits wherever it is kept."""


def read_json(body: bytes) -> Any:
    """A body as JSON values with every text in NFC.

    Raises Problem: 400 MALFORMED_JSON, TOO_DEEP, NUMBER_TOO_LARGE or SAME_FIELD_TWICE, 422 TEXT_NOT_ALLOWED with a
    pointer to each text that holds a NUL or another control character, a lone surrogate or a direction override.
    """
    try:
        found = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_whole,
            parse_float=_finite,
        )
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise Problem(400, "MALFORMED_JSON", "The body is not JSON in UTF-8.") from None
    failing: list[Failing] = []
    clean = _clean(found, "", 0, failing)
    if failing:
        raise form_problem(failing)
    return clean


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Problem(400, "SAME_FIELD_TWICE", "A field is given twice in one object.")
    return found


def _no_constant(_: str) -> NoReturn:
    raise Problem(400, "MALFORMED_JSON", "NaN and Infinity are not JSON.")


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _MAX_DIGITS:
        raise Problem(400, "NUMBER_TOO_LARGE", f"A number has more than {_MAX_DIGITS} digits.")
    return int(digits)


def _finite(digits: str) -> float:
    found = float(digits)
    if not math.isfinite(found):
        raise Problem(400, "NUMBER_TOO_LARGE", "A number is larger than can be kept.")
    return found


def _too_deep() -> Problem:
    return Problem(400, "TOO_DEEP", f"The body is nested deeper than {MAX_DEPTH} levels.")


def _clean(value: Any, pointer: str, depth: int, failing: list[Failing]) -> Any:
    if depth > MAX_DEPTH:
        raise _too_deep()
    match value:
        case str():
            return _text(value, pointer, failing)
        case dict():
            # A key that is not allowed is not repeated in its own pointer, and two keys may not become one by NFC.
            keys = [_text(key, pointer, failing) for key in value]
            if len(set(keys)) != len(keys) and not failing:
                raise Problem(400, "SAME_FIELD_TWICE", "A field is given twice in one object.")
            return {
                key: _clean(member, pointer + pointer_step(key), depth + 1, failing)
                for key, member in zip(keys, value.values(), strict=True)
            }
        case list():
            return [_clean(one, f"{pointer}/{index}", depth + 1, failing) for index, one in enumerate(value)]
        case _:
            return value


def _text(text: str, pointer: str, failing: list[Failing]) -> str:
    if NOT_ALLOWED.search(text):
        failing.append(Failing(pointer, "TEXT_NOT_ALLOWED", "This text holds characters that cannot be kept."))
        return ""
    return unicodedata.normalize("NFC", text)


class Form(BaseModel):
    """The base of every request model: unknown fields refused, and every value judged by JSON's own types.

    FastAPI hands over Python values, under which pydantic either takes ``"12"`` for a number or refuses a date
    written as text. A form therefore asks pydantic's strict JSON rules first: a number must be a number, true must be
    true, a date must be a text that is a date. Frozen, so that a form cannot change between its checks and its use.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        described: dict[str, Any] = dict(handler.resolve_ref_schema(handler(source)))
        ref = described.pop("ref", None)
        inner: Any = described

        def judged_as_json(data: Any) -> Any:
            if isinstance(data, dict) and not any(_holds_objects(data)):
                cls.__pydantic_validator__.validate_json(json.dumps(data), strict=True)
            return data

        return core_schema.json_or_python_schema(
            json_schema=inner,
            python_schema=core_schema.no_info_before_validator_function(judged_as_json, inner),
            ref=ref,
        )


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
