"""The OpenAPI document says everything a caller must send and may get."""

import re
from typing import Any

import pytest

from contracts.problems import catalogue
from edge.openapi import finished
from tests.edge.counter import House


async def described(house: House) -> dict[str, Any]:
    """The document as it is served."""
    return (await house.http.get("/counter/openapi.json")).json()


async def test_every_operation_names_itself_its_token_and_its_problems_with_examples(house: House) -> None:
    document = await described(house)
    assert document["openapi"].startswith("3.1")
    operations = {
        operation["operationId"]: operation for path in document["paths"].values() for operation in path.values()
    }
    assert set(operations) == {"start_counter", "raise_counter", "show_counter", "fail"}
    for operation in operations.values():
        assert operation["summary"]
        assert operation["security"] == [{"bearer": []}]
        for status, response in operation["responses"].items():
            if status >= "4":
                for code in response["content"]["application/problem+json"]["examples"]:
                    example = document["components"]["examples"][code]["value"]
                    assert (example["status"], example["title"]) == (int(status), catalogue()[code].title)
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


async def test_the_problems_of_an_operation_follow_from_what_it_asks_for(house: House) -> None:
    paths = (await described(house))["paths"]
    always = {"400", "401", "403", "404", "405", "422", "429", "431", "500", "503"}
    creation = always | {"201", "408", "413", "415", "428"}
    counters = "/councils/{council}/counters"
    assert set(paths[counters]["post"]["responses"]) == creation
    assert set(paths[counters + "/{counter}/raising"]["post"]["responses"]) == (creation - {"201"}) | {"200", "412"}
    assert set(paths[counters + "/{counter}"]["get"]["responses"]) == always | {"200"}


async def test_the_headers_that_a_command_needs_are_required_in_the_document(house: House) -> None:
    document = await described(house)
    raising = document["paths"]["/councils/{council}/counters/{counter}/raising"]["post"]
    headers = {one["name"]: one["required"] for one in raising["parameters"] if one["in"] == "header"}
    assert headers == {"idempotency-key": True, "if-match": True, "panelbook-role": False}
    (version,) = [one for one in raising["parameters"] if one["name"] == "if-match"]
    assert 'W/"7"' in version["description"]
    assert all(re.fullmatch(version["schema"]["pattern"], tag) for tag in ('"7"', 'W/"7"'))


async def test_every_reference_of_the_document_leads_somewhere(house: House) -> None:
    document = await described(house)
    references: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                references.add(value["$ref"])
            for member in value.values():
                walk(member)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(document)
    components = document["components"]
    schemas = {f"#/components/schemas/{name}" for name in components["schemas"]}
    assert references <= schemas | {f"#/components/examples/{name}" for name in components["examples"]}
    assert {"#/components/schemas/StartForm", "#/components/schemas/Problem"} <= references
    assert not any("ValidationError" in name for name in schemas)
    assert document["components"]["schemas"]["StartForm"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        ("lookup", set()),
        ("reading", set()),
        ("stated_reading", {"panelbook-purpose"}),
        ("creation", {"idempotency-key"}),
        ("command", {"idempotency-key", "if-match"}),
        ("upload", {"idempotency-key", "if-match"}),
    ],
)
def test_a_kind_of_call_says_which_headers_it_cannot_do_without(kind: str, needed: set[str]) -> None:
    operation: dict[str, Any] = {"security": [{kind: []}], "responses": {"200": {}}, "summary": "Count"}
    finished({"paths": {"/councils/{council}/counters": {"post": operation}}}, "counter")
    assert operation["summary"] == "Count."
    assert operation["security"] == [{"bearer": []}]
    headers = {one["name"]: one["required"] for one in operation["parameters"] if one["in"] == "header"}
    assert {name for name, required in headers.items() if required} == needed
    assert ("428" in operation["responses"]) == bool(needed)
