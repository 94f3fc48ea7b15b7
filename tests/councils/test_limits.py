"""Schemes by amount at the penny: Doncaster over time, Southmoor, Northborough, Leeds (DOMAIN.md, A2, A7, A8, A18)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from councils.authority import within
from councils.checks import defects, read
from councils.facts import Facts, yearly_pence
from councils.packs import load_earlier, load_pack
from councils.scheme import preview, route
from councils.settings import Settings, in_force

LEEDS = Path(__file__).parent / "leeds.yaml"

APRIL = datetime(2024, 3, 31, 23, 0, tzinfo=UTC)
"""1 April 2024, 00:00 in London."""


def plan(weekly_pence: int, one_off_pence: int = 0) -> Facts:
    return Facts("SUPPORT_PLAN", weekly_pence, one_off_pence)


@pytest.fixture
def doncaster_over_time() -> list[Settings]:
    earlier = Settings.of(
        read(load_earlier("doncaster-2023")), version=1, in_force_from=datetime(2023, 4, 1, tzinfo=UTC)
    )
    return [earlier, Settings.of(read(load_pack("doncaster")), version=2, in_force_from=APRIL)]


@pytest.mark.parametrize(
    ("weekly", "once", "yearly", "leads_to"),
    [
        (94_230, 0, 4_899_960, "DELEGATED"),
        (94_231, 0, 4_900_012, "PANEL"),
        (94_230, 10_000, 4_909_960, "PANEL"),
        (94_230, 40, 4_900_000, "DELEGATED"),  # A limit includes its amount.
        (94_230, 41, 4_900_001, "PANEL"),
        (0, 4_900_000, 4_900_000, "DELEGATED"),
    ],
)
def test_doncasters_limit_is_a_years(doncaster: Settings, weekly: int, once: int, yearly: int, leads_to: str) -> None:
    """A7."""
    routing = route(doncaster, plan(weekly, once))
    assert (routing.route, routing.inputs["yearly_pence"]) == (leads_to, yearly)
    assert (routing.limit_weekly_pence, routing.limit_yearly_pence) == (None, 4_900_000)


@pytest.mark.parametrize(
    ("routed_at", "version", "row", "leads_to"),
    [
        (APRIL - timedelta(seconds=1), 1, "over-35000", "PANEL"),
        (APRIL - timedelta(microseconds=1), 1, "over-35000", "PANEL"),
        (APRIL, 2, "up-to-49000", "DELEGATED"),
    ],
)
def test_the_limit_of_the_moment_decides_and_is_named(
    doncaster_over_time: list[Settings], routed_at: datetime, version: int, row: str, leads_to: str
) -> None:
    """A8: £769.23 a week is £39,999.96 a year, above £35,000 and below £49,000."""
    settings = in_force(doncaster_over_time, routed_at)
    assert settings is not None
    routing = route(settings, plan(76_923))
    assert (routing.route, routing.settings_version, routing.row) == (leads_to, version, row)
    assert routing.inputs["yearly_pence"] == 3_999_996


def test_routing_again_today_by_the_version_named_gives_the_same(doncaster_over_time: list[Settings]) -> None:
    """A8: what was routed in March 2024 stays as it was, from its own inputs and its own version."""
    first, second = (route(settings, plan(76_923)) for settings in doncaster_over_time)
    stored = [Settings.read(settings.document()) for settings in doncaster_over_time]
    assert [route(settings, Facts.read(one.inputs)) for settings, one in zip(stored, (first, second), strict=True)] == [
        first,
        second,
    ]


def test_the_earlier_terms_may_be_published_and_a_name_that_is_not_shipped_is_a_key_error() -> None:
    """A8."""
    assert defects(read(load_earlier("doncaster-2023"))) == ()
    with pytest.raises(KeyError):
        load_earlier("atlantis-1999")


@pytest.mark.parametrize(("weekly", "leads_to"), [(10_000, "DELEGATED"), (10_001, "PANEL"), (43_750, "PANEL")])
def test_southmoor_sends_everything_over_100_to_its_virtual_panel(
    southmoor: Settings, weekly: int, leads_to: str
) -> None:
    routing = route(southmoor, plan(weekly))
    assert routing.route == leads_to
    assert southmoor.forums["VIRTUAL_PANEL"].kind == "virtual"
    assert southmoor.forums["VIRTUAL_PANEL"].floor_pence == 10_000


def test_the_figures_of_croydon(southmoor: Settings) -> None:
    """96 hours for £1,200.00 are £12.50 an hour, and 35 of them £437.50: both are the panel's to hear."""
    assert 96 * 1_250 == 120_000
    assert 35 * 1_250 == 43_750
    assert [route(southmoor, plan(pence)).reasons for pence in (120_000, 43_750)] == [("COST",), ("COST",)]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("RESIDENTIAL_PLACEMENT", "RESIDENTIAL_PLACEMENT"),
        ("SPECIALIST_INTERVENTION", "SPECIALIST_INTERVENTION"),
        ("HOUSING_COSTS", "HOUSING_COSTS"),
        ("OTHER", "DEFAULT_REQUIRED"),
    ],
)
def test_northborough_hears_every_request_whatever_it_costs(northborough: Settings, kind: str, reason: str) -> None:
    for weekly in (0, 945, 612_308):
        routing = route(northborough, Facts(kind, weekly))
        assert (routing.route, routing.forum, routing.reasons) == ("PANEL", "RESOURCE_PANEL", (reason,))


def test_the_factor_from_a_week_to_a_year_is_the_councils(doncaster: Settings, northborough: Settings) -> None:
    assert yearly_pence(doncaster, 72_231) == 3_756_012
    assert yearly_pence(northborough, 72_231) == 3_766_124  # 52.14 weeks: £37,661.2434.
    assert northborough.weeks_per_year == Decimal("52.14")


def test_a_preview_says_where_to_and_by_when(northborough: Settings, doncaster: Settings) -> None:
    """A draft of Mon 5 Oct 2026 goes to Tuesday's panel; by Wednesday 13:00:01 it is a week later."""
    monday = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
    seen = preview(northborough, Facts("HOUSING_COSTS", 20_000), monday)
    assert (str(seen.sitting_on), seen.cut_off_at) == ("2026-10-13", datetime(2026, 10, 7, 12, 0, tzinfo=UTC))
    late = preview(northborough, Facts("HOUSING_COSTS", 20_000), datetime(2026, 10, 7, 12, 0, 1, tzinfo=UTC))
    assert str(late.sitting_on) == "2026-10-20"
    nobody = preview(doncaster, plan(94_230), monday)
    assert (nobody.routing.route, nobody.sitting_on, nobody.cut_off_at) == ("DELEGATED", None, None)


@pytest.fixture
def leeds() -> Settings:
    terms = read({**load_pack("doncaster"), **yaml.safe_load(LEEDS.read_text(encoding="utf-8"))})
    return Settings.of(terms, version=1, in_force_from=APRIL)


def test_leeds_delegates_every_section_17_payment_and_says_to_whom(leeds: Settings) -> None:
    """A18: nothing goes to a panel; up to £100.00 is the team manager's, more the service delivery manager's."""
    assert defects(leeds) == ()
    for pence, row in ((10_000, "up-to-100"), (10_001, "over-100")):
        routing = route(leeds, Facts("SECTION_17", 0, pence))
        assert (routing.route, routing.row) == ("DELEGATED", row)


@pytest.mark.parametrize(
    ("role", "pence", "allowed"),
    [
        ("team_manager", 10_000, True),
        ("team_manager", 10_001, False),
        ("service_delivery_manager", 10_001, True),
        ("social_worker", 1, False),
    ],
)
def test_a_limit_of_100_includes_exactly_100(leeds: Settings, role: str, pence: int, allowed: bool) -> None:
    """A18: what the limit says; whoever has none has none."""
    assert within(leeds.limit(role), 0, pence, leeds.weeks_per_year) is allowed
