"""A slug works where a person types an address, and nowhere else: books, ids and logs go by the council's id."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from edge.access import AccessRefused
from services.intake.main import SERVICE as INTAKE
from services.record.main import SERVICE as RECORD
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse, open_house
from tests.services.intake import doors

WORKER: dict[str, Any] = doors.WORKER


@pytest.fixture
async def house(databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    async with open_house(INTAKE, databases, tmp_path) as house:
        yield house


async def test_a_slug_is_its_council_for_reading_and_for_writing(house: ServiceHouse) -> None:
    await doors.settings_heard(house)
    began = await house.http.post("/councils/swindon/applications", json=doors.START, headers=house.headers(**WORKER))
    assert began.status_code == 201, began.text
    application = began.json()["id"]
    assert began.headers["Location"] == f"applications/{application}"
    shown = [
        await house.http.get(f"/councils/{name}/applications/{application}", headers=house.headers(**WORKER))
        for name in ("swindon", SWINDON)
    ]
    assert [one.status_code for one in shown] == [200, 200]
    assert shown[0].json() == shown[1].json()
    assert {row.council for row in await house.stored()} == {SWINDON}
    assert "swindon" not in repr([row.stream for row in await house.stored()])


async def test_one_key_is_one_command_by_either_name(house: ServiceHouse) -> None:
    """G2: the fingerprint of a command has the id, however its address was typed."""
    await doors.settings_heard(house)
    headers = house.headers(**WORKER, key=uuid4())
    answers = [
        await house.http.post(f"/councils/{name}/applications", json=doors.START, headers=headers)
        for name in ("swindon", SWINDON, "swindon")
    ]
    assert [one.status_code for one in answers] == [201, 201, 201], [one.text for one in answers]
    assert len({one.json()["id"] for one in answers}) == 1


async def test_a_refusal_at_a_slug_is_marked_with_no_other_council(house: ServiceHouse) -> None:
    await doors.settings_heard(house)
    path = f"/councils/swindon/applications/{uuid4()}"
    refused = await house.http.get(path, headers=house.headers(**WORKER))
    assert (refused.status_code, refused.json()["code"]) == (404, "NOT_FOUND")
    (entry,) = [one for one in await house.logged() if isinstance(one, AccessRefused)]
    assert (entry.command, entry.code, entry.asked) == ("application", "NOT_FOUND", "")


async def test_another_councils_slug_is_not_found_like_its_id(house: ServiceHouse) -> None:
    """G1: and neither is a slug of no council, one in capitals, or one's own before it has settings."""
    headers = house.headers(**WORKER)
    assert (await house.http.get("/councils/swindon/applications", headers=headers)).status_code == 404
    await doors.settings_heard(house)
    await doors.settings_heard(house, "shropshire")
    assert (await house.http.get("/councils/swindon/applications", headers=headers)).status_code == 200
    for name in ("shropshire", SHROPSHIRE, "Swindon", "swindo", "swindon%20", "nowhere", "-"):
        answer = await house.http.get(f"/councils/{name}/applications", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), name
    there: dict[str, Any] = WORKER | {"council": SHROPSHIRE}
    theirs = house.headers(**there)
    assert (await house.http.get("/councils/swindon/applications", headers=theirs)).status_code == 404


async def test_a_service_that_copies_knows_no_slug_before_it_has_copied_one(
    databases: Databases, tmp_path: Path
) -> None:
    """Record: 404, not a fault."""
    async with open_house(RECORD, databases, tmp_path) as record:
        headers = record.headers("officer-co", "complaints_officer")
        assert (await record.http.get("/councils/swindon/complaints", headers=headers)).status_code == 404
        assert (await record.http.get(f"/councils/{SWINDON}/complaints", headers=headers)).status_code == 200
