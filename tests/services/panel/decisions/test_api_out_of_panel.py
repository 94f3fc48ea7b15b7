"""Decisions outside a panel through panel's doors, their ratification, and what is said when something is overdue."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from edge.access import AccessRead, AccessRefused
from ledger.book import rebuild
from services.panel.decisions.alarms import Alarms
from services.panel.sittings.decider import sitting_id
from tests.services.house import SWINDON, ServiceHouse
from tests.services.panel.doors import (
    APPLICATION,
    Said,
    appointed,
    being_heard,
    by_administrator,
    by_chair,
    code,
    get,
    post,
    received,
    routed,
    settings_heard,
    submitted,
)

NEED = "Her carer was taken to hospital."
WORDS = "Two weeks with the carers who know her."
RISK = {"person": "person-1", "risk": "He was found on the bridge again.", "decision": "A place tonight."}
TWENTIETH = str(sitting_id(SWINDON, "CARE_PANEL", date(2026, 10, 20)))
NEXT = str(sitting_id(SWINDON, "CARE_PANEL", date(2026, 10, 27)))
PATH = f"decisions/{APPLICATION}/out-of-panel-decisions"
DIRECTOR = ("director-1", "director_csw")
SERVICE_MANAGER = ("service-manager-1", "service_manager")
PRESENT = {
    "present": [
        {"member": "nurse-1", "kind": "health"},
        {"member": "head-1", "kind": "education"},
        {"member": "accountant-1", "kind": "finance"},
    ]
}


def emergency(**changes: Any) -> Said:
    usual = {"basis": "EMERGENCY", "need": NEED, "decision": WORDS, "person": "person-1", "weekly_pence": 84_000}
    return {**usual, "grounds": ["EMERGENCY_CARE_NEED"], **changes}


async def decides(house: ServiceHouse, who: tuple[str, str] = SERVICE_MANAGER, **changes: Any) -> httpx.Response:
    return await post(house, PATH, emergency(**changes), *who)


async def listed(house: ServiceHouse) -> list[dict[str, Any]]:
    return (await get(house, "out-of-panel-decisions")).json()["decisions"]


async def alarms(house: ServiceHouse) -> int:
    """What the worker does once."""
    return await Alarms(house.host.book, house.clock.now).round(SWINDON)


async def told(house: ServiceHouse, name: str) -> list[dict[str, Any]]:
    return [data for type_, _, data in await house.told() if type_ == f"uk.panelbook.panel.decision.{name}.v1"]


async def ratification_heard(house: ServiceHouse) -> str:
    """An emergency decided on Friday is being heard on Tuesday 20 October; returns the decision."""
    await settings_heard(house)
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-20"})
    house.clock.set("2026-10-16T13:00:00Z")
    made = await decides(house)
    house.clock.set("2026-10-20T09:00:00Z")
    opened = await by_chair(house, f"sittings/{TWENTIETH}/opening", PRESENT, version=2)
    assert opened.status_code == 200, opened.text
    item = await by_chair(house, f"sittings/{TWENTIETH}/items/{APPLICATION}/opening", {}, version=3)
    assert item.status_code == 200, item.text
    house.clock.advance(timedelta(minutes=5))
    return made.json()["decision"]


# Who decides (E1, E6) -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "pence", "answer"),
    [
        (SERVICE_MANAGER, 99_999, (201, "")),
        (SERVICE_MANAGER, 100_000, (403, "HIGH_COST")),
        (DIRECTOR, 100_000, (201, "")),
        (("manager-1", "team_manager"), 99_999, (403, "ROLE_NOT_ALLOWED")),
    ],
)
async def test_who_decides_in_an_emergency_follows_from_the_cost(
    house: ServiceHouse, who: tuple[str, str], pence: int, answer: tuple[int, str]
) -> None:
    """E1: to the penny."""
    await settings_heard(house)
    await appointed(house, "service-manager-2", "service_manager")
    advice = {"officer": "service-manager-2", "text": "Agreed, there is nobody else."}
    said = await decides(house, who, weekly_pence=pence, advice=advice)
    assert (said.status_code, said.json().get("code", "")) == answer
    assert len(await told(house, "decided_out_of_panel")) == (1 if answer[0] == 201 else 0)
    refused = [event for event in await house.logged() if isinstance(event, AccessRefused)]
    assert [one.code for one in refused] == ([answer[1]] if answer[1] else [])


async def test_a_missed_cut_off_is_refused_and_so_is_an_emergency_without_advice(house: ServiceHouse) -> None:
    """E6, B2: and with both it is decided."""
    await settings_heard(house)
    assert code(await decides(house, DIRECTOR, grounds=["MISSED_CUT_OFF"])) == (422, "NOT_EXCEPTIONAL")
    assert code(await decides(house, DIRECTOR)) == (422, "ADVICE_MISSING")
    await appointed(house, "service-manager-1", "service_manager")
    both = await decides(house, DIRECTOR, advice={"officer": "service-manager-1", "text": "There is nobody else."})
    assert both.status_code == 201, both.text
    (shown,) = (await get(house, PATH)).json()["decisions"]
    assert (shown["advised_by"], shown["advice"]) == ("service-manager-1", "There is nobody else.")
    assert (shown["need"], shown["words"], shown["support"], shown["outcome"]) == (NEED, WORDS, "CONTINUES", "waiting")
    assert AccessRead("out_of_panel_decision", APPLICATION, "case_work") in await house.logged()


async def test_nobody_decides_their_own_application_out_of_panel(house: ServiceHouse) -> None:
    """A6: the allocated worker who also holds the role."""
    await received(house)
    assert code(await decides(house, ("worker-1", "director_csw"), weekly_pence=None)) == (403, "SELF_APPROVAL")


async def test_one_command_sent_twice_is_one_decision(house: ServiceHouse) -> None:
    await settings_heard(house)
    key = uuid4()
    answers = [await post(house, PATH, emergency(), *SERVICE_MANAGER, key=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await told(house, "decided_out_of_panel")) == 1


# A risk to life (E3, E7) ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [DIRECTOR, ("on-call-1", "on_call_delegate")])
async def test_at_a_risk_to_life_three_fields_are_decided_at_once_with_nothing_else_running(
    house: ServiceHouse, who: tuple[str, str]
) -> None:
    """E3: Sunday 18 October 03:00. Neither Kafka nor Notify runs here, and panel has not even heard any settings."""
    house.clock.set("2026-10-18T02:00:00Z")
    answer = await post(house, "emergency-decisions", RISK, *who)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert answer.headers["Location"] == f"decisions/{said['application']}/out-of-panel-decisions"
    assert said["events"] == ["panel.decision.decided_out_of_panel"]
    assert said["application_due_at"] == "2026-10-19T16:00:00Z"
    (outbox,) = await told(house, "decided_out_of_panel")
    assert (outbox["basis"], outbox["person"], outbox["decided_role"]) == ("RISK_TO_LIFE", "person-1", who[1])
    ((_, _, announced),) = await house.told(lane="decisions")
    assert (
        announced["detail_url"] == f"/panel/councils/{SWINDON}/decisions/{said['application']}/out-of-panel-decisions"
    )
    assert RISK["risk"] not in repr(await house.told()) + repr(await house.read_models())


@pytest.mark.parametrize("missing", ["person", "risk", "decision"])
async def test_person_risk_and_decision_are_required(house: ServiceHouse, missing: str) -> None:
    said = {name: words for name, words in RISK.items() if name != missing}
    answer = await post(house, "emergency-decisions", said, *DIRECTOR)
    assert (answer.status_code, answer.json()["failing"][0]["pointer"]) == (422, f"/{missing}")


async def test_others_do_not_decide_at_a_risk_to_life(house: ServiceHouse) -> None:
    assert code(await post(house, "emergency-decisions", RISK, *SERVICE_MANAGER)) == (403, "ROLE_NOT_ALLOWED")


async def test_the_missing_application_is_overdue_a_second_after_it_was_due_and_support_goes_on(
    house: ServiceHouse,
) -> None:
    """E7: due Mon 19 Oct 16:00:00Z; at 16:00:01Z APPLICATION_OVERDUE to the Director, once."""
    await settings_heard(house)
    house.clock.set("2026-10-18T02:00:00Z")
    application = (await post(house, "emergency-decisions", RISK, *DIRECTOR)).json()["application"]
    house.clock.set("2026-10-19T16:00:00Z")
    assert await alarms(house) == 0
    assert (await listed(house))[0]["overdue"] == []
    house.clock.set("2026-10-19T16:00:01Z")
    assert (await listed(house))[0]["overdue"] == ["APPLICATION_OVERDUE"]
    assert (await alarms(house), await alarms(house)) == (1, 0)
    (alarm,) = await told(house, "alarm_raised")
    assert (alarm["code"], alarm["roles"]) == ("APPLICATION_OVERDUE", ["director_csw"])
    assert (alarm["fell_due_at"], alarm["noticed_at"]) == ("2026-10-19T16:00:00Z", "2026-10-19T16:00:01Z")
    (shown,) = (await get(house, f"decisions/{application}/out-of-panel-decisions")).json()["decisions"]
    assert (shown["support"], shown["outcome"], len(shown["alarms"])) == ("CONTINUES", "waiting", 1)


async def test_the_application_that_was_due_is_received_into_the_same_history(house: ServiceHouse) -> None:
    """E3, E7: the application carries the id that the decision gave it, and nothing is overdue any more."""
    await settings_heard(house)
    house.clock.set("2026-10-18T02:00:00Z")
    application = (await post(house, "emergency-decisions", RISK, *DIRECTOR)).json()["application"]
    await submitted(house, application=application, received_at="2026-10-19T15:59:59Z")
    await routed(house, application=application)
    house.clock.set("2026-10-19T16:00:01Z")
    assert await alarms(house) == 0
    (one,) = await listed(house)
    assert (one["overdue"], one["arrived_at"]) == ([], "2026-10-19T15:59:59Z")
    shown = (await get(house, f"decisions/{application}")).json()
    assert (shown["stage"], shown["version"]) == ("waiting", 2)


# A short period (E5) --------------------------------------------------------------------------------------------


async def test_a_short_period_needs_an_end_and_on_its_last_day_there_is_an_alarm_and_no_stop(
    house: ServiceHouse,
) -> None:
    """E5: with an end of 30 October, the alarm comes as that day begins in London."""
    await settings_heard(house)
    house.clock.set("2026-10-16T13:00:00Z")
    short = {"basis": "SHORT_PERIOD", "grounds": [], "weekly_pence": 612_308}
    assert code(await decides(house, DIRECTOR, **short)) == (422, "SHORT_PERIOD_END_MISSING")
    assert (await decides(house, DIRECTOR, ends_on="2026-10-30", **short)).status_code == 201
    house.clock.set("2026-10-30T00:00:00Z")
    await alarms(house)
    assert await told(house, "alarm_raised") == [], "E7's due time is a risk to life's alone"
    house.clock.set("2026-10-30T00:00:01Z")
    await alarms(house)
    assert [one["code"] for one in await told(house, "alarm_raised")] == ["SHORT_PERIOD_ENDED"]
    (shown,) = (await get(house, PATH)).json()["decisions"]
    assert (shown["support"], shown["ends_on"]) == ("CONTINUES", "2026-10-30")
    assert shown["overdue"] == ["SHORT_PERIOD_ENDED"]


# Ratification (E2, E4) ------------------------------------------------------------------------------------------


async def test_a_decision_stands_on_the_following_agenda_although_its_cut_off_has_passed(house: ServiceHouse) -> None:
    """E2: decided on Friday 16 October 14:00, cut-off Wednesday 14 October 17:00; scheduled before or after."""
    await settings_heard(house)
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-20"})
    house.clock.set("2026-10-16T13:00:00Z")
    made = (await decides(house)).json()
    assert (made["forum"], made["ratify_on"]) == ("CARE_PANEL", "2026-10-20")
    (slot,) = (await get(house, f"sittings/{TWENTIETH}")).json()["agenda"]
    assert (slot["application"], slot["minutes"], slot["to_ratify"]) == (APPLICATION, 10, [made["decision"]])
    assert not [type_ for type_, _, _ in await house.told() if type_.endswith("slot_offered.v1")]


async def test_its_ratification_stays_when_the_application_that_was_due_comes_for_a_later_sitting(
    house: ServiceHouse,
) -> None:
    """E2, E3, E7: due on Monday, handed in for the 27th; Tuesday ratifies, and the 27th hears it."""
    await settings_heard(house)
    for day in ("2026-10-20", "2026-10-27"):
        await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": day})
    house.clock.set("2026-10-18T02:00:00Z")
    made = (await post(house, "emergency-decisions", RISK, *DIRECTOR)).json()
    application = made["application"]
    await submitted(house, application=application, received_at="2026-10-19T15:00:00Z", sitting_on="2026-10-27")
    await routed(house, application=application, sitting_on="2026-10-27")
    (item,) = (await get(house, f"sittings/{TWENTIETH}")).json()["agenda"]
    assert (item["application"], item["to_ratify"]) == (application, [made["decision"]])
    place = {"application": application, "minutes": 20, "place": "Room 3"}
    answer = await by_administrator(house, f"sittings/{NEXT}/slots", place, version=1)
    assert answer.status_code == 200, answer.text
    (item,) = (await get(house, f"sittings/{TWENTIETH}")).json()["agenda"]
    assert item["to_ratify"] == [made["decision"]]


@pytest.mark.parametrize("how", ["return", "withdrawal"])
async def test_its_ratification_stays_when_the_application_leaves_the_agenda(house: ServiceHouse, how: str) -> None:
    """E2, B5, B11: ratified in its application's place, and still on that agenda when that has gone."""
    await settings_heard(house)
    await submitted(house, weekly_pence=84_000)
    await routed(house)
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-20"})
    place = {"application": APPLICATION, "minutes": 20, "place": "Room 3"}
    await by_administrator(house, f"sittings/{TWENTIETH}/slots", place, version=1)
    house.clock.set("2026-10-16T13:00:00Z")
    made = (await decides(house)).json()
    reason = {"reason": "The family moved to another area."}
    if how == "return":
        back = {"reasons": ["The costs are of another child."]}
        steps = [("return", back, "admin-1", "panel_administrator")]
    else:
        steps = [
            ("withdrawal-agreement", reason, *SERVICE_MANAGER),
            ("withdrawal", reason, "worker-1", "social_worker"),
        ]
    version = 2
    for path, body, actor, role in steps:
        answer = await post(house, f"decisions/{APPLICATION}/{path}", body, actor, role, version=version)
        assert answer.is_success, answer.text
        version = answer.json()["version"]
    (item,) = (await get(house, f"sittings/{TWENTIETH}")).json()["agenda"]
    assert (item["application"], item["minutes"], item["to_ratify"]) == (APPLICATION, 10, [made["decision"]])


async def test_a_sitting_that_is_scheduled_later_takes_what_waits_for_it(house: ServiceHouse) -> None:
    """E2."""
    await settings_heard(house)
    house.clock.set("2026-10-16T13:00:00Z")
    made = (await decides(house)).json()
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-20"})
    (slot,) = (await get(house, f"sittings/{TWENTIETH}")).json()["agenda"]
    assert slot["to_ratify"] == [made["decision"]]


async def test_it_stands_on_one_agenda_however_many_are_scheduled(house: ServiceHouse) -> None:
    """E2: on the following one alone, not on the one after it as well, where nothing would be left to ratify."""
    await settings_heard(house)
    house.clock.set("2026-10-16T13:00:00Z")
    await decides(house)
    for day in ("2026-10-20", "2026-10-27"):
        await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": day})
    assert len((await get(house, f"sittings/{TWENTIETH}")).json()["agenda"]) == 1
    assert (await get(house, f"sittings/{NEXT}")).json()["agenda"] == []


async def test_a_decision_while_the_panel_sits_waits_for_the_next_one(house: ServiceHouse) -> None:
    """E2."""
    await being_heard(house)
    made = await post(house, f"decisions/{uuid4()}/out-of-panel-decisions", emergency(), *SERVICE_MANAGER)
    assert made.json()["ratify_on"] == "2026-10-20"


async def test_the_panel_ratifies_at_its_sitting(house: ServiceHouse) -> None:
    """E2."""
    decision = await ratification_heard(house)
    body = {"decision": decision, "sitting": TWENTIETH, "outcome": "RATIFIED"}
    answer = await by_chair(house, f"decisions/{APPLICATION}/ratification", body, version=1)
    assert answer.json()["events"] == ["panel.decision.ratified"], answer.text
    (said,) = await told(house, "ratified")
    assert (said["decision"], said["sitting"], said["by"]) == (decision, TWENTIETH, "chair-1")
    await by_chair(house, f"sittings/{TWENTIETH}/items/{APPLICATION}/closing", {}, version=4)
    assert (await by_chair(house, f"sittings/{TWENTIETH}/closing", {}, version=5)).status_code == 200
    assert await told(house, "alarm_raised") == []
    assert (await listed(house))[0]["outcome"] == "ratified"


async def test_what_a_sitting_leaves_unratified_is_told_to_chair_and_director_and_waits_for_the_next(
    house: ServiceHouse,
) -> None:
    """E2: RATIFICATION_OVERDUE at its close."""
    decision = await ratification_heard(house)
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-27"})
    await by_chair(house, f"sittings/{TWENTIETH}/items/{APPLICATION}/closing", {}, version=4)
    closed = await by_chair(house, f"sittings/{TWENTIETH}/closing", {}, version=5)
    assert closed.status_code == 200, closed.text
    (alarm,) = await told(house, "alarm_raised")
    assert (alarm["code"], alarm["officers"], alarm["roles"]) == (
        "RATIFICATION_OVERDUE",
        ["chair-1"],
        ["director_csw"],
    )
    assert (alarm["sitting"], alarm["ratify_on"]) == (TWENTIETH, "2026-10-27")
    assert (await listed(house))[0]["overdue"] == ["RATIFICATION_OVERDUE"]
    (slot,) = (await get(house, f"sittings/{NEXT}")).json()["agenda"]
    assert slot["to_ratify"] == [decision]


async def test_what_is_not_ratified_goes_on_until_a_replacement_is_in_place(house: ServiceHouse) -> None:
    """E4: the first decision stays as made; reasons and what would be needed as D2."""
    decision = await ratification_heard(house)
    path, body = f"decisions/{APPLICATION}/ratification", {"decision": decision, "sitting": TWENTIETH}
    bare = await by_chair(house, path, {**body, "outcome": "NOT_RATIFIED"}, version=1)
    assert [one["code"] for one in bare.json()["failing"]] == ["REASONS_MISSING", "NEEDED_MISSING"]
    words = {"reasons": ["It is further away than need be."], "needed": ["A place within the borough."]}
    assert (await by_chair(house, path, {**body, "outcome": "NOT_RATIFIED", **words}, version=1)).status_code == 200
    (shown,) = (await get(house, PATH)).json()["decisions"]
    assert (shown["words"], shown["outcome"], shown["support"]) == (WORDS, "not_ratified", "CONTINUES")
    assert (shown["reasons"], shown["needed"]) == (words["reasons"], words["needed"])
    replaced = {"decision": decision, "support": "She lives with her aunt."}
    by = ("manager-1", "team_manager")
    assert (await post(house, f"decisions/{APPLICATION}/replacement", replaced, *by, version=2)).status_code == 200
    assert (await get(house, PATH)).json()["decisions"][0]["support"] == "REPLACED"
    before = await house.read_models()
    await rebuild(house.host.book, [SWINDON])
    assert await house.read_models() == before


async def test_another_council_reads_nothing_of_it(house: ServiceHouse) -> None:
    await settings_heard(house)
    await decides(house)
    assert code(await get(house, PATH, council="c92ab7")) == (404, "NOT_FOUND")
    assert (await get(house, "out-of-panel-decisions", council="c92ab7")).json() == {
        "decisions": [],
        "total": 0,
        "next": None,
    }
    assert code(await get(house, f"decisions/{UUID(int=9)}/out-of-panel-decisions")) == (404, "NOT_FOUND")
