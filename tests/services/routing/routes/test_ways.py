"""The ways of DOMAIN.md's group A as routing records them, at the penny, the day and the second (A1-A5, A7-A9, ...)."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from councils.checks import read
from councils.facts import Facts, ResourceLine
from councils.packs import load_earlier, pack_settings
from councils.settings import Settings
from ledger.decider import Acting, By
from services.routing.routes.domain.route import ROUTE, Asked, Rerouted, RouteApplication, RouteChangedCost, Routed, Way
from tests.scenario import given

IN_FORCE = datetime(2026, 10, 5, 8, 15, tzinfo=UTC)
RECEIVED = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
SWINDON = pack_settings("swindon", version=1, in_force_from=IN_FORCE)
SHROPSHIRE = pack_settings("shropshire", version=4, in_force_from=IN_FORCE)
DONCASTER_FROM = datetime(2024, 3, 31, 23, 0, tzinfo=UTC)
DONCASTER = pack_settings("doncaster", version=2, in_force_from=DONCASTER_FROM)
DONCASTER_BEFORE = Settings.of(
    read(load_earlier("doncaster-2023")), version=1, in_force_from=datetime(2023, 4, 1, tzinfo=UTC)
)
APPLICATION = "6a9f1b3e-8a53-5d43-9a0e-51f0f5a3c001"
PANEL_DAY = date(2026, 10, 13)


def acting(settings: Settings = SWINDON, at: datetime = RECEIVED) -> Acting[Settings]:
    return Acting(By("service:routing", "service"), at, settings)


def way(settings: Settings, facts: Facts, *, at: datetime = RECEIVED, asked: Asked | None = None) -> Way:
    """The way of one submission; Swindon's are for the Care Panel of 13 October."""
    for_it = asked or (Asked("CARE_PANEL", PANEL_DAY) if settings is SWINDON else Asked())
    (event,) = ROUTE.decide(RouteApplication(APPLICATION, facts, for_it, 1), ROUTE.initial, acting(settings, at))
    assert isinstance(event, Routed)
    return event.way


def plan(weekly_pence: int, *, once: int = 0, indicative: int | None = None, marked: str = "") -> Facts:
    is_complex, distinctive = marked == "COMPLEX", marked == "DISTINCTIVE"
    return Facts("SUPPORT_PLAN", weekly_pence, once, indicative, complex=is_complex, distinctive=distinctive)


def line(resource: str, weekly_pence: int, days: int | None = None) -> ResourceLine:
    return ResourceLine(resource, weekly_pence, 0, days)


def asking(*lines: ResourceLine, within: tuple[str, ...] = ()) -> Facts:
    weekly = sum(one.weekly_pence for one in lines if one.resource != "WORKER_TIME")
    return Facts("RESOURCES", weekly, resources=lines, within=within)


# Shropshire -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weekly_pence", [99_999, 945])
def test_under_1000_a_week_is_delegated_with_version_limit_and_cost(weekly_pence: int) -> None:
    """A1: £999.99, and a 30-minute home-care call at £9.45."""
    found = way(SHROPSHIRE, plan(weekly_pence))
    assert (found.route, found.forum, found.sitting_on) == ("DELEGATED", None, None)
    assert (found.settings_version, found.limit_weekly_pence) == (4, 100_000)
    assert found.inputs["weekly_pence"] == weekly_pence


def test_exactly_1000_is_not_under_1000() -> None:
    """A2."""
    found = way(SHROPSHIRE, plan(100_000))
    assert (found.route, found.reasons) == ("PANEL", ("BOUNDARY_DEFAULT",))


def test_a_penny_over_1000_is_for_the_next_weekly_call() -> None:
    """A3: £1,000.01."""
    found = way(SHROPSHIRE, plan(100_001))
    assert (found.route, found.forum, found.sitting_on) == ("PANEL", "CONFERENCE_CALL", date(2026, 10, 8))


@pytest.mark.parametrize("mark", ["COMPLEX", "DISTINCTIVE"])
def test_400_marked_complex_or_distinctive_goes_to_panel_and_never_for_its_cost(mark: str) -> None:
    """A4."""
    found = way(SHROPSHIRE, plan(40_000, marked=mark))
    assert (found.route, found.reasons) == ("PANEL", (mark,))


def test_660_against_600_is_tolerated_and_a_penny_more_is_a_differential_of_10_0017_percent() -> None:
    """A5."""
    assert way(SHROPSHIRE, plan(66_000, indicative=60_000)).route == "DELEGATED"
    found = way(SHROPSHIRE, plan(66_001, indicative=60_000))
    assert (found.route, found.reasons) == ("PANEL", ("DIFFERENTIAL",))
    assert found.inputs["increase_percent"] == "10.0017"


# Doncaster ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weekly", "once", "yearly", "route"),
    [
        (94_230, 0, 4_899_960, "DELEGATED"),
        (94_231, 0, 4_900_012, "PANEL"),
        (94_230, 10_000, 4_909_960, "PANEL"),
    ],
)
def test_a_yearly_limit_of_49000_at_the_penny_with_what_is_paid_once(
    weekly: int, once: int, yearly: int, route: str
) -> None:
    """A7: £942.30 a week, £942.31, and £100.00 once beside £942.30."""
    found = way(DONCASTER, plan(weekly, once=once))
    assert (found.route, found.inputs["yearly_pence"], found.limit_yearly_pence) == (route, yearly, 4_900_000)


def test_769_23_a_week_is_for_the_panel_under_the_old_limit_and_delegated_under_the_new() -> None:
    """A8: £39,999.96 a year against £35,000.00 until 31 March 2024 and £49,000.00 from 1 April 00:00 London."""
    before = way(DONCASTER_BEFORE, plan(76_923), at=datetime(2024, 3, 31, 22, 59, 59, tzinfo=UTC))
    after = way(DONCASTER, plan(76_923), at=DONCASTER_FROM)
    assert (before.inputs["yearly_pence"], after.inputs["yearly_pence"]) == (3_999_996, 3_999_996)
    assert (before.route, before.settings_version, before.limit_yearly_pence) == ("PANEL", 1, 3_500_000)
    assert (after.route, after.settings_version, after.limit_yearly_pence) == ("DELEGATED", 2, 4_900_000)


# Swindon --------------------------------------------------------------------------------------------------------

FAMILY_SUPPORT = ("HIGH_LEVEL_FAMILY_SUPPORT",)
PACKAGE = ("WIDER_PACKAGE",)

A9 = [
    ("resource £499.99", asking(line("FAMILY_SUPPORT", 49_999)), "NOT_REQUIRED"),
    ("resource £500.00", asking(line("FAMILY_SUPPORT", 50_000)), "PANEL"),
    ("transport £499.99", asking(line("TRANSPORT", 49_999)), "NOT_FUNDED"),
    ("transport £500.00", asking(line("TRANSPORT", 50_000)), "PANEL"),
    ("day care £500.00", asking(line("DAY_CARE", 50_000), within=FAMILY_SUPPORT), "NOT_FUNDED"),
    ("day care £500.01 within", asking(line("DAY_CARE", 50_001), within=FAMILY_SUPPORT), "PANEL"),
    ("day care £500.01 outside", asking(line("DAY_CARE", 50_001)), "NOT_FUNDED"),
    ("child-minding three months", asking(line("CHILD_MINDING", 60_000, 92), within=PACKAGE), "NOT_FUNDED"),
    ("child-minding and a day", asking(line("CHILD_MINDING", 60_000, 93), within=PACKAGE), "PANEL"),
    ("holiday £1.00", asking(line("HOLIDAY", 100)), "NOT_FUNDED"),
]


@pytest.mark.parametrize(("name", "facts", "route"), A9, ids=[name for name, _, _ in A9])
def test_swindons_resources_at_their_boundaries(name: str, facts: Facts, route: str) -> None:
    """A9."""
    found = way(SWINDON, facts)
    assert found.route == route, name
    assert (found.forum, found.sitting_on) == (("CARE_PANEL", PANEL_DAY) if route == "PANEL" else (None, None))
    (exclusion,) = found.exclusions
    assert (exclusion.table, exclusion.route == "NOT_FUNDED") == ("care-panel-exclusions", route == "NOT_FUNDED")


@pytest.mark.parametrize("section", ["17", "18", "20"])
def test_a_crisis_of_complex_health_is_another_panels(section: str) -> None:
    """A11: a child of the Disability Team who meets the criteria; without them it is the Care Panel's (A14)."""
    facts = Facts("CRISIS", 0, section=section, disability_team=True, complex_health=True)
    found = way(SWINDON, facts)
    assert (found.route, found.forum, found.sitting_on) == ("COMPLEX_HEALTH_NEEDS_PANEL", None, None)
    without = way(SWINDON, replace(facts, complex_health=False))
    assert (without.route, without.forum, without.reasons) == ("PANEL", "CARE_PANEL", ("CRISIS",))


@pytest.mark.parametrize("kind", ["LOOKED_AFTER", "PLACEMENT_MOVE", "COURT_ASSESSMENT", "CRISIS"])
def test_at_nothing_a_listed_case_goes_to_panel_for_what_it_is(kind: str) -> None:
    """A14: £0.00."""
    found = way(SWINDON, Facts(kind, 0))
    assert (found.route, found.reasons) == ("PANEL", (kind,))


def test_low_level_home_support_is_not_funded_and_a_disabled_childs_is_another_panels() -> None:
    """A15: £1.00."""
    support = asking(line("HOME_SUPPORT_LOW", 100))
    assert way(SWINDON, support).route == "NOT_FUNDED"
    assert way(SWINDON, replace(support, disability_team=True)).route == "COMPLEX_HEALTH_NEEDS_PANEL"


@pytest.mark.parametrize(("second", "route"), [(24_999, "NOT_FUNDED"), (25_000, "PANEL")])
def test_transport_counts_in_total_and_the_workers_own_time_not_at_all(second: int, route: str) -> None:
    """A15: £250.00 + £249.99, £250.00 + £250.00, each beside the worker's own £100.00."""
    lines = (line("TRANSPORT", 25_000), line("TRANSPORT", second), line("WORKER_TIME", 10_000))
    found = way(SWINDON, asking(*lines))
    assert found.route == route
    assert [one.resource for one in found.exclusions] == ["TRANSPORT"]
    assert found.inputs["weekly_pence"] == 25_000 + second


def test_every_resource_that_is_not_funded_is_named() -> None:
    """A9, A15: all of them at once, with the row of each."""
    found = way(SWINDON, asking(line("HOLIDAY", 100), line("FAMILY_SUPPORT", 60_000), line("DAY_CARE", 10_000)))
    assert (found.route, found.reasons) == ("NOT_FUNDED", ("DAY_CARE", "HOLIDAY"))
    assert [(one.resource, one.row, one.route) for one in found.exclusions] == [
        ("DAY_CARE", "day-care", "NOT_FUNDED"),
        ("FAMILY_SUPPORT", "every-other-resource", "ADMISSIBLE"),
        ("HOLIDAY", "holiday", "NOT_FUNDED"),
    ]


# When costs change ----------------------------------------------------------------------------------------------


def test_what_becomes_dearer_is_rerouted_to_the_sitting_it_was_submitted_for_while_that_is_in_time() -> None:
    """A9: transport from £499.99 to £500.00, before the cut-off of 7 October and after it."""
    cheap, dear = asking(line("TRANSPORT", 49_999)), asking(line("TRANSPORT", 50_000))
    before = given(ROUTE, Routed(APPLICATION, way(SWINDON, cheap), 1))
    said = {"weekly_pence": 50_000, "resources": way(SWINDON, dear).inputs["resources"]}
    change = RouteChangedCost(APPLICATION, said, Asked("CARE_PANEL", PANEL_DAY))
    before.when(change, acting()).then(Rerouted(APPLICATION, way(SWINDON, dear), 1))
    late = acting(at=datetime(2026, 10, 7, 16, 0, 0, 1, tzinfo=UTC))
    (event,) = before.when(change, late).events
    assert (event.way.route, event.way.sitting_on) == ("PANEL", date(2026, 10, 20))
