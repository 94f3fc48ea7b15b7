"""Packages under an order, freed minutes, limits for what is paid once, and the panel's share, through the doors."""

from typing import Any

import pytest

from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.panel.cases import numbered
from tests.services.panel.doors import (
    APPLICATION,
    GRANTED,
    SITTING,
    WORK,
    alone,
    being_heard,
    by_administrator,
    by_chair,
    code,
    get,
    panel_decides,
    plan_received,
    post,
    received,
    routed,
    scheduled_with_slot,
    settings_heard,
    submitted,
)

FILING = f"decisions/{APPLICATION}/court-filing"
WORKER = ("worker-1", "social_worker")
PRESENT = {
    "present": [
        {"member": "nurse-1", "kind": "health"},
        {"member": "head-1", "kind": "education"},
        {"member": "accountant-1", "kind": "finance"},
    ]
}


async def order_on_agenda(house: ServiceHouse) -> None:
    """An SGO support package on the agenda of 13 October, which is today."""
    await settings_heard(house)
    await submitted(house, order="SGO")
    await routed(house)
    await scheduled_with_slot(house)
    house.clock.set("2026-10-13T09:00:00Z")


async def test_a_plan_is_filed_with_the_court_only_after_the_panels_decision(house: ServiceHouse) -> None:
    """A13: before it 422 PANEL_BEFORE_COURT, after a deferral still, after the decision 200."""
    await order_on_agenda(house)
    assert code(await post(house, FILING, {}, *WORKER, version=1)) == (422, "PANEL_BEFORE_COURT")
    await by_chair(house, f"sittings/{SITTING}/opening", PRESENT, version=2)
    await by_chair(house, f"sittings/{SITTING}/items/{APPLICATION}/opening", {}, version=3)
    house.clock.set("2026-10-13T09:10:00Z")
    assert (await panel_decides(house, outcome="AGREED", review_on="2026-12-08")).status_code == 200
    filed = await post(house, FILING, {}, *WORKER, version=2)
    assert filed.json()["events"] == ["panel.decision.plan_filed_with_court"], filed.text
    shown = (await get(house, f"decisions/{APPLICATION}")).json()
    assert (shown["court_order"], shown["filed_with_court_at"]) == ("SGO", "2026-10-13T09:10:00Z")


async def test_a_deferral_does_not_allow_filing(house: ServiceHouse) -> None:
    """A13."""
    await order_on_agenda(house)
    await by_chair(house, f"sittings/{SITTING}/opening", PRESENT, version=2)
    await by_chair(house, f"sittings/{SITTING}/items/{APPLICATION}/opening", {}, version=3)
    house.clock.set("2026-10-13T09:10:00Z")
    deferring = {"outcome": "DEFERRED", "reasons": ["The school's view is missing."], "further_work": [WORK]}
    assert (await panel_decides(house, **deferring)).status_code == 200
    assert code(await post(house, FILING, {}, *WORKER, version=2)) == (422, "PANEL_BEFORE_COURT")


async def test_a_service_manager_chairs_a_sitting_of_such_cases_and_a_team_manager_does_not(
    house: ServiceHouse,
) -> None:
    """A13."""
    await order_on_agenda(house)
    manager, team_manager = ("service-manager-2", "service_manager"), ("manager-1", "team_manager")
    path, item = f"sittings/{SITTING}/opening", f"sittings/{SITTING}/items/{APPLICATION}/opening"
    assert code(await post(house, path, PRESENT, *team_manager, version=2)) == (422, "CHAIR_NOT_ALLOWED")
    assert (await post(house, path, PRESENT, *manager, version=2)).status_code == 200
    named = {"chair": {"officer": "manager-1", "role": "team_manager"}}
    assert code(await by_administrator(house, item, named, version=3)) == (422, "CHAIR_NOT_ALLOWED")
    assert code(await post(house, item, {}, *team_manager, version=3)) == (422, "CHAIR_NOT_ALLOWED")
    assert (await post(house, item, {}, *manager, version=3)).status_code == 200
    house.clock.set("2026-10-13T09:10:00Z")
    body = {"sitting": SITTING, "outcome": "AGREED", "review_on": "2026-12-08"}
    decided = await post(house, f"decisions/{APPLICATION}/panel-decision", body, *manager, version=1)
    assert decided.status_code == 200, decided.text


async def test_a_sitting_of_another_case_is_not_opened_by_a_service_manager(house: ServiceHouse) -> None:
    """A13, C18."""
    await received(house)
    await scheduled_with_slot(house)
    house.clock.set("2026-10-13T09:00:00Z")
    by = ("service-manager-1", "service_manager")
    assert code(await post(house, f"sittings/{SITTING}/opening", PRESENT, *by, version=2)) == (422, "NO_CHAIR")


async def test_withdrawn_minutes_are_offered_to_the_next_in_order_of_receipt(house: ServiceHouse) -> None:
    """B11: of two that wait, the one received first, in the freed place, with its message."""
    await received(house)
    await scheduled_with_slot(house)
    for number, at in ((8, "2026-10-07T12:00:00Z"), (7, "2026-10-07T11:00:00Z")):
        await submitted(house, application=str(numbered(number)), received_at=at)
        await routed(house, application=str(numbered(number)))
    path, reason = f"decisions/{APPLICATION}", {"reason": "The family moved away."}
    assert code(await post(house, f"{path}/withdrawal", reason, *WORKER, version=1)) == (403, "WITHDRAWAL_NOT_AGREED")
    manager = ("service-manager-1", "service_manager")
    assert (await post(house, f"{path}/withdrawal-agreement", reason, *manager, version=1)).status_code == 200
    assert (await post(house, f"{path}/withdrawal", reason, *WORKER, version=2)).status_code == 200
    (slot,) = (await get(house, f"sittings/{SITTING}")).json()["agenda"]
    assert (slot["application"], slot["starts_at"]) == (str(numbered(7)), "2026-10-13T09:00:00Z")
    *_, (_, subject, data) = [one for one in await house.told() if one[0].endswith("slot_offered.v1")]
    assert (subject, data["minutes"]) == (str(numbered(7)), 20)


@pytest.mark.parametrize(("asker", "role"), [("sm-1", "service_manager"), ("d-1", "director_csw")])
async def test_a_late_one_is_added_for_nobody(house: ServiceHouse, asker: str, role: str) -> None:
    """B2."""
    await settings_heard(house)
    await submitted(house, received_at="2026-10-07T16:00:01Z")
    await routed(house)
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
    slot = {"application": APPLICATION, "minutes": 20, "place": "Room 4"}
    path = f"sittings/{SITTING}/slots"
    assert code(await by_administrator(house, path, slot, version=1)) == (422, "LATE")
    assert code(await post(house, path, slot, asker, role, version=1)) == (422, "LATE")


async def test_what_goes_to_the_complex_health_needs_panel_has_no_slot_at_the_care_panel(house: ServiceHouse) -> None:
    """A11."""
    await settings_heard(house)
    await submitted(house)
    away = {"route": "COMPLEX_HEALTH_NEEDS_PANEL", "forum": None, "sitting_on": None}
    await routed(house, **away, reasons=["COMPLEX_HEALTH_NEEDS"], row="complex-health")
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
    slot = {"application": APPLICATION, "minutes": 20, "place": "Room 4"}
    answer = await by_administrator(house, f"sittings/{SITTING}/slots", slot, version=1)
    assert code(answer) == (422, "OTHER_FORUM")
    assert (await get(house, f"sittings/{SITTING}")).json()["agenda"] == []


# Limits (A7, A18) -----------------------------------------------------------------------------------------------


async def once_asked(house: ServiceHouse, pence: int, **grant: Any) -> tuple[int, str]:
    """A delegated request for one payment, decided by whoever holds the grant."""
    await plan_received(house, 0)
    await submitted(
        house, council=SHROPSHIRE, kind="SUPPORT_PLAN", weekly_pence=0, one_off_pence=pence, times_submitted=2,
        sitting_on=None, forum=None, cut_off_at=None, complex=False,
    )  # fmt: skip
    way: dict[str, Any] = {"route": "DELEGATED", "forum": None, "sitting_on": None, "reasons": ["UNDER_LIMIT"]}
    await routed(house, council=SHROPSHIRE, table="delegated-authority", row="under-1000", **way)
    told = {"officer": "tm-9", "limit_weekly_pence": 0, "from_at": "2026-10-01T08:00:00Z", "until_at": None, **grant}
    await house.hear(GRANTED, told, council=SHROPSHIRE)
    answer = await alone(house, actor="tm-9", version=2)
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize(("pence", "answer"), [(10_000, (201, "")), (10_001, (403, "LIMIT_EXCEEDED"))])
async def test_a_limit_for_what_is_paid_once_is_held_to_the_penny(
    house: ServiceHouse, pence: int, answer: tuple[int, str]
) -> None:
    """A18: £100.00 by a Team Manager, £100.01 is above."""
    assert await once_asked(house, pence, limit_one_off_pence=10_000) == answer


# The panel's share (A12) ----------------------------------------------------------------------------------------


async def test_the_share_counts_final_outcomes_only(house: ServiceHouse) -> None:
    """A12: a deferral is none; nothing decided has no share."""
    await being_heard(house)
    assert (await get(house, "reports/panel-share")).json()["share_percent"] is None
    deferring = {"outcome": "DEFERRED", "reasons": ["The school's view is missing."], "further_work": [WORK]}
    assert (await panel_decides(house, **deferring)).status_code == 200
    report = (await get(house, "reports/panel-share")).json()
    assert report == {"decided": 0, "by_panel": 0, "delegated": 0, "out_of_panel": 0, "share_percent": None}


async def test_the_share_of_one_decided_by_the_panel_is_all_of_it(house: ServiceHouse) -> None:
    """A12."""
    await being_heard(house)
    assert (await panel_decides(house, outcome="AGREED", review_on="2026-12-08")).status_code == 200
    report = (await get(house, "reports/panel-share")).json()
    assert (report["decided"], report["by_panel"], report["share_percent"]) == (1, 1, "100.0")
    before = (await get(house, "reports/panel-share?to=2026-10-12")).json()
    assert (before["decided"], before["share_percent"]) == (0, None)
    assert (await get(house, "reports/panel-share?from=2026-10-13&to=2026-10-13")).json()["decided"] == 1


async def test_ten_of_forty_are_a_quarter(house: ServiceHouse) -> None:
    """A12: 40 decided, 10 of them by the panel = 25.0%."""
    await settings_heard(house, SWINDON)
    await house.hear(
        GRANTED,
        {"officer": "d-1", "limit_weekly_pence": 200_000, "from_at": "2026-10-01T08:00:00Z", "until_at": None},
    )
    for number in range(1, 41):
        await submitted(house, application=str(numbered(number)), complex=False)
        delegated = {"route": "DELEGATED", "forum": None, "sitting_on": None, "row": "under", "reasons": ["UNDER"]}
        await routed(house, application=str(numbered(number)), **({} if number <= 10 else delegated))
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
    for number in range(1, 11):
        slot = {"application": str(numbered(number)), "minutes": 10, "place": "Room 4"}
        assert (await by_administrator(house, f"sittings/{SITTING}/slots", slot, version=number)).status_code == 200
    house.clock.set("2026-10-13T09:00:00Z")
    await by_chair(house, f"sittings/{SITTING}/opening", PRESENT, version=11)
    for number in range(1, 11):
        item = f"sittings/{SITTING}/items/{numbered(number)}"
        await by_chair(house, f"{item}/opening", {}, version=10 + 2 * number)
        house.clock.set(f"2026-10-13T09:{number:02d}:00Z")
        body = {"sitting": SITTING, "outcome": "AGREED", "review_on": "2026-12-08"}
        decided = await by_chair(house, f"decisions/{numbered(number)}/panel-decision", body, version=1)
        assert decided.status_code == 200, decided.text
        await by_chair(house, f"{item}/closing", {}, version=11 + 2 * number)
    for number in range(11, 41):
        path = f"decisions/{numbered(number)}/delegated-decision"
        assert (await post(house, path, {"outcome": "AGREED"}, "d-1", "service_manager", version=1)).status_code == 201
    report = (await get(house, "reports/panel-share")).json()
    assert report == {"decided": 40, "by_panel": 10, "delegated": 30, "out_of_panel": 0, "share_percent": "25.0"}


# Guards ---------------------------------------------------------------------------------------------------------


async def test_a_guard_at_warn_gives_the_slot_and_stays_on_the_agenda(house: ServiceHouse) -> None:
    """B4 under a council that only warns: the level in force is part of the event, and shown."""
    await settings_heard(house, guards={"INCOMPLETE": "warn"})
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
    slot = {"application": APPLICATION, "minutes": 15, "place": "Room 4"}
    assert (await by_administrator(house, f"sittings/{SITTING}/slots", slot, version=1)).status_code == 200
    (shown,) = (await get(house, f"sittings/{SITTING}")).json()["agenda"]
    assert shown["warned"] == [{"code": "INCOMPLETE", "level": "warn"}]


async def test_a_place_given_before_the_form_was_in_is_lost_when_it_comes_in_late(house: ServiceHouse) -> None:
    """B2, B4: under a council that only warns, the cut-off stands all the same; in time the place is kept."""
    await settings_heard(house, guards={"INCOMPLETE": "warn"})
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
    slot = {"application": APPLICATION, "minutes": 20, "place": "Room 4"}
    assert (await by_administrator(house, f"sittings/{SITTING}/slots", slot, version=1)).status_code == 200
    await submitted(house)
    await routed(house)
    (kept,) = (await get(house, f"sittings/{SITTING}")).json()["agenda"]
    assert kept["application"] == APPLICATION
    returned = {"reasons": ["The costs do not add up."]}
    path = f"decisions/{APPLICATION}/return"
    assert (await by_administrator(house, path, returned, version=1)).status_code == 200
    again = await by_administrator(house, f"sittings/{SITTING}/slots", slot, version=3)
    assert again.status_code == 200, again.text
    await submitted(house, received_at="2026-10-07T16:00:01Z", times_submitted=2, sitting_on="2026-10-20")
    await routed(house, sitting_on="2026-10-20")
    assert (await get(house, f"sittings/{SITTING}")).json()["agenda"] == []


async def test_a_refusal_for_cost_alone_of_a_childs_plan_shows_its_warning(house: ServiceHouse) -> None:
    """D8's guard, in the record and in what others hear."""
    await being_heard(house)
    words = {"reasons": ["It costs too much money."], "needed": ["A place that costs less."]}
    meets = {"meets_outcomes": True, "meets_assessed_needs": True, "reason_codes": ["COST"]}
    assert (await panel_decides(house, outcome="NOT_AGREED", **words, **meets)).status_code == 200
    (decided,) = (await get(house, f"decisions/{APPLICATION}")).json()["decisions"]
    assert decided["warned"] == [{"code": "COST_ONLY", "level": "warn"}]
