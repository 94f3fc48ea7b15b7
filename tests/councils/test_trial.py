"""Trying a scheme on many applications at once says of each what routing it alone would say."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.authority import within
from councils.calendar import next_sitting
from councils.facts import WORKER_TIME, Facts, ResourceLine, months_and_days
from councils.packs import pack_settings, packs
from councils.scheme import Routing, route
from councils.settings import Limit, Settings
from councils.trial import (
    NOTHING,
    Columns,
    ResourceColumns,
    Whole,
    next_sittings,
    routes,
    totals,
    trait_of,
    within_limit,
)

NOW = datetime(2026, 10, 5, 8, 15, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PACKS = {slug: pack_settings(slug, version=3, in_force_from=NOW) for slug in packs()}

# Amounts on and beside every boundary of the packs, and anything between.
EDGES = (0, 10_000, 25_000, 50_000, 67_307, 78_846, 94_230, 100_000, 300_000, 500_000)
PENCE = st.one_of(
    st.sampled_from(EDGES).flatmap(lambda edge: st.integers(max(0, edge - 2), edge + 2)), st.integers(0, 10**12)
)
CODES = (
    "HOME_SUPPORT_LOW",
    "TRANSPORT",
    "DAY_CARE",
    "CHILD_MINDING",
    "HOLIDAY",
    "FAMILY_SUPPORT",
    WORKER_TIME,
    "OTHER",
)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
LINES = st.builds(
    ResourceLine,
    resource=st.sampled_from(CODES),
    weekly_pence=PENCE,
    one_off_pence=st.sampled_from((0, 1, 25_000)),
    days=st.one_of(st.none(), st.integers(0, 100)),
    starts_on=st.one_of(st.none(), DAYS),
)


def facts_of(council: Settings) -> st.SearchStrategy[Facts]:
    return st.builds(
        Facts,
        kind=st.sampled_from([*council.kinds, "UNHEARD_OF"]),
        weekly_pence=PENCE,
        one_off_pence=PENCE,
        indicative_weekly_pence=st.one_of(st.none(), PENCE),
        complex=st.booleans(),
        distinctive=st.booleans(),
        resources=st.lists(LINES, max_size=4).map(tuple),
        within=st.sampled_from(((), ("HIGH_LEVEL_FAMILY_SUPPORT",), ("WIDER_PACKAGE",))),
        emergency=st.booleans(),
        disability_team=st.booleans(),
        complex_health=st.booleans(),
        section=st.sampled_from((None, "17", "20")),
        order=st.sampled_from((None, "SGO")),
        granted=st.sampled_from(((), ("NOT_FUNDED",), ("DEFAULT_REQUIRED",))),
    )


def columns_of(many: Sequence[Facts]) -> Columns:
    """Facts as columns; resources that one application names on several lines are added up."""
    traits: dict[str, int] = {}
    said: list[Mapping[str, Any]] = []
    trait: list[int] = []
    owners: list[tuple[int, str, int, int, tuple[int, int], int]] = []
    for place, facts in enumerate(many):
        words = trait_of(facts)
        number = traits.setdefault(repr(sorted(words.items())), len(said))
        if number == len(said):
            said.append(words)
        trait.append(number)
        for line in totals(facts):
            span = months_and_days(line.days or 0, line.starts_on)
            starts_on = line.starts_on.toordinal() if line.starts_on else 0
            owners.append((place, line.resource, line.weekly_pence, line.days or 0, span, starts_on))
    codes = sorted({code for _, code, *_ in owners})
    return Columns(
        trait=_whole(trait),
        traits=said,
        weekly_pence=_whole([facts.weekly_pence for facts in many]),
        one_off_pence=_whole([facts.one_off_pence for facts in many]),
        indicative_weekly_pence=_whole(
            [NOTHING if facts.indicative_weekly_pence is None else facts.indicative_weekly_pence for facts in many]
        ),
        resources=ResourceColumns(
            owner=_whole([place for place, *_ in owners]),
            code=_whole([codes.index(code) for _, code, *_ in owners]),
            codes=codes,
            pence=_whole([pence for _, _, pence, *_ in owners]),
            days=_whole([days for _, _, _, days, _, _ in owners]),
            months=_whole([months for *_, (months, _), _ in owners]),
            odd_days=_whole([odd for *_, (_, odd), _ in owners]),
            starts_on=_whole([starts_on for *_, starts_on in owners]),
        ),
    )


def _whole(values: Sequence[int]) -> Whole:
    return np.array(values, np.int64)


def told(routing: Routing) -> tuple[object, ...]:
    said = [(one.resource, one.row, one.route, one.reason) for one in routing.exclusions]
    return (routing.route, routing.forum, routing.reasons, routing.table, routing.row, said)


@pytest.mark.parametrize("slug", PACKS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_application_gets_the_route_that_it_would_get_alone(slug: str, data: st.DataObject) -> None:
    council = PACKS[slug]
    many = data.draw(st.lists(facts_of(council), min_size=1, max_size=12))
    tried = routes(council, columns_of(many))
    together = [told(tried.routings[int(which)]) for which in tried.which]
    assert together == [told(route(council, facts)) for facts in many]


@pytest.mark.parametrize("factor", ["52", "52.14", "52.142857"])
def test_a_year_at_half_a_penny_is_rounded_up_once_for_all_alike(factor: str) -> None:
    council = PACKS["doncaster"].model_copy(update={"weeks_per_year": Decimal(factor)})
    many = [Facts("SUPPORT_PLAN", weekly, once) for weekly in range(94_200, 94_260) for once in (0, 1, 9_999, 10_000)]
    tried = routes(council, columns_of(many))
    assert [told(tried.routings[int(which)]) for which in tried.which] == [told(route(council, one)) for one in many]


def test_amounts_too_large_for_a_machine_word_are_still_exact() -> None:
    council = PACKS["shropshire"].model_copy(update={"tolerance_percent": Decimal("10.00000001")})
    many = [Facts("SUPPORT_PLAN", 10**12 - n, 0, 909_090_909_000 + n) for n in range(-5, 6)]
    tried = routes(council, columns_of(many))
    assert [told(tried.routings[int(which)]) for which in tried.which] == [told(route(council, one)) for one in many]


def test_one_answer_is_computed_for_a_class_however_many_applications_it_has() -> None:
    many = [Facts("SUPPORT_PLAN", weekly) for weekly in range(100, 2_000)]
    assert len(routes(PACKS["shropshire"], columns_of(many)).routings) == 1


def test_no_applications_have_no_routes() -> None:
    tried = routes(PACKS["swindon"], columns_of([]))
    assert (len(tried.which), tried.routings) == (0, ())


def test_an_application_comes_back_out_of_its_columns() -> None:
    one = Facts("OTHER", 5, 7, None, True, resources=(ResourceLine("TRANSPORT", 5, 7, 30, date(2026, 10, 5)),))
    columns: Columns = columns_of([Facts("CRISIS", 1), one])
    assert columns.facts(1) == Facts(
        "OTHER", 5, 7, None, True, resources=(ResourceLine("TRANSPORT", 12, 0, 30, date(2026, 10, 5)),)
    )


@settings(max_examples=200, deadline=None)
@given(
    slug=st.sampled_from(sorted(PACKS)),
    moments=st.lists(
        st.integers(0, 7 * 365 * 86_400_000_000).map(
            lambda micros: EPOCH + timedelta(days=19_723, microseconds=micros)
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_the_next_sitting_of_many_is_the_next_sitting_of_each(slug: str, moments: list[datetime]) -> None:
    received = np.array([(at - EPOCH) // timedelta(microseconds=1) for at in moments], np.int64)
    for forum in PACKS[slug].forums.values():
        found = [date.fromordinal(int(day)) for day in next_sittings(forum, received)]
        assert found == [next_sitting(forum, at) for at in moments]


UP_TO = st.one_of(st.none(), st.sampled_from(EDGES))
LIMITS = st.builds(Limit, weekly_pence=UP_TO, yearly_pence=UP_TO, one_off_pence=UP_TO)


@settings(max_examples=300, deadline=None)
@given(limit=LIMITS, costs=st.lists(st.tuples(PENCE, PENCE), min_size=1, max_size=6))
def test_a_limit_covers_of_many_costs_what_it_covers_of_each(limit: Limit, costs: list[tuple[int, int]]) -> None:
    council = PACKS["shropshire"]
    weekly, once = (np.array(side, np.int64) for side in zip(*costs, strict=True))
    found = within_limit(council, limit, weekly, once)
    assert found.tolist() == [within(limit, *cost, council.weeks_per_year) for cost in costs]
