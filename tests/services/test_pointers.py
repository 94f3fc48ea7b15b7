"""What fails of a body is pointed at (RFC 6901): each pointer leads to what was sent, or to where it is missing."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import ValidationError

from edge.forms import Form
from edge.pointers import placed
from edge.problems import Problem, document, of_validation
from ledger.decider import Failing
from panelbook.catalogue import CATALOGUE

WRONG: tuple[Any, ...] = (None, True, -1, 1.5, "", "x" * 30_000, "​", [], [None], {}, {"a/b~c": 1})
FORMS = {
    f"{service.name} {route.name}": (route, route.body_field.field_info.annotation)
    for service in CATALOGUE.values()
    for router in service.routers
    for route in router.routes
    if isinstance(route, APIRoute) and route.body_field is not None
}


def resolves(body: Any, pointer: str) -> bool:
    """Whether a pointer leads to something in a body, or to where a member of something there is missing."""
    if pointer == "":
        return True
    assert pointer.startswith("/"), pointer
    *way, last = [one.replace("~1", "/").replace("~0", "~") for one in pointer[1:].split("/")]
    for one in way:
        match body:
            case dict() if one in body:
                body = body[one]
            case list() if one.isdigit() and int(one) < len(body):
                body = body[int(one)]
            case _:
                return False
    return isinstance(body, dict) or (isinstance(body, list) and last.isdigit())


def broken(example: Any) -> Iterator[Any]:
    """A body with each of its members wrong in each way, or gone, or beside one that there is not."""
    for way in places(example):
        for wrong in WRONG:
            yield changed(example, way, wrong)
        yield changed(example, way, ...)
    yield from ({**example, "a/b~c": 1}, [], 7, "text")


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in inside:
        yield (*way, name)
        yield from places(member, (*way, name))


def changed(example: Any, way: tuple[Any, ...], wrong: Any) -> Any:
    body = deepcopy(example)
    place = body
    for name in way[:-1]:
        place = place[name]
    if wrong is ...:
        del place[way[-1]]
    else:
        place[way[-1]] = wrong
    return body


@pytest.mark.parametrize("name", FORMS)
def test_whatever_is_wrong_with_a_body_is_pointed_at_within_it(name: str) -> None:
    """For every route that takes a form: its own example, broken at each place in each way."""
    route, form = FORMS[name]
    assert isinstance(form, type)
    assert issubclass(form, Form)
    example = form.model_json_schema()["example"]
    failed = 0
    for body in broken(example):
        try:
            form.model_validate_json(json.dumps(body), strict=True)
        except ValidationError as error:
            problem = of_validation([{**one, "loc": ("body", *one["loc"])} for one in error.errors()])
            failed += 1
            for one in document(problem, "an id", route)["failing"]:
                assert one["in"] == "body"
                assert resolves(body, one["pointer"]), (one, json.dumps(body)[:300])
    assert failed or example == {}


def _routes() -> dict[str, APIRoute]:
    return {name: route for name, (route, _) in FORMS.items()}


@pytest.mark.parametrize(
    ("route", "pointer", "answered"),
    [
        ("intake submit", "/sitting_on", ("/sitting_on", "body")),
        ("intake submit", "/sections/needs", ("/sections/needs", "record")),
        ("intake submit", "/costs", ("/costs", "record")),
        ("intake give_costs", "/resources/2/resource", ("/resources/2/resource", "body")),
        ("intake start", "/family/0/party", ("/family/0/party", "body")),
        ("intake start", "/person/nothing", ("/person/nothing", "record")),
        (
            "routing publish_settings",
            "/settings/forums/CARE_PANEL/quorum",
            ("/settings/forums/CARE_PANEL/quorum", "body"),
        ),
        ("panel decide_by_panel", "/further_work/1/text", ("/further_work/1/text", "body")),
        ("panel decide_out_of_panel", "/advice/officer", ("/advice/officer", "body")),
        ("notify task_done", "/informed/party-9", ("/informed/party-9", "record")),
        ("record disagreement", "?limit", ("/limit", "query")),
        ("record disagreement", "header:panelbook/role", ("/panelbook~1role", "header")),
        ("record disagreement", "", ("", "body")),
    ],
)
def test_a_pointer_leads_into_the_request_where_its_form_has_that_place(
    route: str, pointer: str, answered: tuple[str, str]
) -> None:
    assert placed(pointer, _routes()[route]) == answered


def test_what_a_form_does_not_know_is_in_the_body_and_what_a_rule_asks_of_the_record_is_not() -> None:
    route = _routes()["intake submit"]
    unknown = Problem(422, "UNKNOWN_FIELD", "There is no such field.", (Failing("/more", "UNKNOWN_FIELD", "No."),))
    assert document(unknown, "an id", route)["failing"][0]["in"] == "body"
    asked = Problem(422, "COST_MISSING", "Say it.", (Failing("/costs", "COST_MISSING", "Say it."),), ruled=True)
    assert document(asked, "an id", route)["failing"][0]["in"] == "record"
    assert document(asked, "an id", APIRouter())["failing"][0]["in"] == "body"
