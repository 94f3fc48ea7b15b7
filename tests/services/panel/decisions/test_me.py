"""What waits for me in panel: the item that is open, minutes, and what follows a decision outside a panel."""

from datetime import timedelta
from typing import Any

from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.panel.decisions.test_api_out_of_panel import (
    DIRECTOR,
    RISK,
    SERVICE_MANAGER,
    TWENTIETH,
    ratification_heard,
)
from tests.services.panel.doors import (
    APPLICATION,
    SITTING,
    being_heard,
    by_chair,
    panel_decides,
    post,
    settings_heard,
)


async def mine(house: ServiceHouse, actor: str, role: str, council: str = SWINDON) -> list[dict[str, Any]]:
    answer = await house.http.get(f"/councils/{council}/me", headers=house.headers(actor, role, council=council))
    assert answer.status_code == 200, answer.text
    return answer.json()["waiting"]


def whats(waiting: list[dict[str, Any]]) -> list[str]:
    return [one["what"] for one in waiting]


async def test_an_open_item_waits_for_the_chair_who_takes_part_until_it_is_decided(house: ServiceHouse) -> None:
    """D1; and the minutes until they are signed."""
    await being_heard(house)
    (waits,) = await mine(house, "chair-1", "chair")
    assert (waits["what"], waits["on"]) == ("HEARING", "2026-10-13")
    assert waits["record"] == f"/panel/councils/{SWINDON}/decisions/{APPLICATION}"
    assert await mine(house, "chair-elsewhere", "chair") == []
    assert await mine(house, "nurse-1", "member") == []
    assert await mine(house, "chair-1", "chair", SHROPSHIRE) == []
    assert (await panel_decides(house, outcome="AGREED", review_on="2026-12-08")).status_code == 200
    assert await mine(house, "chair-1", "chair") == []
    closed = await by_chair(house, f"sittings/{SITTING}/items/{APPLICATION}/closing", {}, version=4)
    assert closed.status_code == 200, closed.text
    over = await by_chair(house, f"sittings/{SITTING}/closing", {}, version=5)
    assert over.status_code == 200, over.text
    (waits,) = await mine(house, "chair-1", "chair")
    assert (waits["what"], waits["application"]) == ("MINUTES", None)
    assert waits["record"] == f"/panel/councils/{SWINDON}/sittings/{SITTING}"
    signed = await by_chair(house, f"sittings/{SITTING}/minutes/signature", {}, version=6)
    assert signed.status_code == 200, signed.text
    assert await mine(house, "chair-1", "chair") == []


async def test_a_decision_outside_a_panel_waits_to_be_ratified_and_for_its_application(house: ServiceHouse) -> None:
    """E2, E7: the chairs', but not of whoever decided; and whoever decided sees that no application has come."""
    await settings_heard(house)
    made = await post(house, "emergency-decisions", RISK, *DIRECTOR)
    assert made.status_code == 201, made.text
    assert whats(await mine(house, "chair-1", "chair")) == ["RATIFICATION"]
    assert whats(await mine(house, DIRECTOR[0], "chair")) == ["APPLICATION_DUE"]
    (waits,) = await mine(house, *DIRECTOR)
    assert waits["what"] == "APPLICATION_DUE"
    assert waits["due_at"] == made.json()["application_due_at"]
    assert await mine(house, *SERVICE_MANAGER) == []


async def test_what_was_not_ratified_waits_for_other_support(house: ServiceHouse) -> None:
    """E4: until it is in place."""
    decision = await ratification_heard(house)
    words = {"reasons": ["No other carer was asked."], "needed": ["A plan with two other carers in it."]}
    body = {"decision": decision, "sitting": TWENTIETH, "outcome": "NOT_RATIFIED", **words}
    said = await by_chair(house, f"decisions/{APPLICATION}/ratification", body, version=1)
    assert said.status_code == 200, said.text
    assert "REPLACEMENT" in whats(await mine(house, *SERVICE_MANAGER))
    house.clock.advance(timedelta(days=1))
    replaced = {"decision": decision, "support": "She lives with her aunt from today."}
    headers = house.headers(*SERVICE_MANAGER, version=2)
    answer = await house.http.post(
        f"/councils/{SWINDON}/decisions/{APPLICATION}/replacement", json=replaced, headers=headers
    )
    assert answer.status_code == 200, answer.text
    assert "REPLACEMENT" not in whats(await mine(house, *SERVICE_MANAGER))
