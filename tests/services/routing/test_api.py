"""Routing through its doors, over real PostgreSQL: publish, appoint, grant, hear of an application, read its way."""

from datetime import timedelta
from uuid import uuid4

import pytest

from councils.packs import load_pack
from edge.access import AccessRead, AccessRefused
from ledger.book import rebuild
from ledger.decider import Waiting
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.routing.doors import (
    APPLICATION,
    IN_FORCE,
    INFORMED,
    NAME,
    SUBMITTED,
    appoint,
    get,
    post,
    publish,
    sealed,
    submission,
)


async def test_a_council_publishes_its_settings_and_everybody_of_it_can_read_them(house: ServiceHouse) -> None:
    answer = await publish(house)
    assert answer.status_code == 201, answer.text
    assert answer.headers["ETag"] == '"1"'
    assert answer.json()["settings_version"] == 1
    before = (await get(house, "settings")).json()
    assert (before["in_force"], len(before["settings"])) == (None, 1)
    house.clock.set("2026-10-05T08:15:00Z")
    shown = (await get(house, "settings")).json()
    assert shown["in_force"] == 1
    document = shown["settings"][0]["settings"]
    assert document == {**load_pack("shropshire"), "version": 1, "in_force_from": IN_FORCE}
    ((type_, subject, data),) = await house.told(SHROPSHIRE)
    assert (type_, subject) == ("uk.panelbook.routing.settings.published.v1", "settings")
    assert (data["settings"], data["digest"]) == (document, shown["settings"][0]["digest"])


async def test_settings_too_soon_incomplete_or_by_the_wrong_hands_are_not_stored(house: ServiceHouse) -> None:
    soon = await publish(house, in_force_from="2026-10-05T08:14:59.999999Z")
    assert (soon.status_code, soon.json()["code"]) == (422, "TOO_SOON")
    terms = load_pack("shropshire") | {"purpose": "", "consultation": ""}
    incomplete = await post(house, "settings", {"settings": terms, "in_force_from": IN_FORCE})
    assert (incomplete.status_code, incomplete.json()["code"]) == (422, "TERMS_INCOMPLETE")
    assert [one["pointer"] for one in incomplete.json()["failing"]] == ["/settings/purpose", "/settings/consultation"]
    wrong = await house.http.post(
        f"/councils/{SHROPSHIRE}/settings",
        json={"settings": load_pack("shropshire"), "in_force_from": IN_FORCE},
        headers=house.headers("officer-tm", "team_manager", council=SHROPSHIRE, team="management-team"),
    )
    assert (wrong.status_code, wrong.json()["code"]) == (403, "NOT_A_PUBLISHER")
    assert await house.stored(SHROPSHIRE) == []
    refused = [event.code for event in await house.logged(SHROPSHIRE) if isinstance(event, AccessRefused)]
    assert refused == ["TOO_SOON", "TERMS_INCOMPLETE", "NOT_A_PUBLISHER"]


async def test_the_same_publication_sent_twice_is_one_version(house: ServiceHouse) -> None:
    key = uuid4()
    body = {"settings": load_pack("swindon"), "in_force_from": IN_FORCE}
    first = await post(house, "settings", body, council=SWINDON, key=key)
    again = await post(house, "settings", body, council=SWINDON, key=key)
    assert (again.status_code, again.json()) == (201, first.json())
    later = await post(house, "settings", body | {"in_force_from": "2026-10-06T08:15:00Z"}, council=SWINDON)
    assert (later.status_code, later.json()["events"], later.json()["version"]) == (201, [], 1)
    assert len(await house.stored(SWINDON)) == 1


async def test_an_officer_is_appointed_and_may_decide_up_to_a_limit_until_it_is_ended(house: ServiceHouse) -> None:
    assert (await appoint(house)).status_code == 201
    grant = {"limit_weekly_pence": 100_000, "from_at": "2026-10-05T08:00:00Z"}
    without = await post(house, "officers/officer-pm/authority", grant)
    assert (without.status_code, without.json()["code"]) == (428, "IF_MATCH_MISSING")
    granted = await post(house, "officers/officer-pm/authority", grant, version=1)
    assert (granted.status_code, granted.headers["ETag"]) == (200, '"2"')
    stale = await post(house, "officers/officer-pm/authority/end", {}, version=1)
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    (shown,) = (await get(house, "officers")).json()["officers"]
    assert (shown["name"], shown["limit_weekly_pence"], shown["version"]) == (NAME, 100_000, 2)
    ended = await post(house, "officers/officer-pm/authority/end", {}, version=2)
    assert ended.status_code == 200
    (after,) = (await get(house, "officers")).json()["officers"]
    assert (after["limit_weekly_pence"], after["from_at"], after["version"]) == (None, None, 3)
    assert [type_.split(".")[4] for type_, _, _ in await house.told(SHROPSHIRE)] == [
        "appointed",
        "authority_granted",
        "authority_ended",
    ]
    assert AccessRead("officers", "", "case_work") in await house.logged(SHROPSHIRE)


async def test_a_grant_without_an_amount_cannot_be_asked_for(house: ServiceHouse) -> None:
    await appoint(house)
    for limit in (None, "100000", -1, 1.5, True):
        body = {"limit_weekly_pence": limit, "from_at": "2026-10-05T08:00:00Z"}
        answer = await post(house, "officers/officer-pm/authority", body, version=1)
        assert answer.status_code == 422, answer.text
    missing = await post(house, "officers/officer-pm/authority", {"from_at": "2026-10-05T08:00:00Z"}, version=1)
    assert missing.status_code == 422


async def test_names_and_addresses_stand_nowhere_in_clear(house: ServiceHouse) -> None:
    await appoint(house)
    kept = repr(await house.told(SHROPSHIRE)) + repr(await house.read_models())
    kept += "".join(row.payload.decode() for row in await house.stored(SHROPSHIRE))
    assert NAME not in kept
    assert "pm@council.example" not in kept


async def test_a_submission_is_routed_by_the_version_it_names_and_heard_twice_only_once(house: ServiceHouse) -> None:
    await publish(house)
    await house.hear(SUBMITTED, submission(), council=SHROPSHIRE)
    await house.hear(SUBMITTED, submission(), council=SHROPSHIRE)
    shown = await get(house, f"applications/{APPLICATION}/route")
    assert (shown.status_code, shown.headers["ETag"]) == (200, '"1"')
    route = shown.json()
    assert (route["route"], route["table"], route["row"]) == ("DELEGATED", "delegated-authority", "under-1000")
    assert (route["settings_version"], route["limit_weekly_pence"]) == (1, 100_000)
    routed = [data for type_, _, data in await house.told(SHROPSHIRE) if type_.endswith("route.routed.v1")]
    assert [one["row"] for one in routed] == ["under-1000"]
    assert AccessRead("route", APPLICATION, "case_work") in await house.logged(SHROPSHIRE)


async def test_a_returned_application_submitted_again_is_routed_again_by_the_same_row(house: ServiceHouse) -> None:
    await publish(house)
    await house.hear(SUBMITTED, submission(), council=SHROPSHIRE)
    await house.hear(SUBMITTED, submission(weekly_pence=99_000, times_submitted=2), council=SHROPSHIRE)
    routed = [data for type_, _, data in await house.told(SHROPSHIRE) if type_.endswith("route.routed.v1")]
    assert [(one["row"], one["inputs"]["weekly_pence"]) for one in routed] == [
        ("under-1000", 99_999),
        ("under-1000", 99_000),
    ]


async def test_a_submission_whose_settings_are_not_here_waits_and_leaves_nothing(house: ServiceHouse) -> None:
    with pytest.raises(Waiting):
        await house.hear(SUBMITTED, submission(), council=SHROPSHIRE)
    assert await house.stored(SHROPSHIRE) == []
    await publish(house)
    await house.hear(SUBMITTED, submission(), council=SHROPSHIRE)
    assert [row.name for row in await house.stored(SHROPSHIRE)] == [
        "routing.settings.published",
        "uk.panelbook.intake.application.submitted",
        "routing.route.routed",
    ]


async def test_further_information_that_costs_more_reroutes(house: ServiceHouse) -> None:
    await publish(house)
    told = {
        "application": APPLICATION,
        "answers": [{"work": "work-1", "text": sealed("answers.0.text")}],
        "changed_sections": [],
        "weekly_pence": 100_001,
        "given_by": "officer-sw",
        "received_at": "2026-10-06T09:00:00Z",
    }
    with pytest.raises(Waiting):
        await house.hear(INFORMED, told, council=SHROPSHIRE)
    await house.hear(SUBMITTED, submission(), council=SHROPSHIRE)
    await house.hear(INFORMED, told, council=SHROPSHIRE)
    route = (await get(house, f"applications/{APPLICATION}/route")).json()
    assert (route["route"], route["forum"], route["sitting_on"]) == ("PANEL", "CONFERENCE_CALL", "2026-10-08")
    assert route["version"] == 2


async def test_another_councils_routes_and_officers_are_not_found(house: ServiceHouse) -> None:
    await publish(house)
    await appoint(house)
    await house.hear(SUBMITTED, submission(), council=SHROPSHIRE)
    assert (await get(house, f"applications/{APPLICATION}/route", council=SWINDON)).status_code == 404
    assert (await get(house, "officers", council=SWINDON)).json() == {"officers": [], "total": 0, "next": None}
    stranger = house.headers("officer-reader", "chair", council=SWINDON)
    for path in ("settings", "officers", f"applications/{APPLICATION}/route"):
        answer = await house.http.get(f"/councils/{SHROPSHIRE}/{path}", headers=stranger)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_dropping_every_read_model_and_folding_again_gives_equal_tables(house: ServiceHouse) -> None:
    for council in (SHROPSHIRE, SWINDON):
        await publish(house, council=council)
    await appoint(house)
    grant = {"limit_weekly_pence": 100_000, "from_at": "2026-10-05T08:00:00Z", "until_at": "2027-04-01T00:00:00+01:00"}
    await post(house, "officers/officer-pm/authority", grant, version=1)
    await house.hear(SUBMITTED, submission(), council=SHROPSHIRE)
    house.clock.advance(timedelta(days=1))
    await house.hear(SUBMITTED, submission(weekly_pence=100_001, times_submitted=2), council=SHROPSHIRE)
    before = await house.read_models()
    assert {name for name, rows in before.items() if rows} >= {"settings", "officer", "route", "application"}
    assert await rebuild(house.host.book, [SHROPSHIRE, SWINDON]) == 8
    assert await house.read_models() == before


async def test_the_openapi_document_names_every_route_with_its_answer(house: ServiceHouse) -> None:
    paths = (await house.http.get("/openapi.json")).json()["paths"]
    prefix = "/councils/{council}"
    assert {(path.removeprefix(prefix), verb) for path, verbs in paths.items() for verb in verbs} == {
        ("/settings", "post"),
        ("/settings/validation", "post"),
        ("/settings", "get"),
        ("/me", "get"),
        ("/settings/{settings}/retirement", "post"),
        ("/settings/{settings}/acknowledgements", "post"),
        ("/settings/{settings}/acknowledgements", "get"),
        ("/officers", "post"),
        ("/officers", "get"),
        ("/officers/{officer}", "put"),
        ("/officers/{officer}/training", "post"),
        ("/officers/{officer}/authority", "post"),
        ("/officers/{officer}/authority/end", "post"),
        ("/applications/{application}/route", "get"),
        ("/applications/{application}/exception", "post"),
        ("/applications/{application}/deciders", "get"),
        ("/route-preview", "post"),
        ("/waiting", "get"),
        ("/simulations", "post"),
        ("/readiness", "get"),
    }
    for verbs in paths.values():
        for operation in verbs.values():
            assert "application/problem+json" in operation["responses"]["422"]["content"]
