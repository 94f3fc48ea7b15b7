"""Intake through its doors: what it hears, who does what, and an application ready to be submitted."""

from datetime import UTC, datetime
from typing import Any

import httpx

from councils.packs import pack_settings
from councils.settings import digest
from ledger.codec.sealed import sealed_json
from ledger.decider import Private
from tests.services.house import SWINDON, ServiceHouse

CHILD, MOTHER = "party-child", "party-mother"
NAME = "Robin Larkspur"
SECTIONS = ("needs", "outcomes", "plan", "analysis", "parenting_capacity", "consequence")
ACTION = {"action": "Therapy.", "owner": "Fostering team", "due_on": "2026-11-02", "review_on": "2026-12-08"}
LISTS: dict[str, dict[str, Any]] = {
    "actions": {"actions": [ACTION]},
    "family-agreement": {"agreed": True},
    "options-tried": {"options": [{"option": "An aunt.", "why_unsuitable": "Two hours from school."}]},
    "other-funding": {"sources": [{"source": "CAMHS", "possible": True, "information": "Asked in September."}]},
}
VOICE = {"views": "I want to stay near my school.", "age_years": 12, "understanding": "Understands it well."}
PUBLISHED = "uk.panelbook.routing.settings.published.v1"
APPOINTED = "uk.panelbook.routing.officer.appointed.v1"
ROUTED = "uk.panelbook.routing.route.routed.v1"
DECIDED = "uk.panelbook.panel.decision.decided.v1"
RETURNED = "uk.panelbook.panel.decision.returned.v1"
WITHDRAWN = "uk.panelbook.panel.decision.withdrawn.v1"

FIRST = "1f0f3f5e-6a35-4c53-9d1e-0d6c1c2f9b10"
SECOND = "3f0f3f5e-6a35-4c53-9d1e-0d6c1c2f9b10"

WORKER = {"actor": "officer-sw", "role": "social_worker", "team": "localities-north"}
TEAM_MANAGER = {"actor": "officer-tm", "role": "team_manager", "team": "localities-north"}
SERVICE_MANAGER = {"actor": "officer-sm", "role": "service_manager", "service": "localities"}

START: dict[str, Any] = {
    "kind": "PLACEMENT_MOVE",
    "person": {"person": CHILD, "name": NAME, "born_on": "2014-05-02"},
    "team": "localities-north",
    "team_manager": "officer-tm",
    "service": "localities",
    "service_manager": "officer-sm",
    "family": [
        {"party": CHILD, "relationship": "child", "name": NAME},
        {"party": MOTHER, "relationship": "parent", "name": "Linden Larkspur", "has_parental_responsibility": True},
    ],
    "miles": 18.4,
}


async def settings_heard(house: ServiceHouse, slug: str = "swindon", version: int = 1, since: str = "08:00") -> None:
    hour, minute = map(int, since.split(":"))
    in_force_from = datetime(2026, 10, 5, hour, minute, tzinfo=UTC)
    document = pack_settings(slug, version=version, in_force_from=in_force_from).document()
    data = {
        "version": version,
        "in_force_from": in_force_from.isoformat(),
        "settings": document,
        "digest": digest(document),
        "published_by": "officer-publisher",
    }
    await house.hear(PUBLISHED, data, council=document["id"])


async def appointed(house: ServiceHouse, officer: str, role: str, council: str = SWINDON) -> None:
    sealed_text = {"sealed": "Ym94", "person": officer, "stream": f"officer-{officer}", "field": "name"}
    data = {"officer": officer, "role": role, "team": "", "service": "", "name": sealed_text}
    await house.hear(APPOINTED, {**data, "email": {**sealed_text, "field": "email"}}, council=council)


async def call(
    house: ServiceHouse, method: str, path: str, body: Any = None, *, council: str = SWINDON, **by: Any
) -> httpx.Response:
    known: dict[str, Any] = {"council": council} | WORKER | by
    headers = house.headers(**known)
    return await house.http.request(method, f"/councils/{council}/{path}", json=body, headers=headers)


async def nobody_erased(council: str) -> int:
    """For a janitor in whose councils nobody was erased."""
    return 0


async def start(house: ServiceHouse, **changes: Any) -> str:
    answer = await call(house, "POST", "applications", START | changes)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"applications/{answer.json()['id']}"
    return answer.json()["id"]


async def done(house: ServiceHouse, method: str, path: str, body: Any, version: int, **by: Any) -> dict[str, Any]:
    answer = await call(house, method, path, body, version=version, **by)
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
    return answer.json()


async def filled(house: ServiceHouse) -> tuple[str, int]:
    """A complete application, signed and agreed; its id and version."""
    application = await start(house)
    at = f"applications/{application}"
    version = 1
    steps = [
        ("POST", "indicative-budget", {"weekly_pence": 600_000}, WORKER),
        ("PUT", "costs", {"weekly_pence": 612_308, "one_off_pence": 0}, WORKER),
        ("PUT", "complexity", {"complex": True, "distinctive": False, "reason": "Two courts."}, WORKER),
        *(("PUT", f"sections/{name}", {"text": f"Narrative of {name}."}, WORKER) for name in SECTIONS),
        *(("PUT", path, form, WORKER) for path, form in LISTS.items()),
        ("PUT", f"voices/{CHILD}", VOICE, WORKER),
        ("PUT", f"voices/{MOTHER}", {"why_not_obtainable": "She could not be found."}, WORKER),
        ("POST", "signature", {"comments": ["Well argued."]}, TEAM_MANAGER),
        ("PUT", "comments/comment-1/answer", {"answer": "Thank you."}, WORKER),
        ("POST", "agreement", {}, SERVICE_MANAGER),
    ]
    for method, path, body, by in steps:
        version = (await done(house, method, f"{at}/{path}", body, version, **by))["version"]
    return application, version


async def submit(house: ServiceHouse, application: str, version: int, on: str | None = "2026-10-13") -> httpx.Response:
    return await call(house, "POST", f"applications/{application}/submission", {"sitting_on": on}, version=version)


async def shown(house: ServiceHouse, application: str) -> dict[str, Any]:
    answer = await call(house, "GET", f"applications/{application}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
    return answer.json()


def sealed(application: str, field: str) -> dict[str, str]:
    return {"sealed": "Ym94", "person": CHILD, "stream": f"decision-{application}", "field": field}


async def sealed_by_panel(house: ServiceHouse, application: str, text: str) -> dict[str, str]:
    private = Private(CHILD, text)
    return sealed_json(await house.host.vault.seal(SWINDON, f"decision-{application}", private, "further_work.0.text"))


async def decided(
    house: ServiceHouse, application: str, outcome: str, work: list[dict[str, Any]], decision: str = FIRST
) -> None:
    budget = {
        "weekly_pence": 612_308,
        "yearly_pence": 31_840_016,
        "indicative_weekly_pence": 600_000,
        "difference_pence": 12_308,
    }
    data = {
        "application": application,
        "decision": decision,
        "outcome": outcome,
        "made": "PANEL",
        "sitting": "2f0f3f5e-6a35-4c53-9d1e-0d6c1c2f9b10",
        "decided_by": "officer-chair",
        "decided_role": "chair",
        "decided_at": "2026-10-13T09:31:00Z",
        "reasons": [sealed(application, "reasons.0")],
        "needed": [],
        "further_work": work,
        "next_sitting_on": "2026-10-20" if outcome == "DEFERRED" else None,
        "weekly_pence": 612_308,
        "final_budget": budget if outcome == "AGREED" else None,
        "review_on": None,
        "settings_version": 1,
        "limit_weekly_pence": None,
        "person": CHILD,
        "person_name": sealed(application, "person_name"),
        "contact_email": None,
        "originator": "officer-sw",
        "team_manager": "officer-tm",
        "family": [],
    }
    await house.hear(DECIDED, data)
