"""Intake through its doors, over real PostgreSQL: from the first draft to submission, deferral and agreement."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from councils.packs import pack_settings
from councils.settings import digest
from edge.access import AccessRead, AccessRefused
from ledger.book import rebuild
from ledger.decider import Private, Waiting
from ledger.sealed import sealed_json
from services.intake.main import SERVICE
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse, open_house

CHILD, MOTHER = "party-child", "party-mother"
NAME = "Robin Larkspur"
SECTIONS = ("needs", "outcomes", "plan", "analysis", "options_tried", "other_funding")
PUBLISHED = "uk.panelbook.routing.settings.published.v1"
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


@pytest.fixture
async def bare(databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    async with open_house(SERVICE, databases, tmp_path) as house:
        yield house


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


@pytest.fixture
async def house(bare: ServiceHouse) -> ServiceHouse:
    await settings_heard(bare)
    return bare


async def call(
    house: ServiceHouse, method: str, path: str, body: Any = None, *, council: str = SWINDON, **by: Any
) -> httpx.Response:
    known: dict[str, Any] = {"council": council} | WORKER | by
    headers = house.headers(**known)
    return await house.http.request(method, f"/councils/{council}/{path}", json=body, headers=headers)


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
        ("PUT", f"voices/{CHILD}", {"views": "I want to stay near my school."}, WORKER),
        ("PUT", f"voices/{MOTHER}", {"why_not_obtainable": "She could not be found."}, WORKER),
        ("POST", "signature", {"comments": ["Well argued."]}, TEAM_MANAGER),
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


async def test_one_second_before_the_cut_off_an_application_is_taken(house: ServiceHouse) -> None:
    application, version = await filled(house)
    house.clock.set("2026-10-07T15:59:59Z")
    answer = await submit(house, application, version)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["events"] == ["intake.application.submitted"]
    assert (told["sitting_on"], told["forum"]) == ("2026-10-13", "CARE_PANEL")
    assert told["cut_off_at"] == "2026-10-07T16:00:00Z"
    assert told["settings_version"] == 1
    ((type_, subject, data),) = await house.told()
    assert (type_, subject) == ("uk.panelbook.intake.application.submitted.v1", application)
    assert (data["cut_off_at"], data["complex"]) == ("2026-10-07T16:00:00+00:00", True)


async def test_exactly_at_the_cut_off_is_taken_and_one_second_later_is_late(house: ServiceHouse) -> None:
    first, first_version = await filled(house)
    second, second_version = await filled(house)
    house.clock.set("2026-10-07T16:00:00Z")
    assert (await submit(house, first, first_version)).status_code == 200
    house.clock.set("2026-10-07T16:00:01Z")
    rows = len(await house.stored())
    late = await submit(house, second, second_version)
    assert (late.status_code, late.json()["code"]) == (422, "LATE")
    assert late.json()["facts"] == {
        "cut_off_at": "2026-10-07T16:00:00Z",
        "offered": "2026-10-20",
        "offered_cut_off_at": "2026-10-14T16:00:00Z",
    }
    assert len(await house.stored()) == rows
    assert (await submit(house, second, second_version, "2026-10-20")).status_code == 200


async def test_every_gap_of_a_form_is_named_in_one_answer(house: ServiceHouse) -> None:
    application = await start(house)
    answer = await submit(house, application, 1, None)
    assert (answer.status_code, answer.json()["code"]) == (422, "INCOMPLETE")
    assert [one["code"] for one in answer.json()["failing"]] == [
        "NO_INDICATIVE_BUDGET",
        "COST_MISSING",
        *(f"{name.upper()}_MISSING" for name in SECTIONS),
        "CHILD_VIEWS_MISSING",
        "PR_VIEWS_MISSING",
        "TM_SIGNATURE_MISSING",
        "SM_AGREEMENT_MISSING",
        "SITTING_MISSING",
    ]
    assert "Larkspur" not in answer.text
    assert AccessRefused in {type(event) for event in await house.logged()}


async def test_an_application_is_read_with_everything_in_it_and_the_reading_is_logged(house: ServiceHouse) -> None:
    application, version = await filled(house)
    record = await shown(house, application)
    assert record["version"] == version
    assert (record["person_name"], record["born_on"]) == (NAME, "2014-05-02")
    assert record["sections"]["plan"]["text"] == "Narrative of plan."
    assert {voice["party"]: voice["why_not_obtainable"] for voice in record["voices"]} == {
        CHILD: None,
        MOTHER: "She could not be found.",
    }
    assert (record["comments"], record["complexity_reason"]) == (["Well argued."], "Two courts.")
    assert (record["signed_by"], record["agreed_by"], record["stage"]) == ("officer-tm", "officer-sm", "draft")
    assert AccessRead("application", application, "") in await house.logged()


async def test_what_is_personal_stands_nowhere_in_clear(house: ServiceHouse) -> None:
    application, version = await filled(house)
    await submit(house, application, version)
    listed = await call(house, "GET", "applications")
    kept = repr(await house.told()) + repr(await house.read_models()) + repr(await house.logged()) + listed.text
    kept += "".join(row.payload.decode() for row in await house.stored())
    for words in ("Larkspur", "Narrative of", "near my school", "could not be found", "Two courts", "2014-05-02"):
        assert words not in kept
    assert listed.json()["applications"][0]["application"] == application


async def test_the_same_command_sent_twice_happens_once(house: ServiceHouse) -> None:
    key = uuid4()
    first = await call(house, "POST", "applications", START, key=key)
    again = await call(house, "POST", "applications", START, key=key)
    assert (again.status_code, again.content) == (201, first.content)
    other = await call(house, "POST", "applications", START | {"kind": "CRISIS"}, key=key)
    assert other.status_code == 422
    at, costs = f"applications/{first.json()['id']}/costs", {"weekly_pence": 5}
    once = await call(house, "PUT", at, costs, version=1, key=(second := uuid4()))
    twice = await call(house, "PUT", at, costs, version=1, key=second)
    assert (twice.status_code, twice.content) == (200, once.content)
    assert [row.name for row in await house.stored() if row.kind == "decided"] == [
        "intake.application.started",
        "intake.application.costs_given",
    ]


async def test_a_command_says_which_version_it_was_decided_on(house: ServiceHouse) -> None:
    application = await start(house)
    at = f"applications/{application}/costs"
    missing = await call(house, "PUT", at, {"weekly_pence": 5})
    assert (missing.status_code, missing.json()["code"]) == (428, "IF_MATCH_MISSING")
    await done(house, "PUT", at, {"weekly_pence": 5}, 1)
    stale = await call(house, "PUT", at, {"weekly_pence": 6}, version=1)
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    assert (await shown(house, application))["weekly_pence"] == 5


async def test_a_change_that_changes_nothing_answers_without_events(house: ServiceHouse) -> None:
    application = await start(house)
    at = f"applications/{application}/costs"
    await done(house, "PUT", at, {"weekly_pence": 5}, 1)
    again = await done(house, "PUT", at, {"weekly_pence": 5}, 2)
    assert (again["events"], again["version"]) == ([], 2)


async def test_unknown_fields_and_every_wrong_field_are_refused_at_once(house: ServiceHouse) -> None:
    wrong = START | {"council": SHROPSHIRE, "received_at": "2026-10-01T00:00:00Z", "miles": -1}
    answer = await call(house, "POST", "applications", wrong)
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["failing"]} == {"/council", "/received_at", "/miles"}
    assert [row for row in await house.stored() if row.kind == "decided"] == []


@pytest.mark.parametrize("amount", [None, "5", -1, 1.5, True])
async def test_money_is_whole_pence(house: ServiceHouse, amount: Any) -> None:
    application = await start(house)
    answer = await call(house, "PUT", f"applications/{application}/costs", {"weekly_pence": amount}, version=1)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["failing"]] == ["/weekly_pence"]


async def test_an_application_that_does_not_exist_is_not_found(house: ServiceHouse) -> None:
    nowhere = f"applications/{uuid4()}"
    assert (await call(house, "GET", nowhere)).status_code == 404
    for path in ("signature", "agreement", "submission"):
        assert (await call(house, "POST", f"{nowhere}/{path}", {}, version=1)).status_code == 404


async def test_another_councils_application_is_not_found_whichever_way_it_is_asked_for(house: ServiceHouse) -> None:
    application = await start(house)
    await settings_heard(house, "shropshire")
    theirs = await call(house, "GET", f"applications/{application}", council=SHROPSHIRE)
    assert (theirs.status_code, theirs.json()["code"]) == (404, "NOT_FOUND")
    assert (await call(house, "GET", "applications", council=SHROPSHIRE)).json() == {"applications": []}
    edit = await call(
        house, "PUT", f"applications/{application}/costs", {"weekly_pence": 5}, council=SHROPSHIRE, version=1
    )
    assert edit.status_code == 404
    stranger = house.headers("officer-x", "social_worker", council=SHROPSHIRE)
    answer = await house.http.get(f"/councils/{SWINDON}/applications/{application}", headers=stranger)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert AccessRefused in {type(event) for event in await house.logged(SHROPSHIRE)}


async def test_whoever_runs_the_system_reads_no_case(house: ServiceHouse) -> None:
    application = await start(house)
    for path in ("applications", f"applications/{application}"):
        answer = await call(house, "GET", path, role="operator")
        assert (answer.status_code, answer.json()["code"]) == (403, "OPERATOR_READS_NO_CONTENT")


async def test_without_settings_nothing_is_started_and_the_caller_tries_again(bare: ServiceHouse) -> None:
    answer = await call(bare, "POST", "applications", START)
    assert (answer.status_code, answer.json()["code"]) == (503, "SETTINGS_NOT_HERE")
    assert answer.headers["Retry-After"]
    await settings_heard(bare, since="08:30")
    assert (await call(bare, "POST", "applications", START)).status_code == 503
    bare.clock.set("2026-10-05T08:30:00Z")
    assert (await call(bare, "POST", "applications", START)).status_code == 201


async def test_the_version_in_force_when_the_request_was_received_judges_it(house: ServiceHouse) -> None:
    await settings_heard(house, version=2, since="09:00")
    application, version = await filled(house)
    assert (await submit(house, application, version)).json()["settings_version"] == 1
    other, other_version = await filled(house)
    house.clock.set("2026-10-05T09:00:00Z")
    assert (await submit(house, other, other_version)).json()["settings_version"] == 2


async def test_lists_are_narrowed_by_team_stage_and_sitting(house: ServiceHouse) -> None:
    draft = await start(house)
    application, version = await filled(house)
    await submit(house, application, version)

    async def ids(query: str) -> list[str]:
        answer = await call(house, "GET", f"applications?{query}")
        assert answer.status_code == 200, answer.text
        return [one["application"] for one in answer.json()["applications"]]

    assert sorted(await ids("team=localities-north")) == sorted([draft, application])
    assert await ids("team=localities-south") == []
    assert await ids("stage=draft") == [draft]
    assert await ids("sitting_on=2026-10-13") == [application]
    assert (await call(house, "GET", "applications?stage=lost")).status_code == 422


async def test_a_deferral_is_answered_without_entering_anything_again(house: ServiceHouse) -> None:
    application, version = await filled(house)
    await submit(house, application, version)
    edit = await call(house, "PUT", f"applications/{application}/costs", {"weekly_pence": 5}, version=version + 1)
    assert (edit.status_code, edit.json()["code"]) == (409, "IN_PANELS_HANDS")
    text = await sealed_by_panel(house, application, "Ask two more providers.")
    work = {"work": "work-1", "owner": "officer-sw", "due_at": "2026-10-14T16:00:00Z", "text": text}
    await decided(house, application, "DEFERRED", [work])
    record = await shown(house, application)
    assert (record["stage"], record["outcome"], record["next_sitting_on"]) == (
        "further_information",
        "DEFERRED",
        "2026-10-20",
    )
    assert record["further_work"][0]["text"] == "Ask two more providers."
    body = {"answers": [{"work": "work-1", "text": "Neither has a place."}], "sections": {"options_tried": "Four."}}
    given = await done(house, "POST", f"applications/{application}/further-information", body, record["version"])
    assert given["events"] == ["intake.application.further_information_given"]
    after = await shown(house, application)
    assert (after["stage"], after["weekly_pence"], after["further_work"]) == ("submitted", 612_308, [])
    assert after["sections"]["options_tried"]["text"] == "Four."
    assert after["sections"]["needs"]["text"] == "Narrative of needs."
    assert [(one["work"], one["text"]) for one in after["answers"]] == [("work-1", "Neither has a place.")]
    _, (type_, subject, data) = await house.told()
    assert (type_, subject) == ("uk.panelbook.intake.application.further_information_given.v1", application)
    assert data["changed_sections"] == ["options_tried"]
    await decided(house, application, "AGREED", [])
    closed = await shown(house, application)
    assert (closed["stage"], closed["outcome"]) == ("closed", "AGREED")


async def test_a_second_deferral_may_number_its_work_as_the_first_did(house: ServiceHouse) -> None:
    application, version = await filled(house)
    await submit(house, application, version)
    at = f"applications/{application}/further-information"
    for turn, decision in enumerate((FIRST, SECOND), 1):
        text = await sealed_by_panel(house, application, f"Question {turn}.")
        work = {"work": "work-1", "owner": "officer-sw", "due_at": "2026-10-14T16:00:00Z", "text": text}
        await decided(house, application, "DEFERRED", [work], decision)
        version = (await shown(house, application))["version"]
        await done(house, "POST", at, {"answers": [{"work": "work-1", "text": f"Answer {turn}."}]}, version)
    record = await shown(house, application)
    assert [one["text"] for one in record["answers"]] == ["Answer 1.", "Answer 2."]


async def test_a_returned_application_is_edited_and_submitted_again(house: ServiceHouse) -> None:
    application, version = await filled(house)
    await submit(house, application, version)
    reasons = [sealed(application, "reasons.0")]
    data = {"application": application, "by": "officer-admin", "reasons": reasons, "defer_to": "2026-10-20"}
    await house.hear(RETURNED, data)
    record = await shown(house, application)
    assert (record["stage"], record["next_sitting_on"]) == ("draft", "2026-10-20")
    assert (await submit(house, application, record["version"], "2026-10-20")).status_code == 200
    assert [data["times_submitted"] for _, _, data in await house.told()] == [1, 2]


async def test_a_withdrawn_application_is_closed_and_its_route_is_shown(house: ServiceHouse) -> None:
    application, version = await filled(house)
    await submit(house, application, version)
    route = {
        "application": application,
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
    await house.hear(ROUTED, route)
    withdrawn = {"application": application, "by": "officer-sw", "reasons": [sealed(application, "reasons.0")]}
    await house.hear(WITHDRAWN, withdrawn)
    record = await shown(house, application)
    assert (record["stage"], record["outcome"]) == ("closed", "WITHDRAWN")
    assert (record["route"]["route"], record["route"]["row"]) == ("PANEL", "placement-move")


async def test_a_decision_on_an_application_that_is_not_here_waits(house: ServiceHouse) -> None:
    reasons = [sealed("elsewhere", "reasons.0")]
    with pytest.raises(Waiting):
        await house.hear(WITHDRAWN, {"application": str(uuid4()), "by": "officer-sw", "reasons": reasons})


async def test_an_adult_plan_needs_no_signature_and_no_sitting(bare: ServiceHouse) -> None:
    await settings_heard(bare, "shropshire")
    body = START | {
        "kind": "SUPPORT_PLAN",
        "person": {"person": "party-adult", "name": NAME, "born_on": "1951-02-03", "contact_email": "r@example.org"},
        "family": [{"party": "party-adult", "relationship": "person", "name": NAME}],
        "miles": None,
    }
    answer = await call(bare, "POST", "applications", body, council=SHROPSHIRE)
    application, version = answer.json()["id"], 1
    steps = [
        ("POST", "indicative-budget", {"weekly_pence": 95_000}),
        ("PUT", "costs", {"weekly_pence": 99_999}),
        *(("PUT", f"sections/{name}", {"text": f"Narrative of {name}."}) for name in ("needs", "outcomes", "plan")),
        ("PUT", "voices/party-adult", {"views": "This is what I want."}),
        ("POST", "submission", {"sitting_on": None}),
    ]
    for method, path, form in steps:
        path = f"applications/{application}/{path}"
        answer = await call(bare, method, path, form, council=SHROPSHIRE, version=version)
        assert answer.status_code == 200, answer.text
        version = answer.json()["version"]
    ((_, _, data),) = await bare.told(SHROPSHIRE)
    assert (data["kind"], data["sitting_on"], data["forum"], data["cut_off_at"]) == ("SUPPORT_PLAN", None, None, None)


async def test_dropping_every_read_model_and_folding_again_gives_equal_tables(house: ServiceHouse) -> None:
    application, version = await filled(house)
    await submit(house, application, version)
    text = await sealed_by_panel(house, application, "Ask two more providers.")
    work = {"work": "work-1", "owner": "officer-sw", "due_at": "2026-10-14T16:00:00Z", "text": text}
    await decided(house, application, "DEFERRED", [work])
    version = (await shown(house, application))["version"]
    body = {"answers": [{"work": "work-1", "text": "Neither has a place."}], "sections": {"plan": "Anew."}}
    await done(house, "POST", f"applications/{application}/further-information", body, version)
    await start(house)
    before = await house.read_models()
    assert {name: len(rows) for name, rows in before.items()} == {
        "settings": 1,
        "application": 2,
        "section": 6,
        "voice": 2,
        "answer": 1,
    }
    await rebuild(house.host.book, [SWINDON])
    assert await house.read_models() == before
