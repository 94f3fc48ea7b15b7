"""The JSON Schemas of public types and their place on the topics, from what services declare as their public events."""

import inspect
import json
import re
import types
from collections.abc import Mapping, Sequence
from importlib import import_module
from pkgutil import walk_packages
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

import services
from services.public import PUBLIC, Data, Limits, OneOf, Public, Shared
from tests.generated.files import Files, read

_PLAIN: Mapping[Any, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}

JsonSchema = dict[str, Any]


def files() -> Files:
    """One file for each public type that a service declares."""
    for module in walk_packages(services.__path__, "services."):
        import_module(module.name)
    return {
        **{f"contracts/schemas/{one.type}.json": schema_text(data, one) for data, one in PUBLIC.items()},
        **{path: _topic_text(path) for path in sorted({topic_of(one) for one in PUBLIC.values()})},
    }


def topic_of(one: Public) -> str:
    """The file of the topic that carries a type."""
    return f"contracts/topics/{'council' if one.lane == 'decisions' else one.type.split('.')[2]}.{one.lane}.yaml"


def _topic_text(path: str) -> str:
    """A topic as it is written by hand, with the types that it carries."""
    types = [f'  {one.type}:\n    subject: "{one.subject}"\n' for one in PUBLIC.values() if topic_of(one) == path]
    by_hand = read(path).partition("\nevents:")[0]
    return f"{by_hand}\nevents: # Written by make generate.\n{''.join(types)}"


def schema_text(data: type[Data], one: Public) -> str:
    """The file of one type."""
    defs: dict[str, JsonSchema] = {}
    members = _object(data, defs)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:panelbook:schema:{one.type}",
        "title": one.title,
        **members,
        "$defs": defs,
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _object(data: type[Data], defs: dict[str, JsonSchema]) -> JsonSchema:
    hints = get_type_hints(data, include_extras=True)
    optional = {one.name for one in msgspec.structs.fields(data) if not one.required}
    return {
        "description": " ".join((inspect.getdoc(data) or "").split()),
        "type": "object",
        "properties": {name: _member(hint, defs) for name, hint in hints.items()},
        "required": [name for name in hints if name not in optional],
        "additionalProperties": True,
    }


def _member(hint: Any, defs: dict[str, JsonSchema]) -> JsonSchema:
    """A member's schema, with the description that stands last in its annotation."""
    metadata = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    schema = _schema(hint, defs)
    if metadata and isinstance(metadata[-1], str):
        return {**schema, "description": metadata[-1]}
    return schema


def _schema(hint: Any, defs: dict[str, JsonSchema]) -> JsonSchema:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1:], defs)
    if origin in (Union, types.UnionType):
        return _union(arguments, defs)
    if origin is Literal:
        if len(arguments) == 1 and isinstance(arguments[0], int):
            return {"type": "integer", "const": arguments[0]}
        return {"enum": list(arguments)}
    if origin is Sequence:
        return {"type": "array", "items": _schema(arguments[0], defs)}
    if origin is Mapping:
        return {"type": "object"}
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if isinstance(hint, type) and issubclass(hint, Data):
        return _shared(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", hint.__name__).lower(), hint, defs)
    raise TypeError(f"no JSON Schema of {hint!r} is known here")


def _annotated(hint: Any, metadata: Sequence[Any], defs: dict[str, JsonSchema]) -> JsonSchema:
    for one in metadata:
        if isinstance(one, Shared):
            return _shared(one.name, one.schema, defs)
    schema = _schema(hint, defs)
    for one in metadata:
        if isinstance(one, Limits):
            schema = {**schema, **one.keywords}
        if isinstance(one, OneOf):
            schema = {"enum": list(one.values)}
    return schema


def _union(arguments: Sequence[Any], defs: dict[str, JsonSchema]) -> JsonSchema:
    """A member that may be absent says nothing of it here; one that may be null names null beside its type."""
    (value,) = [one for one in arguments if one not in (type(None), msgspec.UnsetType)]
    schema = _schema(value, defs)
    if type(None) not in arguments:
        return schema
    if "type" in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def _shared(name: str, schema: Mapping[str, Any] | type[Data], defs: dict[str, JsonSchema]) -> JsonSchema:
    if name not in defs:
        defs[name] = {}
        defs[name] = dict(schema) if isinstance(schema, Mapping) else _object(schema, defs)
    return {"$ref": f"#/$defs/{name}"}
