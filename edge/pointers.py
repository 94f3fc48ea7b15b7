"""Into what the pointer of a failing field points: always one of RFC 6901, into one part of the request or the record.

Within the code a pointer into the query begins with `?`, one into the headers with `header:`. What else a rule points
at and is no place of the form that the route takes is one of the record as it stands, judged together with the request.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from fastapi.routing import APIRoute
from pydantic import BaseModel

Part = Literal["body", "query", "header", "record"]

QUERY, HEADER = "?", "header:"


def placed(pointer: str, route: object) -> tuple[str, Part]:
    """A pointer as it is answered, and the part of the request that it leads into, or the record."""
    if pointer.startswith(QUERY):
        return token(pointer.removeprefix(QUERY)), "query"
    if pointer.startswith(HEADER):
        return token(pointer.removeprefix(HEADER)), "header"
    schema = _form(route)
    return pointer, "body" if schema is None or _has(schema, schema.get("$defs", {}), pointer) else "record"


def token(name: object) -> str:
    """One reference token of a JSON pointer, cut so that a caller's own key cannot fill the answer."""
    return "/" + str(name)[:100].replace("~", "~0").replace("/", "~1")


def _form(route: object) -> Mapping[str, Any] | None:
    asked = route.body_field if isinstance(route, APIRoute) else None
    model = asked.field_info.annotation if asked is not None else None
    return _schema(model) if isinstance(model, type) and issubclass(model, BaseModel) else None


@cache
def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.model_json_schema()


def _has(schema: Mapping[str, Any], definitions: Mapping[str, Any], pointer: str) -> bool:
    """Whether values of a schema can have a place there. What the caller made up stands in the body: it was sent."""
    found = [schema]
    for one in pointer.split("/")[1:]:
        name = one.replace("~1", "/").replace("~0", "~")
        found = [inner for each in found for inner in _below(each, definitions, name)]
    return bool(found)


def _below(schema: Mapping[str, Any], definitions: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    if reference := schema.get("$ref"):
        return _below(definitions[reference.rpartition("/")[2]], definitions, name)
    found = [inner for one in schema.get("anyOf", ()) for inner in _below(one, definitions, name)]
    members: Mapping[str, Any] = schema.get("properties", {})
    if name in members:
        found.append(members[name])
    elif schema.get("additionalProperties") not in (None, False):
        others = schema["additionalProperties"]
        # What may hold anything may hold anything further down.
        found.append(others if isinstance(others, dict) else {"additionalProperties": True})
    if name.isdigit() and "items" in schema:
        found.append(schema["items"])
    return found
