"""The task to inform the family, over real PostgreSQL: opened by a decision, done by its owner with evidence."""

from uuid import uuid4

import pytest

from ledger.book import rebuild
from tests.services.house import SWINDON, ServiceHouse
from tests.services.notify.hearing import (
    APPLICATION,
    DECIDED,
    MANAGER,
    MOTHER,
    PERSON,
    WORKER,
    decision,
    listed,
    submission_heard,
)

pytestmark = pytest.mark.connected


async def open_task(house: ServiceHouse) -> str:
    await submission_heard(house)
    await house.hear(DECIDED, await decision(house))
    (task,) = await listed(house, "tasks")
    assert (task["kind"], task["owner"], task["state"]) == ("INFORM_FAMILY", WORKER, "open")
    assert task["parties"] == [PERSON, MOTHER]
    return task["task"]


def told(party: str) -> dict[str, str]:
    return {"party": party, "method": "visit", "on": "2026-10-05"}


async def test_the_worker_says_when_and_how_each_of_the_family_was_informed(house: ServiceHouse) -> None:
    task = await open_task(house)
    path = f"/councils/{SWINDON}/tasks/{task}/done"
    headers = house.headers(WORKER, "social_worker", version=1, key=uuid4())
    body = {"informed": [told(PERSON), told(MOTHER)]}
    answer = await house.http.post(path, json=body, headers=headers)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert answer.json()["events"] == ["notify.task.done"]
    again = await house.http.post(path, json=body, headers=headers)
    assert (again.status_code, again.json()) == (200, answer.json())
    (done,) = await listed(house, "tasks")
    assert (done["state"], done["informed"]) == ("done", body["informed"])
    # The outbox is checked against the contracts, strictly, on the way out.
    assert [(type_, subject) for type_, subject, _ in await house.told()] == [
        ("uk.panelbook.notify.task.opened.v1", task),
        ("uk.panelbook.notify.task.done.v1", task),
    ]


@pytest.mark.parametrize(
    ("actor", "version", "body", "status", "code"),
    [
        (WORKER, 1, {"informed": [told(PERSON)]}, 422, "TASK_INCOMPLETE"),
        (MANAGER, 1, {"informed": [told(PERSON), told(MOTHER)]}, 403, "NOT_YOUR_TASK"),
        (WORKER, 2, {"informed": [told(PERSON), told(MOTHER)]}, 412, "STALE_VERSION"),
        (WORKER, None, {"informed": [told(PERSON), told(MOTHER)]}, 428, "IF_MATCH_MISSING"),
        (WORKER, 1, {"informed": []}, 422, "TOO_FEW"),
    ],
)
async def test_a_task_is_not_done_by_halves_or_by_others(
    house: ServiceHouse, actor: str, version: int | None, body: object, status: int, code: str
) -> None:
    task = await open_task(house)
    headers = house.headers(actor, "social_worker", version=version)
    answer = await house.http.post(f"/councils/{SWINDON}/tasks/{task}/done", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [one["state"] for one in await listed(house, "tasks")] == ["open"]


async def test_a_task_that_nobody_opened_is_not_found(house: ServiceHouse) -> None:
    headers = house.headers(WORKER, "social_worker", version=1)
    body = {"informed": [told(PERSON)]}
    answer = await house.http.post(f"/councils/{SWINDON}/tasks/{uuid4()}/done", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_the_read_models_fold_again_to_the_same(house: ServiceHouse) -> None:
    await open_task(house)
    before = await house.read_models()
    assert before["message"]
    assert before["task"]
    await rebuild(house.host.book, [SWINDON])
    assert await house.read_models() == before


async def test_an_open_task_waits_for_its_owner_alone(house: ServiceHouse) -> None:
    """D13: with the address at which it stands, and until it is done."""
    task = await open_task(house)

    async def mine(actor: str) -> list[dict[str, object]]:
        answer = await house.http.get(f"/councils/{SWINDON}/me", headers=house.headers(actor, "social_worker"))
        assert answer.status_code == 200, answer.text
        return answer.json()["waiting"]

    (waits,) = await mine(WORKER)
    assert (waits["what"], waits["application"]) == ("INFORM_FAMILY", APPLICATION)
    listed_there = str(waits["record"]).removeprefix("/notify")
    found = await house.http.get(listed_there, headers=house.headers(WORKER, "social_worker"))
    assert [one["task"] for one in found.json()["tasks"]] == [task]
    assert await mine(MANAGER) == []
    body = {"informed": [told(PERSON), told(MOTHER)]}
    headers = house.headers(WORKER, "social_worker", version=1)
    await house.http.post(f"/councils/{SWINDON}/tasks/{task}/done", json=body, headers=headers)
    assert await mine(WORKER) == []
