"""Drafts, terms in force or taken back, and who has read them, through routing's doors (DOMAIN.md, A8, A12, A17)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from councils.packs import load_earlier, load_pack
from edge.access import AccessRead
from edge.clock import SettableClock
from ledger.book import rebuild
from services.routing.main import SERVICE
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse, open_house
from tests.services.routing.doors import (
    DONCASTER,
    IN_FORCE,
    SUBMITTED,
    Said,
    appoint_as,
    ask,
    code,
    get,
    post,
    publish,
    submission,
    way_of,
)


def draft(**changes: Any) -> dict[str, Any]:
    return {"settings": load_pack("shropshire") | changes, "in_force_from": IN_FORCE}


def everything_to_panel(**changes: Any) -> dict[str, Any]:
    """Shropshire's scheme with a threshold of £0.00."""
    scheme = load_pack("shropshire")["scheme"]
    row = {**scheme["rules"][0], "weekly": ">= 0", "_id": "over-nothing"}
    always = {**scheme["rules"][0], "weekly": "", "_id": "always"}
    return draft(scheme={**scheme, "rules": [row, always]}, **changes)


# A draft --------------------------------------------------------------------------------------------------------


async def test_a_draft_hears_of_every_error_at_once_with_the_row_and_nothing_is_stored(house: ServiceHouse) -> None:
    """A17."""
    scheme = load_pack("shropshire")["scheme"]
    rules = [dict(rule) for rule in scheme["rules"]]
    rules[2]["complex"], rules[4]["forum"] = "perhaps", '"NO_SUCH_FORUM"'
    wrong = draft(purpose="", scheme={**scheme, "rules": rules}) | {"in_force_from": "2026-10-05T08:00:00Z"}
    answer = await post(house, "settings/validation", wrong)
    assert (answer.status_code, answer.json()["valid"]) == (200, False), answer.text
    assert [(one["pointer"], one["code"], one["row"]) for one in answer.json()["failing"]] == [
        ("/settings/purpose", "TERMS_INCOMPLETE", None),
        ("/settings/scheme/rules/2/complex", "TABLE_INVALID", "very-complex"),
        ("/settings/scheme/rules/4/forum", "FORUM_UNKNOWN", "larger-than-usual"),
        ("/in_force_from", "TOO_SOON", None),
    ]
    assert await house.stored(SHROPSHIRE) == []


async def test_a_draft_of_any_shape_gets_an_answer(house: ServiceHouse) -> None:
    """A17: what is no settings document at all is told where."""
    for settings in ({}, {"scheme": {"rules": 7}}, {"scheme": {"rules": [[]]}}, draft()["settings"] | {"forums": 7}):
        answer = await post(house, "settings/validation", {"settings": settings, "in_force_from": IN_FORCE})
        assert (answer.status_code, answer.json()["valid"]) == (200, False), answer.text
        assert answer.json()["failing"][0]["code"] == "SETTINGS_UNREADABLE"


async def test_a_sound_draft_is_valid_and_still_not_published(house: ServiceHouse) -> None:
    """A17."""
    assert (await post(house, "settings/validation", draft())).json() == {"valid": True, "failing": []}
    assert await house.stored(SHROPSHIRE) == []


async def test_a_scheme_that_sends_everything_to_panel_needs_a_justification_and_a_date(house: ServiceHouse) -> None:
    """A12: a panel threshold of £0.00."""
    assert code(await post(house, "settings", everything_to_panel())) == (422, "PANEL_AS_DEFAULT")
    for half in ({"justification": "Every plan is looked at this year."}, {"review_on": "2027-04-01"}):
        answer = await post(house, "settings", everything_to_panel(panel_as_default=half))
        assert answer.status_code == 422, answer.text
    assert await house.stored(SHROPSHIRE) == []
    whole = {"justification": "Every plan is looked at this year.", "review_on": "2027-04-01"}
    assert (await post(house, "settings", everything_to_panel(panel_as_default=whole))).status_code == 201


async def test_terms_are_published_whole_and_by_the_management_team_they_name(house: ServiceHouse) -> None:
    """A17: without purpose, involvement, consultation or review date 422; by another team 403."""
    bare = draft(purpose="", involvement="", consultation="", review_on=None)
    refused = await post(house, "settings", bare)
    assert code(refused) == (422, "TERMS_INCOMPLETE")
    assert len(refused.json()["failing"]) == 4
    who: Said = {"actor": "officer-publisher", "role": "settings_publisher", "team": "finance"}
    elsewhere = await ask(house, "POST", "settings", draft(), council=SHROPSHIRE, **who)
    assert code(elsewhere) == (403, "NOT_MANAGEMENT_TEAM")


# Who has read them ----------------------------------------------------------------------------------------------


async def test_officers_who_have_not_acknowledged_the_new_terms_are_listed(house: ServiceHouse) -> None:
    """A17."""
    await publish(house, council=SWINDON)
    for officer, role in (("officer-director", "director_csw"), ("officer-sm", "service_manager")):
        await appoint_as(house, officer, role)
    said: Said = {"actor": "officer-sm", "role": "service_manager"}
    assert (await ask(house, "POST", "settings/1/acknowledgements", {}, **said)).status_code == 201
    again = await ask(house, "POST", "settings/1/acknowledgements", {}, **said)
    assert (again.status_code, again.json()["events"]) == (201, [])
    shown = (await get(house, "settings/1/acknowledgements", council=SWINDON)).json()
    assert [(one["officer"], one["name"]) for one in shown["outstanding"]] == [
        ("officer-director", "Name of officer-director")
    ]
    assert [(one["officer"], one["acknowledged_at"][:10]) for one in shown["acknowledged"]] == [
        ("officer-sm", "2026-10-05")
    ]
    changed = load_pack("swindon") | {"name": "Swindon"}
    await post(house, "settings", {"settings": changed, "in_force_from": "2026-10-05T09:00:00Z"}, council=SWINDON)
    anew = (await get(house, "settings/2/acknowledgements", council=SWINDON)).json()
    assert [one["officer"] for one in anew["outstanding"]] == ["officer-director", "officer-sm"]
    assert AccessRead("acknowledgements", "2", "case_work") in await house.logged(SWINDON)


async def test_nobody_acknowledges_what_is_not_there_or_without_being_an_officer(house: ServiceHouse) -> None:
    """A17."""
    await publish(house, council=SWINDON)
    stranger: Said = {"actor": "officer-sm", "role": "service_manager"}
    assert code(await ask(house, "POST", "settings/1/acknowledgements", {}, **stranger)) == (404, "NOT_FOUND")
    await appoint_as(house, "officer-sm", "service_manager")
    assert code(await ask(house, "POST", "settings/2/acknowledgements", {}, **stranger)) == (404, "NOT_FOUND")
    assert code(await get(house, "settings/2/acknowledgements", council=SWINDON)) == (404, "NOT_FOUND")


async def test_terms_in_force_wait_for_the_officer_who_has_not_read_them(house: ServiceHouse) -> None:
    """A17: in the officer's own queue, from the moment they are in force."""
    await publish(house, council=SWINDON)
    await appoint_as(house, "officer-sm", "service_manager")
    mine: Said = {"actor": "officer-sm", "role": "service_manager"}
    assert (await ask(house, "GET", "waiting", **mine)).json()["terms"] == []
    house.clock.set(IN_FORCE)
    assert (await ask(house, "GET", "waiting", **mine)).json()["terms"] == [1]
    nobodys = await ask(house, "GET", "waiting", actor="officer-x", role="service_manager")
    assert nobodys.json()["terms"] == []
    await ask(house, "POST", "settings/1/acknowledgements", {}, **mine)
    assert (await ask(house, "GET", "waiting", **mine)).json()["terms"] == []


# Taken back, and over time --------------------------------------------------------------------------------------


async def test_a_version_is_taken_back_with_a_reason_and_the_one_before_returns(house: ServiceHouse) -> None:
    """A8: nothing is edited; whoever listens hears of one more version."""
    await publish(house)
    changed = load_pack("shropshire") | {"tolerance_percent": "1"}
    await post(house, "settings", {"settings": changed, "in_force_from": "2026-10-06T08:15:00Z"})
    listed = await get(house, "settings")
    assert listed.headers["ETag"] == '"2"'
    reason = {"reason": "The tolerance lost its second digit."}
    stale = await post(house, "settings/2/retirement", reason, version=1)
    assert code(stale) == (412, "STALE_VERSION")
    answer = await post(house, "settings/2/retirement", reason, version=2)
    assert (answer.status_code, answer.json()["settings_version"]) == (200, 3), answer.text
    assert answer.json()["events"] == ["routing.settings.retired", "routing.settings.published"]
    shown = (await get(house, "settings")).json()["settings"]
    assert [(one["version"], one["replaced_by"], one["retired_because"]) for one in shown] == [
        (3, None, None),
        (2, 3, "The tolerance lost its second digit."),
        (1, None, None),
    ]
    assert shown[0]["settings"]["tolerance_percent"] == shown[2]["settings"]["tolerance_percent"] == "10"
    assert [type_.split(".")[-2] for type_, _, _ in await house.told(SHROPSHIRE)] == ["published"] * 3
    house.clock.set("2026-10-07T09:00:00Z")
    assert (await get(house, "settings")).json()["in_force"] == 3
    again = await post(house, "settings/2/retirement", reason, version=4)
    assert code(again) == (409, "ALREADY_RETIRED")


@pytest.fixture
async def early_house(databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    SettableClock(tmp_path / "clock.json", start=datetime(2024, 3, 1, 9, 0, tzinfo=UTC))
    async with open_house(SERVICE, databases, tmp_path) as house:
        yield house


async def test_each_result_keeps_the_version_of_its_day_when_read_models_are_rebuilt(early_house: ServiceHouse) -> None:
    """A8: Doncaster's £35,000.00 until 31 March 2024 and £49,000.00 from 1 April 00:00 London; £769.23 a week."""
    house = early_house
    earlier = {"settings": load_earlier("doncaster-2023"), "in_force_from": "2024-03-01T09:15:00Z"}
    assert (await post(house, "settings", earlier, council=DONCASTER)).status_code == 201
    today = {"settings": load_pack("doncaster"), "in_force_from": "2024-03-31T23:00:00Z"}
    assert (await post(house, "settings", today, council=DONCASTER)).status_code == 201
    ids = ["6a9f1b3e-8a53-5d43-9a0e-51f0f5a3c001", "6a9f1b3e-8a53-5d43-9a0e-51f0f5a3c002"]
    for application, version, at in zip(ids, (1, 2), ("2024-03-31T22:59:59Z", "2024-03-31T23:00:00Z"), strict=True):
        told = submission(application=application, settings_version=version, received_at=at, weekly_pence=76_923)
        await house.hear(SUBMITTED, told, council=DONCASTER)
    asked = {"kind": "SUPPORT_PLAN", "weekly_pence": 76_923}
    foreseen = [
        (await post(house, "route-preview", {**asked, "at": at}, council=DONCASTER)).json()
        for at in ("2024-03-31T22:59:59Z", "2024-03-31T23:00:00Z")
    ]
    assert [(one["route"], one["settings_version"]) for one in foreseen] == [("PANEL", 1), ("DELEGATED", 2)]

    async def found() -> list[tuple[str, int, int]]:
        ways = [(await get(house, f"applications/{one}/route", council=DONCASTER)).json() for one in ids]
        return [(way["route"], way["settings_version"], way["inputs"]["yearly_pence"]) for way in ways]

    assert await found() == [("PANEL", 1, 3_999_996), ("DELEGATED", 2, 3_999_996)]
    before = await house.read_models()
    house.clock.set("2026-10-05T08:00:00Z")
    await rebuild(house.host.book, [DONCASTER])
    assert await house.read_models() == before
    assert await found() == [("PANEL", 1, 3_999_996), ("DELEGATED", 2, 3_999_996)]


async def test_what_a_council_never_published_foresees_nothing(house: ServiceHouse) -> None:
    """A8: before the first version there is none in force."""
    answer = await post(house, "route-preview", {"kind": "SUPPORT_PLAN", "weekly_pence": 1})
    assert code(answer) == (422, "NO_SETTINGS")
    assert (await way_of(house))["code"] == "NOT_FOUND"
