"""What no honest screen sends gets its answer from every command of intake and routing, and nothing is stored."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.hosting import Service
from services.intake.main import SERVICE as INTAKE
from services.routing.main import SERVICE as ROUTING
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse, open_house
from tests.services.intake.doors import settings_heard, start
from tests.services.routing import doors

TEN_MEGABYTES = json.dumps({"text": "x" * 10_000_000}).encode()
DEEP = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
LISTS = b"[" * 100_000 + b"]" * 100_000
WRONG_TYPES: tuple[bytes, ...] = (b"[]", b"7", b'"text"', b"null", b"true")
NOT_JSON = ("text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json; charset=utf-16")


@pytest.fixture(autouse=True)
def any_number_of_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """One caller is refused at every address here, more often in a minute than anybody may be."""
    monkeypatch.setattr("edge.refusals.MOST", 10_000)


@pytest.fixture(params=[INTAKE, ROUTING], ids=["intake", "routing"])
async def house(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    """Each service with something in it."""
    service: Service = request.param
    async with open_house(service, databases, tmp_path) as house:
        if service is INTAKE:
            await settings_heard(house)
            await start(house)
        else:
            house.clock.set("2026-10-05T08:00:00Z")
            assert (await doors.publish(house, council=SWINDON)).status_code == 201
            house.clock.set("2026-10-05T09:00:00Z")
            assert (await doors.appoint_as(house, "officer-tm", "team_manager")).status_code == 201
        yield house


async def commands(house: ServiceHouse) -> list[tuple[str, str, bool]]:
    """Method, address and whether it takes a file, of every operation with a body; ids are such as exist nowhere."""
    document = (await house.http.get("/openapi.json")).json()
    found = [
        (verb, path, path in house.host.service.uploads)
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
        if "requestBody" in operation
    ]
    assert len(found) >= 8
    return found


def at(path: str, council: str = SWINDON) -> str:
    return "/".join(
        "nothing" if step.startswith("{") else step for step in path.replace("{council}", council).split("/")
    )


async def send(
    house: ServiceHouse, verb: str, path: str, body: Any, kind: str = "application/json", **by: Any
) -> httpx.Response:
    who = {"version": 1, "team": "localities-north", **by}
    headers = {**house.headers("officer-sw", "social_worker", **who), "Content-Type": kind, "Panelbook-File-Name": "a"}
    answer = await house.http.request(verb, path, content=body, headers=headers)
    assert answer.status_code < 500, (verb, path, answer.text)
    assert answer.headers["Content-Type"] in ("application/problem+json", "application/json")
    return answer


def parts(content: bytes) -> Iterator[bytes]:
    for at in range(0, len(content), 65_536):
        yield content[at : at + 65_536]


async def test_every_command_answers_a_hostile_body_by_its_own_code_and_stores_nothing(house: ServiceHouse) -> None:
    async def arriving() -> AsyncIterator[bytes]:
        for part in parts(TEN_MEGABYTES):
            yield part

    before = len(await house.stored())
    for verb, path, takes_a_file in await commands(house):
        where = at(path)
        if takes_a_file:
            for body in (TEN_MEGABYTES, DEEP, LISTS, *WRONG_TYPES):
                answer = await send(house, verb, where, body)
                assert (answer.status_code, answer.json()["code"]) == (415, "MEDIA_TYPE_NOT_TAKEN"), path
            continue
        for body in (TEN_MEGABYTES, arriving()):
            answer = await send(house, verb, where, body)
            assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE"), path
        for body, code in ((DEEP, "BODY_TOO_LARGE"), (DEEP[:90_000], "TOO_DEEP"), (LISTS, "TOO_DEEP")):
            answer = await send(house, verb, where, body)
            assert answer.json()["code"] == code, path
        for kind in NOT_JSON:
            answer = await send(house, verb, where, b"{}", kind)
            assert (answer.status_code, answer.json()["code"]) == (415, "NOT_JSON"), path
        for body in WRONG_TYPES:
            answer = await send(house, verb, where, body)
            assert answer.status_code in (404, 422), path
        broken = await send(house, verb, where, b"{")
        assert (broken.status_code, broken.json()["code"]) == (400, "MALFORMED_JSON"), path
    assert len(await house.stored()) == before


async def test_every_address_of_another_council_is_not_found(house: ServiceHouse) -> None:
    document = (await house.http.get("/openapi.json")).json()
    for path, verbs in document["paths"].items():
        for verb in verbs:
            kind = "application/pdf" if path in house.host.service.uploads else "application/json"
            body = None if verb == "get" else b"{}"
            answer = await send(house, verb, at(path, SHROPSHIRE), body, kind)
            assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), path


async def test_every_command_on_a_record_wants_a_version_in_its_own_shape(house: ServiceHouse) -> None:
    """None is 428, and what is no version 422, before anything is looked for."""
    document = (await house.http.get("/openapi.json")).json()
    wanting = 0
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            named = {one["name"].lower() for one in operation["parameters"] if one["in"] == "header"}
            if "if-match" not in named or path in house.host.service.uploads:
                continue
            wanting += 1
            body = json.dumps(example(document, operation)).encode()
            missing = await send(house, verb, at(path), body, version=None)
            assert (missing.status_code, missing.json()["code"]) == (428, "IF_MATCH_MISSING"), path
            odd = house.headers("officer-sw", "social_worker") | {"If-Match": "W/7", "Content-Type": "application/json"}
            answer = await house.http.request(verb, at(path), content=body, headers=odd)
            assert (answer.status_code, answer.json()["code"]) == (422, "IF_MATCH_NOT_A_VERSION"), path
    assert wanting >= 2


def example(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["example"]


async def test_a_stale_version_is_told_by_every_edit_of_a_form(databases: Databases, tmp_path: Path) -> None:
    async with open_house(INTAKE, databases, tmp_path) as house:
        await settings_heard(house)
        application = await start(house)
        document = (await house.http.get("/openapi.json")).json()
        before, stale = len(await house.stored()), 0
        for path, verbs in document["paths"].items():
            for verb, operation in verbs.items():
                if "/applications/{application}/" not in path or "requestBody" not in operation:
                    continue
                if path in INTAKE.uploads:
                    continue
                where = at(path.replace("{application}", application).replace("{section}", "needs"))
                body = json.dumps(example(document, operation)).encode()
                answer = await send(house, verb, where, body, version=99)
                assert answer.status_code in (404, 412, 422, 503), (path, answer.text)
                stale += answer.status_code == 412
        assert stale >= 12
        assert len(await house.stored()) == before
