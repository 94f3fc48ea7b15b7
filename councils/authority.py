"""Whether an amount lies within what may be decided alone: one rule for whoever decides and for whoever lists."""

from decimal import ROUND_HALF_UP, Decimal

from councils.settings import Limit


def within(limit: Limit, weekly_pence: int, one_off_pence: int, weeks_per_year: Decimal) -> bool:
    """Whether a cost is within a limit, the limit's own amount included; money in pence.

    What is paid once is held to its own limit; where that has none it counts towards the year's, and where that has
    none either, towards the week's. A period without a limit of its own is held to nothing more than the others.
    """
    if limit.weekly_pence is None and limit.yearly_pence is None and limit.one_off_pence is None:
        return False
    once = one_off_pence if limit.one_off_pence is None else 0
    if limit.one_off_pence is not None and one_off_pence > limit.one_off_pence:
        return False
    if limit.yearly_pence is not None and _yearly(weekly_pence, weeks_per_year) + once > limit.yearly_pence:
        return False
    if limit.weekly_pence is None:
        # Whoever may decide payments made once only may not commit the council to a weekly one.
        return limit.yearly_pence is not None or weekly_pence == 0
    return weekly_pence + (once if limit.yearly_pence is None else 0) <= limit.weekly_pence


def granted_within(most: Limit, granted: Limit, weeks_per_year: Decimal) -> bool:
    """Whether no cost that a grant allows would be outside what its role may be given at most."""
    weekly, one_off = granted.weekly_pence or 0, granted.one_off_pence or 0
    if not within(most, weekly, 0, weeks_per_year) or not within(most, 0, one_off, weeks_per_year):
        return False
    return most.yearly_pence is None or (granted.yearly_pence or 0) <= most.yearly_pence


def _yearly(weekly_pence: int, weeks_per_year: Decimal) -> int:
    return int((Decimal(weekly_pence) * weeks_per_year).quantize(Decimal(1), ROUND_HALF_UP))
