"""Exceptions, previews, and whom an application waits on, through routing's doors (DOMAIN.md, A1-A16)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from edge.access import AccessRead
from ledger.book import rebuild
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.routing.doors import (
    APPLICATION,
    INFORMED,
    SUBMITTED,
    Said,
    appoint,
    appoint_as,
    ask,
    code,
    excepts,
    get,
    post,
    publish,
    resources,
    sealed,
    submission,
    swindons,
    way_of,
)

DECIDED = "uk.panelbook.panel.decision.decided.v1"
RETURNED = "uk.panelbook.panel.decision.returned.v1"
WITHDRAWN = "uk.panelbook.panel.decision.withdrawn.v1"
REASON = "No bus goes there before school begins."
DIRECTOR: Said = {"actor": "officer-director", "role": "director_csw"}
WORKER: Said = {"actor": "officer-sw", "role": "social_worker"}


async def open_for_exceptions(house: ServiceHouse) -> None:
    """Swindon's settings are in force, and its Director is appointed."""
    await publish(house, council=SWINDON)
    await appoint_as(house, "officer-director", "director_csw")
    house.clock.set("2026-10-05T09:00:00Z")


def decided(outcome: str, at: str) -> Said:
    return {
        "application": APPLICATION,
        "decision": "0d3f7a52-8a53-5d43-9a0e-51f0f5a3c0aa",
        "outcome": outcome,
        "made": "PANEL",
        "sitting": None,
        "decided_by": "officer-ch",
        "decided_role": "chair",
        "decided_at": at,
        "reasons": [],
        "needed": [],
        "further_work": [],
        "next_sitting_on": None,
        "weekly_pence": 50_000,
        "final_budget": None,
        "review_on": None,
        "settings_version": 1,
        "limit_weekly_pence": None,
        "person": "person-1",
        "person_name": sealed("person_name"),
        "contact_email": None,
        "originator": "officer-sw",
        "team_manager": "officer-tm",
        "family": [],
    }


# Ways -----------------------------------------------------------------------------------------------------------


async def test_the_route_says_what_each_resource_was_told_and_by_which_row(house: ServiceHouse) -> None:
    """A15: £250.00 + £249.99 of transport, beside the worker's own time."""
    await publish(house, council=SWINDON)
    asked = resources(("TRANSPORT", 25_000), ("TRANSPORT", 24_999), ("WORKER_TIME", 10_000))
    await house.hear(SUBMITTED, swindons(**asked))
    way = await way_of(house)
    assert (way["route"], way["reasons"], way["sitting_on"]) == ("NOT_FUNDED", ["TRANSPORT_UNDER_500"], None)
    (exclusion,) = way["exclusions"]
    assert exclusion == {
        "resource": "TRANSPORT",
        "table": "care-panel-exclusions",
        "row": "transport-under-500",
        "route": "NOT_FUNDED",
        "reason": "TRANSPORT_UNDER_500",
    }
    assert way["inputs"]["resources"] == [{**line, "starts_on": None} for line in asked["resources"]]
    (told,) = [data for type_, _, data in await house.told() if type_.endswith("route.routed.v1")]
    assert told["exclusions"] == [exclusion]


async def test_a_crisis_of_complex_health_is_told_as_another_panels(house: ServiceHouse) -> None:
    """A11: though it was submitted for the Care Panel of 13 October, it is meant for no sitting of it."""
    await publish(house, council=SWINDON)
    crisis = {"kind": "CRISIS", "section": "20", "disability_team": True, "complex_health": True, "weekly_pence": 0}
    await house.hear(SUBMITTED, swindons(**crisis))
    way = await way_of(house)
    assert (way["route"], way["forum"], way["sitting_on"]) == ("COMPLEX_HEALTH_NEEDS_PANEL", None, None)


async def test_a_differential_names_its_percentage(house: ServiceHouse) -> None:
    """A5: £660.01 against £600.00."""
    await publish(house)
    await house.hear(SUBMITTED, submission(weekly_pence=66_001, indicative_weekly_pence=60_000), council=SHROPSHIRE)
    way = await way_of(house, council=SHROPSHIRE)
    assert (way["route"], way["reasons"], way["inputs"]["increase_percent"]) == ("PANEL", ["DIFFERENTIAL"], "10.0017")


async def test_other_resources_in_further_information_reroute(house: ServiceHouse) -> None:
    """A9: transport from £500.00 to £499.99."""
    await publish(house, council=SWINDON)
    await house.hear(SUBMITTED, swindons(**resources(("TRANSPORT", 50_000))))
    assert (await way_of(house))["route"] == "PANEL"
    cheaper = {name: value for name, value in resources(("TRANSPORT", 49_999)).items() if name != "kind"}
    told = {
        "application": APPLICATION,
        "answers": [{"work": "work-1", "text": sealed("answers.0.text")}],
        "changed_sections": [],
        "given_by": "officer-sw",
        "received_at": "2026-10-06T09:00:00Z",
        **cheaper,
    }
    await house.hear(INFORMED, told)
    assert (await way_of(house))["route"] == "NOT_FUNDED"


# Exceptions -----------------------------------------------------------------------------------------------------


async def test_the_director_lets_proceed_what_is_not_funded_and_a_service_manager_does_not(
    house: ServiceHouse,
) -> None:
    """A10: the event names Director and reason, and the new way is told in the same command."""
    await open_for_exceptions(house)
    within = {"within": ["HIGH_LEVEL_FAMILY_SUPPORT"]}
    await house.hear(SUBMITTED, swindons(**resources(("DAY_CARE", 50_000)), **within))
    assert (await way_of(house))["route"] == "NOT_FUNDED"
    assert code(await excepts(house, "service_manager", actor="officer-sm")) == (403, "EXCEPTION_NOT_YOURS")
    assert code(await excepts(house, reason="  ")) == (422, "REASON_MISSING")
    answer = await excepts(house)
    assert answer.status_code == 200, answer.text
    assert answer.json()["events"] == ["routing.route.exception_granted", "routing.route.rerouted"]
    assert (answer.json()["route"], answer.json()["sitting_on"]) == ("PANEL", "2026-10-13")
    way = await way_of(house)
    assert (way["route"], way["forum"], way["row"], way["version"]) == ("PANEL", "CARE_PANEL", "upwards-of-500", 3)
    (granted,) = way["exceptions"]
    assert (granted["granted_by"], granted["granted_role"]) == ("officer-director", "director_csw")
    assert (granted["exception"], granted["reason"]) == ("NOT_FUNDED", REASON)
    told = [(type_.split(".")[4], data) for type_, _, data in await house.told() if ".route." in type_]
    assert [name for name, _ in told] == ["routed", "exception_granted", "routed"]
    assert (told[1][1]["granted_by"], told[1][1]["resources"]) == ("officer-director", ["DAY_CARE"])
    assert told[1][1]["reason"]["person"] == "person-1"
    assert (told[2][1]["route"], told[2][1]["sitting_on"]) == ("PANEL", "2026-10-13")
    kept = repr(await house.told()) + repr(await house.read_models())
    kept += "".join(row.payload.decode() for row in await house.stored())
    assert REASON not in kept


async def test_the_directors_agreement_spares_a_package_on_no_list_the_panel(house: ServiceHouse) -> None:
    """A16: £200.00; PANEL by DEFAULT_REQUIRED, not required with the agreement, 403 for a Service Manager."""
    await open_for_exceptions(house)
    await house.hear(SUBMITTED, swindons(kind="OTHER", weekly_pence=20_000, package=None))
    before = await way_of(house)
    assert (before["route"], before["reasons"]) == ("PANEL", ["DEFAULT_REQUIRED"])
    assert code(await excepts(house, "service_manager", actor="officer-sm")) == (403, "EXCEPTION_NOT_YOURS")
    assert (await excepts(house)).json()["route"] == "NOT_REQUIRED"
    after = await way_of(house)
    assert (after["route"], after["forum"], after["reasons"]) == (
        "NOT_REQUIRED",
        None,
        ["DEFAULT_REQUIRED", "EXCEPTION_GRANTED"],
    )


async def test_an_exception_needs_the_version_that_was_read_and_one_key_grants_it_once(house: ServiceHouse) -> None:
    """A10 with G2, G3."""
    await open_for_exceptions(house)
    await house.hear(SUBMITTED, swindons(**resources(("HOLIDAY", 100))))
    assert code(await excepts(house, version=2)) == (412, "STALE_VERSION")
    missing = await ask(house, "POST", f"applications/{APPLICATION}/exception", {"reason": REASON}, **DIRECTOR)
    assert code(missing) == (428, "IF_MATCH_MISSING")
    by = house.headers("officer-director", "director_csw", version=1)
    path = f"/councils/{SWINDON}/applications/{APPLICATION}/exception"
    first = await house.http.post(path, json={"reason": REASON}, headers=by)
    again = await house.http.post(path, json={"reason": REASON}, headers=by)
    assert (first.status_code, again.json()) == (200, first.json())
    assert code(await excepts(house, version=3)) == (409, "NO_EXCEPTION")


@pytest.mark.parametrize(
    ("type_", "told"),
    [
        (DECIDED, decided("NOT_AGREED", "2026-10-13T09:15:00Z")),
        (RETURNED, {"application": APPLICATION, "by": "officer-pa", "reasons": [sealed("reasons.0")]}),
        (WITHDRAWN, {"application": APPLICATION, "by": "officer-sw", "reasons": [sealed("reasons.0")]}),
    ],
    ids=["decided", "returned", "withdrawn"],
)
async def test_what_is_out_of_the_panels_hands_has_no_exception(
    house: ServiceHouse, type_: str, told: dict[str, Any]
) -> None:
    """A10."""
    await open_for_exceptions(house)
    house.clock.set("2026-10-13T10:00:00Z")
    await house.hear(SUBMITTED, swindons(**resources(("HOLIDAY", 100))))
    await house.hear(type_, told)
    assert code(await excepts(house)) == (409, "NOT_OPEN")


async def test_another_councils_application_has_no_exception_and_no_deciders(house: ServiceHouse) -> None:
    """A10, G1."""
    await publish(house)
    await house.hear(SUBMITTED, submission(), council=SHROPSHIRE)
    assert code(await excepts(house)) == (404, "NOT_FOUND")
    assert code(await get(house, f"applications/{APPLICATION}/deciders", council=SWINDON)) == (404, "NOT_FOUND")


# Previews -------------------------------------------------------------------------------------------------------


async def test_a_draft_is_told_where_it_would_go_when_and_why_and_nothing_is_stored(house: ServiceHouse) -> None:
    """A9, B1: "this would go to ... on ..., because ..."."""
    await open_for_exceptions(house)
    before = len(await house.stored())
    answer = await ask(house, "POST", "route-preview", {"kind": "PLACEMENT_MOVE", "weekly_pence": 612_308}, **WORKER)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["route"], shown["forum"], shown["sitting_on"]) == ("PANEL", "CARE_PANEL", "2026-10-13")
    assert (shown["cut_off_at"], shown["settings_version"]) == ("2026-10-07T16:00:00Z", 1)
    assert shown["sentence"].startswith("This would go to the Children's Services Care Panel on Tuesday 13 October")
    late = {"kind": "PLACEMENT_MOVE", "weekly_pence": 612_308, "at": "2026-10-07T16:00:01Z"}
    assert (await ask(house, "POST", "route-preview", late, **WORKER)).json()["sitting_on"] == "2026-10-20"
    transport = resources(("TRANSPORT", 49_999))
    refused = (await ask(house, "POST", "route-preview", transport, **WORKER)).json()
    assert (refused["route"], refused["exception"], refused["granted_by"]) == (
        "NOT_FUNDED",
        "NOT_FUNDED",
        ["director_csw"],
    )
    assert len(await house.stored()) == before


async def test_a_preview_and_the_route_that_follows_say_the_same(house: ServiceHouse) -> None:
    """A15: one rule for the draft and for the submission."""
    await open_for_exceptions(house)
    asked = resources(("HOME_SUPPORT_LOW", 100)) | {"disability_team": True}
    foreseen = (await ask(house, "POST", "route-preview", asked, **WORKER)).json()
    await house.hear(SUBMITTED, swindons(**asked, indicative_weekly_pence=0))
    way = await way_of(house)
    for name in ("route", "forum", "reasons", "settings_version", "table", "row", "exclusions"):
        assert foreseen[name] == way[name]
    assert way["route"] == "COMPLEX_HEALTH_NEEDS_PANEL"


async def test_a_draft_that_does_not_add_up_or_is_of_no_known_kind_is_told_so(house: ServiceHouse) -> None:
    """A15: the worker's own time is not counted."""
    await open_for_exceptions(house)
    counted = resources(("TRANSPORT", 25_000), ("WORKER_TIME", 10_000)) | {"weekly_pence": 35_000}
    assert code(await ask(house, "POST", "route-preview", counted, **WORKER)) == (422, "COSTS_DO_NOT_ADD_UP")
    unknown = {"kind": "NO_SUCH_KIND", "weekly_pence": 1}
    assert code(await ask(house, "POST", "route-preview", unknown, **WORKER)) == (422, "UNKNOWN_KIND")


# Whom it waits on -----------------------------------------------------------------------------------------------


async def test_who_could_decide_this_one_now(house: ServiceHouse) -> None:
    """A1, A6: within the limit, in force, not their own; everybody else with the code that would refuse them."""
    await publish(house)
    await appoint(house)
    for officer in ("officer-sw", "officer-low", "officer-none", "officer-past"):
        await appoint_as(house, officer, "practice_manager", council=SHROPSHIRE)
    grant: Said = {"limit_weekly_pence": 100_000, "from_at": "2026-10-05T08:00:00Z"}
    for officer, changes in (
        ("officer-pm", {}),
        ("officer-sw", {}),
        ("officer-low", {"limit_weekly_pence": 99_998}),
        ("officer-past", {"until_at": "2026-10-05T09:00:00Z"}),
    ):
        answer = await post(house, f"officers/{officer}/authority", grant | changes, version=1)
        assert answer.status_code == 200, answer.text
    await house.hear(SUBMITTED, submission(), council=SHROPSHIRE)
    house.clock.set("2026-10-05T09:00:00Z")
    shown = (await get(house, f"applications/{APPLICATION}/deciders")).json()
    assert (shown["route"], shown["wait"]) == ("DELEGATED", "DELEGATED_DECISION")
    assert [(one["officer"], one["name"], one["limit_weekly_pence"]) for one in shown["deciders"]] == [
        ("officer-pm", "Ada Wintergreen", 100_000)
    ]
    assert {one["officer"]: one["refused"] for one in shown["others"]} == {
        "officer-low": "LIMIT_EXCEEDED",
        "officer-none": "NO_LIMIT",
        "officer-past": "NO_LIMIT",
        "officer-sw": "SELF_APPROVAL",
    }
    assert AccessRead("deciders", APPLICATION, "case_work") in await house.logged(SHROPSHIRE)


async def test_a_queue_of_what_waits_for_me_and_for_everyone_else_whom_it_waits_on(house: ServiceHouse) -> None:
    """A1: until it is decided."""
    await publish(house)
    await appoint(house)
    grant = {"limit_weekly_pence": 100_000, "from_at": "2026-10-05T08:00:00Z"}
    await post(house, "officers/officer-pm/authority", grant, version=1)
    await house.hear(SUBMITTED, submission(), council=SHROPSHIRE)
    for_the_call = "6a9f1b3e-8a53-5d43-9a0e-51f0f5a3c002"
    await house.hear(SUBMITTED, submission(application=for_the_call, weekly_pence=100_001), council=SHROPSHIRE)

    stranger = await ask(house, "GET", "waiting", actor="officer-tm-2", role="team_manager", council=SHROPSHIRE)
    assert (stranger.json()["mine"], stranger.json()["others"]) == ([], []), "another team's cases are not theirs"

    async def queue(actor: str) -> tuple[list[Any], list[Any]]:
        answer = await ask(
            house, "GET", "waiting", actor=actor, role="practice_manager", team="north-practice", council=SHROPSHIRE
        )
        shown = answer.json()
        return shown["mine"], shown["others"]

    mine, others = await queue("officer-pm")
    assert [(one["application"], one["wait"]) for one in mine] == [(APPLICATION, "DELEGATED_DECISION")]
    assert [(one["application"], one["wait"], one["forum"], one["sitting_on"]) for one in others] == [
        (for_the_call, "PANEL", "CONFERENCE_CALL", "2026-10-08")
    ]
    mine, others = await queue("officer-sw")
    assert mine == []
    assert [one["officers"] for one in others] == [["officer-pm"], []]
    await house.hear(DECIDED, decided("AGREED", "2026-10-05T10:00:00Z"), council=SHROPSHIRE)
    mine, others = await queue("officer-pm")
    assert (mine, [one["application"] for one in others]) == ([], [for_the_call])


async def test_what_is_not_funded_waits_for_the_director(house: ServiceHouse) -> None:
    """A10."""
    await open_for_exceptions(house)
    await house.hear(SUBMITTED, swindons(**resources(("HOLIDAY", 100))))
    (waits,) = (await ask(house, "GET", "waiting", **DIRECTOR)).json()["mine"]
    assert (waits["wait"], waits["officers"], waits["roles"]) == ("EXCEPTION", ["officer-director"], ["director_csw"])
    mine = (await ask(house, "GET", "waiting", actor="officer-sm", role="service_manager")).json()["mine"]
    assert mine == []


async def test_deferred_and_returned_it_waits_for_its_worker_whatever_is_heard_first(house: ServiceHouse) -> None:
    """A deferral waits for further work, a return for a new submission; an answer that was given already counts."""
    await open_for_exceptions(house)
    await house.hear(SUBMITTED, swindons(kind="PLACEMENT_MOVE"))

    async def waits() -> list[str]:
        return [one["wait"] for one in (await ask(house, "GET", "waiting", **WORKER)).json()["mine"]]

    assert await waits() == []
    house.clock.set("2026-10-13T09:15:00Z")
    await house.hear(DECIDED, decided("DEFERRED", "2026-10-13T09:15:00Z"))
    assert await waits() == ["FURTHER_WORK"]
    house.clock.set("2026-10-14T09:00:00Z")
    given = {
        "application": APPLICATION,
        "answers": [{"work": "work-1", "text": sealed("answers.0.text")}],
        "changed_sections": [],
        "weekly_pence": 99_999,
        "given_by": "officer-sw",
        "received_at": "2026-10-14T09:00:00Z",
    }
    await house.hear(INFORMED, given)
    assert await waits() == []
    house.clock.set("2026-10-15T09:00:00Z")
    await house.hear(RETURNED, {"application": APPLICATION, "by": "officer-pa", "reasons": [sealed("reasons.0")]})
    assert await waits() == ["RESUBMISSION"]
    house.clock.set("2026-10-16T09:00:00Z")
    again = swindons(kind="PLACEMENT_MOVE", times_submitted=2, received_at="2026-10-16T09:00:00Z")
    await house.hear(SUBMITTED, again)
    assert await waits() == []


async def test_where_the_clock_stands_still_the_books_order_tells_what_has_become_of_it(house: ServiceHouse) -> None:
    """All within one moment of a settable clock, and the return heard after what answered it: recorded time orders."""
    await open_for_exceptions(house)
    now = house.clock.now()

    def tick(number: int) -> datetime:
        return now + timedelta(microseconds=number)

    async def waits() -> list[str]:
        return [one["wait"] for one in (await ask(house, "GET", "waiting", **WORKER)).json()["mine"]]

    at = now.isoformat()
    case = {"kind": "PLACEMENT_MOVE", "received_at": at}
    await house.hear(SUBMITTED, swindons(**case), recorded_at=tick(1))
    await house.hear(DECIDED, decided("DEFERRED", at), recorded_at=tick(2))
    assert await waits() == ["FURTHER_WORK"]
    informed = {
        "application": APPLICATION,
        "answers": [{"work": "work-1", "text": sealed("answers.0.text")}],
        "changed_sections": [],
        "weekly_pence": 99_999,
        "given_by": "officer-sw",
        "received_at": at,
    }
    await house.hear(INFORMED, informed, recorded_at=tick(3))
    assert await waits() == []
    returned = {"application": APPLICATION, "by": "officer-pa", "reasons": [sealed("reasons.0")]}
    await house.hear(RETURNED, returned, recorded_at=tick(4))
    assert await waits() == ["RESUBMISSION"]
    await house.hear(SUBMITTED, swindons(**case, times_submitted=2), recorded_at=tick(7))
    assert await waits() == []
    await house.hear(RETURNED, returned, recorded_at=tick(6))
    assert await waits() == [], "what was handed in anew is not returned by what came before it"


async def test_every_read_model_of_a_case_folds_again_to_the_same(house: ServiceHouse) -> None:
    """A8: exceptions, moments and readings included."""
    await open_for_exceptions(house)
    await house.hear(SUBMITTED, swindons(**resources(("HOLIDAY", 100))))
    await excepts(house)
    await ask(house, "POST", "settings/1/acknowledgements", {}, **DIRECTOR)
    course = {"course": "PANEL_MEMBER", "completed_on": "2025-10-06", "valid_until": None}
    await post(house, "officers/officer-director/training", course, council=SWINDON, version=2)
    await house.hear(DECIDED, decided("DEFERRED", "2026-10-13T09:15:00Z"))
    before = await house.read_models()
    assert {"acknowledgement", "training", "application"} <= {name for name, rows in before.items() if rows}
    await rebuild(house.host.book, [SWINDON])
    assert await house.read_models() == before
