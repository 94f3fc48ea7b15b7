"""Panel through its doors, over real PostgreSQL: hear of cases, schedule, slot, hear, decide, return, withdraw."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from councils.packs import load_pack
from edge.access import AccessRead, AccessRefused
from ledger.book import rebuild
from ledger.decider import Private, Refused, Waiting
from services.panel.handlers import sitting_id
from services.panel.main import SERVICE
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse, open_house
from tests.services.panel.cases import TUESDAY, numbered

MONDAY = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
APPLICATION = "6a9f1b3e-8a53-5d43-9a0e-51f0f5a3c001"
SITTING = str(sitting_id(SWINDON, "CARE_PANEL", TUESDAY))
NAME = "Ada Wintergreen"
EMAIL = "ada@family.example"
REASON = "The school's view is missing."
WORK = {"owner": "worker-1", "due_at": "2026-10-14T16:00:00Z", "text": "Ask the school for its view."}

SUBMITTED = "uk.panelbook.intake.application.submitted.v1"
INFORMED = "uk.panelbook.intake.application.further_information_given.v1"
ROUTED = "uk.panelbook.routing.route.routed.v1"
PUBLISHED = "uk.panelbook.routing.settings.published.v1"
GRANTED = "uk.panelbook.routing.officer.authority_granted.v1"
ENDED = "uk.panelbook.routing.officer.authority_ended.v1"
COMPLAINED = "uk.panelbook.record.complaint.opened.v1"

Said = dict[str, Any]


@pytest.fixture
async def house(databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    async with open_house(SERVICE, databases, tmp_path) as house:
        house.clock.set(MONDAY)
        yield house


# What panel hears -----------------------------------------------------------------------------------------------


async def settings_heard(house: ServiceHouse, council: str = SWINDON) -> None:
    slug = {SWINDON: "swindon", SHROPSHIRE: "shropshire"}[council]
    in_force_from = "2026-10-01T08:00:00Z"
    told = {
        "version": 1,
        "in_force_from": in_force_from,
        "settings": {**load_pack(slug), "version": 1, "in_force_from": in_force_from},
        "digest": "0" * 64,
        "published_by": "publisher-1",
    }
    await house.hear(PUBLISHED, told, council=council)


async def sealed(house: ServiceHouse, text: str, field: str, council: str) -> dict[str, str]:
    box = await house.host.vault.seal(council, f"application-{APPLICATION}", Private("person-1", text), field)
    return {"sealed": box.box, "person": box.person, "stream": box.stream, "field": box.field}


async def submitted(house: ServiceHouse, *, council: str = SWINDON, **changes: Any) -> None:
    usual = {
        "application": APPLICATION,
        "person": "person-1",
        "person_name": await sealed(house, NAME, "person_name", council),
        "contact_email": await sealed(house, EMAIL, "contact_email", council),
        "kind": "PLACEMENT_MOVE",
        "weekly_pence": 120_000,
        "one_off_pence": 0,
        "indicative_weekly_pence": 100_000,
        "complex": True,
        "distinctive": False,
        "reasons_given": None,
        "miles": None,
        "originator": "worker-1",
        "team": "team-1",
        "team_manager": "manager-1",
        "service": "service-1",
        "service_manager": "service-manager-1",
        "sitting_on": "2026-10-13",
        "forum": "CARE_PANEL",
        "cut_off_at": "2026-10-07T16:00:00Z",
        "received_at": "2026-10-07T15:59:59Z",
        "settings_version": 1,
        "needs": [],
        "family": [
            {"party": "parent-1", "relationship": "parent", "name": await sealed(house, "Bo", "family", council)}
        ],
        "times_submitted": 1,
    }
    await house.hear(SUBMITTED, {**usual, **changes}, council=council)


async def routed(house: ServiceHouse, *, council: str = SWINDON, **changes: Any) -> None:
    usual = {
        "application": APPLICATION,
        "route": "PANEL",
        "forum": "CARE_PANEL",
        "sitting_on": "2026-10-13",
        "reasons": ["PLACEMENT_MOVE"],
        "settings_version": 1,
        "table": "care-panel",
        "row": "placement-move",
        "inputs": {},
        "limit_weekly_pence": None,
    }
    await house.hear(ROUTED, {**usual, **changes}, council=council)


async def received(house: ServiceHouse) -> None:
    """A Swindon placement request in panel's hands."""
    await settings_heard(house)
    await submitted(house)
    await routed(house)


async def plan_received(house: ServiceHouse, weekly_pence: int, *, delegated: bool = True) -> None:
    """A Shropshire plan in panel's hands, and a practice manager with a limit of £1,000.00 a week."""
    await settings_heard(house, SHROPSHIRE)
    plan = {"kind": "SUPPORT_PLAN", "sitting_on": None, "forum": None, "cut_off_at": None, "complex": False}
    await submitted(house, council=SHROPSHIRE, weekly_pence=weekly_pence, indicative_weekly_pence=95_000, **plan)
    way = {"route": "DELEGATED", "forum": None, "sitting_on": None, "reasons": ["UNDER_LIMIT"], "row": "under-1000"}
    if not delegated:
        way = {"route": "PANEL", "forum": "CONFERENCE_CALL", "reasons": ["COST"], "row": "over-1000"}
    await routed(house, council=SHROPSHIRE, table="delegated-authority", limit_weekly_pence=100_000, **way)
    granted = {"officer": "practice-1", "limit_weekly_pence": 100_000, "from_at": "2026-10-01T08:00:00Z"}
    await house.hear(GRANTED, {**granted, "until_at": None}, council=SHROPSHIRE)


# Who does what --------------------------------------------------------------------------------------------------


async def post(
    house: ServiceHouse, path: str, body: Said, actor: str, role: str, *, council: str = SWINDON, **headers: Any
) -> httpx.Response:
    by = house.headers(actor, role, council=council, **headers)
    return await house.http.post(f"/councils/{council}/{path}", json=body, headers=by)


async def by_administrator(house: ServiceHouse, path: str, body: Said, **headers: Any) -> httpx.Response:
    return await post(house, path, body, "admin-1", "panel_administrator", **headers)


async def by_chair(house: ServiceHouse, path: str, body: Said, **headers: Any) -> httpx.Response:
    return await post(house, path, body, "chair-1", "chair", **headers)


async def alone(
    house: ServiceHouse, body: Said | None = None, *, actor: str = "practice-1", version: int = 1, **headers: Any
) -> httpx.Response:
    path, role = f"decisions/{APPLICATION}/delegated-decision", "practice_manager"
    said = body or {"outcome": "AGREED"}
    return await post(house, path, said, actor, role, council=SHROPSHIRE, version=version, **headers)


async def get(house: ServiceHouse, path: str, *, council: str = SWINDON) -> httpx.Response:
    by = house.headers("chair-1", "chair", council=council)
    return await house.http.get(f"/councils/{council}/{path}", headers=by)


async def scheduled_with_slot(house: ServiceHouse) -> None:
    answer = await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
    assert (answer.status_code, answer.headers["Location"]) == (201, f"sittings/{SITTING}"), answer.text
    slot = {"application": APPLICATION, "minutes": 20, "place": "Room 4, Euclid Street"}
    answer = await by_administrator(house, f"sittings/{SITTING}/slots", slot, version=1)
    assert answer.status_code == 200, answer.text
    assert answer.json()["starts_at"] == "2026-10-13T09:00:00Z"


PRESENT = {
    "present": [
        {"member": "chair-1", "kind": "social_work"},
        {"member": "nurse-1", "kind": "health"},
        {"member": "accountant-1", "kind": "finance"},
    ]
}


async def being_heard(house: ServiceHouse) -> None:
    """The application is being heard: the sitting has version 4, the application version 1."""
    await received(house)
    await scheduled_with_slot(house)
    house.clock.set("2026-10-13T09:00:00Z")
    opened = await by_chair(house, f"sittings/{SITTING}/opening", PRESENT, version=2)
    assert opened.status_code == 200, opened.text
    item = await by_chair(house, f"sittings/{SITTING}/items/{APPLICATION}/opening", {}, version=3)
    assert item.status_code == 200, item.text
    house.clock.advance(timedelta(minutes=15))


async def panel_decides(house: ServiceHouse, *, version: int = 1, **words: Any) -> httpx.Response:
    body = {"sitting": SITTING, **words}
    return await by_chair(house, f"decisions/{APPLICATION}/panel-decision", body, version=version)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# Receiving ------------------------------------------------------------------------------------------------------


async def test_a_route_waits_for_its_submission_and_leaves_nothing(house: ServiceHouse) -> None:
    with pytest.raises(Waiting):
        await routed(house)
    assert await house.stored() == []
    await received(house)
    shown = await get(house, f"decisions/{APPLICATION}")
    assert (shown.status_code, shown.headers["ETag"]) == (200, '"1"')
    assert (shown.json()["stage"], shown.json()["route"]["row"]) == ("waiting", "placement-move")
    assert shown.json()["person"] == {"person": "person-1", "name": NAME}
    assert AccessRead("decision", APPLICATION, "") in await house.logged()


async def test_a_submission_alone_is_not_yet_in_panels_hands(house: ServiceHouse) -> None:
    await submitted(house)
    assert code(await get(house, f"decisions/{APPLICATION}")) == (404, "NOT_FOUND")
    assert [row.kind for row in await house.stored()] == ["heard"]


async def test_after_a_return_the_route_of_the_new_submission_waits_for_it(house: ServiceHouse) -> None:
    await received(house)
    returning = {"reasons": [REASON], "defer_to": "2026-10-20"}
    answer = await by_administrator(house, f"decisions/{APPLICATION}/return", returning, version=1)
    assert answer.json()["events"] == ["panel.decision.returned", "panel.decision.deferred_to_sitting"]
    with pytest.raises(Waiting):
        await routed(house)
    await submitted(house, times_submitted=2)
    await routed(house)
    shown = (await get(house, f"decisions/{APPLICATION}")).json()
    assert (shown["stage"], shown["times_submitted"], shown["returns_on"]) == ("waiting", 2, "2026-10-20")
    (returned,) = [data for type_, _, data in await house.told() if type_.endswith("decision.returned.v1")]
    assert (returned["application"], returned["by"], returned["defer_to"]) == (APPLICATION, "admin-1", "2026-10-20")


async def test_another_route_at_another_cost_is_followed(house: ServiceHouse) -> None:
    await plan_received(house, 100_001, delegated=False)
    assert code(await alone(house)) == (403, "LIMIT_EXCEEDED")
    informed = {
        "application": APPLICATION,
        "answers": [{"work": "work-1", "text": await sealed(house, "Cheaper by two pence", "a", SHROPSHIRE)}],
        "changed_sections": [],
        "weekly_pence": 99_999,
        "given_by": "worker-1",
        "received_at": "2026-10-06T09:00:00Z",
    }
    await house.hear(INFORMED, informed, council=SHROPSHIRE)
    under = {"route": "DELEGATED", "forum": None, "sitting_on": None, "reasons": ["UNDER_LIMIT"]}
    await routed(house, council=SHROPSHIRE, table="delegated-authority", row="under-1000", **under)
    answer = await alone(house, version=3)
    assert answer.status_code == 200, answer.text


async def test_further_information_waits_for_the_application_and_is_refused_once_it_is_decided(
    house: ServiceHouse,
) -> None:
    informed = {
        "application": APPLICATION,
        "answers": [{"work": "work-1", "text": await sealed(house, "More", "a", SHROPSHIRE)}],
        "changed_sections": [],
        "weekly_pence": 99_999,
        "given_by": "worker-1",
        "received_at": "2026-10-06T09:00:00Z",
    }
    with pytest.raises(Waiting):
        await house.hear(INFORMED, informed, council=SHROPSHIRE)
    await plan_received(house, 99_999)
    assert (await alone(house)).status_code == 200
    with pytest.raises(Refused, match="ALREADY_DECIDED"):
        await house.hear(INFORMED, informed, council=SHROPSHIRE)


# Sittings -------------------------------------------------------------------------------------------------------


async def test_without_settings_nothing_is_scheduled(house: ServiceHouse) -> None:
    answer = await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
    assert code(answer) == (503, "SETTINGS_NOT_HERE")


async def test_a_sitting_is_scheduled_once_on_a_day_on_which_the_forum_sits(house: ServiceHouse) -> None:
    await settings_heard(house)
    key = uuid4()
    body = {"forum": "CARE_PANEL", "on": "2026-10-13"}
    first = await by_administrator(house, "sittings", body, key=key)
    again = await by_administrator(house, "sittings", body, key=key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert code(await by_administrator(house, "sittings", body)) == (409, "ALREADY_SCHEDULED")
    wednesday = await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-14"})
    assert code(wednesday) == (422, "NOT_A_SITTING_DAY")
    ((type_, subject, data),) = await house.told()
    assert (type_, subject) == ("uk.panelbook.panel.sitting.scheduled.v1", SITTING)
    assert (data["starts_at"], data["ends_at"], data["cut_off_at"]) == (
        "2026-10-13T09:00:00Z",
        "2026-10-13T12:00:00Z",
        "2026-10-07T16:00:00Z",
    )
    (listed,) = (await get(house, "sittings?forum=CARE_PANEL")).json()["sittings"]
    assert (listed["sitting"], listed["stage"], listed["minutes_given_out"]) == (SITTING, "scheduled", 0)


async def test_a_slot_message_names_time_length_place_and_the_members_roles(house: ServiceHouse) -> None:
    await received(house)
    await scheduled_with_slot(house)
    data = (await house.told())[-1][2]
    assert (data["starts_at"], data["minutes"], data["place"]) == ("2026-10-13T09:00:00Z", 20, "Room 4, Euclid Street")
    assert data["members"][0] == {"role": "Director of Children's Social Work (Chair)"}
    assert len(data["members"]) == 13
    (slot,) = (await get(house, f"sittings/{SITTING}")).json()["agenda"]
    assert (slot["application"], slot["minutes"], slot["kept_first"]) == (APPLICATION, 20, False)


async def test_an_incomplete_application_has_no_slot_and_the_attempt_is_logged_with_its_author(
    house: ServiceHouse,
) -> None:
    await settings_heard(house)
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
    slot = {"application": APPLICATION, "minutes": 15, "place": "Room 4"}
    answer = await by_administrator(house, f"sittings/{SITTING}/slots", slot, version=1)
    assert code(answer) == (422, "INCOMPLETE")
    (refused,) = [event for event in await house.logged() if isinstance(event, AccessRefused)]
    assert (refused.command, refused.code) == ("offer_slot", "INCOMPLETE")
    (row,) = await house.host.ledger.rows(SWINDON, lane="access")
    assert row.actor == "admin-1"


async def test_the_thirteenth_slot_of_fifteen_minutes_is_refused(house: ServiceHouse) -> None:
    await settings_heard(house)
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
    answers: list[httpx.Response] = []
    for number in range(1, 14):
        one = str(numbered(number))
        await submitted(house, application=one, complex=False)
        await routed(house, application=one)
        slot = {"application": one, "minutes": 15, "place": "Room 4"}
        answers.append(await by_administrator(house, f"sittings/{SITTING}/slots", slot, version=number))
    assert [answer.status_code for answer in answers] == [200] * 12 + [422]
    assert code(answers[-1]) == (422, "AGENDA_FULL")
    shown = (await get(house, f"sittings/{SITTING}")).json()
    assert [slot["starts_at"][11:16] for slot in shown["agenda"]][-1] == "11:45"


async def test_a_delegated_plan_is_on_no_agenda(house: ServiceHouse) -> None:
    await plan_received(house, 99_999)
    by = {"council": SHROPSHIRE}
    scheduled = await by_administrator(house, "sittings", {"forum": "CONFERENCE_CALL", "on": "2026-10-15"}, **by)
    path = f"{scheduled.headers['Location']}/slots"
    slot = {"application": APPLICATION, "minutes": 15, "place": "By telephone"}
    assert code(await by_administrator(house, path, slot, version=1, **by)) == (422, "BELOW_FLOOR")


async def test_a_sitting_opens_with_its_chair_its_quorum_and_the_skilled(house: ServiceHouse) -> None:
    await received(house)
    await scheduled_with_slot(house)
    path = f"sittings/{SITTING}/opening"
    assert code(await post(house, path, PRESENT, "sm-2", "service_manager", version=2)) == (422, "NO_CHAIR")
    two = {"present": PRESENT["present"][:2]}
    assert code(await by_chair(house, path, two, version=2)) == (422, "NOT_QUORATE")
    money = {"present": [{"member": f"accountant-{n}", "kind": "finance"} for n in (1, 2, 3)]}
    assert code(await by_chair(house, path, money, version=2)) == (422, "NOT_SKILLED")
    assert (await post(house, path, PRESENT, "vice-1", "vice_chair", version=2)).status_code == 200


async def test_nothing_in_a_sitting_changes_once_its_minutes_are_signed(house: ServiceHouse) -> None:
    await being_heard(house)
    assert (await panel_decides(house, outcome="AGREED", review_on="2026-12-08")).status_code == 200
    closing = await by_chair(house, f"sittings/{SITTING}/items/{APPLICATION}/closing", {}, version=4)
    assert closing.status_code == 200, closing.text
    assert (await by_chair(house, f"sittings/{SITTING}/closing", {}, version=5)).status_code == 200
    assert (await by_chair(house, f"sittings/{SITTING}/minutes/signature", {}, version=6)).status_code == 200
    for path in ("closing", "minutes/signature", f"items/{APPLICATION}/opening"):
        assert code(await by_chair(house, f"sittings/{SITTING}/{path}", {}, version=7)) == (409, "MINUTES_SIGNED")
    shown = (await get(house, f"sittings/{SITTING}")).json()
    assert (shown["stage"], shown["signed_by"], shown["version"]) == ("signed", "chair-1", 7)


# A panel's decision ---------------------------------------------------------------------------------------------


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
    shown = await house.http.get(
        thin["detail_url"].removeprefix("/panel"), headers=house.headers("finance-1", "member")
    )
    assert shown.json()["decisions"][0]["decision"] == reference
    rows = {row.name: row.recorded_at for row in await house.stored()}
    assert rows["panel.sitting.item_opened"] < rows["panel.decision.agreed"]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ({"outcome": "partly agreed"}, "OUTCOME_UNKNOWN"),
        ({"outcome": "AGREED"}, "REVIEW_UNSET"),
        ({"outcome": "AGREED", "review_on": "2026-12-08", "weekly_pence": 43_750}, "PLAN_AMENDMENT"),
        ({"outcome": "DEFERRED", "reasons": [REASON]}, "FURTHER_WORK_MISSING"),
        ({"outcome": "DEFERRED", "reasons": [REASON], "further_work": [{**WORK, "owner": ""}]}, "OWNER_MISSING"),
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
    for version, application in ((1, other), (2, APPLICATION)):
        slot = {"application": application, "minutes": 20, "place": "Room 4"}
        slotted = await by_administrator(house, f"sittings/{twentieth}/slots", slot, version=version)
        assert slotted.status_code == 200, slotted.text
    agenda = (await get(house, f"sittings/{twentieth}")).json()["agenda"]
    assert [(slot["application"], slot["starts_at"][11:16]) for slot in agenda] == [
        (APPLICATION, "09:00"),
        (other, "09:20"),
    ]
    house.clock.set("2026-10-20T09:00:00Z")
    assert (await by_chair(house, f"sittings/{twentieth}/opening", PRESENT, version=4)).status_code == 200
    item = f"sittings/{twentieth}/items/{APPLICATION}/opening"
    assert (await by_chair(house, item, {}, version=5)).status_code == 200
    house.clock.advance(timedelta(minutes=10))
    agreed = await panel_decides(house, version=3, outcome="AGREED", review_on="2026-12-15", sitting=twentieth)
    assert agreed.status_code == 200, agreed.text
    shown = (await get(house, f"decisions/{APPLICATION}")).json()
    assert [one["outcome"] for one in shown["decisions"]] == ["DEFERRED", "AGREED"]
    assert shown["decisions"][1]["final_budget"]["weekly_pence"] == 118_000


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


# Delegated decisions --------------------------------------------------------------------------------------------


async def test_99999_pence_are_decided_by_the_practice_and_stand_on_no_agenda(house: ServiceHouse) -> None:
    await plan_received(house, 99_999)
    answer = await alone(house)
    assert answer.status_code == 200, answer.text
    assert answer.json()["events"] == ["panel.decision.delegated_decision_made"]
    ((type_, _, data),) = await house.told(SHROPSHIRE)
    assert type_ == "uk.panelbook.panel.decision.decided.v1"
    assert (data["made"], data["outcome"], data["sitting"]) == ("DELEGATED", "AGREED", None)
    assert (data["settings_version"], data["limit_weekly_pence"], data["weekly_pence"]) == (1, 100_000, 99_999)
    assert len(await house.told(SHROPSHIRE, lane="decisions")) == 1


async def test_authority_is_judged_at_the_moment_of_decision(house: ServiceHouse) -> None:
    await plan_received(house, 99_999)
    assert code(await alone(house, actor="practice-2")) == (403, "NO_LIMIT")
    assert code(await alone(house, actor="worker-1")) == (403, "SELF_APPROVAL")
    grant = {"officer": "practice-2", "limit_weekly_pence": 99_999, "from_at": "2026-10-05T09:00:00Z"}
    await house.hear(GRANTED, {**grant, "until_at": "2026-10-05T10:00:00Z"}, council=SHROPSHIRE)
    assert code(await alone(house, actor="practice-2")) == (403, "NO_LIMIT")
    house.clock.set("2026-10-05T10:00:00Z")
    assert code(await alone(house, actor="practice-2")) == (403, "NO_LIMIT")
    ended = {"officer": "practice-1", "ended_at": "2026-10-05T10:00:00Z"}
    await house.hear(ENDED, ended, council=SHROPSHIRE)
    assert code(await alone(house)) == (403, "NO_LIMIT")
    await house.hear(GRANTED, {**grant, "until_at": None}, council=SHROPSHIRE)
    assert (await alone(house, actor="practice-2")).status_code == 200


async def test_at_100001_pence_the_practices_attempt_is_refused_and_logged(house: ServiceHouse) -> None:
    await plan_received(house, 100_001, delegated=False)
    answer = await alone(house)
    assert code(answer) == (403, "LIMIT_EXCEEDED")
    assert answer.json()["facts"] == {"limit_weekly_pence": 100_000, "weekly_pence": 100_001}
    (refused,) = [event for event in await house.logged(SHROPSHIRE) if isinstance(event, AccessRefused)]
    assert (refused.command, refused.code) == ("decide_by_delegation", "LIMIT_EXCEEDED")
    assert await house.told(SHROPSHIRE) == []


async def test_two_approvers_at_once_get_one_200_and_one_412(house: ServiceHouse) -> None:
    await plan_received(house, 99_999)
    grant = {"officer": "practice-2", "limit_weekly_pence": 100_000, "from_at": "2026-10-01T08:00:00Z"}
    await house.hear(GRANTED, {**grant, "until_at": None}, council=SHROPSHIRE)
    answers = await asyncio.gather(alone(house), alone(house, actor="practice-2"))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len(await house.told(SHROPSHIRE)) == 1


# Withdrawing ----------------------------------------------------------------------------------------------------


async def test_a_withdrawal_needs_the_service_manager_and_frees_the_slot(house: ServiceHouse) -> None:
    await received(house)
    await scheduled_with_slot(house)
    path, reason = f"decisions/{APPLICATION}", {"reason": "The family moved away."}
    worker = ("worker-1", "social_worker")
    assert code(await post(house, f"{path}/withdrawal", reason, *worker, version=1)) == (403, "WITHDRAWAL_NOT_AGREED")
    other = await post(house, f"{path}/withdrawal-agreement", reason, "sm-2", "service_manager", version=1)
    assert code(other) == (403, "NOT_THE_SERVICE_MANAGER")
    manager = ("service-manager-1", "service_manager")
    agreed = await post(house, f"{path}/withdrawal-agreement", reason, *manager, version=1)
    assert agreed.status_code == 200, agreed.text
    key = uuid4()
    withdrawn = await post(house, f"{path}/withdrawal", reason, *worker, version=2, key=key)
    assert withdrawn.json()["events"] == ["panel.decision.withdrawn"]
    again = await post(house, f"{path}/withdrawal", reason, *worker, version=2, key=key)
    assert again.json() == withdrawn.json()
    assert (await get(house, f"sittings/{SITTING}")).json()["agenda"] == []
    assert [row.name for row in await house.stored()][-2:] == ["panel.decision.withdrawn", "panel.sitting.slot_freed"]
    slot = {"application": APPLICATION, "minutes": 20, "place": "Room 4"}
    back = await by_administrator(house, f"sittings/{SITTING}/slots", slot, version=3)
    assert code(back) == (409, "NOT_BEFORE_PANEL")


# Reading and keeping --------------------------------------------------------------------------------------------


async def test_a_complaint_is_noted_as_a_challenge(house: ServiceHouse) -> None:
    await received(house)
    opened = {
        "complaint": str(UUID(int=5)),
        "application": APPLICATION,
        "decision": None,
        "stage": "STAGE_ONE",
        "received_on": "2026-10-13",
        "due_on": "2026-10-27",
        "extendable_to": "2026-11-10",
        "from_party": "parent-1",
        "relationship": "parent",
        "words": await sealed(house, "We disagree", "words", SWINDON),
        "recorded_by": "worker-1",
    }
    await house.hear(COMPLAINED, opened)
    (challenge,) = (await get(house, f"decisions/{APPLICATION}")).json()["challenges"]
    assert challenge == {"complaint": str(UUID(int=5)), "stage": "STAGE_ONE", "received_on": "2026-10-13"}


async def test_names_and_reasons_stand_nowhere_in_clear(house: ServiceHouse) -> None:
    await being_heard(house)
    answer = await panel_decides(
        house, outcome="NOT_AGREED", reasons=[REASON], needed=["A letter from school."], reason_codes=["EVIDENCE"]
    )
    assert answer.status_code == 200, answer.text
    kept = repr(await house.told()) + repr(await house.told(lane="decisions")) + repr(await house.read_models())
    kept += "".join(row.payload.decode() for row in await house.stored()) + answer.text
    for text in (NAME, EMAIL, REASON, "A letter from school."):
        assert text not in kept
    (shown,) = (await get(house, f"decisions/{APPLICATION}")).json()["decisions"]
    assert (shown["reasons"], shown["needed"], shown["person_name"]) == ([REASON], ["A letter from school."], NAME)


async def test_another_councils_sittings_and_decisions_are_not_found(house: ServiceHouse) -> None:
    await being_heard(house)
    for path in (f"decisions/{APPLICATION}", f"sittings/{SITTING}"):
        assert code(await get(house, path, council=SHROPSHIRE)) == (404, "NOT_FOUND")
    assert (await get(house, "decisions", council=SHROPSHIRE)).json() == {"decisions": []}
    other = house.headers("chair-1", "chair", council=SHROPSHIRE, version=1)
    body = {"sitting": SITTING, "outcome": "AGREED", "review_on": "2026-12-08"}
    for council in (SHROPSHIRE, SWINDON):
        path = f"/councils/{council}/decisions/{APPLICATION}/panel-decision"
        assert code(await house.http.post(path, json=body, headers=other)) == (404, "NOT_FOUND")


async def test_an_unknown_field_is_refused(house: ServiceHouse) -> None:
    await being_heard(house)
    answer = await panel_decides(house, outcome="AGREED", review_on="2026-12-08", council="c4d81e")
    assert (answer.status_code, answer.json()["failing"][0]["pointer"]) == (422, "/council")


async def test_dropping_every_read_model_and_folding_again_gives_equal_tables(house: ServiceHouse) -> None:
    await being_heard(house)
    await panel_decides(house, outcome="DEFERRED", reasons=[REASON], further_work=[WORK])
    await plan_received(house, 99_999)
    await alone(house)
    before = await house.read_models()
    assert {name: len(rows) for name, rows in before.items()} == {
        "settings": 2,
        "authority": 1,
        "submission": 2,
        "sitting": 1,
        "slot": 1,
        "decision": 2,
        "challenge": 0,
    }
    assert await rebuild(house.host.book, [SWINDON, SHROPSHIRE]) == len(await house.stored()) + len(
        await house.stored(SHROPSHIRE)
    )
    assert await house.read_models() == before
