"""With which codes an operation can be refused: by its kind of call, its headers, its body, and its own rules.

What its own rules say is read from the source into the catalogue (:mod:`contracts.problems`); the rest follows from
what the operation asks for, as its OpenAPI document describes it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from contracts.problems import catalogue, own_codes

ALWAYS = (
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "REQUEST_NOT_READ",
    "FAULT",
    "BUSY",
    "NEWER_THAN_ME",
    "STORE_AWAY",
    "NOT_AVAILABLE",
)
"""Of every operation."""

BEFORE = ("NOT_HTTP", "HEAD_TOO_LARGE", "HEAD_TOO_SLOW", "HOST_NOT_KNOWN", "TOO_MANY_CONNECTIONS")
"""Of what comes before any operation is known: in the catalogue only."""

SIGNED_IN = (
    "NO_TOKEN",
    "BAD_TOKEN",
    "TOKEN_TOO_LARGE",
    "SIGN_IN_AWAY",
    "ROLE_NOT_YOURS",
    "OPERATOR_READS_NO_CONTENT",
    "TOO_MANY_REFUSALS",
    "TOO_LONG",
    "UNKNOWN_PARAMETER",
    "PARAMETER_TWICE",
)
"""Of every operation that asks who it is."""

BY_HEADER: Mapping[str, Sequence[str]] = {
    "idempotency-key": (
        "IDEMPOTENCY_KEY_MISSING",
        "IDEMPOTENCY_KEY_NOT_A_UUID",
        "IDEMPOTENCY_KEY_REUSED",
        "COMMIT_UNKNOWN",
        "ENTRY_TOO_LARGE",
    ),
    "if-match": ("IF_MATCH_MISSING", "IF_MATCH_NOT_A_VERSION", "STALE_VERSION"),
    "panelbook-purpose": ("PURPOSE_NOT_A_WORD", "PURPOSE_NOT_KNOWN"),
}
"""Of every operation that reads this header."""

LATE_BODY = ("BODY_TOO_LARGE", "BODY_TOO_SLOW")

JSON = (
    *LATE_BODY,
    "NOT_JSON",
    "MALFORMED_JSON",
    "MALFORMED_FORM",
    "TOO_DEEP",
    "NUMBER_TOO_LARGE",
    "SAME_FIELD_TWICE",
    "TEXT_NOT_ALLOWED",
    "FORM_INCOMPLETE",
    "REQUIRED",
)
"""Of every operation with a form."""

FILE = (*LATE_BODY, "UPLOADS_BUSY")
"""Of every operation that takes a file as it stands."""

_KINDS: Mapping[str, Sequence[str]] = {
    "string": ("NOT_A_TEXT",),
    "integer": ("NOT_A_WHOLE_NUMBER", "OUT_OF_RANGE"),
    "number": ("NOT_A_NUMBER", "OUT_OF_RANGE"),
    "boolean": ("NOT_YES_OR_NO",),
    "array": ("NOT_A_LIST",),
    "object": ("NOT_AN_OBJECT", "UNKNOWN_FIELD"),
}
_FORMATS: Mapping[str, Sequence[str]] = {
    "date": ("NOT_A_DATE", "OUT_OF_RANGE"),
    "date-time": ("NOT_A_MOMENT", "OUT_OF_RANGE"),
    "time": ("NOT_A_TIME",),
    "uuid": ("NOT_AN_ID",),
}
_KEYWORDS: Mapping[str, str] = {
    "minLength": "REQUIRED",
    "required": "REQUIRED",
    "maxLength": "TOO_LONG",
    "pattern": "WRONG_SHAPE",
    "enum": "NOT_A_CHOICE",
    "const": "NOT_A_CHOICE",
    "maxItems": "TOO_MANY",
    "maxProperties": "TOO_MANY",
    "minItems": "TOO_FEW",
}


def codes_of(service: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[int, list[str]]:
    """The codes of one operation of a service by their status, in order."""
    found = {*_asked(operation, schemas), *own_codes().get(f"{service} {operation.get('operationId')}", ())}
    by_status: dict[int, list[str]] = {}
    for code in sorted(found):
        if code in catalogue():
            by_status.setdefault(catalogue()[code].status, []).append(code)
    return dict(sorted(by_status.items()))


def _asked(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    yield from ALWAYS
    if "security" in operation:
        yield from SIGNED_IN
    for parameter in operation.get("parameters", ()):
        name = parameter["name"].lower()
        if parameter["in"] == "header" and name in BY_HEADER:
            yield from BY_HEADER[name]
            if name == "panelbook-purpose" and parameter.get("required"):
                yield "PURPOSE_MISSING"
        elif parameter["in"] == "query" or (parameter["in"] == "header" and name != "panelbook-role"):
            yield from fields(parameter["schema"], schemas)
            yield "FORM_INCOMPLETE"
            yield from ("CURSOR_NOT_OF_THIS_LIST",) if name == "cursor" else ()
            yield from ("REQUIRED",) if parameter.get("required") else ()
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        yield from JSON
        schema = content["application/json"]["schema"]
        yield from fields(schema, schemas)
        members = schemas.get(str(schema.get("$ref", "")).rpartition("/")[2], schema).get("properties", {})
        yield from ("CURSOR_NOT_OF_THIS_LIST",) if "cursor" in members else ()
    elif content:
        yield from FILE


def fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> set[str]:
    """The codes by which a value can fail that does not fit a JSON schema, or some member of it."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        reference = str(one.get("$ref", ""))
        if reference and reference not in seen:
            seen.add(reference)
            waiting.append(schemas.get(reference.rpartition("/")[2], {}))
        found.update(_KINDS.get(str(one.get("type", "")), ()), _FORMATS.get(str(one.get("format", "")), ()))
        found.update(code for keyword, code in _KEYWORDS.items() if one.get(keyword))
        waiting.extend(_within(one))
    return found


def _within(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for several in ("anyOf", "allOf", "oneOf", "prefixItems"):
        yield from schema.get(several, ())
    yield from schema.get("properties", {}).values()
    yield from (schema[one] for one in ("items", "additionalProperties") if isinstance(schema.get(one), Mapping))


def sentence_of(code: str) -> str:
    """A sentence that stands for a code where none is said: one that is said with it, or its title."""
    meaning = catalogue()[code]
    said = next((rule.sentence for rule in meaning.rules if len(rule.sentence) > len("{}.")), f"{meaning.title}.")
    return said.replace("{}", "…")


def named(codes: Iterable[str]) -> str:
    """Codes as a document lists them."""
    return ", ".join(f"`{code}`" for code in codes)
