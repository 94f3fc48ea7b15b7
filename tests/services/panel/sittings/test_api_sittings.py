"""Sittings through panel's doors: scheduling, slots, opening, and minutes that stay as signed."""

from uuid import uuid4

import httpx

from edge.access import AccessRefused
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.panel.cases import numbered
from tests.services.panel.doors import (
    APPLICATION,
    PRESENT,
    SITTING,
    being_heard,
    by_administrator,
    by_chair,
    code,
    get,
    panel_decides,
    plan_received,
    post,
    received,
    routed,
    scheduled_with_slot,
    settings_heard,
    submitted,
)


async def test_without_settings_nothing_is_scheduled(house: ServiceHouse) -> None:
    answer = await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
    assert code(answer) == (503, "SETTINGS_NOT_HERE")


async def test_a_sitting_is_scheduled_once_on_a_day_on_which_the_forum_sits(house: ServiceHouse) -> None:
    await settings_heard(house)
    key = uuid4()
    body = {"forum": "CARE_PANEL", "on": "2026-10-13"}
    first = await by_administrator(house, "sittings", body, key=key)
    again = await by_administrator(house, "sittings", body, key=key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert code(await by_administrator(house, "sittings", body)) == (409, "ALREADY_SCHEDULED")
    wednesday = await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-14"})
    assert code(wednesday) == (422, "NOT_A_SITTING_DAY")
    ((type_, subject, data),) = await house.told()
    assert (type_, subject) == ("uk.panelbook.panel.sitting.scheduled.v1", SITTING)
    assert (data["starts_at"], data["ends_at"], data["cut_off_at"]) == (
        "2026-10-13T09:00:00Z",
        "2026-10-13T12:00:00Z",
        "2026-10-07T16:00:00Z",
    )
    (listed,) = (await get(house, "sittings?forum=CARE_PANEL")).json()["sittings"]
    assert (listed["sitting"], listed["stage"], listed["minutes_given_out"]) == (SITTING, "scheduled", 0)


async def test_a_slot_message_names_time_length_place_and_the_members_roles(house: ServiceHouse) -> None:
    await received(house)
    await scheduled_with_slot(house)
    data = (await house.told())[-1][2]
    assert (data["starts_at"], data["minutes"], data["place"]) == ("2026-10-13T09:00:00Z", 20, "Room 4, Euclid Street")
    assert data["members"][0] == {"role": "Director of Children's Social Work (Chair)"}
    assert len(data["members"]) == 13
    (slot,) = (await get(house, f"sittings/{SITTING}")).json()["agenda"]
    assert (slot["application"], slot["minutes"], slot["kept_first"]) == (APPLICATION, 20, False)


async def test_an_incomplete_application_has_no_slot_and_the_attempt_is_logged_with_its_author(
    house: ServiceHouse,
) -> None:
    """B4: 422 INCOMPLETE, and the access log has the administrator's id."""
    await settings_heard(house)
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
    slot = {"application": APPLICATION, "minutes": 15, "place": "Room 4"}
    answer = await by_administrator(house, f"sittings/{SITTING}/slots", slot, version=1)
    assert code(answer) == (422, "INCOMPLETE")
    (refused,) = [event for event in await house.logged() if isinstance(event, AccessRefused)]
    assert (refused.command, refused.code) == ("offer_slot", "INCOMPLETE")
    (row,) = await house.host.ledger.rows(SWINDON, lane="access")
    assert row.actor == "admin-1"


async def test_the_thirteenth_slot_of_fifteen_minutes_is_refused(house: ServiceHouse) -> None:
    await settings_heard(house)
    await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
    answers: list[httpx.Response] = []
    for number in range(1, 14):
        one = str(numbered(number))
        await submitted(house, application=one, complex=False)
        await routed(house, application=one)
        slot = {"application": one, "minutes": 15, "place": "Room 4"}
        answers.append(await by_administrator(house, f"sittings/{SITTING}/slots", slot, version=number))
    assert [answer.status_code for answer in answers] == [200] * 12 + [422]
    assert code(answers[-1]) == (422, "AGENDA_FULL")
    shown = (await get(house, f"sittings/{SITTING}")).json()
    assert [slot["starts_at"][11:16] for slot in shown["agenda"]][-1] == "11:45"


async def test_a_delegated_plan_is_on_no_agenda(house: ServiceHouse) -> None:
    await plan_received(house, 99_999)
    by = {"council": SHROPSHIRE}
    scheduled = await by_administrator(house, "sittings", {"forum": "CONFERENCE_CALL", "on": "2026-10-15"}, **by)
    path = f"{scheduled.headers['Location']}/slots"
    slot = {"application": APPLICATION, "minutes": 15, "place": "By telephone"}
    assert code(await by_administrator(house, path, slot, version=1, **by)) == (422, "BELOW_FLOOR")


async def test_a_sitting_opens_with_its_chair_its_quorum_and_the_skilled(house: ServiceHouse) -> None:
    await received(house)
    await scheduled_with_slot(house)
    house.clock.set("2026-10-13T09:00:00Z")
    path = f"sittings/{SITTING}/opening"
    assert code(await post(house, path, PRESENT, "sm-2", "service_manager", version=2)) == (422, "NO_CHAIR")
    two = {"present": PRESENT["present"][:2]}
    assert code(await by_chair(house, path, two, version=2)) == (422, "NOT_QUORATE")
    money = {"present": [{"member": f"accountant-{n}", "kind": "finance"} for n in (1, 2, 3)]}
    assert code(await by_chair(house, path, money, version=2)) == (422, "NOT_SKILLED")
    assert (await post(house, path, PRESENT, "vice-1", "vice_chair", version=2)).status_code == 200


async def test_nobody_is_counted_twice_and_no_spelling_of_finance_makes_a_panel_skilled(house: ServiceHouse) -> None:
    await received(house)
    await scheduled_with_slot(house)
    house.clock.set("2026-10-13T09:00:00Z")
    path = f"sittings/{SITTING}/opening"
    money = [{"member": f"accountant-{number}", "kind": "finance"} for number in (1, 2)]
    twice = {"present": [*money, {"member": "accountant-2", "kind": "health"}]}
    assert code(await by_chair(house, path, twice, version=2)) == (422, "PRESENT_TWICE")
    for kind in ("Finance", "accountant"):
        spelt = {"present": [*money, {"member": "accountant-3", "kind": kind}]}
        assert code(await by_chair(house, path, spelt, version=2)) == (422, "NOT_A_CHOICE")


async def test_a_sitting_opens_on_its_own_day_and_no_other(house: ServiceHouse) -> None:
    await received(house)
    await scheduled_with_slot(house)
    path = f"sittings/{SITTING}/opening"
    for other_day in ("2026-10-12T22:59:59Z", "2026-10-13T23:00:00Z"):
        house.clock.set(other_day)
        assert code(await by_chair(house, path, PRESENT, version=2)) == (409, "NOT_ITS_DAY")


async def test_an_application_stands_on_one_coming_agenda_only(house: ServiceHouse) -> None:
    await received(house)
    await scheduled_with_slot(house)
    later = await by_administrator(house, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-20"})
    slot = {"application": APPLICATION, "minutes": 20, "place": "Room 4"}
    second = await by_administrator(house, f"sittings/{later.json()['id']}/slots", slot, version=1)
    assert code(second) == (409, "SLOT_ALREADY_OFFERED")


async def test_nothing_in_a_sitting_changes_once_its_minutes_are_signed(house: ServiceHouse) -> None:
    await being_heard(house)
    assert (await panel_decides(house, outcome="AGREED", review_on="2026-12-08")).status_code == 200
    closing = await by_chair(house, f"sittings/{SITTING}/items/{APPLICATION}/closing", {}, version=4)
    assert closing.status_code == 200, closing.text
    assert (await by_chair(house, f"sittings/{SITTING}/closing", {}, version=5)).status_code == 200
    assert (await by_chair(house, f"sittings/{SITTING}/minutes/signature", {}, version=6)).status_code == 200
    for path in ("closing", "minutes/signature", f"items/{APPLICATION}/opening"):
        assert code(await by_chair(house, f"sittings/{SITTING}/{path}", {}, version=7)) == (409, "MINUTES_SIGNED")
    shown = (await get(house, f"sittings/{SITTING}")).json()
    assert (shown["stage"], shown["signed_by"], shown["version"]) == ("signed", "chair-1", 7)


async def test_a_chair_reads_what_is_to_be_heard_before_the_day_and_nothing_that_is_not(house: ServiceHouse) -> None:
    """I5: whoever hears a case can have read it, and nobody reads one that comes before no panel."""
    await received(house)
    assert (await get(house, f"decisions/{APPLICATION}", role="chair")).status_code == 404
    await scheduled_with_slot(house)
    for role in ("chair", "vice_chair", "member"):
        assert (await get(house, f"decisions/{APPLICATION}", role=role)).status_code == 200
    other = await get(house, f"decisions/{APPLICATION}", role="settings_publisher")
    assert other.status_code == 404
