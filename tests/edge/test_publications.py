"""What a problem's `type` names can be read by anybody, and so can what a council's settings may say."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from contracts.problems import catalogue
from edge.app import harden
from edge.problems import Problem, document
from edge.publications import publications


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """The addresses of the deployment itself, beside its services."""
    root = FastAPI(openapi_url=None)
    root.include_router(publications)
    harden(root)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(root), base_url="http://panelbook") as http:
        yield http


async def test_the_type_of_every_problem_leads_to_what_its_code_means(http: httpx.AsyncClient) -> None:
    listed = (await http.get("/problems")).json()["problems"]
    assert [one["code"] for one in listed] == list(catalogue())
    for one in listed:
        problem = document(Problem(one["status"], one["code"], "A sentence."), "an id")
        assert (problem["type"], problem["title"]) == (one["type"], one["title"])
    late = (await http.get(document(Problem(422, "LATE", "Too late."), "an id")["type"])).json()
    assert (late["code"], late["status"]) == ("LATE", 422)
    assert "intake submit" in late["routes"]
    assert late["do"].endswith(".")
    assert "services/intake/applications/domain/requirements/sittings.py" in {one["file"] for one in late["rules"]}


async def test_an_unknown_code_is_not_found_and_not_repeated(http: httpx.AsyncClient) -> None:
    answer = await http.get("/problems/NOBODY_SAYS_THIS")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert "NOBODY_SAYS_THIS" not in answer.text


async def test_the_schema_of_settings_is_served_as_one(http: httpx.AsyncClient) -> None:
    answer = await http.get("/settings-schema")
    assert answer.headers["Content-Type"] == "application/schema+json"
    assert answer.json()["title"] == "A council's settings"
    assert {"kinds", "forums", "scheme"} <= set(answer.json()["required"])
