"""Finishes the OpenAPI document: the problems each operation can answer, and the headers that it cannot do without."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from edge.calls import PURPOSE, VERSION
from edge.problems import MEDIA_TYPE, PROBLEMS, ProblemDocument
from edge.roles import ROLES

_METHODS = ("get", "put", "post", "patch", "delete")
_SHAPES: Mapping[str, dict[str, Any]] = {
    "idempotency-key": {"type": "string", "format": "uuid"},
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
_WEB_FORM = (
    "JSON, or the fields of a web form: a member of a member is written in brackets, as `family[0][name]`; nothing "
    "stands for null, `true` or `on` for yes; what may hold any members is one field of JSON."
)
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


def finished(document: dict[str, Any]) -> dict[str, Any]:
    """The document with problem responses in place of FastAPI's own 422, which is never sent.

    The headers that a call cannot do without are required, and their absence is a 428, not a form's 422.
    """
    for template, path in document.get("paths", {}).items():
        for method in _METHODS:
            if method in path:
                _name_the_headers(path[method])
                _name_the_council(template, path[method])
                _name_the_ways_to_write(path[method])
                _finish(method, path[method])
    components = document.setdefault("components", {})
    schemes: dict[str, Any] = components.get("securitySchemes", {})
    components["securitySchemes"] = {"bearer": next(iter(schemes.values()))} if schemes else {}
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    return document


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
    """Declare that a form may also be sent as the fields of a web form."""
    content: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        content["application/x-www-form-urlencoded"] = deepcopy(content["application/json"])
        operation["requestBody"]["description"] = _WEB_FORM


def _finish(method: str, operation: dict[str, Any]) -> None:
    headers = {one["name"].lower(): one for one in operation.get("parameters", []) if one["in"] == "header"}
    needed = any(headers[name]["required"] for name in headers.keys() & _SHAPES.keys())
    responses: dict[str, Any] = operation["responses"]
    if MEDIA_TYPE not in responses.get("422", {}).get("content", {}):
        responses.pop("422", None)
    for status in sorted(_statuses(method, operation, headers) | ({428} if needed else set())):
        responses.setdefault(str(status), PROBLEMS[status])
    for status, response in responses.items():
        if status.startswith("2"):
            response.setdefault("headers", {}).update(_ANSWER_HEADERS)
            if "idempotency-key" in headers:
                response["headers"]["ETag"] = _ETAG
            if method == "get" and any(one["name"] == "cursor" for one in operation.get("parameters", ())):
                response["headers"]["Link"] = _LINK


def _statuses(method: str, operation: dict[str, Any], headers: dict[str, Any]) -> set[int]:
    """The problems that an operation can answer, by what it asks for."""
    found = {404, 405, 500, 503}
    if "security" in operation:
        found |= {401, 403, 429}
    if operation.get("parameters"):
        found |= {422}
    if method != "get":
        found |= {400, 408, 413, 415, 422}
    if "idempotency-key" in headers:
        found |= {409}
    if "if-match" in headers:
        found |= {412}
    return found
