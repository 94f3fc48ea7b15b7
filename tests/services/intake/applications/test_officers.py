"""Whoever a form names as manager is an officer of the council (DOMAIN.md, I3)."""

from dataclasses import replace
from typing import Any

import pytest

from councils.guards import Level, Warned
from services.intake.applications.domain.officers import Officers
from tests.services.house import SHROPSHIRE, ServiceHouse
from tests.services.intake.cases import START, STARTED, STARTED_AT, acting, application, at_level
from tests.services.intake.doors import START as FORM
from tests.services.intake.doors import appointed, call, settings_heard, shown

BOTH = frozenset({"officer-tm", "officer-sm"})
WARNED = (Warned("OFFICER_UNKNOWN", "warn"),)


@pytest.mark.parametrize(
    ("known", "failing"),
    [
        (BOTH, []),
        ({"officer-tm"}, ["/service_manager"]),
        ({"officer-sm"}, ["/team_manager"]),
        (set[str](), ["/team_manager", "/service_manager"]),
    ],
)
def test_each_manager_who_is_no_officer_is_named(known: set[str], failing: list[str]) -> None:
    """I3: an application that names a team manager who is no officer is refused, and so with the service manager."""
    outcome = application().when(replace(START, officers=Officers(frozenset(known), True)))
    if not failing:
        outcome.then(STARTED)
        return
    refused = outcome.then_refused("OFFICER_UNKNOWN")
    assert [one.pointer for one in refused.failing] == failing
    assert all("officer-" not in one.sentence for one in refused.failing)


def test_a_council_that_appointed_nobody_is_warned_and_a_past_case_is_not_asked() -> None:
    """I3, E: where no officer is heard of at all nobody can be missing from the list, and whoever left signed then."""
    application().when(replace(START, officers=Officers(frozenset(), False))).then(replace(STARTED, warnings=WARNED))
    application().when(replace(START, officers=None)).then(STARTED)


@pytest.mark.parametrize("level", ["warn", "off"])
def test_a_council_may_let_it_pass(level: Level) -> None:
    """I3: the guard's level in force stays in the event."""
    lower = at_level(level, "OFFICER_UNKNOWN")
    start = replace(START, officers=Officers(frozenset({"officer-sm"}), True))
    kept = replace(STARTED, warnings=(Warned("OFFICER_UNKNOWN", level),))
    application().when(start, acting(at=STARTED_AT, settings=lower)).then(kept)


async def _unknown(house: ServiceHouse) -> list[dict[str, Any]]:
    return (await call(house, "GET", "readiness")).json()["unknown_officers"]


async def test_a_form_is_taken_as_soon_as_its_managers_appointment_is_heard_of(house: ServiceHouse) -> None:
    """I3: the refusal names the member, is not for good, and begins with the first officer that is heard of.

    A worker whom nobody appointed writes their form all the same; that no letter would reach them is said.
    """
    await settings_heard(house, "shropshire")
    early = (await call(house, "POST", "applications", FORM)).json()["id"]
    assert (await shown(house, early))["stage"] == "draft"
    tm, sm, sw = ({"officer": f"officer-{one}", "applications": 1} for one in ("tm", "sm", "sw"))
    originator = {**sw, "member": "originator"}
    managers = [{**sm, "member": "service_manager"}, originator, {**tm, "member": "team_manager"}]
    assert await _unknown(house) == managers
    await appointed(house, "officer-tm", "team_manager", council=SHROPSHIRE)
    assert (await call(house, "POST", "applications", FORM)).status_code == 201, (
        "another council's officers are not ours"
    )

    await appointed(house, "officer-sm", "service_manager")
    refused = await call(house, "POST", "applications", FORM)
    assert (refused.status_code, refused.json()["code"]) == (422, "OFFICER_UNKNOWN")
    assert [one["pointer"] for one in refused.json()["failing"]] == ["/team_manager"]
    twice = [{**originator, "applications": 2}, {**tm, "member": "team_manager", "applications": 2}]
    assert await _unknown(house) == twice
    await appointed(house, "officer-sw", "social_worker")
    await appointed(house, "officer-tm", "team_manager")
    assert (await call(house, "POST", "applications", FORM)).status_code == 201
    await appointed(house, "officer-tm", "chair")
    assert (await call(house, "POST", "applications", FORM)).status_code == 201, "an officer stays one in another role"
    assert (await call(house, "GET", "readiness")).json() == {"ready": True, "unknown_officers": []}


async def test_a_form_from_an_assessment_names_officers_too(house: ServiceHouse) -> None:
    """I3: the other way of beginning is held to the same rule."""
    await appointed(house, "officer-sm", "service_manager")
    held = {"person": FORM["person"], "assessed_on": "2026-09-01", "needs": "Safety.", "outcomes": "A home."}
    assessment = (await call(house, "POST", "assessments", held)).json()["id"]
    form = {name: said for name, said in FORM.items() if name != "person"}
    refused = await call(house, "POST", f"assessments/{assessment}/applications", form)
    assert (refused.status_code, refused.json()["code"]) == (422, "OFFICER_UNKNOWN")
