"""The five documents: valid schemas, problems, an example for every command that its schema accepts, true answers."""

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.hosting import Service
from services.intake.main import SERVICE as INTAKE
from services.notify.main import SERVICE as NOTIFY
from services.panel.main import SERVICE as PANEL
from services.record.main import SERVICE as RECORD
from services.routing.main import SERVICE as ROUTING
from tests.databases import Databases
from tests.services.house import SWINDON, open_house
from tests.services.truth import hold_to_its_document, validator

COMMANDS = ("post", "put", "patch")
SENTENCE = re.compile(r"[A-Z][^\n]+\.")
SERVICES = (INTAKE, ROUTING, PANEL, NOTIFY, RECORD)


@pytest.mark.parametrize("service", SERVICES, ids=[service.name for service in SERVICES])
async def test_a_services_document_is_whole_and_its_examples_hold(
    service: Service, databases: Databases, tmp_path: Path
) -> None:
    async with open_house(service, databases, tmp_path) as house:
        document: dict[str, Any] = (await house.http.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    named: list[str] = []
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            named.append(operation["operationId"])
            assert SENTENCE.fullmatch(operation["summary"]), operation["summary"]
            keys = [one["schema"] for one in operation["parameters"] if one["name"] == "idempotency-key"]
            assert all("pattern" in key and "format" not in key for key in keys), path
            inside = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert inside == {step[1:-1] for step in path.split("/") if step.startswith("{")}, path
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    problem = response["content"]["application/problem+json"]
                    for code, example in problem["examples"].items():
                        shown = document["components"]["examples"][example["$ref"].rpartition("/")[2]]["value"]
                        assert validator(document, problem["schema"]).is_valid(shown), (path, status)
                        assert (shown["code"], shown["status"]) == (code, int(status)), path
                        assert shown["type"] == f"/problems/{code}"
            assert {"401", "403", "404", "500", "503"} <= operation["responses"].keys(), path
            if verb in COMMANDS and path not in service.uploads:
                body = operation["requestBody"]["content"]["application/json"]["schema"]
                form = schemas[body["$ref"].rpartition("/")[2]]
                assert form["additionalProperties"] is False, path
                assert validator(document, body).is_valid(form["example"]), path
    assert len(set(named)) == len(named)


async def test_an_answer_that_is_not_in_the_document_is_noticed(databases: Databases, tmp_path: Path) -> None:
    async with open_house(ROUTING, databases, tmp_path) as house:
        document = (await house.http.get("/openapi.json")).json()
        shown = document["components"]["schemas"]["SettingsShown"]
        shown["properties"]["settings"] = {"type": "integer"}
        assert not validator(document, {"$ref": "#/components/schemas/SettingsShown"}).is_valid(
            {"settings": [], "in_force": None}
        )
        await hold_to_its_document(house)
        answer = await house.http.get(
            f"/councils/{SWINDON}/settings", headers=house.headers("reader-1", "chair", council=SWINDON)
        )
        assert answer.status_code == 200
