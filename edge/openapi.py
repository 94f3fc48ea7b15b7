"""Finishes the OpenAPI document: the refusals each operation can answer, and the headers that it cannot do without."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from contracts.problems import catalogue
from edge.calls import PURPOSE, VERSION
from edge.problems import MEDIA_TYPE, TITLES, Problem, ProblemDocument, document
from edge.refusable import codes_of, named, sentence_of
from edge.roles import ROLES
from ledger.decider import Failing

UUID = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
"""How Idempotency-Key writes a UUID."""

_METHODS = ("get", "put", "post", "patch", "delete")
_SHAPES: Mapping[str, dict[str, Any]] = {
    # A pattern and no format: a program made from the document would send an object of its own, which is no header.
    "idempotency-key": {"type": "string", "pattern": f"^{UUID}$"},
    "if-match": {"type": "string", "pattern": f"^{VERSION}$"},
    "panelbook-purpose": {"type": "string", "pattern": f"^{PURPOSE}$"},
    "panelbook-role": {"type": "string", "enum": sorted(ROLES)},
}
"""What the headers of every service must look like, which the code judges with codes of its own."""


def _header(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": description, "schema": _SHAPES[name]}


_ROLE = _header("panelbook-role", "Which of your roles to act in; the first of them if not given.")
_KEY = _header("idempotency-key", "A UUID of the caller's own; the same key gets the same answer again.", required=True)
_VERSION = _header(
    "if-match",
    'The ETag of the record that was read, as `"7"`; `W/"7"`, as a proxy that compresses writes it, means the same.',
    required=True,
)
_PURPOSE = _header("panelbook-purpose", "Why the record is read, in one word such as `complaint_review`.")

_CALLS: Mapping[str, Sequence[dict[str, Any]]] = {
    "lookup": (_ROLE,),
    "reading": (_ROLE, _PURPOSE),
    "stated_reading": (_ROLE, {**_PURPOSE, "required": True}),
    "creation": (_KEY, _ROLE),
    "command": (_KEY, _ROLE, _VERSION),
    "upload": (_KEY, _ROLE, _VERSION),
}
"""The headers of each kind of call (:mod:`edge.calls`)."""

_ANSWER_HEADERS = {
    "X-Correlation-Id": {
        "description": "Names this request in the book and in our logs.",
        "schema": {"type": "string", "format": "uuid"},
    }
}
_WEB_FORM = {
    "title": "WebForm",
    "description": (
        "The members of the JSON form as the fields of a web form: a member of a member is written in brackets, as "
        "`family[0][name]`; nothing stands for null, `true` or `on` for yes; what may hold any members is one field of "
        "JSON."
    ),
    "type": "object",
    "additionalProperties": {"type": "string"},
}
_COUNCIL = {
    "name": "council",
    "in": "path",
    "required": True,
    "description": "The id of the token's council, or its slug while its settings are in force; no other is found.",
    "schema": {"type": "string"},
}
_ETAG = {
    "description": 'The record\'s version, as `"7"`; behind a proxy that compresses `W/"7"`.',
    "schema": {"type": "string"},
}


_LINK = {
    "description": 'The page behind this one, as `<?cursor=...>; rel="next"`; none on the last.',
    "schema": {"type": "string"},
}


def finished(described: dict[str, Any], service: str) -> dict[str, Any]:
    """A service's document with its problems in place of FastAPI's own 422, which is never sent.

    The headers that a call cannot do without are required, and their absence is a 428, not a form's 422. Each operation
    lists the codes that it can be refused with, each with an example of its own.
    """
    components = described.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    used: set[str] = set()
    for template, path in described.get("paths", {}).items():
        for method in _METHODS:
            if method in path:
                _say_it_in_a_sentence(path[method])
                _name_the_headers(path[method])
                _name_the_council(template, path[method])
                _name_the_ways_to_write(path[method])
                used |= _finish(path[method], codes_of(service, path[method], schemas))
    schemes: dict[str, Any] = components.get("securitySchemes", {})
    components["securitySchemes"] = {"bearer": next(iter(schemes.values()))} if schemes else {}
    components["examples"] = {code: _example(code) for code in sorted(used)}
    problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    schemas["WebForm"] = _WEB_FORM
    return described


def _say_it_in_a_sentence(operation: dict[str, Any]) -> None:
    """The first sentence that a route's function says of itself is its summary; one without keeps its own."""
    said = " ".join(operation.get("description", "").partition("\n\n")[0].split())
    summary = said or operation["summary"]
    operation["summary"] = summary if summary.endswith(".") else f"{summary}."


def _name_the_headers(operation: dict[str, Any]) -> None:
    """Put the token and the headers in place of the kind of call that a route asks for."""
    for kind in [name for scheme in operation.get("security", ()) for name in scheme if name in _CALLS]:
        operation["security"] = [{"bearer": []}]
        operation.setdefault("parameters", []).extend(deepcopy(_CALLS[kind]))


def _name_the_council(template: str, operation: dict[str, Any]) -> None:
    """Declare the council of the address, which the edge reads and no route's function names."""
    parameters: list[dict[str, Any]] = operation.setdefault("parameters", [])
    if "{council}" in template and not any(one["name"] == "council" for one in parameters):
        parameters.insert(0, _COUNCIL)


def _name_the_ways_to_write(operation: dict[str, Any]) -> None:
    """Declare that a form may also be sent as the fields of a web form.

    Under a schema of its own: a program made from a document with two ways to write one schema takes the wrong one.
    """
    content: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        content["application/x-www-form-urlencoded"] = {"schema": {"$ref": "#/components/schemas/WebForm"}}


def _finish(operation: dict[str, Any], refusable: Mapping[int, Sequence[str]]) -> set[str]:
    """Describe what an operation answers; returns the codes that it names."""
    named_headers = {one["name"].lower() for one in operation.get("parameters", []) if one["in"] == "header"}
    responses: dict[str, Any] = operation["responses"]
    if MEDIA_TYPE not in responses.get("422", {}).get("content", {}):
        responses.pop("422", None)
    for status, codes in refusable.items():
        responses[str(status)] = _problems(status, codes)
    for status, response in responses.items():
        if status.startswith("2"):
            response.setdefault("headers", {}).update(_ANSWER_HEADERS)
            if "idempotency-key" in named_headers:
                response["headers"]["ETag"] = _ETAG
            if any(one["name"] == "cursor" for one in operation.get("parameters", ())):
                response["headers"]["Link"] = _LINK
    return {code for codes in refusable.values() for code in codes}


def _problems(status: int, codes: Sequence[str]) -> dict[str, Any]:
    """The response of a status, with an example of each code."""
    described: dict[str, Any] = {
        "description": f"{TITLES[status]}: {named(codes)}.",
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }
    if status == 401:
        described["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    if status in (429, 503):
        described["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return described


def _example(code: str) -> dict[str, Any]:
    """One refusal by a code, as its documents show it; what can fail in a form alone names a field of it."""
    meaning, sentence = catalogue()[code], sentence_of(code)
    failing = (Failing("/member", code, sentence),) if meaning.status == 422 and not meaning.routes else ()
    problem = Problem(meaning.status, code, sentence, failing)
    return {"summary": meaning.title, "description": meaning.do, "value": document(problem, _EXAMPLE_ID)}


_EXAMPLE_ID = "0b9dd3f0-6f0f-4c5e-9d39-0b6a54a1a4de"
