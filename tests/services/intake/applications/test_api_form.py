"""The form through intake's doors: complete, in time and by the right hands, or not at all."""

from typing import Any
from uuid import uuid4

import pytest

from edge.access import AccessRead, AccessRefused
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.intake.doors import (
    CHILD,
    MOTHER,
    NAME,
    START,
    call,
    done,
    filled,
    settings_heard,
    shown,
    start,
    submit,
)


async def test_one_second_before_the_cut_off_an_application_is_taken(house: ServiceHouse) -> None:
    """B1: 2026-10-07T15:59:59Z is 201, and received by the server's clock."""
    application, version = await filled(house)
    house.clock.set("2026-10-07T15:59:59Z")
    answer = await submit(house, application, version)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["events"] == ["intake.application.submitted"]
    assert (told["sitting_on"], told["forum"]) == ("2026-10-13", "CARE_PANEL")
    assert told["cut_off_at"] == "2026-10-07T16:00:00Z"
    assert told["settings_version"] == 1
    _, (type_, subject, data) = await house.told()
    assert (type_, subject) == ("uk.panelbook.intake.application.submitted.v1", application)
    assert (data["cut_off_at"], data["complex"]) == ("2026-10-07T16:00:00+00:00", True)


async def test_exactly_at_the_cut_off_is_taken_and_one_second_later_is_late(house: ServiceHouse) -> None:
    """B1: 16:00:00Z is 201; 16:00:01Z is 422 LATE, and 20 October is offered."""
    first, first_version = await filled(house)
    second, second_version = await filled(house)
    house.clock.set("2026-10-07T16:00:00Z")
    assert (await submit(house, first, first_version)).status_code == 201
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
    assert (await submit(house, second, second_version, "2026-10-20")).status_code == 201


async def test_every_gap_of_a_form_is_named_in_one_answer(house: ServiceHouse) -> None:
    application = await start(house)
    answer = await submit(house, application, 1, None)
    assert (answer.status_code, answer.json()["code"]) == (422, "INCOMPLETE")
    assert [one["code"] for one in answer.json()["failing"]] == [
        "NO_INDICATIVE_BUDGET",
        "COST_MISSING",
        "NEEDS_MISSING",
        "OUTCOMES_MISSING",
        "PLAN_MISSING",
        "PLAN_INCOMPLETE",
        "PLAN_INCOMPLETE",
        "PLAN_INCOMPLETE",
        "FAMILY_AGREEMENT_MISSING",
        "OPTIONS_TRIED_MISSING",
        "OTHER_FUNDING_MISSING",
        "CONSEQUENCE_MISSING",
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
    (comment,) = record["comments"]
    assert (comment["text"], comment["answer"], record["complexity_reason"]) == (
        "Well argued.",
        "Thank you.",
        "Two courts.",
    )
    assert (record["signed_by"], record["agreed_by"], record["stage"]) == ("officer-tm", "officer-sm", "draft")
    assert AccessRead("application", application, "case_work") in await house.logged()


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
    assert (await call(house, "GET", "applications", council=SHROPSHIRE)).json() == {
        "applications": [],
        "total": 0,
        "next": None,
    }
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
    assert (await call(house, "GET", "applications?team=%00")).status_code == 422
