"""What waits for me in intake: who must write, sign, agree, hand in or repair is told so, and why it came back (B5)."""

from typing import Any

from edge.access import AccessRead
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.intake.doors import (
    RETURNED,
    SERVICE_MANAGER,
    START,
    TEAM_MANAGER,
    WORKER,
    call,
    decided,
    done,
    filled,
    sealed_by_panel,
    settings_heard,
    shown,
    start,
    submit,
)

NORTHBOROUGH = "e5a26c"
PAGE = "  The second page is missing;\n\tand so is the school's view."
COLLEAGUE = {"actor": "officer-sw-2", "role": "social_worker", "team": "localities-north"}
ELSEWHERE = {"actor": "officer-sw-3", "role": "social_worker", "team": "localities-south"}
OTHER_MANAGER = {"actor": "officer-tm-3", "role": "team_manager", "team": "localities-south"}
IRO = {"actor": "officer-iro", "role": "iro"}


async def mine(house: ServiceHouse, council: str = SWINDON, **by: Any) -> list[str]:
    """What waits for somebody, by its code."""
    answer = await call(house, "GET", "me", council=council, **by)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["waiting_in_all"] == len(body["waiting"])
    return [one["what"] for one in body["waiting"]]


async def returned(house: ServiceHouse, application: str) -> None:
    reasons = [await sealed_by_panel(house, application, PAGE)]
    data = {"application": application, "by": "officer-admin", "reasons": reasons, "defer_to": "2026-10-20"}
    await house.hear(RETURNED, data)


async def test_who_i_am_is_what_my_token_says(house: ServiceHouse) -> None:
    """GET /me: the id under which everything is kept, the role now, and every other role of the token."""
    token = house.issuer.token("officer-sw", SWINDON, ["social_worker", "team_manager"], team="localities-north")
    headers = {"Authorization": f"Bearer {token}", "Panelbook-Purpose": "case_work"}
    for role in ("social_worker", "team_manager"):
        answer = await house.http.get(f"/councils/{SWINDON}/me", headers={**headers, "Panelbook-Role": role})
        assert answer.json() == {
            "actor": "officer-sw",
            "council": SWINDON,
            "role": role,
            "roles": ["social_worker", "team_manager"],
            "team": "localities-north",
            "service": "",
            "waiting": [],
            "waiting_in_all": 0,
        }
    assert (await house.logged())[-1] == AccessRead("me", "officer-sw", "case_work")


async def test_a_form_waits_for_one_after_the_other_on_its_way(house: ServiceHouse) -> None:
    """B6, B16: its worker, the manager of its team, its worker's answer, the manager of its service, its worker."""
    application = await start(house)
    assert await mine(house, **WORKER) == ["WRITING"]
    assert await mine(house, **TEAM_MANAGER) == ["SIGNATURE"]
    assert await mine(house, **SERVICE_MANAGER) == []
    for by in (COLLEAGUE, ELSEWHERE, OTHER_MANAGER):
        assert await mine(house, **by) == [], "neither another's draft nor another team's"
    at = f"applications/{application}"
    said = {"comments": ["Which school?"]}
    version = (await done(house, "POST", f"{at}/signature", said, 1, **TEAM_MANAGER))["version"]
    assert await mine(house, **TEAM_MANAGER) == []
    assert (await mine(house, **WORKER), await mine(house, **COLLEAGUE)) == (["COMMENT"], ["COMMENT"])
    assert await mine(house, **SERVICE_MANAGER) == [], "a comment is open"
    answer = {"answer": "The one she goes to."}
    version = (await done(house, "PUT", f"{at}/comments/comment-1/answer", answer, version))["version"]
    assert (await mine(house, **WORKER), await mine(house, **SERVICE_MANAGER)) == ([], ["AGREEMENT"])
    await done(house, "POST", f"{at}/agreement", {}, version, **SERVICE_MANAGER)
    assert (await mine(house, **WORKER), await mine(house, **SERVICE_MANAGER)) == (["SUBMISSION"], [])


async def test_what_was_handed_in_waits_for_nobody_here(house: ServiceHouse) -> None:
    application, version = await filled(house)
    await submit(house, application, version)
    for by in (WORKER, TEAM_MANAGER, SERVICE_MANAGER):
        assert await mine(house, **by) == []


async def test_why_a_form_was_returned_is_read_word_for_word_by_all_who_must_repair_it(house: ServiceHouse) -> None:
    """B5: its worker and their team, and both managers who sign it anew; nobody else, and until it is handed in."""
    application, version = await filled(house)
    await submit(house, application, version)
    await returned(house, application)
    for by in (WORKER, COLLEAGUE, TEAM_MANAGER, SERVICE_MANAGER):
        waiting = (await call(house, "GET", "me", **by)).json()["waiting"]
        (repair,) = [one for one in waiting if one["what"] == "REPAIR"]
        assert repair["reasons"] == [PAGE]
        assert (repair["record"], repair["on"]) == (
            f"/intake/councils/{SWINDON}/applications/{application}",
            "2026-10-20",
        )
    for by in (ELSEWHERE, OTHER_MANAGER):
        answer = await call(house, "GET", "me", **by)
        assert (answer.json()["waiting"], "second page" in answer.text) == ([], False)
    assert AccessRead("me", "officer-tm", "case_work") in await house.logged()
    record = await shown(house, application)
    again = await submit(house, application, record["version"], "2026-10-20")
    assert again.status_code == 201, again.text
    assert await mine(house, **WORKER) == []


async def test_a_section_waits_for_the_role_that_writes_it(house: ServiceHouse) -> None:
    """B6: in Northborough the reviewing officer's section is part of the form, whosever team began it."""
    await settings_heard(house, "northborough")
    began = START | {"kind": "RESIDENTIAL_PLACEMENT"}
    answer = await call(house, "POST", "applications", began, council=NORTHBOROUGH)
    assert answer.status_code == 201, answer.text
    assert await mine(house, NORTHBOROUGH, **IRO) == ["SECTION"]
    assert await mine(house, NORTHBOROUGH, **(IRO | {"role": "team_manager", "team": "localities-south"})) == []
    written = {"text": "The plan meets what the last review asked for."}
    path = f"applications/{answer.json()['id']}/sections/iro"
    done = await call(house, "PUT", path, written, council=NORTHBOROUGH, version=1, **IRO)
    assert done.status_code == 200, done.text
    assert await mine(house, NORTHBOROUGH, **IRO) == []


async def test_further_work_waits_for_its_owner_with_its_due_moment(house: ServiceHouse) -> None:
    """S4 appendix; D5: and what changed is signed and agreed again."""
    application, version = await filled(house)
    await submit(house, application, version)
    text = await sealed_by_panel(house, application, "Ask two more providers.")
    work = {"work": "work-1", "owner": "officer-sw", "due_at": "2026-10-14T16:00:00Z", "text": text}
    await decided(house, application, "DEFERRED", [work])
    (waits,) = (await call(house, "GET", "me")).json()["waiting"]
    assert (waits["what"], waits["due_at"], waits["on"]) == ("FURTHER_WORK", "2026-10-14T16:00:00Z", "2026-10-20")
    assert waits["reasons"] == []
    assert (await mine(house, **TEAM_MANAGER), await mine(house, **SERVICE_MANAGER)) == ([], [])
    version = (await shown(house, application))["version"]
    at = f"applications/{application}"
    version = (await done(house, "PUT", f"{at}/costs", {"weekly_pence": 598_000}, version))["version"]
    assert (await mine(house, **TEAM_MANAGER), await mine(house, **SERVICE_MANAGER)) == (["SIGNATURE"], [])
    await done(house, "POST", f"{at}/signature", {}, version, **TEAM_MANAGER)
    assert (await mine(house, **TEAM_MANAGER), await mine(house, **SERVICE_MANAGER)) == ([], ["AGREEMENT"])


async def test_nobody_is_asked_to_sign_what_they_asked_for(house: ServiceHouse) -> None:
    """I6: whoever is told can act; one person's other role is not another person."""
    await start(house)
    assert await mine(house, actor="officer-sw", role="team_manager", team="localities-north") == []


async def test_another_councils_forms_wait_for_nobody_here(house: ServiceHouse) -> None:
    """G1."""
    await settings_heard(house, "shropshire")
    await start(house)
    assert await mine(house, SHROPSHIRE, **WORKER) == []
    unsaid: dict[str, Any] = {"purpose": None}
    assert (await call(house, "GET", "me", **unsaid)).json()["code"] == "PURPOSE_MISSING"
