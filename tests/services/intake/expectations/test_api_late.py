"""What comes after a cut-off, through intake's doors over real PostgreSQL: it is late, whenever somebody looks."""

from datetime import UTC, datetime
from typing import Any

import pytest

from councils.packs import pack_settings
from councils.settings import digest
from ledger.book import rebuild
from services.intake.expectations.watch import Watch
from tests.services.house import SWINDON, ServiceHouse
from tests.services.intake.doors import (
    PUBLISHED,
    RETURNED,
    SERVICE_MANAGER,
    WITHDRAWN,
    call,
    decided,
    done,
    filled,
    sealed,
    sealed_by_panel,
    shown,
    start,
    submit,
)

NOT_RECEIVED = "uk.panelbook.intake.expected.not_received.v1"
GIVEN = "uk.panelbook.intake.application.further_information_given.v1"
CHAIR = {"actor": "officer-chair", "role": "chair", "team": ""}
ANSWER = {"answers": [{"work": "work-1", "text": "Neither has a place."}]}
CLOSES, LATE, LOOKS = "2026-10-14T16:00:00Z", "2026-10-14T16:00:01Z", "2026-10-14T16:00:59Z"


async def deferred(house: ServiceHouse) -> tuple[str, int]:
    """An application that the panel of 13 October deferred to 20 October, whose cut-off is 14 October 16:00Z."""
    application, version = await filled(house)
    assert (await submit(house, application, version)).status_code == 201
    text = await sealed_by_panel(house, application, "Ask two more providers.")
    work = {"work": "work-1", "owner": "officer-sw", "due_at": CLOSES, "text": text}
    await decided(house, application, "DEFERRED", [work])
    return application, (await shown(house, application))["version"]


async def answered(house: ServiceHouse, application: str, version: int) -> dict[str, Any]:
    """The deferral's work is answered now."""
    return await done(house, "POST", f"applications/{application}/further-information", ANSWER, version)


async def announced(house: ServiceHouse, application: str, version: int, on: str = "2026-10-20") -> int:
    """Announce it for a sitting; its version then."""
    body = {"sitting_on": on}
    return (await done(house, "PUT", f"applications/{application}/expected", body, version))["version"]


async def looked(house: ServiceHouse) -> list[str]:
    """The watch looks now; of which applications the chair is told."""
    before = len(await house.told())
    await Watch(book=house.host.book, now=house.clock.now).look(SWINDON)
    told = [data for type_, _, data in (await house.told())[before:] if type_ == NOT_RECEIVED]
    return [one["application"] for data in told for one in data["missing"]]


async def listed(house: ServiceHouse, on: str = "2026-10-20") -> dict[str, Any]:
    """The chair's list."""
    answer = await call(house, "GET", f"sittings/{on}/expected", **CHAIR)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_further_work_after_the_cut_off_is_missing_though_it_came_before_the_watch_looked(
    house: ServiceHouse,
) -> None:
    """B10: one second late and nobody had looked: it was expected, and had not been received by the cut-off."""
    in_time, late, never = [await deferred(house) for _ in range(3)]
    house.clock.set(CLOSES)
    await answered(house, *in_time)
    house.clock.set(LATE)
    await answered(house, *late)
    house.clock.set(LOOKS)
    assert await looked(house) == [late[0], never[0]]
    now = await listed(house)
    assert [(one["application"], one["received_at"], one["late"]) for one in now["expected"]] == [
        (in_time[0], CLOSES, False),
        (late[0], LATE, True),
        (never[0], None, False),
    ]
    assert [one["application"] for one in now["not_received"]] == [late[0], never[0]]
    assert {one["cut_off_at"] for one in now["expected"]} == {CLOSES}
    assert await looked(house) == []
    tables = await house.read_models()
    await rebuild(house.host.book, [SWINDON])
    assert await house.read_models() == tables


async def test_the_chair_is_told_even_where_all_that_was_missing_came_late(house: ServiceHouse) -> None:
    """B10: by when the watch looks nothing is outstanding, and the list is the same."""
    application, version = await deferred(house)
    house.clock.set(LATE)
    await answered(house, application, version)
    house.clock.set(LOOKS)
    assert await looked(house) == [application]


async def test_what_missed_a_cut_off_and_was_handed_in_or_announced_for_another_sitting_is_told_too(
    house: ServiceHouse,
) -> None:
    """B10: expected on 20 October, and after its cut-off meant for the 27th, before the watch looks."""
    handed_in, version = await filled(house)
    version = await announced(house, handed_in, version)
    moved = await start(house)
    moved_version = await announced(house, moved, 1)
    early = await start(house)
    early_version = await announced(house, early, 1)
    house.clock.set(CLOSES)
    await announced(house, early, early_version, "2026-10-27")
    house.clock.set(LATE)
    assert (await submit(house, handed_in, version, "2026-10-27")).status_code == 201
    await announced(house, moved, moved_version, "2026-10-27")
    house.clock.set(LOOKS)
    assert await looked(house) == [handed_in, moved]
    next_week = await listed(house, "2026-10-27")
    assert [one["application"] for one in next_week["expected"]] == [early, moved]


async def test_a_return_is_held_to_the_cut_off_of_the_sitting_that_it_named(house: ServiceHouse) -> None:
    """B10: returned to 20 October, handed in for the 27th a second after the cut-off."""
    application, version = await filled(house)
    await submit(house, application, version)
    reasons = [await sealed_by_panel(house, application, "The costs are missing.")]
    data = {"application": application, "by": "officer-pa", "reasons": reasons, "defer_to": "2026-10-20"}
    await house.hear(RETURNED, data)
    version = (await shown(house, application))["version"]
    house.clock.set(LATE)
    assert (await submit(house, application, version)).json()["code"] == "LATE"
    assert (await submit(house, application, version, "2026-10-27")).status_code == 201
    house.clock.set(LOOKS)
    assert await looked(house) == [application]


async def test_what_came_late_and_was_withdrawn_is_no_longer_expected(house: ServiceHouse) -> None:
    """B10: "A withdrawn application is no longer expected": nobody is asked about it."""
    application, version = await deferred(house)
    house.clock.set(LATE)
    await answered(house, application, version)
    withdrawn = {"application": application, "by": "officer-sw", "reasons": [sealed(application, "reasons.0")]}
    await house.hear(WITHDRAWN, withdrawn)
    house.clock.set(LOOKS)
    assert await looked(house) == []
    assert (await listed(house))["expected"] == []


async def test_the_watch_waits_for_what_was_received_at_the_cut_off_and_is_still_being_written(
    house: ServiceHouse,
) -> None:
    """B10: within one minute, and not in the seconds in which a receipt may not be in the book yet."""
    application = await start(house)
    await announced(house, application, 1)
    house.clock.set("2026-10-14T16:00:25Z")
    assert await looked(house) == []
    house.clock.set("2026-10-14T16:00:26Z")
    assert await looked(house) == [application]


async def test_settings_that_drop_the_forum_just_after_its_cut_off_hold_no_alarm_up(house: ServiceHouse) -> None:
    """B10: they are in force while the watch still waits for what is being written."""
    application = await start(house)
    await announced(house, application, 1)
    document = pack_settings(
        "swindon", version=2, in_force_from=datetime(2026, 10, 14, 16, 0, 10, tzinfo=UTC)
    ).document()
    others = {**document, "forums": {"FAMILY_PANEL": document["forums"]["CARE_PANEL"]}, "submitted_to": "FAMILY_PANEL"}
    told = {"version": 2, "in_force_from": "2026-10-14T16:00:10Z", "settings": others}
    await house.hear(PUBLISHED, {**told, "digest": digest(others), "published_by": "officer-publisher"})
    house.clock.set("2026-10-14T16:00:26Z")
    assert await looked(house) == [application]


@pytest.mark.parametrize(("at", "late"), [(CLOSES, False), (LATE, True)])
async def test_answers_after_the_cut_off_are_taken_and_marked_wherever_they_are_read(
    house: ServiceHouse, at: str, late: bool
) -> None:
    """D5: in the command's answer, with the answer itself, and in what others hear; its place is kept."""
    application, version = await deferred(house)
    house.clock.set(at)
    given = await answered(house, application, version)
    assert [given[name] for name in ("sitting_on", "cut_off_at", "received_at", "late")] == [
        "2026-10-20",
        CLOSES,
        at,
        late,
    ]
    record = await shown(house, application)
    assert record["stage"] == "submitted"
    assert [(one["cut_off_at"], one["late"]) for one in record["answers"]] == [(CLOSES, late)]
    (data,) = [data for type_, _, data in await house.told() if type_ == GIVEN]
    assert (data["sitting_on"], data["late"]) == ("2026-10-20", late)


async def test_what_a_manager_lets_go_of_after_the_cut_off_is_not_asked_about(house: ServiceHouse) -> None:
    """B10: given up with the service manager's agreement, before the watch looked."""
    application = await start(house)
    version = await announced(house, application, 1)
    at, reason = f"applications/{application}", {"reason": "The child has gone home."}
    house.clock.set(LATE)
    await done(house, "POST", f"{at}/abandonment-agreement", reason, version, **SERVICE_MANAGER)
    await done(house, "POST", f"{at}/abandonment", reason, version + 1)
    house.clock.set(LOOKS)
    assert await looked(house) == []
