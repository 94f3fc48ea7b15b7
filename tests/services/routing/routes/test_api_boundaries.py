"""The exact boundaries of three councils' schemes, as routing answers them over HTTP (DOMAIN.md, A2, A4, A7, A14)."""

from typing import Any

import pytest

from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.routing.doors import DONCASTER, SUBMITTED, publish, submission, swindons, way_of


async def routed(house: ServiceHouse, council: str, said: dict[str, Any]) -> dict[str, Any]:
    """The way of one submission under the council's own settings."""
    assert (await publish(house, council=council)).status_code == 201
    house.clock.set("2026-10-05T09:00:00Z")
    await house.hear(SUBMITTED, said, council=council)
    return await way_of(house, council=council)


async def test_exactly_1000_pounds_go_to_panel_by_default(house: ServiceHouse) -> None:
    """A2: "under £1,000" is delegated, and exactly £1,000.00 is not under."""
    way = await routed(house, SHROPSHIRE, submission(weekly_pence=100_000, indicative_weekly_pence=100_000))
    assert (way["route"], way["forum"], way["reasons"]) == ("PANEL", "CONFERENCE_CALL", ["BOUNDARY_DEFAULT"])


@pytest.mark.parametrize(("mark", "reason"), [("complex", "COMPLEX"), ("distinctive", "DISTINCTIVE")])
async def test_400_pounds_that_are_marked_go_to_panel_and_not_for_their_cost(
    house: ServiceHouse, mark: str, reason: str
) -> None:
    """A4: the mark is the reason, never the cost."""
    marked = {mark: True, "weekly_pence": 40_000, "indicative_weekly_pence": 40_000}
    way = await routed(house, SHROPSHIRE, submission(**marked))
    assert (way["route"], way["reasons"]) == ("PANEL", [reason])


@pytest.mark.parametrize(
    ("weekly_pence", "one_off_pence", "route"),
    [(94_230, 0, "DELEGATED"), (94_231, 0, "PANEL"), (94_230, 10_000, "PANEL")],
)
async def test_a_years_limit_of_49000_is_kept_to_the_penny(
    house: ServiceHouse, weekly_pence: int, one_off_pence: int, route: str
) -> None:
    """A7: £942.30 a week is £48,999.60 a year, £942.31 is £49,000.12, and £100.00 once counts towards the year."""
    costs = {"weekly_pence": weekly_pence, "indicative_weekly_pence": weekly_pence, "one_off_pence": one_off_pence}
    way = await routed(house, DONCASTER, submission(**costs))
    assert way["route"] == route
    assert way["inputs"]["yearly_pence"] == weekly_pence * 52 + one_off_pence


@pytest.mark.parametrize("kind", ["LOOKED_AFTER", "PLACEMENT_MOVE", "COURT_ASSESSMENT", "CRISIS"])
async def test_a_listed_case_at_nothing_goes_to_panel_for_what_it_is(house: ServiceHouse, kind: str) -> None:
    """A14: a listed case names its own reason, never COST, even at £0.00."""
    free = {"kind": kind, "weekly_pence": 0, "indicative_weekly_pence": 0}
    way = await routed(house, SWINDON, swindons(**free))
    assert (way["route"], way["forum"], way["reasons"]) == ("PANEL", "CARE_PANEL", [kind])


async def test_a_disability_team_child_short_of_the_complex_health_criteria_is_the_care_panels(
    house: ServiceHouse,
) -> None:
    """A14: without A11's criteria a crisis of the Disability Team is the Care Panel's."""
    crisis = {"kind": "CRISIS", "section": "17", "disability_team": True, "complex_health": False}
    way = await routed(house, SWINDON, swindons(**crisis, weekly_pence=0, indicative_weekly_pence=0))
    assert (way["route"], way["forum"], way["reasons"]) == ("PANEL", "CARE_PANEL", ["CRISIS"])
