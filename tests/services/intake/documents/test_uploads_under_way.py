"""A file is read once nothing but its bytes can stand in its way, and one council's slow lines hold no other's."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from edge.arrivals import MAX_UPLOAD, UPLOADS_AT_ONCE, Uploads
from edge.problems import Problem
from services.intake.applications.domain.attaching import MEDIA_TYPES
from services.intake.main import SERVICE
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse, open_house
from tests.services.intake import papers
from tests.services.intake.doors import START, WORKER, call, settings_heard, start


@pytest.fixture
async def house(databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    """Intake, for two councils."""
    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        await settings_heard(house, "shropshire")
        yield house


class Line:
    """A file on its way: whether anybody asked for its bytes, and when they may go on."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()

    async def bytes(self) -> AsyncIterator[bytes]:
        """The first half at once, the second when it may."""
        self.asked.set()
        yield papers.PDF[:100]
        await self.go_on.wait()
        yield papers.PDF[100:]


async def send(
    house: ServiceHouse, application: str, line: Line, version: int = 1, council: str = SWINDON, **changed: Any
) -> httpx.Response:
    known: dict[str, Any] = WORKER | {"council": council}
    headers = httpx.Headers(house.headers(**known, version=version))
    headers.update({"Content-Type": MEDIA_TYPES["PDF"], "Panelbook-File-Name": "a.pdf"})
    headers.update({name.replace("_", "-"): value for name, value in changed.items()})
    path = f"/councils/{council}/applications/{application}/attachments"
    return await house.http.post(path, content=line.bytes(), headers=headers)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"authorization": "Bearer nonsense"}, (401, "BAD_TOKEN")),
        ({"idempotency_key": "1"}, (422, "IDEMPOTENCY_KEY_NOT_A_UUID")),
        ({"if_match": '"9"'}, (412, "STALE_VERSION")),
        ({"if_match": "9"}, (422, "IF_MATCH_NOT_A_VERSION")),
        ({"content_type": "application/zip"}, (415, "MEDIA_TYPE_NOT_TAKEN")),
        ({"content_encoding": "gzip"}, (415, "MEDIA_TYPE_NOT_TAKEN")),
        ({"panelbook_file_name": "%FF"}, (422, "FILE_NAME_NOT_READABLE")),
        ({"panelbook_role": "chair"}, (403, "ROLE_NOT_YOURS")),
        ({"content_length": str(MAX_UPLOAD + 1)}, (413, "BODY_TOO_LARGE")),
    ],
)
async def test_what_stands_in_the_way_is_said_before_a_byte_is_read(
    house: ServiceHouse, changed: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Token, role, version, media type, length: none of them needs the file."""
    application, line = await start(house), Line()
    line.go_on.set()
    answer = await send(house, application, line, **changed)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert not line.asked.is_set()


async def test_a_record_that_takes_no_file_is_said_before_a_byte_is_read(house: ServiceHouse) -> None:
    """No such record, another team's, another council's."""
    application, line = await start(house), Line()
    line.go_on.set()
    unknown = await send(house, str(uuid4()), line)
    foreign = await send(house, application, line, council=SHROPSHIRE)
    token = house.headers("officer-x", "social_worker", team="other")["Authorization"]
    others = await send(house, application, line, authorization=token)
    assert [answer.status_code for answer in (unknown, foreign, others)] == [404, 404, 403]
    assert not line.asked.is_set()


async def test_slow_files_of_one_council_hold_no_file_of_another(house: ServiceHouse) -> None:
    """One council's turns are its own: its next is told to try again, another council's file goes through."""
    application = await start(house)
    begun = await call(house, "POST", "applications", START | {"kind": "SUPPORT_PLAN"}, council=SHROPSHIRE)
    assert begun.status_code == 201, begun.text
    lines = [Line() for _ in range(UPLOADS_AT_ONCE)]
    slow = [asyncio.create_task(send(house, application, line)) for line in lines]
    await asyncio.gather(*(line.asked.wait() for line in lines))
    one_more, quick = Line(), Line()
    quick.go_on.set()
    refused = await send(house, application, one_more)
    assert (refused.status_code, refused.json()["code"]) == (503, "UPLOADS_BUSY")
    assert refused.headers["Retry-After"] == "5"
    assert not one_more.asked.is_set()
    other = await asyncio.wait_for(send(house, begun.json()["id"], quick, council=SHROPSHIRE), 20)
    assert other.status_code == 201, other.text
    for line in lines:
        line.go_on.set()
    statuses = sorted([(await each).status_code for each in slow])
    assert statuses == [201] + [412] * (UPLOADS_AT_ONCE - 1)
    one_more.go_on.set()
    assert (await send(house, application, one_more, version=2)).status_code == 200


def test_a_turn_is_given_back_however_it_ends() -> None:
    uploads: Any = Uploads()
    for _ in range(3 * UPLOADS_AT_ONCE):
        with pytest.raises(RuntimeError), uploads.turn(SWINDON):
            raise RuntimeError
    assert not uploads._under_way
    with uploads.turn(SWINDON), uploads.turn(SWINDON), uploads.turn(SWINDON), uploads.turn(SWINDON):
        with pytest.raises(Problem, match="UPLOADS_BUSY"), uploads.turn(SWINDON):
            pass
        with uploads.turn(SHROPSHIRE):
            pass
