"""Every form of every service, sent as the fields of a web form: the same form as from JSON, and the same refusals."""

import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from pydantic import TypeAdapter, ValidationError

import services
from edge.bodies import read_json, read_urlencoded
from edge.forms import URLENCODED, Form
from edge.problems import of_validation


def every_form() -> list[type[Form]]:
    """All classes of forms that the services' modules define."""
    for module in pkgutil.walk_packages(services.__path__, "services."):
        importlib.import_module(module.name)
    found: list[type[Form]] = []
    waiting = list(Form.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.startswith("services."):
            found.append(form)
    return sorted(found, key=lambda form: (form.__module__, form.__name__))


FORMS = every_form()
WITH_EXAMPLES = [form for form in FORMS if form.model_json_schema().get("example") is not None]


def named(form: type[Form]) -> str:
    return f"{form.__module__.removeprefix('services.')}.{form.__name__}"


def fields(value: Any, name: str, free: bool = False) -> Iterator[tuple[str, str]]:
    """A JSON value as a page would send it; one that may hold any members is one field of JSON."""
    match value:
        case dict() if not free:
            for member, inner in value.items():
                yield from fields(inner, f"{name}[{member}]")
        case list() if not free:
            for index, inner in enumerate(value):
                yield from fields(inner, f"{name}[{index}]")
        case None:
            yield name, ""
        case str():
            yield name, value
        case _:
            yield name, json.dumps(value)


def web_form(form: type[Form], body: Mapping[str, Any]) -> bytes:
    """A body of a form as its fields."""
    members = form.model_json_schema()["properties"]
    free = {name for name, member in members.items() if "'additionalProperties': True" in str(member)}
    return urlencode([pair for name, value in body.items() for pair in fields(value, name, name in free)]).encode()


def from_json(form: type[Form], body: bytes) -> Form:
    return TypeAdapter(form).validate_python(msgspec.json.encode(read_json(body)))


def from_fields(form: type[Form], body: bytes) -> Form:
    return TypeAdapter(form).validate_python(URLENCODED + msgspec.json.encode(read_urlencoded(body)))


def refused(error: ValidationError) -> set[tuple[str, str]]:
    """Pointers and codes that a caller is told."""
    told = of_validation([{**one, "loc": ("body", *one["loc"])} for one in error.errors()])
    return {(one.pointer, one.code) for one in told.failing}


def test_the_forms_of_all_services_are_looked_at() -> None:
    assert {form.__module__.split(".")[1] for form in FORMS} == {"intake", "routing", "panel", "notify", "record"}
    assert len(WITH_EXAMPLES) >= 40


@pytest.mark.parametrize("form", WITH_EXAMPLES, ids=named)
def test_the_example_of_a_form_is_the_same_form_from_json_and_from_the_fields_of_a_web_form(form: type[Form]) -> None:
    example = form.model_json_schema()["example"]
    assert from_fields(form, web_form(form, example)) == from_json(form, json.dumps(example).encode())


@pytest.mark.parametrize("form", FORMS, ids=named)
def test_a_web_form_is_refused_with_the_same_pointers_and_codes_as_json(form: type[Form]) -> None:
    example: dict[str, Any] = form.model_json_schema().get("example") or {}
    bodies: list[dict[str, Any]] = [{}, {**example, "council": "c92ab7"}]
    bodies += [{name: value for name, value in example.items() if name != missing} for missing in example]
    bodies += [{**example, name: "x" * 20_001} for name in form.model_fields]
    members = form.model_json_schema()["properties"]
    numbers = [name for name, member in members.items() if "'integer'" in str(member) and "$ref" not in str(member)]
    bodies += [{**example, name: number} for name in numbers for number in (-1, 10**17)]
    for body in bodies:
        outcomes: list[Any] = []
        for read, sent in ((from_json, json.dumps(body).encode()), (from_fields, web_form(form, body))):
            try:
                outcomes.append(read(form, sent))
            except ValidationError as error:
                outcomes.append(refused(error))
        assert outcomes[0] == outcomes[1], body
