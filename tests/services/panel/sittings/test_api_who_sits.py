"""Who sits on a forum reads what stands on its coming agenda, and nobody of another forum's (I5, C12)."""

from typing import Any

from councils.packs import load_pack
from tests.services.house import ServiceHouse
from tests.services.panel.doors import (
    APPLICATION,
    PRESENT,
    SITTING,
    by_administrator,
    by_chair,
    received,
    routed,
    scheduled_with_slot,
    settings_heard,
    submitted,
)

NEXT = "7a9f1b3e-8a53-5d43-9a0e-51f0f5a3c002"
ROLES = {"chair-1": "chair", "nurse-1": "member", "others-chair": "chair", "others-member": "member"}


async def readers(house: ServiceHouse, application: str) -> set[str]:
    """Who of them all is shown it."""
    found: set[str] = set()
    for actor, role in ROLES.items():
        answer = await house.http.get(f"/councils/c4d81e/decisions/{application}", headers=house.headers(actor, role))
        assert answer.status_code in (200, 404), answer.text
        found |= {actor} if answer.status_code == 200 else set()
    return found


async def test_where_there_is_one_forum_whoever_sits_on_panels_sits_on_it(house: ServiceHouse) -> None:
    """I5: until members are appointed to a sitting, before it opens; not what stands on no agenda."""
    await received(house)
    assert await readers(house, APPLICATION) == set()
    await scheduled_with_slot(house)
    assert await readers(house, APPLICATION) == set(ROLES)


async def test_where_there_are_several_only_who_sat_on_that_forum_before(house: ServiceHouse) -> None:
    """I5: a chair or a member of another forum has no need to know; at an open sitting, whoever is present has."""
    forums: dict[str, Any] = load_pack("swindon")["forums"]
    await settings_heard(house, forums={**forums, "OTHER_PANEL": forums["CARE_PANEL"]})
    await submitted(house)
    await routed(house)
    await scheduled_with_slot(house)
    assert await readers(house, APPLICATION) == set()
    house.clock.set("2026-10-13T09:00:00Z")
    opened = await by_chair(house, f"sittings/{SITTING}/opening", PRESENT, version=2)
    assert opened.status_code == 200, opened.text
    assert await readers(house, APPLICATION) == {"chair-1", "nurse-1"}
    await submitted(house, application=NEXT)
    await routed(house, application=NEXT, sitting_on="2026-10-20")
    assert await readers(house, NEXT) == set()
    told = await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-20"})
    slot = {"application": NEXT, "minutes": 20, "place": "Room 4"}
    path, version = f"sittings/{told.json()['id']}/slots", told.json()["version"]
    placed = await by_administrator(house, path, slot, version=version)
    assert placed.status_code == 200, placed.text
    assert await readers(house, NEXT) == {"chair-1", "nurse-1"}
