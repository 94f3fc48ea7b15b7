"""Decisions within an officer's own authority, and withdrawals, through panel's doors."""

import asyncio
from uuid import uuid4

from edge.access import AccessRefused
from tests.services.house import SHROPSHIRE, ServiceHouse
from tests.services.panel.doors import (
    APPLICATION,
    ENDED,
    GRANTED,
    SITTING,
    alone,
    by_administrator,
    code,
    get,
    plan_received,
    post,
    received,
    scheduled_with_slot,
)


async def test_99999_pence_are_decided_by_the_practice_and_stand_on_no_agenda(house: ServiceHouse) -> None:
    """A1."""
    await plan_received(house, 99_999)
    answer = await alone(house)
    assert (answer.status_code, answer.headers["Location"]) == (201, f"decisions/{APPLICATION}"), answer.text
    assert answer.json()["events"] == ["panel.decision.delegated_decision_made"]
    ((type_, _, data),) = await house.told(SHROPSHIRE)
    assert type_ == "uk.panelbook.panel.decision.decided.v1"
    assert (data["made"], data["outcome"], data["sitting"]) == ("DELEGATED", "AGREED", None)
    assert (data["settings_version"], data["limit_weekly_pence"], data["weekly_pence"]) == (1, 100_000, 99_999)
    assert len(await house.told(SHROPSHIRE, lane="decisions")) == 1


async def test_authority_is_judged_at_the_moment_of_decision(house: ServiceHouse) -> None:
    """A6: no limit, own application, expired, ended, and granted again."""
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
    assert (await alone(house, actor="practice-2")).status_code == 201


async def test_at_100001_pence_the_practices_attempt_is_refused_and_logged(house: ServiceHouse) -> None:
    """A3."""
    await plan_received(house, 100_001, delegated=False)
    answer = await alone(house)
    assert code(answer) == (403, "LIMIT_EXCEEDED")
    assert answer.json()["facts"] == {"limit_weekly_pence": 100_000, "weekly_pence": 100_001}
    (refused,) = [event for event in await house.logged(SHROPSHIRE) if isinstance(event, AccessRefused)]
    assert (refused.command, refused.code) == ("decide_by_delegation", "LIMIT_EXCEEDED")
    assert await house.told(SHROPSHIRE) == []


async def test_two_approvers_at_once_get_one_201_and_one_412(house: ServiceHouse) -> None:
    await plan_received(house, 99_999)
    grant = {"officer": "practice-2", "limit_weekly_pence": 100_000, "from_at": "2026-10-01T08:00:00Z"}
    await house.hear(GRANTED, {**grant, "until_at": None}, council=SHROPSHIRE)
    answers = await asyncio.gather(alone(house), alone(house, actor="practice-2"))
    assert sorted(answer.status_code for answer in answers) == [201, 412]
    assert len(await house.told(SHROPSHIRE)) == 1


async def test_a_withdrawal_needs_the_service_manager_and_frees_the_slot(house: ServiceHouse) -> None:
    """B11."""
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
