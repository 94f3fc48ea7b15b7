"""How a body is read: strict JSON or the fields of a web form, with clean text, before anything is asked of it."""

import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from pydantic import TypeAdapter, ValidationError

from councils.texts import NOT_ALLOWED
from edge.pointers import token
from edge.problems import Problem, form_problem
from ledger.decider import Failing

MAX_DEPTH = 32
"""Levels of nesting; a settings pack, our deepest document, needs eight."""

_MAX_DIGITS = 18
"""Digits of a whole number, so that it fits 64 bits wherever it is kept."""

_MAX_FIELDS = 10_000
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]+\])*)")
_MEMBER = re.compile(r"\[([^\[\]]+)\]")
_INDEX = re.compile(r"0|[1-9][0-9]{0,3}")
_ESCAPED = re.compile(r"\\[^nrt]")
_DIGITS = re.compile(r"\s*[+-]?[0-9]+\s*")
_STRINGS = {"integer": TypeAdapter(int), "number": TypeAdapter(float), "boolean": TypeAdapter(bool)}


def read_json(body: bytes) -> Any:
    """A body as JSON values with every text in NFC.

    Raises Problem: 400 MALFORMED_JSON, TOO_DEEP, NUMBER_TOO_LARGE or SAME_FIELD_TWICE, 422 TEXT_NOT_ALLOWED with a
    pointer to each text that holds a NUL or another control character, a lone surrogate or a direction override.
    """
    clean, failing = cleaned(parsed(body))
    if failing:
        raise form_problem(failing)
    return clean


def parsed(body: bytes) -> Any:
    """A body as strict JSON, its texts as they stand. Raises Problem 400 as :func:`read_json` does."""
    try:
        return json.loads(
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


def is_clean(text: str) -> bool:
    """Whether JSON holds, as it is written, nothing that :func:`cleaned` would change or refuse in its texts."""
    return (
        _ESCAPED.search(text) is None
        and ("\x7f" not in text if text.isascii() else NOT_ALLOWED.search(text) is None)
        and unicodedata.is_normalized("NFC", text)
    )


def cleaned(value: Any) -> tuple[Any, list[Failing]]:
    """JSON values with every text in NFC, and each text that may not be kept, which is left empty.

    Raises Problem: 400 TOO_DEEP or SAME_FIELD_TWICE.
    """
    failing: list[Failing] = []
    return _clean(value, "", 0, failing), failing


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _twice()
    return found


def _twice() -> Problem:
    return Problem(400, "SAME_FIELD_TWICE", "A field is given twice in one object.")


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
                raise _twice()
            return {
                key: _clean(member, pointer + token(key), depth + 1, failing)
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


def read_urlencoded(body: bytes) -> dict[str, Any]:
    """The fields of a web form as texts and objects of texts, cleaned as :func:`read_json` cleans.

    A member of a member is written in brackets, as ``family[0][name]``. A line ends as it does in JSON. Raises Problem:
    400 MALFORMED_FORM, TOO_DEEP or SAME_FIELD_TWICE, 422 TEXT_NOT_ALLOWED.
    """
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise _malformed_form() from None
    found: dict[str, Any] = {}
    for name, text in pairs:
        *way, last = _steps(name)
        place = found
        for step in way:
            place = place.setdefault(step, {})
            if not isinstance(place, dict):
                raise _twice()
        if last in place:
            raise _twice()
        place[last] = text.replace("\r\n", "\n")
    clean, failing = cleaned(found)
    if failing:
        raise form_problem(failing)
    return clean


def _steps(name: str) -> list[str]:
    """The names of the members that lead to a field: ``family[0][name]`` is the name of the first of the family."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise _malformed_form()
    steps = [found[1], *_MEMBER.findall(found[2])]
    if len(steps) > MAX_DEPTH:
        raise _too_deep()
    return steps


def _malformed_form() -> Problem:
    return Problem(400, "MALFORMED_FORM", "The body is not the fields of a web form in UTF-8.")


def typed(value: Any, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    """The JSON value that a form's JSON schema makes of texts; what fits nowhere stays, and is refused by the form.

    Numbers and yes or no are read as pydantic reads strings; an empty text is null where there may be none, or an empty
    list; of an object that may hold anything the text is JSON; members of a list come in the order of their numbers.
    """
    choices = [_resolved(one, definitions) for one in _choices(_resolved(schema, definitions))]
    kinds = {str(one.get("type", "")) for one in choices}
    if isinstance(value, dict):
        chosen = next((one for one in choices if one.get("type") in ("object", "array")), {})
        if chosen.get("type") == "array":
            if not all(_INDEX.fullmatch(name) for name in value):
                return value
            return [typed(value[name], chosen.get("items", {}), definitions) for name in sorted(value, key=int)]
        members: Mapping[str, Any] = chosen.get("properties", {})
        others: Any = chosen.get("additionalProperties")
        others = others if isinstance(others, dict) else {"type": "string"}
        return {name: typed(member, members.get(name, others), definitions) for name, member in value.items()}
    if value == "" and kinds & {"null", "array"}:
        return None if "null" in kinds else []
    if any(one.get("additionalProperties") is True for one in choices):
        return _json_within(value)
    adapter = next((_STRINGS[kind] for kind in _STRINGS if kind in kinds), None)
    return value if adapter is None else _judged(value, adapter)


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    return definitions[reference.rpartition("/")[2]] if reference else schema


def _choices(schema: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return schema.get("anyOf") or schema.get("oneOf") or [schema]


def _json_within(text: str) -> Any:
    try:
        return read_json(text.encode())
    except Problem as problem:
        if problem.code == "MALFORMED_JSON":
            return text
        raise


def _judged(text: str, adapter: TypeAdapter[Any]) -> Any:
    if adapter is _STRINGS["integer"] and not _DIGITS.fullmatch(text):
        # "480.00" in a field of pence would be read as 480 of them.
        return text
    try:
        found = adapter.validate_strings(text)
    except ValidationError:
        return text
    if isinstance(found, float) and not math.isfinite(found):
        return text
    if isinstance(found, int):
        _whole(str(int(found)))
    return found
