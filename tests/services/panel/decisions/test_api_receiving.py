"""Panel hears of cases: it receives them once submitted and routed, and follows what changes."""

import asyncpg
import pytest

from edge.access import AccessRead
from ledger.decider import Waiting
from tests.services.house import SHROPSHIRE, ServiceHouse
from tests.services.panel.doors import (
    APPLICATION,
    INFORMED,
    NAME,
    REASON,
    SITTING,
    WORK,
    alone,
    being_heard,
    by_administrator,
    code,
    get,
    panel_decides,
    plan_received,
    received,
    routed,
    scheduled_with_slot,
    sealed,
    submitted,
)


async def test_a_route_waits_for_its_submission_and_leaves_nothing(house: ServiceHouse) -> None:
    with pytest.raises(Waiting):
        await routed(house)
    assert await house.stored() == []
    await received(house)
    shown = await get(house, f"decisions/{APPLICATION}")
    assert (shown.status_code, shown.headers["ETag"]) == (200, '"1"')
    assert (shown.json()["stage"], shown.json()["route"]["row"]) == ("waiting", "placement-move")
    assert shown.json()["person"] == {"person": "person-1", "name": NAME}
    assert AccessRead("decision", APPLICATION, "case_work") in await house.logged()


async def test_a_submission_alone_is_not_yet_in_panels_hands(house: ServiceHouse) -> None:
    await submitted(house)
    assert code(await get(house, f"decisions/{APPLICATION}")) == (404, "NOT_FOUND")
    assert [row.kind for row in await house.stored()] == ["heard"]


async def test_after_a_return_the_route_of_the_new_submission_waits_for_it(house: ServiceHouse) -> None:
    """B5: the return and the deferral to a named sitting are two facts."""
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
    assert answer.status_code == 201, answer.text


async def test_what_is_paid_once_after_further_information_is_what_authority_is_judged_by(house: ServiceHouse) -> None:
    """A18, A6: £900.00 a week and £150.00 once is more than a limit of £1,000.00; £100.00 once is not."""
    await plan_received(house, 90_000)
    informed = {
        "application": APPLICATION,
        "answers": [{"work": "work-1", "text": await sealed(house, "The hoist costs more.", "a", SHROPSHIRE)}],
        "changed_sections": [],
        "weekly_pence": 90_000,
        "given_by": "worker-1",
        "received_at": "2026-10-06T09:00:00Z",
    }
    await house.hear(INFORMED, {**informed, "one_off_pence": 15_000}, council=SHROPSHIRE)
    assert code(await alone(house, version=2)) == (403, "LIMIT_EXCEEDED")
    await house.hear(INFORMED, {**informed, "one_off_pence": 10_000}, council=SHROPSHIRE)
    await house.hear(INFORMED, informed, council=SHROPSHIRE)
    answer = await alone(house, version=4)
    assert answer.status_code == 201, answer.text
    (told,) = [data for _, _, data in await house.told(SHROPSHIRE)]
    assert (told["weekly_pence"], told["one_off_pence"]) == (90_000, 10_000)
    assert (await get(house, f"decisions/{APPLICATION}", council=SHROPSHIRE)).json()["one_off_pence"] == 10_000


async def test_a_case_that_goes_to_a_panel_no_longer_is_taken_off_its_agenda(house: ServiceHouse) -> None:
    await received(house)
    await scheduled_with_slot(house)
    await routed(house, route="DELEGATED", forum=None, sitting_on=None, reasons=["UNDER_LIMIT"], row="under-1000")
    assert (await get(house, f"sittings/{SITTING}")).json()["agenda"] == []
    assert [row.name for row in await house.stored()][-2:] == [
        "panel.decision.route_changed",
        "panel.sitting.slot_freed",
    ]


async def test_a_return_keeps_a_place_only_at_a_sitting_that_lies_ahead_and_asks_for_no_old_work(
    house: ServiceHouse,
) -> None:
    await being_heard(house)
    deferred = await panel_decides(house, outcome="DEFERRED", reasons=[REASON], further_work=[WORK])
    assert deferred.status_code == 200, deferred.text
    path = f"decisions/{APPLICATION}/return"
    past = await by_administrator(house, path, {"reasons": [REASON], "defer_to": "2026-10-13"}, version=2)
    assert code(past) == (422, "NOT_AHEAD")
    ahead = await by_administrator(house, path, {"reasons": [REASON], "defer_to": "2026-10-20"}, version=2)
    assert ahead.status_code == 200, ahead.text
    assert (await get(house, f"decisions/{APPLICATION}")).json()["outstanding"] == []


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
    assert (await alone(house)).status_code == 201
    before = len(await house.stored(SHROPSHIRE))
    await house.hear(INFORMED, informed, council=SHROPSHIRE)
    assert [row.kind for row in (await house.stored(SHROPSHIRE))[before:]] == ["heard"]
    assert await refused(house, SHROPSHIRE) == ["ALREADY_DECIDED"]


async def refused(house: ServiceHouse, council: str) -> list[str]:
    """What could not follow from what was heard, by the code of the rule that refused it."""
    connection = await asyncpg.connect(house.database.admin_dsn)
    try:
        found = await connection.fetch(
            "select answer->>'refused' as code from ledger.outcome where council = $1 and answer->>'refused' <> ''",
            council,
        )
    finally:
        await connection.close()
    return [row["code"] for row in found]
