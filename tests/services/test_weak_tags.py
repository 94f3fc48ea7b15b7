"""Every command on a record takes the tag of a proxy that compresses, in every service."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.hosting import Service
from tests.databases import Databases
from tests.services.house import SWINDON, open_house
from tests.services.record.town import SERVICES


@pytest.fixture(autouse=True)
def any_number_of_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """One caller is refused at every address here, more often in a minute than anybody may be."""
    monkeypatch.setattr("edge.refusals.MOST", 10_000)


@pytest.mark.parametrize("service", SERVICES, ids=[service.name for service in SERVICES])
async def test_a_weak_tag_is_answered_as_the_strong_one(service: Service, databases: Databases, tmp_path: Path) -> None:
    """If-Match ``W/"7"`` means version 7 at every address that asks for a version."""
    async with open_house(service, databases, tmp_path) as house:
        document = (await house.http.get("/openapi.json")).json()
        versioned = _versioned(document)
        assert bool(versioned) == (service.name != "record")  # A complaint is opened, and no more so far.
        for path, verb, operation in versioned:
            answers: list[tuple[int, str]] = []
            for tag in ('"1"', 'W/"1"', "W/1"):
                headers = house.headers("officer-sw", "social_worker", team="localities-north") | {"If-Match": tag}
                kind = "application/pdf" if path in service.uploads else "application/json"
                headers |= {"Content-Type": kind, "Panelbook-File-Name": "a.pdf"}
                where = "/".join("nothing" if step.startswith("{") else step for step in path.split("/"))
                where = where.replace("/councils/nothing/", f"/councils/{SWINDON}/")
                answer = await house.http.request(verb, where, content=_body(document, operation), headers=headers)
                answers.append((answer.status_code, answer.json()["code"]))
            strong, weak, neither = answers
            assert weak == strong != neither == (422, "IF_MATCH_NOT_A_VERSION"), path


def _versioned(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, verb, operation)
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
        if any(one["name"] == "if-match" for one in operation["parameters"])
    ]


def _body(document: dict[str, Any], operation: dict[str, Any]) -> bytes:
    content: dict[str, Any] = operation["requestBody"]["content"]
    if "application/json" not in content:
        return b"%PDF-"
    named: str = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return json.dumps(document["components"]["schemas"][named].get("example", {})).encode()
