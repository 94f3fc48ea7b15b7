"""Who must be told of what, once each, over real PostgreSQL."""

from typing import Any
from uuid import uuid4

import pytest

from ledger.decider import Waiting
from services.notify.letters.wording import render
from tests.services.house import ServiceHouse
from tests.services.notify.hearing import (
    COMPLAINED,
    DECIDED,
    MANAGER,
    MOVED_ON,
    NOT_RECEIVED,
    OFFERED,
    PERSON,
    PUBLISHED,
    RETURNED,
    SCHEDULED,
    WORKER,
    appointed,
    decision,
    example,
    listed,
    sealed,
    submission_heard,
    trained,
    wanted,
)

pytestmark = pytest.mark.connected


async def test_a_decision_is_told_to_worker_manager_and_person_once_each(house: ServiceHouse) -> None:
    await submission_heard(house)
    await house.hear(DECIDED, await decision(house))
    messages = await wanted(house)
    assert [(one.letter, one.officer or (one.address and one.address.person)) for one in messages] == [
        ("decision_recorded", WORKER),
        ("decision_recorded", MANAGER),
        ("outcome_to_person", PERSON),
    ]
    assert {one["state"] for one in await listed(house, "messages")} == {"wanted"}


async def test_the_persons_notice_of_a_refusal_holds_what_happens_if_it_is_not_provided(house: ServiceHouse) -> None:
    """B17: quoted from the event; a decision that says nothing of it is told without."""
    await submission_heard(house)
    words = await sealed(house, "She would lose her home.", field="consequence")
    await house.hear(DECIDED, await decision(house, consequence=words))
    await house.hear(DECIDED, await decision(house, decision=str(uuid4())))
    said, unsaid = [one.quoted["consequence"] for one in await wanted(house) if one.letter == "outcome_to_person"]
    assert ([one.box for one in said], unsaid) == ([words["sealed"]], ())


async def test_one_officer_in_two_parts_gets_one_message(house: ServiceHouse) -> None:
    await submission_heard(house)
    await house.hear(DECIDED, await decision(house, team_manager=WORKER, contact_email=None))
    assert [(one.letter, one.officer) for one in await wanted(house)] == [("decision_recorded", WORKER)]


async def test_a_person_without_an_address_gets_no_mail(house: ServiceHouse) -> None:
    await submission_heard(house)
    await house.hear(DECIDED, await decision(house, contact_email=None))
    assert "outcome_to_person" not in {one.letter for one in await wanted(house)}


async def test_a_deferral_goes_to_worker_and_manager_and_opens_no_task(house: ServiceHouse) -> None:
    await submission_heard(house)
    await house.hear(DECIDED, await decision(house, "deferred"))
    assert [(one.letter, one.officer) for one in await wanted(house)] == [
        ("decision_deferred", WORKER),
        ("decision_deferred", MANAGER),
    ]
    assert await listed(house, "tasks") == []


async def test_whoever_waits_for_a_sitting_that_is_not_scheduled_is_told_so(house: ServiceHouse) -> None:
    """D5, B5: once it is scheduled nothing is said of it; another forum's, or another day's, is not the one."""

    def of(day: str, forum: str = "CARE_PANEL") -> dict[str, Any]:
        hours = {"starts_at": f"{day}T09:00:00Z", "ends_at": f"{day}T12:00:00Z"}
        return example(SCHEDULED, "tuesday", sitting=str(uuid4()), forum=forum, **hours)

    async def said() -> list[tuple[str, str]]:
        kept = [one for one in await wanted(house) if one.officer == WORKER and "unscheduled" in one.facts]
        return [(one.facts["next_sitting"], one.facts["unscheduled"]) for one in kept]

    await submission_heard(house)
    heard = example(SCHEDULED, "tuesday")
    await house.hear(SCHEDULED, heard)
    for elsewhere in (of("2026-10-20", "ANOTHER_PANEL"), of("2026-10-27")):
        await house.hear(SCHEDULED, elsewhere)
    deferred = {"sitting": heard["sitting"], "next_sitting_on": "2026-10-20"}
    await house.hear(DECIDED, await decision(house, "deferred", **deferred))
    await house.hear(RETURNED, example(RETURNED, "returned", defer_to="2026-10-20"))
    assert await said() == [("20 October 2026", "yes")] * 2
    await house.hear(SCHEDULED, of("2026-10-20"))
    await house.hear(DECIDED, await decision(house, "deferred", **deferred))
    assert await said() == [("20 October 2026", "yes"), ("20 October 2026", "yes"), ("20 October 2026", "")]


async def test_whoever_makes_way_for_a_deferred_case_is_told_at_once(house: ServiceHouse) -> None:
    """D5: by the forum and the day, before there is another time."""
    await submission_heard(house)
    await house.hear(MOVED_ON, example(MOVED_ON, "made_way"))
    (letter,) = await wanted(house)
    assert (letter.letter, letter.officer) == ("slot_moved_on", WORKER)
    assert letter.facts["day"] == "Tuesday 20 October 2026"
    assert letter.facts["day"] in render(letter.letter, {**letter.facts, "link": "L", "council_name": "C"}, {}).text


@pytest.mark.parametrize(("type_", "name"), [(OFFERED, "complex_case"), (RETURNED, "returned")])
async def test_what_concerns_an_application_waits_for_its_submission(
    house: ServiceHouse, type_: str, name: str
) -> None:
    told = example(type_, name)
    with pytest.raises(Waiting):
        await house.hear(type_, told)
    assert await house.stored() == []
    await submission_heard(house)
    await trained(house, WORKER, until=None)
    await house.hear(type_, told)
    assert len(await wanted(house)) == 1


async def test_a_slot_is_offered_to_the_worker_with_everything_they_need(house: ServiceHouse) -> None:
    await submission_heard(house)
    await trained(house, WORKER, until=None)
    await house.hear(SCHEDULED, example(SCHEDULED, "tuesday"))
    await house.hear(OFFERED, example(OFFERED, "complex_case"))
    (message,) = await wanted(house)
    assert (message.letter, message.officer) == ("slot_offered", WORKER)
    assert message.facts == {
        "forum": "Children's Services Care Panel",
        "day": "Tuesday 13 October 2026",
        "time": "10:00",
        "minutes": "20",
        "place": "Committee room 2",
        "members": "chair\nmember",
    }


@pytest.mark.parametrize(
    ("until", "on", "told"),
    [
        (None, "2025-10-13", False),
        ("2026-10-13", "2025-10-13", False),
        ("2026-10-12", "2025-10-13", True),
        (None, "2026-10-14", True),
    ],
    ids=["for_ever", "until_the_day_itself", "until_the_day_before", "only_after_it"],
)
async def test_of_a_presenter_without_training_on_the_day_the_team_manager_is_warned(
    house: ServiceHouse, until: str | None, on: str, told: bool
) -> None:
    """B18: the slot stands and the worker has their time all the same."""
    await submission_heard(house)
    await trained(house, WORKER, until=until, on=on)
    await house.hear(SCHEDULED, example(SCHEDULED, "tuesday"))
    await house.hear(OFFERED, example(OFFERED, "complex_case"))
    warned = [("presenter_untrained", MANAGER)] if told else []
    assert [(one.letter, one.officer) for one in await wanted(house)] == [("slot_offered", WORKER), *warned]


async def test_a_council_that_does_not_want_to_hear_of_untrained_presenters_hears_nothing(house: ServiceHouse) -> None:
    """B18: the level of the guard; it never blocks."""
    await submission_heard(house)
    second = example(PUBLISHED, "first", version=2)
    second["settings"]["guards"] = {"UNTRAINED_PRESENTER": "off"}
    await house.hear(PUBLISHED, second)
    await house.hear(OFFERED, example(OFFERED, "complex_case"))
    assert [one.letter for one in await wanted(house)] == ["slot_offered"]


async def test_what_was_expected_and_is_missing_is_told_to_the_chair_and_asked_of_the_service_managers(
    house: ServiceHouse,
) -> None:
    """B10: the chair has exactly those two, their service manager is asked about each, no social worker hears."""
    await submission_heard(house)
    await appointed(house, "officer-chair", "chair@council.example", role="chair")
    await appointed(house, WORKER, "worker@council.example", role="social_worker")
    told = example(NOT_RECEIVED, "two_missing")
    first, second = (one["application"] for one in told["missing"])
    await house.hear(NOT_RECEIVED, told)
    messages = await wanted(house)
    assert [(one.letter, one.officer, one.application) for one in messages] == [
        ("expected_not_received", "officer-chair", ""),
        ("feedback_asked", "officer-004", first),
        ("feedback_asked", "officer-004", second),
    ]
    assert messages[0].facts == {
        "forum": "Children's Services Care Panel",
        "day": "Tuesday 13 October 2026",
        "applications": f"{first}\n{second}",
        "path": "/intake/councils/c4d81e/sittings/2026-10-13/expected",
    }
    assert WORKER not in {one.officer for one in messages}
    assert len({one.message for one in messages}) == 3


async def test_everybody_who_missed_a_cut_off_is_asked_about_one_by_one(house: ServiceHouse) -> None:
    """B10: however many are missing, each service manager is asked about each."""
    await submission_heard(house)
    (one,) = example(NOT_RECEIVED, "two_missing")["missing"][:1]
    many = [{**one, "application": str(uuid4())} for _ in range(90)]
    await house.hear(NOT_RECEIVED, {**example(NOT_RECEIVED, "two_missing"), "missing": many})
    asked = [message.application for message in await wanted(house) if message.letter == "feedback_asked"]
    assert sorted(asked) == sorted(one["application"] for one in many)


async def test_a_return_goes_to_the_originator_and_a_complaint_to_the_complaints_officers(house: ServiceHouse) -> None:
    """B5: the originator is told; I3: of a complaint those who can answer it, and nobody who would be refused."""
    for officer in ("o-co-1", "o-co-2"):
        await appointed(house, officer, f"{officer}@council.example", role="complaints_officer")
    await submission_heard(house)
    await house.hear(RETURNED, example(RETURNED, "returned"))
    await house.hear(COMPLAINED, example(COMPLAINED, "parent"))
    complaint = {"stage": "STAGE_ONE", "due": "27 October 2026", "path": "/record/councils/c4d81e/complaints"}
    assert [(one.letter, one.officer, one.facts) for one in await wanted(house)] == [
        ("application_returned", WORKER, {}),
        ("complaint_opened", "o-co-1", complaint),
        ("complaint_opened", "o-co-2", complaint),
    ]


async def test_officers_messages_hold_no_personal_words_even_sealed(house: ServiceHouse) -> None:
    await submission_heard(house)
    await house.hear(DECIDED, await decision(house))
    await house.hear(RETURNED, example(RETURNED, "returned"))
    to_officers = [one for one in await wanted(house) if one.officer]
    assert len(to_officers) == 3
    assert all(one.quoted == {} and one.address is None for one in to_officers)
