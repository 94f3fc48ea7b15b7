"""What intake does once panel has spoken: deferral, return, withdrawal, agreement; and folding it all again."""

from uuid import uuid4

import pytest

from ledger.book import rebuild
from ledger.decider import Waiting
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.intake.doors import (
    FIRST,
    NAME,
    RETURNED,
    ROUTED,
    SECOND,
    SERVICE_MANAGER,
    START,
    TEAM_MANAGER,
    WITHDRAWN,
    appointed,
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

PAGE = "The second page is missing."


async def test_a_deferral_is_answered_without_entering_anything_again(house: ServiceHouse) -> None:
    """D5: answers alone, and no signature anew."""
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
    body = {"answers": [{"work": "work-1", "text": "Neither has a place."}]}
    given = await done(house, "POST", f"applications/{application}/further-information", body, record["version"])
    assert given["events"] == ["intake.application.further_information_given"]
    after = await shown(house, application)
    assert (after["stage"], after["weekly_pence"], after["further_work"]) == ("submitted", 612_308, [])
    assert (after["signed_by"], after["agreed_by"]) == ("officer-tm", "officer-sm")
    assert after["sections"]["needs"]["text"] == "Narrative of needs."
    assert [(one["work"], one["text"]) for one in after["answers"]] == [("work-1", "Neither has a place.")]
    *_, (type_, subject, data) = await house.told()
    assert (type_, subject) == ("uk.panelbook.intake.application.further_information_given.v1", application)
    assert data["changed_sections"] == []
    await decided(house, application, "AGREED", [])
    closed = await shown(house, application)
    assert (closed["stage"], closed["outcome"]) == ("closed", "AGREED")


async def test_what_changed_after_a_deferral_is_signed_again_and_nothing_else(house: ServiceHouse) -> None:
    """D5: a section and the cost are written anew; until both managers have signed these, nothing is given."""
    application, version = await filled(house)
    await submit(house, application, version)
    text = await sealed_by_panel(house, application, "Ask two more providers.")
    work = {"work": "work-1", "owner": "officer-sw", "due_at": "2026-10-14T16:00:00Z", "text": text}
    await decided(house, application, "DEFERRED", [work])
    at = f"applications/{application}"
    options = {"options": [{"option": "A second provider.", "why_unsuitable": "No place before March."}]}
    version = (await shown(house, application))["version"]
    version = (await done(house, "PUT", f"{at}/options-tried", options, version))["version"]
    version = (await done(house, "PUT", f"{at}/costs", {"weekly_pence": 598_000}, version))["version"]
    body = {"answers": [{"work": "work-1", "text": "Neither has a place."}]}
    refused = await call(house, "POST", f"{at}/further-information", body, version=version)
    assert (refused.status_code, refused.json()["code"]) == (422, "INCOMPLETE")
    assert [one["code"] for one in refused.json()["failing"]] == ["TM_SIGNATURE_MISSING", "SM_AGREEMENT_MISSING"]
    early = await call(house, "POST", f"{at}/agreement", {}, version=version, **SERVICE_MANAGER)
    assert (early.status_code, early.json()["code"]) == (409, "NOT_SIGNED")
    version = (await done(house, "POST", f"{at}/signature", {}, version, **TEAM_MANAGER))["version"]
    version = (await done(house, "POST", f"{at}/agreement", {}, version, **SERVICE_MANAGER))["version"]
    record = await shown(house, application)
    assert (record["changed"], record["changes_signed_by"]) == (["options_tried", "costs"], "officer-tm")
    await done(house, "POST", f"{at}/further-information", body, version)
    *_, (_, _, data) = await house.told()
    assert (data["changed_sections"], data["weekly_pence"], data["one_off_pence"]) == (["options_tried"], 598_000, 0)
    after = await shown(house, application)
    assert (after["stage"], after["changed"], after["signed_by"]) == ("submitted", [], "officer-tm")


async def test_what_a_deferral_opened_is_signed_before_it_is_submitted_after_a_return(house: ServiceHouse) -> None:
    """D5, B6: deferred, its cost changed, then returned: the old signature does not stand for the new cost."""
    application, version = await filled(house)
    await submit(house, application, version)
    text = await sealed_by_panel(house, application, "Ask two more providers.")
    work = {"work": "work-1", "owner": "officer-sw", "due_at": "2026-10-14T16:00:00Z", "text": text}
    await decided(house, application, "DEFERRED", [work])
    version = (await shown(house, application))["version"]
    await done(house, "PUT", f"applications/{application}/costs", {"weekly_pence": 999_999}, version)
    await house.hear(
        RETURNED,
        {
            "application": application,
            "by": "officer-admin",
            "reasons": [await sealed_by_panel(house, application, PAGE)],
        },
    )
    record = await shown(house, application)
    assert (record["stage"], record["signed_by"], record["agreed_by"]) == ("draft", None, None)
    assert (record["changed"], record["changes_signed_by"]) == ([], None)
    answer = await submit(house, application, record["version"], "2026-10-20")
    assert [one["code"] for one in answer.json()["failing"]] == ["TM_SIGNATURE_MISSING", "SM_AGREEMENT_MISSING"]


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
    """B5: it is a draft again, for the sitting that the return named."""
    application, version = await filled(house)
    await submit(house, application, version)
    reasons = [await sealed_by_panel(house, application, PAGE)]
    data = {"application": application, "by": "officer-admin", "reasons": reasons, "defer_to": "2026-10-20"}
    await house.hear(RETURNED, data)
    record = await shown(house, application)
    assert (record["stage"], record["next_sitting_on"]) == ("draft", "2026-10-20")
    returned = record["returned"]
    assert (returned["by"], returned["reasons"]) == ("officer-admin", [PAGE]), "word for word"
    assert (await submit(house, application, record["version"], "2026-10-20")).status_code == 201
    assert [data["times_submitted"] for _, _, data in (await house.told())[1:]] == [1, 2]
    assert (await shown(house, application))["returned"] is None, "until it is handed in again"


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
    withdrawn = {
        "application": application,
        "by": "officer-sw",
        "reasons": [await sealed_by_panel(house, application, PAGE)],
    }
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
        assert answer.is_success, answer.text
        version = answer.json()["version"]
    *_, (_, _, data) = await bare.told(SHROPSHIRE)
    assert (data["kind"], data["sitting_on"], data["forum"], data["cut_off_at"]) == ("SUPPORT_PLAN", None, None, None)


async def test_dropping_every_read_model_and_folding_again_gives_equal_tables(house: ServiceHouse) -> None:
    application, version = await filled(house)
    await submit(house, application, version)
    text = await sealed_by_panel(house, application, "Ask two more providers.")
    work = {"work": "work-1", "owner": "officer-sw", "due_at": "2026-10-14T16:00:00Z", "text": text}
    await decided(house, application, "DEFERRED", [work])
    version = (await shown(house, application))["version"]
    body = {"answers": [{"work": "work-1", "text": "Neither has a place."}]}
    await done(house, "POST", f"applications/{application}/further-information", body, version)
    await start(house)
    await appointed(house, "officer-sm", "service_manager")
    before = await house.read_models()
    assert {name: len(rows) for name, rows in before.items()} == {
        "settings": 1,
        "officer": 1,
        "application": 2,
        "section": 6,
        "voice": 2,
        "answer": 1,
        "comment": 1,
        "assessment": 0,
        "expected": 1,
        "expected_notice": 0,
        "attachment": 0,
        "section_version": 6,
    }
    await rebuild(house.host.book, [SWINDON])
    assert await house.read_models() == before
