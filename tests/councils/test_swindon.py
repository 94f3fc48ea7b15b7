"""Swindon's section 6 at the penny and the day (S4 §6; DOMAIN.md, A9-A11, A14-A16)."""

from dataclasses import replace
from datetime import date

import pytest

from councils.facts import Facts, ResourceLine, months_and_days
from councils.scheme import EXCEPTION_GRANTED, exception_to, route
from councils.settings import Settings

FAMILY_SUPPORT, WIDER = ("HIGH_LEVEL_FAMILY_SUPPORT",), ("WIDER_PACKAGE",)


def asking(*lines: ResourceLine, **more: object) -> Facts:
    """An application for these resources, its costs their sum without the worker's own time."""
    counted = [line for line in lines if line.resource != "WORKER_TIME"]
    weekly, once = (sum(getattr(line, cost) for line in counted) for cost in ("weekly_pence", "one_off_pence"))
    return replace(Facts("RESOURCES", weekly, once, resources=lines), **more)


def once(resource: str, pence: int) -> ResourceLine:
    return ResourceLine(resource, one_off_pence=pence)


def minding(days: int, starts_on: date | None = date(2026, 10, 5)) -> ResourceLine:
    return ResourceLine("CHILD_MINDING", 60_000, days=days, starts_on=starts_on)


# --- A9: what is funded, and what needs a panel ------------------------------------------------------------------


def test_a_resource_of_49999_needs_no_panel_and_one_of_50000_does(swindon: Settings) -> None:
    """A9: "upwards of £500" includes exactly £500.00, which is our default."""
    below = route(swindon, asking(once("FAMILY_SUPPORT", 49_999)))
    assert (below.route, below.forum, below.reasons, below.row) == ("NOT_REQUIRED", None, ("UNDER_500",), "under-500")
    at = route(swindon, asking(once("FAMILY_SUPPORT", 50_000)))
    assert (at.route, at.forum, at.reasons, at.row) == ("PANEL", "CARE_PANEL", ("COST",), "upwards-of-500")
    assert (at.settings_version, at.table) == (1, "care-panel")
    assert route(swindon, asking(ResourceLine("FAMILY_SUPPORT", 50_000))).route == "PANEL"


def test_transport_under_500_is_not_funded_and_at_500_is_admissible(swindon: Settings) -> None:
    """A9: the refusal names table, row, resource and reason."""
    below = route(swindon, asking(once("TRANSPORT", 49_999)))
    assert (below.route, below.forum, below.reasons) == ("NOT_FUNDED", None, ("TRANSPORT_UNDER_500",))
    assert (below.table, below.row) == ("care-panel-exclusions", "transport-under-500")
    assert [(one.resource, one.route) for one in below.exclusions] == [("TRANSPORT", "NOT_FUNDED")]
    at = route(swindon, asking(once("TRANSPORT", 50_000)))
    assert (at.route, at.reasons, at.exclusions[0].route) == ("PANEL", ("COST",), "ADMISSIBLE")


@pytest.mark.parametrize(("first", "second", "leads_to"), [(25_000, 24_999, "NOT_FUNDED"), (25_000, 25_000, "PANEL")])
def test_transport_counts_in_total(swindon: Settings, first: int, second: int, leads_to: str) -> None:
    """A15: two lines are one resource, whether they are paid weekly or once."""
    assert route(swindon, asking(once("TRANSPORT", first), once("TRANSPORT", second))).route == leads_to
    assert route(swindon, asking(ResourceLine("TRANSPORT", first), once("TRANSPORT", second))).route == leads_to


@pytest.mark.parametrize(
    ("pence", "within", "leads_to"),
    [
        (50_000, FAMILY_SUPPORT, "NOT_FUNDED"),
        (50_001, FAMILY_SUPPORT, "PANEL"),
        (50_001, WIDER, "NOT_FUNDED"),
        (50_001, (), "NOT_FUNDED"),
    ],
)
def test_day_care_is_funded_over_500_and_within_high_level_family_support_only(
    swindon: Settings, pence: int, within: tuple[str, ...], leads_to: str
) -> None:
    """A9: "over £500" excludes exactly £500.00, unlike "upwards of £500"."""
    routing = route(swindon, asking(once("DAY_CARE", pence), within=within))
    assert (routing.route, routing.exclusions[0].route == "NOT_FUNDED") == (leads_to, leads_to == "NOT_FUNDED")


@pytest.mark.parametrize(
    ("days", "starts_on", "within", "leads_to"),
    [
        (92, date(2026, 10, 5), WIDER, "NOT_FUNDED"),  # 5 October to 4 January: three months, the last day counts.
        (93, date(2026, 10, 5), WIDER, "PANEL"),  # To 5 January: a day more.
        (93, date(2026, 10, 5), (), "NOT_FUNDED"),
        (93, date(2026, 10, 5), FAMILY_SUPPORT, "PANEL"),
        (89, date(2027, 2, 1), WIDER, "NOT_FUNDED"),  # February to April: three months of 89 days.
        (90, date(2027, 2, 1), WIDER, "PANEL"),
        (92, None, WIDER, "NOT_FUNDED"),  # No first day: the longest three months there are.
        (93, None, WIDER, "PANEL"),
        (123, date(2026, 10, 5), WIDER, "PANEL"),  # Exactly four months.
        (0, None, WIDER, "NOT_FUNDED"),
    ],
)
def test_child_minding_is_funded_for_longer_than_three_months_within_a_wider_package(
    swindon: Settings, days: int, starts_on: date | None, within: tuple[str, ...], leads_to: str
) -> None:
    """A9: exactly three months are not longer than three months; three months and one day are."""
    routing = route(swindon, asking(minding(days, starts_on), within=within))
    assert routing.route == leads_to
    assert routing.exclusions[0].reason == ("CHILD_MINDING" if leads_to == "NOT_FUNDED" else "LONGER_THAN_THREE_MONTHS")


@pytest.mark.parametrize(
    ("days", "starts_on", "span"),
    [
        (0, date(2026, 10, 5), (0, 0)),
        (31, date(2026, 10, 1), (1, 0)),
        (30, date(2026, 10, 1), (0, 30)),
        (28, date(2027, 1, 31), (1, 0)),  # 31 January to 27 February; a month from then is 28 February.
        (366, date(2028, 1, 1), (12, 0)),
        (92, None, (3, 0)),
    ],
)
def test_months_are_counted_by_the_calendar(days: int, starts_on: date | None, span: tuple[int, int]) -> None:
    assert months_and_days(days, starts_on) == span


def test_a_holiday_is_not_funded_even_at_a_pound(swindon: Settings) -> None:
    """A9."""
    assert route(swindon, asking(once("HOLIDAY", 100))).reasons == ("HOLIDAY",)
    assert route(swindon, asking(once("HOLIDAY", 100))).route == "NOT_FUNDED"


def test_one_resource_that_is_not_funded_decides_and_every_such_one_is_named(swindon: Settings) -> None:
    """A9: the answer says at once what would have to be taken out."""
    lines = (once("TRANSPORT", 1), once("FAMILY_SUPPORT", 90_000), once("HOLIDAY", 100))
    routing = route(swindon, asking(*lines))
    assert (routing.route, routing.reasons) == ("NOT_FUNDED", ("HOLIDAY", "TRANSPORT_UNDER_500"))
    assert [(one.resource, one.route) for one in routing.exclusions] == [
        ("FAMILY_SUPPORT", "ADMISSIBLE"),
        ("HOLIDAY", "NOT_FUNDED"),
        ("TRANSPORT", "NOT_FUNDED"),
    ]


# --- A10, A16: exceptions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        (once("HOLIDAY", 100),),
        (once("TRANSPORT", 49_999),),
        (once("DAY_CARE", 50_000),),
        (minding(92),),
        (once("HOME_SUPPORT_LOW", 100),),
        (once("HOLIDAY", 100), once("TRANSPORT", 1)),
    ],
)
def test_no_refusal_is_without_the_directors_way_round_it(swindon: Settings, lines: tuple[ResourceLine, ...]) -> None:
    """A10: the exception is the Director's to grant, and the application then goes on as any other does."""
    refused = route(swindon, asking(*lines))
    offered = exception_to(swindon, refused)
    assert offered is not None
    code, exception = offered
    assert (code, exception.granted_by) == ("NOT_FUNDED", ("director_csw",))
    granted = route(swindon, asking(*lines, granted=(code,)))
    assert granted.route in ("NOT_REQUIRED", "PANEL")
    assert granted.inputs["granted"] == ["NOT_FUNDED"]
    assert all(one.route != "NOT_FUNDED" for one in granted.exclusions)


def test_a_package_on_no_list_goes_to_panel_unless_the_director_agrees(swindon: Settings) -> None:
    """A16."""
    package = Facts("OTHER", 20_000)
    routing = route(swindon, package)
    assert (routing.route, routing.forum, routing.reasons) == ("PANEL", "CARE_PANEL", ("DEFAULT_REQUIRED",))
    offered = exception_to(swindon, routing)
    assert offered is not None
    assert (offered[0], offered[1].granted_by) == ("DEFAULT_REQUIRED", ("director_csw",))
    agreed = route(swindon, replace(package, granted=("DEFAULT_REQUIRED",)))
    assert (agreed.route, agreed.forum) == ("NOT_REQUIRED", None)
    assert agreed.reasons == ("DEFAULT_REQUIRED", EXCEPTION_GRANTED)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (Facts("RESOURCES", 20_000), "DEFAULT_REQUIRED"),
        (Facts("RESOURCES", 20_000, resources=(ResourceLine("PONY", 20_000),)), "DEFAULT_REQUIRED"),
        (Facts("OTHER", 20_000, resources=(ResourceLine("FAMILY_SUPPORT", 20_000),)), "DEFAULT_REQUIRED"),
        (Facts("RESOURCES", 20_000, resources=(ResourceLine("FAMILY_SUPPORT", 20_000),)), "UNDER_500"),
        (Facts("OTHER", 50_000), "COST"),
    ],
)
def test_only_resources_that_the_council_lists_are_spared_the_panel(
    swindon: Settings, facts: Facts, reason: str
) -> None:
    """A9, A16."""
    assert route(swindon, facts).reasons == (reason,)


def test_an_exception_to_something_else_changes_nothing(swindon: Settings) -> None:
    """A10, A16."""
    holiday = asking(once("HOLIDAY", 100), granted=("DEFAULT_REQUIRED",))
    assert route(swindon, holiday).route == "NOT_FUNDED"
    dear = Facts("OTHER", 50_000, granted=("DEFAULT_REQUIRED", "NOT_FUNDED"))
    assert (route(swindon, dear).route, route(swindon, dear).reasons) == ("PANEL", ("COST",))
    assert exception_to(swindon, route(swindon, dear)) is None


# --- A11, A14: cases that come for what they are ------------------------------------------------------------------


@pytest.mark.parametrize("section", ["17", "18", "20"])
def test_a_crisis_that_meets_the_complex_health_criteria_is_another_panels(swindon: Settings, section: str) -> None:
    """A11: it is absent from the Care Panel's agenda, for it has no forum here."""
    crisis = Facts("CRISIS", 300_000, section=section, disability_team=True, complex_health=True)
    routing = route(swindon, crisis)
    assert (routing.route, routing.forum) == ("COMPLEX_HEALTH_NEEDS_PANEL", None)
    assert (routing.reasons, routing.row) == (("COMPLEX_HEALTH_CRITERIA",), "crisis-of-complex-health")


@pytest.mark.parametrize(
    "short_of",
    [{"disability_team": False}, {"complex_health": False}, {"section": None}],
)
def test_a_crisis_short_of_one_criterion_is_the_care_panels(swindon: Settings, short_of: dict[str, object]) -> None:
    """A11, A14: a child of the Disability Team who does not meet the criteria comes to the Care Panel."""
    crisis = Facts("CRISIS", 0, section="20", disability_team=True, complex_health=True)
    routing = route(swindon, replace(crisis, **short_of))
    assert (routing.route, routing.forum, routing.reasons) == ("PANEL", "CARE_PANEL", ("CRISIS",))


@pytest.mark.parametrize("kind", ["LOOKED_AFTER", "PLACEMENT_MOVE", "COURT_ASSESSMENT", "CRISIS"])
@pytest.mark.parametrize("weekly_pence", [0, 49_999, 50_000, 612_308])
def test_listed_cases_come_for_what_they_are_and_never_for_their_cost(
    swindon: Settings, kind: str, weekly_pence: int
) -> None:
    """A14: at £0.00 and at any cost."""
    routing = route(swindon, Facts(kind, weekly_pence))
    assert (routing.route, routing.forum, routing.reasons) == ("PANEL", "CARE_PANEL", (kind,))


# --- A15 ---------------------------------------------------------------------------------------------------------


def test_low_level_home_support_is_not_funded_and_a_disabled_childs_is_another_panels(swindon: Settings) -> None:
    """A15."""
    support = asking(once("HOME_SUPPORT_LOW", 100))
    assert (route(swindon, support).route, route(swindon, support).reasons) == (
        "NOT_FUNDED",
        ("LOW_LEVEL_HOME_SUPPORT",),
    )
    disabled = route(swindon, replace(support, disability_team=True))
    assert (disabled.route, disabled.forum) == ("COMPLEX_HEALTH_NEEDS_PANEL", None)
    assert disabled.row == "home-support-of-a-disabled-child"


def test_the_other_panel_takes_an_application_only_where_all_of_it_is_theirs(swindon: Settings) -> None:
    """A15: what else the application asks for decides, and a case that comes for what it is still does."""
    lines = (once("HOME_SUPPORT_LOW", 100), once("FAMILY_SUPPORT", 60_000))
    assert route(swindon, asking(*lines, disability_team=True)).reasons == ("COST",)
    move = asking(once("HOME_SUPPORT_LOW", 100), kind="PLACEMENT_MOVE", disability_team=True)
    assert route(swindon, move).reasons == ("PLACEMENT_MOVE",)


def test_the_allocated_workers_own_time_never_counts(swindon: Settings) -> None:
    """A15: neither as a resource nor towards an amount."""
    own = ResourceLine("WORKER_TIME", 90_000)
    with_own = asking(once("FAMILY_SUPPORT", 49_999), own)
    assert route(swindon, with_own).route == "NOT_REQUIRED"
    assert [one.resource for one in route(swindon, with_own).exclusions] == ["FAMILY_SUPPORT"]
    assert route(swindon, asking(own)).route == "NOT_REQUIRED"
