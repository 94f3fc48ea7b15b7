"""The parts of the form, expectations and previews through intake's doors, over real PostgreSQL."""

from typing import Any
from uuid import uuid4

import pytest

from ledger.book import rebuild
from services.intake.expectations.watch import Watch
from tests.services.house import SWINDON, ServiceHouse
from tests.services.intake.doors import (
    CHILD,
    FIRST,
    LISTS,
    MOTHER,
    NAME,
    RETURNED,
    SERVICE_MANAGER,
    START,
    TEAM_MANAGER,
    VOICE,
    call,
    decided,
    done,
    filled,
    sealed,
    sealed_by_panel,
    settings_heard,
    shown,
    start,
    submit,
)

NOT_RECEIVED = "uk.panelbook.intake.expected.not_received.v1"
NORTHBOROUGH = "e5a26c"
CHAIR = {"actor": "officer-chair", "role": "chair", "team": ""}
EXPECTED = {"sitting_on": "2026-10-13"}


def refusal(answer: Any) -> tuple[int, str, list[str]]:
    """Status, code, and where it fails."""
    body = answer.json()
    return answer.status_code, body["code"], [one["pointer"] for one in body.get("failing", [])]


async def put(house: ServiceHouse, application: str, path: str, body: Any, **by: Any) -> Any:
    """Write a part of the form against its newest version."""
    version = (await shown(house, application))["version"]
    return await call(house, "PUT", f"applications/{application}/{path}", body, version=version, **by)


async def test_four_gaps_are_four_codes_in_one_answer(house: ServiceHouse) -> None:
    """B5: cost, outcomes, the child's views, and CAMHS possible without its information."""
    application = await start(house)
    at, version = f"applications/{application}", 1
    camhs = {"sources": [{"source": "CAMHS", "possible": True}]}
    action = {"action": "Therapy.", "owner": "Fostering", "due_on": "2026-11-02", "review_on": "2026-12-08"}
    steps: list[tuple[str, str, Any, Any]] = [
        ("POST", "indicative-budget", {"weekly_pence": 600_000}, {}),
        *(("PUT", f"sections/{name}", {"text": "Said."}, {})
          for name in ("needs", "plan", "analysis", "parenting_capacity", "consequence")),
        ("PUT", "actions", {"actions": [action]}, {}),
        ("PUT", "family-agreement", {"agreed": True}, {}),
        ("PUT", "options-tried", {"options": [{"option": "An aunt.", "why_unsuitable": "Too far."}]}, {}),
        ("PUT", "other-funding", camhs, {}),
        ("PUT", f"voices/{MOTHER}", {"views": "Near me."}, {}),
        ("POST", "signature", {}, TEAM_MANAGER),
        ("POST", "agreement", {}, SERVICE_MANAGER),
    ]  # fmt: skip
    for method, path, body, by in steps:
        version = (await done(house, method, f"{at}/{path}", body, version, **by))["version"]
    answer = await submit(house, application, version)
    assert refusal(answer) == (
        422,
        "INCOMPLETE",
        ["/costs", "/sections/outcomes", "/other_funding/0/information", "/voices"],
    )
    assert [one["code"] for one in answer.json()["failing"]] == [
        "COST_MISSING",
        "OUTCOMES_MISSING",
        "OTHER_FUNDING_MISSING",
        "CHILD_VIEWS_MISSING",
    ]


async def test_everything_that_a_form_says_by_halves_is_named_by_its_place_and_then_taken(house: ServiceHouse) -> None:
    """B9, B12, B13, B14, B15, B17: all gaps in one answer; without advice a warning is kept, and it goes through."""
    father = {"party": "party-father", "relationship": "parent", "name": "Rowan", "has_parental_responsibility": True}
    application = await start(house, family=[*START["family"], father])
    at = f"applications/{application}"
    await done(house, "POST", f"{at}/indicative-budget", {"weekly_pence": 600_000}, 1)
    needs = {"EDUCATION": "School.", "HEALTH": "Asthma.", "SOCIAL": "A friend."}
    halves: list[tuple[str, Any]] = [
        ("costs", {"weekly_pence": 612_308}),
        ("circumstances", {"order": "SGO"}),
        *((f"sections/{name}", {"text": "Said."}) for name in ("needs", "outcomes", "plan", "analysis")),
        ("actions", {"actions": [{"action": "Therapy."}]}),
        ("family-agreement", {"agreed": False}),
        ("options-tried", {"options": [{"option": "An aunt."}]}),
        ("other-funding", {"sources": [{"source": "YOT", "possible": True}, {"source": "HEALTH", "possible": False}]}),
        ("support-needs", {"needs": needs}),
        (f"voices/{CHILD}", {"views": "Near my school."}),
        (f"voices/{MOTHER}", {"views": "Near me."}),
    ]
    for path, body in halves:
        assert (await put(house, application, path, body)).status_code == 200, path
    version = (await shown(house, application))["version"]
    version = (await done(house, "POST", f"{at}/signature", {}, version, **TEAM_MANAGER))["version"]
    version = (await done(house, "POST", f"{at}/agreement", {}, version, **SERVICE_MANAGER))["version"]
    answer = await submit(house, application, version)
    assert (answer.status_code, answer.json()["code"]) == (422, "INCOMPLETE")
    assert [(one["pointer"], one["code"]) for one in answer.json()["failing"]] == [
        ("/sections/parenting_capacity", "PLAN_INCOMPLETE"),
        ("/actions/0/owner", "PLAN_INCOMPLETE"),
        ("/actions/0/due_on", "PLAN_INCOMPLETE"),
        ("/actions/0/review_on", "PLAN_INCOMPLETE"),
        ("/family_agreement/reason", "FAMILY_AGREEMENT_MISSING"),
        ("/options_tried/0/why_unsuitable", "OPTIONS_TRIED_MISSING"),
        ("/other_funding/0/information", "OTHER_FUNDING_MISSING"),
        ("/sections/consequence", "CONSEQUENCE_MISSING"),
        ("/support_needs/needs/EMOTIONAL", "SUPPORT_NEEDS_MISSING"),
        ("/voices", "CHILD_UNDERSTANDING_MISSING"),
        ("/family/2", "PR_VIEWS_MISSING"),
    ]
    whole: list[tuple[str, Any]] = [
        *LISTS.items(),
        *((f"sections/{name}", {"text": "Said."}) for name in ("parenting_capacity", "consequence")),
        ("family-agreement", {"agreed": False, "significant_harm": True}),
        ("support-needs", {"needs": {**needs, "EMOTIONAL": "Grief."}}),
        (f"voices/{CHILD}", VOICE),
        ("voices/party-father", {"why_not_obtainable": "He could not be found."}),
    ]
    for path, body in whole:
        assert (await put(house, application, path, body)).status_code == 200, path
    version = (await shown(house, application))["version"]
    version = (await done(house, "POST", f"{at}/signature", {}, version, **TEAM_MANAGER))["version"]
    version = (await done(house, "POST", f"{at}/agreement", {}, version, **SERVICE_MANAGER))["version"]
    taken = await submit(house, application, version)
    assert (taken.status_code, taken.json()["warnings"]) == (201, ["SUPPORT_ADVICE_MISSING"])
    *_, (_, _, data) = await house.told()
    assert (data["order"], data["guards"]) == ("SGO", [{"guard": "SUPPORT_ADVICE_MISSING", "level": "warn"}])
    assert (await shown(house, application))["warnings"] == ["SUPPORT_ADVICE_MISSING"]


async def test_no_plan_is_written_before_the_indicative_budget(house: ServiceHouse) -> None:
    """B8: 422 for the plan and for its actions; once indicated, the budget's row stands before the plan's."""
    application = await start(house)
    at = f"applications/{application}"
    for path, body in (("sections/plan", {"text": "Said."}), ("actions", LISTS["actions"])):
        answer = await put(house, application, path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "NO_INDICATIVE_BUDGET")
    await done(house, "POST", f"{at}/indicative-budget", {"weekly_pence": 0}, 1)
    assert (await put(house, application, "sections/plan", {"text": "Said."})).status_code == 200
    names = [row.name for row in await house.stored()]
    budget, plan = "intake.application.budget_indicated", "intake.application.section_completed"
    assert names.index(budget) < names.index(plan)


async def test_administrator_service_manager_and_director_cannot_add_a_late_one(house: ServiceHouse) -> None:
    """B2: 422 LATE for whoever asks, one second after the cut-off."""
    application, version = await filled(house)
    house.clock.set("2026-10-07T16:00:01Z")
    for actor, role in (("officer-pa", "panel_administrator"), ("officer-sm", "service_manager"),
                        ("officer-d", "director_csw")):  # fmt: skip
        path = f"applications/{application}/submission"
        answer = await call(
            house, "POST", path, EXPECTED, version=version, actor=actor, role=role, service="localities"
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "LATE")
        assert answer.json()["facts"]["offered"] == "2026-10-20"


async def test_the_sitting_after_the_clocks_go_back_closes_at_five_in_london(house: ServiceHouse) -> None:
    """B2, B3: Tuesday 3 November's cut-off is Wednesday 28 October 17:00 GMT."""
    first, first_version = await filled(house)
    second, second_version = await filled(house)
    house.clock.set("2026-10-28T17:00:00Z")
    assert (await submit(house, first, first_version, "2026-11-03")).status_code == 201
    house.clock.set("2026-10-28T17:00:01Z")
    assert refusal(await submit(house, second, second_version, "2026-11-03"))[:2] == (422, "LATE")


async def test_costs_and_circumstances_go_with_the_submission_as_routing_reads_them(house: ServiceHouse) -> None:
    application, _ = await filled(house)
    lines = [{"resource": "PLACEMENT", "weekly_pence": 600_000, "one_off_pence": 0},
             {"resource": "WORKER_TIME", "weekly_pence": 9_000, "days": 84, "starts_on": "2026-11-02"}]  # fmt: skip
    wrong = await put(house, application, "costs", {"weekly_pence": 600_001, "resources": lines})
    assert refusal(wrong) == (422, "COSTS_DO_NOT_ADD_UP", ["/weekly_pence"])
    assert (await put(house, application, "costs", {"weekly_pence": 600_000, "resources": lines})).status_code == 200
    said = {"within": ["WIDER_PACKAGE"], "disability_team": True, "section": "20"}
    assert (await put(house, application, "circumstances", said)).status_code == 200
    record = await shown(house, application)
    assert record["circumstances"]["section"] == "20"
    assert record["resources"][1]["starts_on"] == "2026-11-02"
    at, version = f"applications/{application}", record["version"]
    version = (await done(house, "POST", f"{at}/signature", {}, version, **TEAM_MANAGER))["version"]
    version = (await done(house, "POST", f"{at}/agreement", {}, version, **SERVICE_MANAGER))["version"]
    assert (await submit(house, application, version)).status_code == 201
    *_, (_, _, data) = await house.told()
    assert [line["resource"] for line in data["resources"]] == ["PLACEMENT", "WORKER_TIME"]
    assert (data["within"], data["disability_team"], data["section"]) == (["WIDER_PACKAGE"], True, "20")
    assert data["consequence"]["sealed"]


async def test_bad_values_of_a_part_are_named_and_store_nothing(house: ServiceHouse) -> None:
    application = await start(house)
    rows = len(await house.stored())
    for path, body in (
        ("circumstances", {"section": "31"}),
        ("circumstances", {"order": "ORDER_OF_MERIT"}),
        ("other-funding", {"sources": [{"source": "LOTTERY", "possible": True}]}),
        ("support-needs", {"needs": {"LEISURE": "Football."}}),
        ("costs", {"weekly_pence": 1, "resources": [{"resource": "MOONLIGHT", "weekly_pence": 1}]}),
        ("actions", {"actions": [{"action": "Therapy.", "due_on": "tomorrow"}]}),
        ("options-tried", {"options": [{"option": ""}]}),
        ("sections/options_tried", {"text": "An aunt."}),
        ("family-agreement", {"agreed": "yes"}),
        (f"voices/{CHILD}", {"views": "Mine.", "age_years": -1}),
    ):
        answer = await put(house, application, path, body)
        assert answer.status_code == 422, (path, answer.text)
    assert len(await house.stored()) == rows


async def test_an_application_begins_from_an_assessment_and_nothing_of_it_is_asked_again(house: ServiceHouse) -> None:
    """B7: name, needs, outcomes and costs are there, and none is an empty required field of the published form."""
    body = {
        "person": {"person": CHILD, "name": NAME, "born_on": "2014-05-02"},
        "assessed_on": "2026-09-01",
        "needs": "A settled home.",
        "outcomes": "Stays at the same school.",
        "indicative_weekly_pence": 600_000,
        "weekly_pence": 612_308,
    }
    held = await call(house, "POST", "assessments", body)
    assert held.status_code == 201, held.text
    assessment = held.json()["id"]
    published = await call(house, "GET", f"forms/PLACEMENT_MOVE?assessment={assessment}")
    form = published.json()["schema"]
    parts = {"person", "needs", "outcomes", "indicative_budget", "costs"}
    assert not parts & set(form["required"])
    assert all(form["properties"][part]["readOnly"] for part in parts)
    begun = {key: value for key, value in START.items() if key != "person"}
    answer = await call(house, "POST", f"assessments/{assessment}/applications", begun)
    assert answer.status_code == 201, answer.text
    application = answer.json()["id"]
    assert answer.headers["Location"] == f"../../applications/{application}"
    record = await shown(house, application)
    assert (record["person_name"], record["born_on"], record["assessment"]) == (NAME, "2014-05-02", assessment)
    assert (record["weekly_pence"], record["indicative_weekly_pence"]) == (612_308, 600_000)
    assert {name: section["text"] for name, section in record["sections"].items()} == {
        "needs": "A settled home.",
        "outcomes": "Stays at the same school.",
    }
    own = (await call(house, "GET", f"applications/{application}/form")).json()["schema"]
    assert not parts & set(own["required"])
    assert {"plan", "actions", "voices"} <= set(own["required"])
    read = (await call(house, "GET", f"assessments/{assessment}")).json()
    assert (read["needs"], read["person_name"], read["weekly_pence"]) == ("A settled home.", NAME, 612_308)


async def test_what_is_not_there_is_not_found(house: ServiceHouse) -> None:
    for path in (f"assessments/{uuid4()}", "forms/UNKNOWN", f"forms/CRISIS?assessment={uuid4()}",
                 f"applications/{uuid4()}/form", f"applications/{uuid4()}/preview"):  # fmt: skip
        assert (await call(house, "GET", path)).status_code == 404, path
    begun = {key: value for key, value in START.items() if key != "person"}
    assert (await call(house, "POST", f"assessments/{uuid4()}/applications", begun)).status_code == 404


async def test_a_draft_says_where_it_would_go_and_why_and_nothing_is_decided(house: ServiceHouse) -> None:
    application = await start(house)
    early = await call(house, "GET", f"applications/{application}/preview")
    assert (early.status_code, early.json()["code"]) == (422, "COST_MISSING")
    assert (await put(house, application, "costs", {"weekly_pence": 0})).status_code == 200
    rows = len(await house.stored())
    said = (await call(house, "GET", f"applications/{application}/preview")).json()
    assert said["sentence"] == (
        "This would go to the Children's Services Care Panel on Tuesday 13 October 2026, because PLACEMENT_MOVE."
    )
    assert (said["route"], said["sitting_on"], said["settings_version"]) == ("PANEL", "2026-10-13", 1)
    assert (said["cut_off_at"], said["inputs"]["weekly_pence"]) == ("2026-10-07T16:00:00Z", 0)
    assert len(await house.stored()) == rows
    house.clock.set("2026-10-07T16:00:01Z")
    later = (await call(house, "GET", f"applications/{application}/preview")).json()
    assert later["sitting_on"] == "2026-10-20"


async def test_two_comments_one_answered_hold_the_agreement_up(house: ServiceHouse) -> None:
    """B16: the open one is named; once it is answered the service manager may agree."""
    application, _ = await filled(house)
    at = f"applications/{application}"
    assert (await put(house, application, "sections/needs", {"text": "Anew."})).status_code == 200
    version = (await shown(house, application))["version"]
    two = {"comments": ["Say more of school.", "Which aunt?"]}
    version = (await done(house, "POST", f"{at}/signature", two, version, **TEAM_MANAGER))["version"]
    answer = {"answer": "Added."}
    version = (await done(house, "PUT", f"{at}/comments/comment-2/answer", answer, version))["version"]
    held = await call(house, "POST", f"{at}/agreement", {}, version=version, **SERVICE_MANAGER)
    assert refusal(held) == (422, "COMMENT_OPEN", ["/comments/comment-3"])
    version = (await done(house, "PUT", f"{at}/comments/comment-3/answer", answer, version))["version"]
    await done(house, "POST", f"{at}/agreement", {}, version, **SERVICE_MANAGER)
    comments = (await shown(house, application))["comments"]
    assert [(one["comment"], one["text"], one["answer"]) for one in comments] == [
        ("comment-1", "Well argued.", "Thank you."),
        ("comment-2", "Say more of school.", "Added."),
        ("comment-3", "Which aunt?", "Added."),
    ]


async def test_the_reviewing_officer_alone_writes_their_section_of_northboroughs_form(bare: ServiceHouse) -> None:
    """B6: JAF; the social worker is refused, the reviewing officer is not."""
    await settings_heard(bare, "northborough")
    body = {**START, "kind": "RESIDENTIAL_PLACEMENT"}
    application = (await call(bare, "POST", "applications", body, council=NORTHBOROUGH)).json()["id"]
    path = f"applications/{application}/sections/iro"
    text = {"text": "The plan was reviewed on 1 October."}
    no = await call(bare, "PUT", path, text, council=NORTHBOROUGH, version=1)
    assert (no.status_code, no.json()["code"]) == (403, "SECTION_NOT_YOURS")
    iro = {"actor": "officer-iro", "role": "iro", "team": ""}
    yes = await call(bare, "PUT", path, text, council=NORTHBOROUGH, version=1, **iro)
    assert yes.status_code == 200, yes.text


# --- B10 and B11 ------------------------------------------------------------------------------------------------


def watch(house: ServiceHouse) -> Watch:
    """The worker's watch, by the house's clock."""
    return Watch(book=house.host.book, now=house.clock.now)


async def announced(house: ServiceHouse) -> str:
    """A draft that is announced for 13 October."""
    application = await start(house)
    await done(house, "PUT", f"applications/{application}/expected", EXPECTED, 1)
    return application


async def listed(house: ServiceHouse, on: str = "2026-10-13") -> dict[str, Any]:
    """The chair's list."""
    answer = await call(house, "GET", f"sittings/{on}/expected", **CHAIR)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_of_five_expected_and_three_received_the_chair_is_told_of_exactly_two(house: ServiceHouse) -> None:
    """B10: within a minute of the cut-off, once, with the service managers who are to be asked."""
    received = []
    for _ in range(3):
        application, version = await filled(house)
        version = (await done(house, "PUT", f"applications/{application}/expected", EXPECTED, version))["version"]
        assert (await submit(house, application, version)).status_code == 201
        received.append(application)
    missing = [await announced(house), await announced(house)]
    house.clock.set("2026-10-07T16:00:00Z")
    assert await watch(house).look(SWINDON) == 0
    before = await listed(house)
    assert (before["cut_off_passed"], before["noticed_at"]) == (False, None)
    house.clock.set("2026-10-07T16:01:00Z")
    assert await watch(house).look(SWINDON) == 1
    now = await listed(house)
    assert [one["application"] for one in now["not_received"]] == missing
    assert sorted(one["application"] for one in now["expected"]) == sorted([*received, *missing])
    assert (now["cut_off_passed"], now["noticed_at"]) == (True, "2026-10-07T16:01:00Z")
    told = [(subject, data) for type_, subject, data in await house.told() if type_ == NOT_RECEIVED]
    ((subject, data),) = told
    assert subject == "CARE_PANEL:2026-10-13"
    assert [one["application"] for one in data["missing"]] == missing
    assert {one["service_manager"] for one in data["missing"]} == {"officer-sm"}
    assert await watch(house).look(SWINDON) == 0
    tables = await house.read_models()
    await rebuild(house.host.book, [SWINDON])
    assert await house.read_models() == tables


async def test_nothing_is_announced_after_the_cut_off(house: ServiceHouse) -> None:
    application = await start(house)
    house.clock.set("2026-10-07T16:00:01Z")
    late = await call(house, "PUT", f"applications/{application}/expected", EXPECTED, version=1)
    assert (late.status_code, late.json()["code"]) == (422, "LATE")


async def test_what_was_given_up_or_handed_in_for_another_day_is_no_longer_expected(house: ServiceHouse) -> None:
    """B10, B11: a withdrawn application is not expected; one for 20 October is not missing on the 13th."""
    given_up = await announced(house)
    at = f"applications/{given_up}"
    reason = {"reason": "The child has gone home."}
    alone = await call(house, "POST", f"{at}/abandonment", reason, version=2)
    assert (alone.status_code, alone.json()["code"]) == (403, "WITHDRAWAL_NOT_AGREED")
    await done(house, "POST", f"{at}/abandonment-agreement", reason, 2, **SERVICE_MANAGER)
    await done(house, "POST", f"{at}/abandonment", reason, 3)
    other, version = await filled(house)
    version = (await done(house, "PUT", f"applications/{other}/expected", EXPECTED, version))["version"]
    assert (await submit(house, other, version, "2026-10-20")).status_code == 201
    assert (await listed(house))["expected"] == []
    record = await shown(house, given_up)
    assert (record["stage"], record["outcome"]) == ("closed", "ABANDONED")
    told = {type_: data for type_, _, data in await house.told()}
    abandoned = told["uk.panelbook.intake.application.abandoned.v1"]
    assert (abandoned["by"], abandoned["agreed_by"]) == ("officer-sw", "officer-sm")
    house.clock.set("2026-10-07T16:01:00Z")
    assert await watch(house).look(SWINDON) == 0


async def test_what_was_returned_or_deferred_to_a_sitting_is_expected_there(house: ServiceHouse) -> None:
    """B10: `returning` counts as expected unless the council says otherwise; further information is its receipt."""
    returned, version = await filled(house)
    await submit(house, returned, version)
    deferred, version = await filled(house)
    await submit(house, deferred, version)
    reasons = [sealed(returned, "reasons.0")]
    await house.hear(
        RETURNED, {"application": returned, "by": "officer-pa", "reasons": reasons, "defer_to": "2026-10-20"}
    )
    text = await sealed_by_panel(house, deferred, "Ask two more providers.")
    work = {"work": "work-1", "owner": "officer-sw", "due_at": "2026-10-14T16:00:00Z", "text": text}
    await decided(house, deferred, "DEFERRED", [work], FIRST)
    waiting = (await listed(house, "2026-10-20"))["not_received"]
    assert {one["application"]: one["source"] for one in waiting} == {returned: "returning", deferred: "returning"}
    version = (await shown(house, deferred))["version"]
    body = {"answers": [{"work": "work-1", "text": "Neither has a place."}]}
    await done(house, "POST", f"applications/{deferred}/further-information", body, version)
    assert [one["application"] for one in (await listed(house, "2026-10-20"))["not_received"]] == [returned]


@pytest.mark.parametrize("council", ["c92ab7", "c999"])
async def test_another_councils_list_does_not_exist(house: ServiceHouse, council: str) -> None:
    await announced(house)
    headers = house.headers("officer-chair", "chair", council=SWINDON)
    answer = await house.http.get(f"/councils/{council}/sittings/2026-10-13/expected", headers=headers)
    assert answer.status_code == 404
