"""Through panel's doors: authority that had ended, settings that come late, and whose advice it is."""

from datetime import date
from typing import Any

import asyncpg

from ledger.book import rebuild
from ledger.migrate import prepare_service
from services.panel.main import SERVICE
from services.panel.sittings.decider import sitting_id
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.panel.decisions.test_api_out_of_panel import DIRECTOR, RISK, decides
from tests.services.panel.doors import (
    APPLICATION,
    ENDED,
    GRANTED,
    PRESENT,
    alone,
    appointed,
    by_administrator,
    by_chair,
    code,
    get,
    plan_received,
    post,
    settings_heard,
)

CALL = str(sitting_id(SHROPSHIRE, "CONFERENCE_CALL", date(2026, 10, 8)))
FOUND = "uk.panelbook.panel.decision.authority_conflict_found.v1"
PATH = f"decisions/{APPLICATION}/out-of-panel-decisions"


async def found(house: ServiceHouse) -> list[dict[str, Any]]:
    return [data for type_, _, data in await house.told(SHROPSHIRE) if type_ == FOUND]


async def ended_before(house: ServiceHouse, moment: str = "2026-10-05T07:59:59Z") -> None:
    """Routing tells, after the decision at 08:00:00Z, that the authority had ended."""
    await house.hear(ENDED, {"officer": "practice-1", "ended_at": moment}, council=SHROPSHIRE)


async def conflicting(house: ServiceHouse) -> str:
    """A delegated decision whose authority had ended, with a weekly call to come; returns the decision."""
    await plan_received(house, 99_999)
    call = {"forum": "CONFERENCE_CALL", "on": "2026-10-08"}
    scheduled = await by_administrator(house, "sittings", call, council=SHROPSHIRE)
    assert scheduled.status_code == 201, scheduled.text
    decision = (await alone(house)).json()["decision"]
    await ended_before(house)
    return decision


# Authority that had ended (A1, A6) ------------------------------------------------------------------------------


async def test_a_revocation_heard_late_is_told_once_and_shown_to_be_ratified(house: ServiceHouse) -> None:
    """A6: decided at 08:00:00Z; that authority had ended a second before arrives afterwards, twice."""
    decision = await conflicting(house)
    await ended_before(house)
    (told,) = await found(house)
    assert (told["decision"], told["decided_by"], told["roles"]) == (decision, "practice-1", ["head_of_service"])
    assert (told["ended_at"], told["forum"], told["ratify_on"]) == (
        "2026-10-05T07:59:59Z",
        "CONFERENCE_CALL",
        "2026-10-08",
    )
    (listed,) = (await get(house, "out-of-panel-decisions", council=SHROPSHIRE)).json()["decisions"]
    assert (listed["decision"], listed["basis"], listed["outcome"]) == (decision, "DELEGATED", "waiting")
    assert listed["authority_ended_at"] == "2026-10-05T07:59:59Z"
    (shown,) = (await get(house, PATH, council=SHROPSHIRE)).json()["decisions"]
    assert [one["code"] for one in shown["alarms"]] == ["AUTHORITY_CONFLICT"]
    assert (shown["words"], shown["support"], shown["overdue"]) == (None, "CONTINUES", [])
    case = (await get(house, f"decisions/{APPLICATION}", council=SHROPSHIRE)).json()
    assert (case["stage"], len(case["decisions"])) == ("agreed", 1), "nothing is undone by itself"
    (slot,) = (await get(house, f"sittings/{CALL}", council=SHROPSHIRE)).json()["agenda"]
    assert (slot["application"], slot["to_ratify"]) == (APPLICATION, [decision])
    before = await house.read_models()
    await rebuild(house.host.book, [SHROPSHIRE])
    assert await house.read_models() == before


async def test_the_weekly_call_ratifies_it_and_it_stays_a_delegated_decision(house: ServiceHouse) -> None:
    """A6, E2."""
    decision = await conflicting(house)
    house.clock.set("2026-10-08T09:00:00Z")
    version = (await get(house, f"sittings/{CALL}", council=SHROPSHIRE)).json()["version"]
    path = f"sittings/{CALL}"
    opened = await by_chair(house, f"{path}/opening", PRESENT, council=SHROPSHIRE, version=version)
    assert opened.status_code == 200, opened.text
    item = f"{path}/items/{APPLICATION}/opening"
    heard = await by_chair(house, item, {}, council=SHROPSHIRE, version=version + 1)
    assert heard.status_code == 200, heard.text
    house.clock.set("2026-10-08T09:05:00Z")
    said = {"decision": decision, "sitting": CALL, "outcome": "RATIFIED"}
    case = (await get(house, f"decisions/{APPLICATION}", council=SHROPSHIRE)).json()
    ratifying = f"decisions/{APPLICATION}/ratification"
    answer = await by_chair(house, ratifying, said, council=SHROPSHIRE, version=case["version"])
    assert answer.json()["events"] == ["panel.decision.ratified"], answer.text
    (listed,) = (await get(house, "out-of-panel-decisions", council=SHROPSHIRE)).json()["decisions"]
    assert listed["outcome"] == "ratified"
    share = (await get(house, "reports/panel-share", council=SHROPSHIRE)).json()
    assert (share["decided"], share["delegated"]) == (1, 1), share


async def test_an_end_after_the_decision_and_a_grant_that_follows_conflict_with_nothing(house: ServiceHouse) -> None:
    """A6: what was decided in time stays without an alarm."""
    await plan_received(house, 99_999)
    assert (await alone(house)).status_code == 201
    await ended_before(house, "2026-10-05T08:00:00.000001Z")
    grant = {"officer": "practice-1", "limit_weekly_pence": 50_000, "from_at": "2026-10-05T09:00:00Z"}
    await house.hear(GRANTED, {**grant, "until_at": None}, council=SHROPSHIRE)
    assert await found(house) == []
    assert (await get(house, "out-of-panel-decisions", council=SHROPSHIRE)).json()["decisions"] == []


# Settings that come late (E2, E3) -------------------------------------------------------------------------------


async def test_a_risk_to_life_before_any_settings_is_on_the_next_agenda_once_they_are_heard(
    house: ServiceHouse,
) -> None:
    """E2, E3: decided on Sunday 18 October 03:00; the settings that come name the Tuesday, once."""
    house.clock.set("2026-10-18T02:00:00Z")
    made = (await post(house, "emergency-decisions", RISK, *DIRECTOR)).json()
    assert made["ratify_on"] is None
    await settings_heard(house)
    await settings_heard(house, version=2)
    (listed,) = (await get(house, "out-of-panel-decisions")).json()["decisions"]
    assert (listed["decision"], listed["ratify_on"]) == (made["decision"], "2026-10-20")
    assert [row.name for row in await house.stored()].count("panel.decision.ratification_set") == 1
    assert await agenda(house, date(2026, 10, 20)) == [[made["decision"]]]


async def test_a_risk_to_life_before_the_heard_settings_are_in_force_is_on_the_next_agenda(house: ServiceHouse) -> None:
    """E2, E3: they are in force a quarter of an hour later, and the first sitting that is scheduled then has it."""
    await settings_heard(house, in_force_from="2026-10-05T08:15:00Z")
    made = (await post(house, "emergency-decisions", RISK, *DIRECTOR)).json()
    assert made["ratify_on"] is None
    house.clock.set("2026-10-05T08:15:00Z")
    assert await agenda(house, date(2026, 10, 6)) == [[made["decision"]]]


async def agenda(house: ServiceHouse, on: date) -> list[list[str]]:
    """What is to be ratified, slot by slot, at a Care Panel that is scheduled now."""
    scheduled = await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": on.isoformat()})
    assert scheduled.status_code == 201, scheduled.text
    sitting = (await get(house, f"sittings/{sitting_id(SWINDON, 'CARE_PANEL', on)}")).json()
    return [slot["to_ratify"] for slot in sitting["agenda"]]


# Whose advice it is (E6) ----------------------------------------------------------------------------------------


async def test_the_named_adviser_holds_the_role_whose_advice_it_is(house: ServiceHouse) -> None:
    """E6: refused as team manager; not as service manager, nor while the appointment is on its way."""
    await settings_heard(house)
    advice = {"officer": "officer-9", "text": "Agreed, there is nobody else."}
    await appointed(house, "officer-9", "team_manager")
    refused = await decides(house, DIRECTOR, advice=advice)
    assert code(refused) == (422, "ADVICE_MISSING")
    unheard = {**advice, "officer": "officer-10"}
    assert (await decides(house, DIRECTOR, advice=unheard)).status_code == 201
    (listed,) = (await get(house, PATH)).json()["decisions"]
    assert listed["warned"] == [{"code": "ADVISER_NOT_HEARD", "level": "warn"}]
    await appointed(house, "officer-9", "service_manager")
    assert (await decides(house, DIRECTOR, advice=advice)).status_code == 201


async def test_a_service_manager_who_decides_needs_no_other_adviser(house: ServiceHouse) -> None:
    """E6: the advice is their own, whether or not panel heard of their appointment."""
    await settings_heard(house)
    assert (await decides(house)).status_code == 201


async def test_an_adviser_appointed_before_the_upgrade_advises_after_it(house: ServiceHouse) -> None:
    """E6: the migration fills the new table, council by council, from what was heard before."""
    await appointed(house, "officer-9", "team_manager")
    await appointed(house, "officer-9", "service_manager", SHROPSHIRE)
    await appointed(house, "officer-9", "service_manager")
    await appointed(house, "officer-8", "head_of_service")
    await settings_heard(house)
    folded = (await house.read_models())["officer"]
    await before_the_upgrade(house)
    await prepare_service(
        house.database.admin_dsn, "panel", database=house.database.name, passwords={}, migrations=SERVICE.migrations()
    )
    assert (await house.read_models())["officer"] == folded
    assert len(folded) == 3
    advice = {"officer": "officer-9", "text": "Agreed, there is nobody else."}
    assert (await decides(house, DIRECTOR, advice=advice)).status_code == 201


async def before_the_upgrade(house: ServiceHouse) -> None:
    """The rows that were heard are there; the table of officers has none yet, and nothing filled it."""
    connection = await asyncpg.connect(house.database.admin_dsn)
    try:
        await connection.execute("delete from read.officer")
        undone = await connection.execute("delete from ledger.migration where name like '%officers_heard.sql'")
        assert undone == "DELETE 1"
    finally:
        await connection.close()
