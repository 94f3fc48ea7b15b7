"""Panel through its doors: what it hears, who does what, and a case on its way to being heard."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from councils.packs import load_pack
from ledger.decider import Private
from services.panel.sittings.decider import sitting_id
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.panel.cases import TUESDAY

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
APPOINTED = "uk.panelbook.routing.officer.appointed.v1"
ENDED = "uk.panelbook.routing.officer.authority_ended.v1"
COMPLAINED = "uk.panelbook.record.complaint.opened.v1"

Said = dict[str, Any]


# What panel hears -----------------------------------------------------------------------------------------------


async def settings_heard(
    house: ServiceHouse,
    council: str = SWINDON,
    *,
    version: int = 1,
    in_force_from: str = "2026-10-01T08:00:00Z",
    **changes: Any,
) -> None:
    slug = {SWINDON: "swindon", SHROPSHIRE: "shropshire"}[council]
    told = {
        "version": version,
        "in_force_from": in_force_from,
        "settings": {**load_pack(slug), **changes, "version": version, "in_force_from": in_force_from},
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


async def appointed(house: ServiceHouse, officer: str, role: str, council: str = SWINDON) -> None:
    """Routing appointed an officer to a role."""
    box = await house.host.vault.seal(council, f"officer-{officer}", Private(officer, "Bo Field"), "name")
    name = {"sealed": box.box, "person": box.person, "stream": box.stream, "field": box.field}
    told = {"officer": officer, "role": role, "team": "", "service": "", "name": name, "email": name}
    await house.hear(APPOINTED, told, council=council)


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


async def get(house: ServiceHouse, path: str, *, council: str = SWINDON, role: str = "director_csw") -> httpx.Response:
    by = house.headers(f"{role}-reader", role, council=council)
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
