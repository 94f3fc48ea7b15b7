"""What a limit allows, and that no grant allows a cost which the scheme of delegation does not give to its role."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from councils.authority import granted_within, within
from councils.settings import Limit

WEEKS = Decimal(52)

_penny = st.none() | st.integers(0, 12)
_few = st.builds(Limit, weekly_pence=_penny, yearly_pence=_penny, one_off_pence=_penny)


@pytest.mark.parametrize(
    ("most", "granted"),
    [
        (Limit(one_off_pence=10_000), Limit(weekly_pence=0, yearly_pence=1_000_000)),
        (Limit(weekly_pence=100_000), Limit(weekly_pence=100_000, yearly_pence=5_200_000)),
        (Limit(weekly_pence=100_000), Limit(weekly_pence=100_000, one_off_pence=1)),
        (Limit(yearly_pence=4_900_000), Limit(weekly_pence=94_230, one_off_pence=41)),
    ],
)
def test_a_period_that_the_role_has_no_limit_for_is_no_way_round_the_others(most: Limit, granted: Limit) -> None:
    """A18, A1, A7: what is paid once is held to the role's limits by whichever period it was granted."""
    assert not granted_within(most, granted, WEEKS)


@pytest.mark.parametrize(
    ("most", "granted"),
    [
        (Limit(one_off_pence=10_000), Limit(weekly_pence=0, one_off_pence=10_000)),
        (Limit(weekly_pence=100_000), Limit(weekly_pence=100_000)),
        (Limit(yearly_pence=4_900_000), Limit(weekly_pence=94_230, yearly_pence=4_900_000)),
        (Limit(yearly_pence=4_900_000), Limit(weekly_pence=94_230, one_off_pence=40)),
    ],
)
def test_a_grant_of_all_that_the_role_may_have_is_within_it(most: Limit, granted: Limit) -> None:
    """A18, A1, A7: a limit includes its amount."""
    assert granted_within(most, granted, WEEKS)


@given(_few, _few, st.sampled_from([Decimal(1), Decimal("0.5"), Decimal("1.5"), Decimal(2), Decimal(3)]))
def test_a_grant_is_within_its_role_exactly_where_every_cost_that_it_allows_or_names_is(
    most: Limit, granted: Limit, weeks_per_year: Decimal
) -> None:
    """A18: tried on every cost of a few pence, in both directions."""
    costs = [(weekly, once) for weekly in range(26) for once in range(26)]
    allowed = [cost for cost in costs if within(granted, *cost, weeks_per_year)]
    every = all(within(most, *cost, weeks_per_year) for cost in allowed)
    names_more_a_year = most.yearly_pence is not None and (granted.yearly_pence or 0) > most.yearly_pence
    named = within(most, granted.weekly_pence or 0, 0, weeks_per_year) and not names_more_a_year
    assert granted_within(most, granted, weeks_per_year) == (every and named)
