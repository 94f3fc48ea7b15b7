"""Holds every answer of a service to the service's own OpenAPI document: status, media type, headers and body."""

import re
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.services.house import ServiceHouse

_DOCUMENT = "urn:panelbook:openapi"


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of one schema of the document, which may point at the document's components."""
    whole = Resource(contents=document, specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(_DOCUMENT, whole)
    return Draft202012Validator(_absolute(schema), registry=registry)


async def hold_to_its_document(house: ServiceHouse) -> None:
    """From here on an answer that the document does not describe fails the test that asked for it."""
    document = (await house.http.get("/openapi.json")).json()
    operations = [
        (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), verb, operation)
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    ]

    async def judged(answer: httpx.Response) -> None:
        request = answer.request
        found = [
            operation
            for path, verb, operation in operations
            if verb == request.method.lower() and path.fullmatch(request.url.path)
        ]
        if not found:
            return
        await answer.aread()
        described = found[0]["responses"].get(str(answer.status_code))
        where = f"{found[0]['operationId']} {answer.status_code}"
        assert described is not None, f"{where} is not in the document"
        content = described["content"].get(answer.headers["content-type"])
        assert content is not None, f"{where} is of another media type"
        if answer.headers["content-type"] not in ("application/json", "application/problem+json"):
            return
        broken = [error.message for error in validator(document, content["schema"]).iter_errors(answer.json())]
        assert not broken, f"{where}: {broken}"

    house.http.event_hooks = {"response": [*house.http.event_hooks["response"], judged]}


def _absolute(value: Any) -> Any:
    """The same schema with its references into the document made absolute."""
    match value:
        case {"$ref": str() as reference}:
            return {**value, "$ref": f"{_DOCUMENT}{reference}"}
        case dict():
            return {name: _absolute(member) for name, member in value.items()}
        case list():
            return [_absolute(one) for one in value]
        case _:
            return value
