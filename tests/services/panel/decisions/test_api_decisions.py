"""A panel's decision through its doors: only while it hears the case, in words that say enough, once."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from edge.access import AccessRead
from tests.services.house import SWINDON, ServiceHouse
from tests.services.panel.cases import numbered
from tests.services.panel.doors import (
    APPLICATION,
    INFORMED,
    PRESENT,
    REASON,
    SITTING,
    WORK,
    Said,
    being_heard,
    by_administrator,
    by_chair,
    code,
    get,
    panel_decides,
    received,
    routed,
    scheduled_with_slot,
    sealed,
    submitted,
)


async def test_before_the_item_is_open_the_panel_decides_nothing(house: ServiceHouse) -> None:
    await received(house)
    await scheduled_with_slot(house)
    answer = await panel_decides(house, outcome="AGREED", review_on="2026-12-08")
    assert code(answer) == (409, "ITEM_NOT_OPEN")


async def test_agreed_has_a_budget_a_review_and_goes_out_thin(house: ServiceHouse) -> None:
    await being_heard(house)
    answer = await panel_decides(house, outcome="AGREED", review_on="2026-12-08", weekly_pence=120_000)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"'), answer.text
    assert (answer.json()["events"], answer.json()["stage"]) == (["panel.decision.agreed"], "agreed")
    type_, subject, data = (await house.told())[-1]
    assert (type_, subject) == ("uk.panelbook.panel.decision.decided.v1", APPLICATION)
    assert data["final_budget"] == {
        "weekly_pence": 120_000,
        "yearly_pence": 6_240_000,
        "indicative_weekly_pence": 100_000,
        "difference_pence": 20_000,
    }
    assert (data["decision"], data["decided_at"]) == (answer.json()["decision"], "2026-10-13T09:15:00Z")
    ((_, reference, thin),) = await house.told(lane="decisions")
    assert reference == data["decision"]
    assert set(thin) == {"schema_version", "council", "reference", "detail_url"}
    detail, reader = thin["detail_url"].removeprefix("/panel"), house.headers("chair-1", "chair", purpose=None)
    unsaid = await house.http.get(detail, headers=reader)
    assert code(unsaid) == (428, "PURPOSE_MISSING")
    shown = await house.http.get(detail, headers={**reader, "Panelbook-Purpose": "payment"})
    assert AccessRead("decision", APPLICATION, "payment") in await house.logged()
    assert shown.json()["decisions"][0]["decision"] == reference
    rows = {row.name: row.recorded_at for row in await house.stored()}
    assert rows["panel.sitting.item_opened"] < rows["panel.decision.agreed"]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ({"outcome": "partly agreed"}, "OUTCOME_UNKNOWN"),
        ({"outcome": "AGREED"}, "REVIEW_UNSET"),
        ({"outcome": "AGREED", "review_on": "2026-10-13"}, "NOT_AHEAD"),
        ({"outcome": "AGREED", "review_on": "2026-12-08", "weekly_pence": 43_750}, "PLAN_AMENDMENT"),
        ({"outcome": "DEFERRED", "reasons": [REASON]}, "FURTHER_WORK_MISSING"),
        ({"outcome": "DEFERRED", "reasons": [REASON], "further_work": [{**WORK, "owner": ""}]}, "OWNER_MISSING"),
        ({"outcome": "DEFERRED", "further_work": [{**WORK, "owner": "Ada Wintergreen"}]}, "WRONG_SHAPE"),
        ({"outcome": "NOT_AGREED", "reason_codes": ["cost"]}, "WRONG_SHAPE"),
        ({"outcome": "NOT_AGREED", "needed": [REASON]}, "REASONS_MISSING"),
        ({"outcome": "NOT_AGREED", "reasons": [REASON], "needed": ["  "]}, "NEEDED_MISSING"),
    ],
)
async def test_what_a_decision_must_say(house: ServiceHouse, words: Said, refusal: str) -> None:
    await being_heard(house)
    assert code(await panel_decides(house, **words)) == (422, refusal)
    assert (await house.told(lane="decisions")) == []


async def test_a_deferred_case_comes_back_first_with_its_further_information_and_is_agreed(
    house: ServiceHouse,
) -> None:
    """D5: item 1 on Tuesday 20 October, ahead of what was there."""
    await being_heard(house)
    answer = await panel_decides(house, outcome="DEFERRED", reasons=[REASON], further_work=[WORK])
    assert (answer.status_code, answer.json()["returns_on"]) == (200, "2026-10-20"), answer.text
    (work,) = (await house.told())[-1][2]["further_work"]
    deferred = (await get(house, f"decisions/{APPLICATION}")).json()
    assert (deferred["stage"], deferred["outstanding"]) == ("deferred", [work["work"]])
    assert deferred["decisions"][0]["reasons"] == [REASON]
    assert deferred["decisions"][0]["further_work"][0]["text"] == WORK["text"]
    informed = {
        "application": APPLICATION,
        "answers": [{"work": work["work"], "text": await sealed(house, "The school agrees", "a", SWINDON)}],
        "changed_sections": ["plan"],
        "weekly_pence": 118_000,
        "given_by": "worker-1",
        "received_at": "2026-10-14T15:00:00Z",
    }
    await house.hear(INFORMED, informed)
    given = (await get(house, f"decisions/{APPLICATION}")).json()
    assert (given["outstanding"], given["weekly_pence"], given["version"]) == ([], 118_000, 3)

    next_one = await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-20"})
    twentieth = next_one.json()["id"]
    other = str(numbered(7))
    await submitted(house, application=other, received_at="2026-10-14T15:59:59Z")
    await routed(house, application=other)
    slot = {"application": other, "minutes": 20, "place": "Room 4"}
    slotted = await by_administrator(house, f"sittings/{twentieth}/slots", slot, version=2)
    assert slotted.status_code == 200, slotted.text
    agenda = (await get(house, f"sittings/{twentieth}")).json()["agenda"]
    assert [(slot["application"], slot["starts_at"][11:16]) for slot in agenda] == [
        (APPLICATION, "09:00"),
        (other, "09:20"),
    ]
    house.clock.set("2026-10-20T09:00:00Z")
    assert (await by_chair(house, f"sittings/{twentieth}/opening", PRESENT, version=3)).status_code == 200
    item = f"sittings/{twentieth}/items/{APPLICATION}/opening"
    assert (await by_chair(house, item, {}, version=4)).status_code == 200
    house.clock.advance(timedelta(minutes=10))
    agreed = await panel_decides(house, version=3, outcome="AGREED", review_on="2026-12-15", sitting=twentieth)
    assert agreed.status_code == 200, agreed.text
    shown = (await get(house, f"decisions/{APPLICATION}")).json()
    assert [one["outcome"] for one in shown["decisions"]] == ["DEFERRED", "AGREED"]
    assert shown["decisions"][1]["final_budget"]["weekly_pence"] == 118_000


async def test_whoever_drives_a_clock_that_stands_still_opens_an_item_and_decides_it(house: ServiceHouse) -> None:
    """D1: at one moment of the clock, opened before it is decided, as the book has it; and not before it is opened."""
    await received(house)
    await scheduled_with_slot(house)
    house.clock.set("2026-10-13T09:00:00Z")
    assert (await by_chair(house, f"sittings/{SITTING}/opening", PRESENT, version=2)).status_code == 200
    early = await panel_decides(house, outcome="AGREED", review_on="2026-12-08")
    assert code(early) == (409, "ITEM_NOT_OPEN")
    item = f"sittings/{SITTING}/items/{APPLICATION}/opening"
    assert (await by_chair(house, item, {}, version=3)).status_code == 200
    agreed = await panel_decides(house, outcome="AGREED", review_on="2026-12-08")
    assert agreed.status_code == 200, agreed.text
    shown = (await get(house, f"decisions/{APPLICATION}")).json()["decisions"][0]
    assert shown["decided_at"] == "2026-10-13T09:00:00.000001Z"
    rows = {row.name: row.recorded_at for row in await house.stored()}
    assert rows["panel.sitting.item_opened"] < rows["panel.decision.agreed"]


async def test_one_hearing_has_one_outcome_so_a_deferred_case_waits_for_a_later_sitting(house: ServiceHouse) -> None:
    await being_heard(house)
    assert (await panel_decides(house, outcome="DEFERRED", reasons=[REASON], further_work=[WORK])).status_code == 200
    house.clock.advance(timedelta(minutes=1))
    again = await panel_decides(house, version=2, outcome="AGREED", review_on="2026-12-08")
    assert code(again) == (409, "ALREADY_DECIDED")
    assert len(await house.told(lane="decisions")) == 1


async def test_two_chairs_at_once_lead_to_one_decision(house: ServiceHouse) -> None:
    await being_heard(house)
    both = [panel_decides(house, outcome="AGREED", review_on="2026-12-08") for _ in range(2)]
    answers = await asyncio.gather(*both)
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len(await house.told(lane="decisions")) == 1


async def test_one_command_sent_fifty_times_is_one_decision_with_fifty_same_answers(house: ServiceHouse) -> None:
    await being_heard(house)
    body = {"sitting": SITTING, "outcome": "AGREED", "review_on": "2026-12-08"}
    path, key = f"decisions/{APPLICATION}/panel-decision", uuid4()
    answers: list[httpx.Response] = []
    for _ in range(10):
        together = [by_chair(house, path, body, version=1, key=key) for _ in range(5)]
        answers += await asyncio.gather(*together)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(await house.told(lane="decisions")) == 1
    other = await by_chair(house, path, {**body, "review_on": "2026-12-15"}, version=1, key=key)
    assert other.status_code == 422
