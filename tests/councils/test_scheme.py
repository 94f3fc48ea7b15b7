"""Shropshire's routes at the penny, with the row that decided (DOMAIN.md, A1-A5), and versions over time (A8)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.facts import Facts, increase_percent, yearly_pence
from councils.packs import pack_settings
from councils.scheme import route
from councils.settings import Settings, in_force

NOW = datetime(2026, 10, 5, 8, 15, tzinfo=UTC)
PACKS = {slug: pack_settings(slug, version=3, in_force_from=NOW) for slug in ("shropshire", "swindon")}


def plan(weekly_pence: int, **more: object) -> Facts:
    return replace(Facts("SUPPORT_PLAN", weekly_pence), **more)


def test_999_99_is_delegated_and_names_version_table_row_and_limit(shropshire: Settings) -> None:
    """A1."""
    routing = route(shropshire, plan(99_999, indicative_weekly_pence=95_000))
    assert (routing.route, routing.forum, routing.reasons) == ("DELEGATED", None, ("UNDER_LIMIT",))
    assert (routing.settings_version, routing.table, routing.row) == (1, "delegated-authority", "under-1000")
    assert routing.limit_weekly_pence == 100_000
    assert routing.inputs["increase_percent"] == "5.2621"


def test_a_half_hours_call_at_945_pence_is_delegated_too(shropshire: Settings) -> None:
    """A1 (S2 #8)."""
    assert route(shropshire, plan(945)).route == "DELEGATED"


def test_exactly_1000_is_not_under_1000(shropshire: Settings) -> None:
    """A2."""
    routing = route(shropshire, plan(100_000))
    assert (routing.route, routing.forum) == ("PANEL", "CONFERENCE_CALL")
    assert (routing.reasons, routing.row) == (("BOUNDARY_DEFAULT",), "exactly-1000")


def test_a_penny_over_1000_goes_to_the_weekly_conference_call(shropshire: Settings) -> None:
    """A3."""
    routing = route(shropshire, plan(100_001))
    assert (routing.route, routing.forum, routing.reasons) == ("PANEL", "CONFERENCE_CALL", ("COST",))
    assert shropshire.forums["CONFERENCE_CALL"].kind == "conference_call"


@pytest.mark.parametrize(
    ("marks", "reasons"),
    [
        ({"complex": True}, ("COMPLEX",)),
        ({"distinctive": True}, ("DISTINCTIVE",)),
        ({"complex": True, "distinctive": True}, ("COMPLEX", "DISTINCTIVE")),
    ],
)
def test_a_cheap_plan_that_is_complex_or_distinctive_goes_to_panel_but_not_for_cost(
    shropshire: Settings, marks: dict[str, bool], reasons: tuple[str, ...]
) -> None:
    """A4."""
    routing = route(shropshire, plan(40_000, **marks))
    assert (routing.route, routing.reasons) == ("PANEL", reasons)


def test_every_reason_that_leads_to_the_same_route_is_named(shropshire: Settings) -> None:
    """A4."""
    assert route(shropshire, plan(100_001, complex=True)).reasons == ("COST", "COMPLEX")


def test_ten_percent_over_the_indicative_budget_is_tolerated_and_a_penny_more_is_not(shropshire: Settings) -> None:
    """A5."""
    assert route(shropshire, plan(66_000, indicative_weekly_pence=60_000)).route == "DELEGATED"
    over = route(shropshire, plan(66_001, indicative_weekly_pence=60_000))
    assert (over.route, over.reasons, over.row) == ("PANEL", ("DIFFERENTIAL",), "larger-than-usual")
    assert over.inputs["increase_percent"] == "10.0017"


def test_a_fall_is_information_and_any_cost_over_nothing_is_a_differential(shropshire: Settings) -> None:
    """A5."""
    fall = route(shropshire, plan(10_000, indicative_weekly_pence=60_000))
    assert (fall.route, fall.inputs["increase_percent"]) == ("DELEGATED", "-83.3333")
    assert route(shropshire, plan(1, indicative_weekly_pence=0)).reasons == ("DIFFERENTIAL",)
    assert increase_percent(1, 0) is None


def test_a_year_is_rounded_half_up_once_at_the_end(shropshire: Settings) -> None:
    assert yearly_pence(shropshire, 94_230, 10_000) == 4_909_960
    assert yearly_pence(shropshire, 72_231) == 3_756_012
    other = shropshire.model_copy(update={"weeks_per_year": Decimal("52.14")})
    assert yearly_pence(other, 25) == 1304  # 1303.5
    assert yearly_pence(other, 75) == 3911  # 3910.5


FACTS = st.builds(
    Facts,
    kind=st.just("SUPPORT_PLAN"),
    weekly_pence=st.integers(0, 10**12) | st.integers(99_990, 100_010),
    one_off_pence=st.integers(0, 10**12) | st.just(0),
    indicative_weekly_pence=st.none() | st.integers(0, 10**12) | st.integers(80_000, 120_000),
    complex=st.booleans(),
    distinctive=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(facts=FACTS)
def test_shropshires_table_says_what_its_sentence_says(facts: Facts) -> None:
    indicative = facts.indicative_weekly_pence
    over = indicative is not None and facts.weekly_pence * 10 > indicative * 11
    exception = facts.weekly_pence + facts.one_off_pence >= 100_000 or facts.complex or facts.distinctive or over
    assert route(PACKS["shropshire"], facts).route == ("PANEL" if exception else "DELEGATED")


def test_what_is_paid_once_counts_with_the_week_that_pays_it(shropshire: Settings) -> None:
    assert route(shropshire, plan(60_000, one_off_pence=39_999)).route == "DELEGATED"
    assert route(shropshire, plan(60_000, one_off_pence=40_000)).reasons == ("BOUNDARY_DEFAULT",)
    assert route(shropshire, plan(0, one_off_pence=100_001)).reasons == ("COST",)


def test_the_version_in_force_begins_at_its_first_instant(shropshire: Settings) -> None:
    """A8."""
    later = NOW + timedelta(days=1)
    second = Settings.of(shropshire, version=2, in_force_from=later)
    published = [shropshire, second]
    assert in_force(published, NOW - timedelta(microseconds=1)) is None
    assert in_force(published, later - timedelta(microseconds=1)) == shropshire
    assert in_force(published, later) == second
