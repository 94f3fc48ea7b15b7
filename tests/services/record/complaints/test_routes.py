"""A family's disagreement through record's doors: the same accepted request opens the complaint."""

from typing import Any
from uuid import uuid4

import pytest

from tests.services.house import SHROPSHIRE, SWINDON
from tests.services.record.town import COMPLAINTS, WORKER, Cases, Town

pytestmark = [pytest.mark.connected, pytest.mark.asyncio(loop_scope="module")]

OPENED = "uk.panelbook.record.complaint.opened.v1"


async def shown(town: Town, complaint: str, **by: Any) -> dict[str, Any]:
    answer = await town.ask("record", "GET", f"complaints/{complaint}", **{**COMPLAINTS, **by})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_parents_disagreement_opens_stage_one_with_its_clocks(town: Town, cases: Cases) -> None:
    answer = await town.disagreement(cases.first, words="Nobody asked me about Saturdays.")
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    said = answer.json()
    assert answer.headers["Location"] == f"complaints/{said['id']}"
    assert (said["stage"], said["due_on"], said["events"]) == ("STAGE_ONE", "2026-10-27", ["record.complaint.opened"])
    complaint = await shown(town, said["id"])
    assert (complaint["due_on"], complaint["extendable_to"]) == ("2026-10-27", "2026-11-10")
    assert (complaint["words"], complaint["relationship"]) == ("Nobody asked me about Saturdays.", "parent")
    decided = await town.ask("panel", "GET", f"decisions/{cases.first}", actor="officer-ch", role="chair")
    assert complaint["decision"] == decided.json()["decisions"][-1]["decision"]


async def test_an_adults_disagreement_opens_the_adult_procedure(town: Town, cases: Cases) -> None:
    body = {"application": cases.plan, "from_party": "Marguerite-person", "relationship": "person",
            "received_on": "2026-10-13", "words": "I was not asked."}  # fmt: skip
    answer = await town.ask("record", "POST", "disagreements", body, council=SHROPSHIRE, **WORKER)
    assert (answer.status_code, answer.json()["stage"]) == (201, "ADULT"), answer.text
    complaint = await shown(town, answer.json()["id"], council=SHROPSHIRE)
    assert (complaint["acknowledge_by"], complaint["due_on"]) == ("2026-10-16", "2027-04-13")
    assert complaint["extendable_to"] is None
    # What was told is checked against the contract, strictly, on the way out.
    assert [type_ for type_, _, _ in await town.record.told(SHROPSHIRE)] == [OPENED]


async def test_the_complaints_officers_are_told_of_a_complaint(town: Town, cases: Cases) -> None:
    answer = await town.ask("notify", "GET", "messages", params={"application": cases.first}, **WORKER)
    told = [one["officer"] for one in answer.json()["messages"] if one["letter"] == "complaint_opened"]
    assert told == ["officer-co"]


@pytest.mark.parametrize("known", [False, True], ids=["nowhere", "never_submitted"])
async def test_a_disagreement_about_an_application_that_record_does_not_know_is_not_found(
    town: Town, cases: Cases, known: bool
) -> None:
    application = str(uuid4())
    if known:
        start = {"kind": "LOOKED_AFTER", "team": "locality-2", "team_manager": "officer-tm", "service": "localities",
                 "service_manager": "officer-sm", "family": [],
                 "person": {"person": "draft-child", "name": "Draft", "born_on": "2014-05-02"}}  # fmt: skip
        application = (await town.does("intake", "POST", "applications", start, **WORKER))["id"]
        await town.copy()
    answer = await town.disagreement(application)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_the_same_words_again_are_linked_to_the_complaint_that_they_opened(town: Town, cases: Cases) -> None:
    """F1: whoever asks again in the same words, however set, has one complaint, whose version says that it was."""
    before = (await shown(town, cases.complaint))["version"]
    answer = await town.disagreement(cases.first, words="  nobody asked me\nabout SUNDAYS. ")
    said = answer.json()
    assert (answer.status_code, said["id"], said["events"]) == (200, cases.complaint, ["record.complaint.repeated"])
    complaint = await shown(town, cases.complaint)
    assert (complaint["version"], complaint["words"]) == (before + 1, "Nobody asked me about Sundays.")
    params = {"application": cases.first}
    listed = (await town.ask("record", "GET", "complaints", params=params, **COMPLAINTS)).json()["complaints"]
    assert [one["complaint"] for one in listed].count(cases.complaint) == 1
    assert [one["about"] for one in listed if one["complaint"] == cases.complaint] == ["DECISION"]


async def test_a_father_whom_no_form_names_is_a_party_and_his_name_is_read_with_his_words(
    town: Town, cases: Cases
) -> None:
    """F1: with name and relationship; without the name, or as somebody else, he is unknown."""
    father = {"from_party": "Rowan-father", "words": "I was never asked at all.", "name": "Hazel Thistlewood"}
    for changes in ({"name": None}, {"relationship": "carer"}):
        refused = await town.disagreement(cases.first, **{**father, **changes})
        assert (refused.status_code, refused.json()["code"]) == (422, "PARTY_UNKNOWN")
        assert [one["pointer"] for one in refused.json()["failing"]] == ["/from_party"]
    answer = await town.disagreement(cases.first, **father)
    assert answer.status_code == 201, answer.text
    complaint = await shown(town, answer.json()["id"])
    assert (complaint["party_name"], complaint["from_party"]) == ("Hazel Thistlewood", "Rowan-father")
    again = await town.disagreement(cases.first, **{**father, "name": None, "words": "Nor was I asked since."})
    assert again.status_code == 201, "a party from then on"
    assert not any(b"Hazel" in row.payload for row in await town.record.stored())


async def test_before_its_decision_a_complaint_is_about_delay_or_conduct(town: Town, cases: Cases) -> None:
    """F1: accepted with a reason, named in its public event, and about no decision."""
    early = {"received_on": "2026-10-12", "words": "Nobody calls me back."}
    refused = await town.disagreement(cases.first, **early)
    assert (refused.status_code, refused.json()["code"]) == (422, "BEFORE_DECISION")
    answer = await town.disagreement(cases.first, **early, reason="Four calls in a month, and no answer.")
    assert answer.status_code == 201, answer.text
    complaint = await shown(town, answer.json()["id"])
    assert (complaint["about"], complaint["decision"]) == ("DELAY_OR_CONDUCT", None)
    assert complaint["reason"] == "Four calls in a month, and no answer."
    told = [data for type_, _, data in await town.record.told() if type_ == OPENED]
    assert told[-1]["about"] == "DELAY_OR_CONDUCT"


async def test_another_councils_application_is_not_found(town: Town, cases: Cases) -> None:
    answer = await town.disagreement(cases.plan)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"relationship": "social_worker"}, "STAFF_DISAGREEMENT"),
        ({"relationship": "neighbour"}, "FORM_INCOMPLETE"),
        ({"received_on": "2026-10-14"}, "FORM_INCOMPLETE"),
    ],
)
async def test_what_is_no_familys_disagreement_opens_nothing(
    town: Town, cases: Cases, changes: dict[str, str], code: str
) -> None:
    before = await town.record.stored()
    answer = await town.disagreement(cases.first, **changes)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await town.record.stored() == before


async def test_the_same_request_twice_opens_one_complaint(town: Town, cases: Cases) -> None:
    body = {"application": cases.first, "from_party": "Rowan-mother", "relationship": "parent",
            "received_on": "2026-10-13", "words": "Once only."}  # fmt: skip
    key = uuid4()
    first = await town.ask("record", "POST", "disagreements", body, key=key, **WORKER)
    before = await town.record.stored()
    again = await town.ask("record", "POST", "disagreements", body, key=key, **WORKER)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert await town.record.stored() == before


async def test_complaints_are_listed_without_their_words_soonest_due_first(town: Town, cases: Cases) -> None:
    params = {"application": cases.first}
    answer = await town.ask("record", "GET", "complaints", params=params, **COMPLAINTS)
    listed = answer.json()["complaints"]
    assert cases.complaint in [one["complaint"] for one in listed]
    assert [one["due_on"] for one in listed] == sorted(one["due_on"] for one in listed)
    assert "words" not in listed[0]
    assert "Sundays" not in answer.text
    empty = await town.ask("record", "GET", "complaints", params=params, council=SHROPSHIRE, **COMPLAINTS)
    assert empty.json() == {"complaints": [], "total": 0, "next": None}


async def test_complaints_are_for_their_officers(town: Town, cases: Cases) -> None:
    for path in ("complaints", f"complaints/{cases.complaint}"):
        answer = await town.ask("record", "GET", path, **WORKER)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    answer = await town.ask("record", "GET", f"complaints/{cases.complaint}", council=SHROPSHIRE, **COMPLAINTS)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_the_words_are_nowhere_in_clear(town: Town, cases: Cases) -> None:
    rows = await town.record.stored(SWINDON)
    assert rows
    assert not any(b"Sundays" in row.payload for row in rows)
    assert "Sundays" not in str(await town.record.told())
    assert "Sundays" not in str(await town.record.read_models())
