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
    """Whether no cost that a grant allows, and none that it names, is outside what its role may be given at most.

    What is paid once and what is paid weekly come together in one plan, so both ends of what the grant allows count:
    the most a week with what it then still allows once, and the most once with nothing a week.
    """
    if most.yearly_pence is not None and (granted.yearly_pence or 0) > most.yearly_pence:
        return False
    most_weekly = _most_weekly(granted, weeks_per_year)
    ends = [(weekly, _most_once(granted, weekly, weeks_per_year)) for weekly in (most_weekly, 0)]
    return all(within(most, *cost, weeks_per_year) for cost in ((granted.weekly_pence or 0, 0), *ends))


def _most_weekly(limit: Limit, weeks_per_year: Decimal) -> int:
    """The highest cost a week within a limit, with nothing paid once."""
    if limit.weekly_pence is None and limit.yearly_pence is None:
        return 0
    if limit.yearly_pence is None or not weeks_per_year:
        return limit.weekly_pence or 0
    week = int(limit.yearly_pence / weeks_per_year) + 1
    while week and _yearly(week, weeks_per_year) > limit.yearly_pence:
        week -= 1
    return week if limit.weekly_pence is None else min(week, limit.weekly_pence)


def _most_once(limit: Limit, weekly_pence: int, weeks_per_year: Decimal) -> int:
    """The highest cost once within a limit beside a cost a week that is within it."""
    if limit.one_off_pence is not None:
        return limit.one_off_pence
    if limit.yearly_pence is not None:
        return limit.yearly_pence - _yearly(weekly_pence, weeks_per_year)
    return (limit.weekly_pence or 0) - weekly_pence


def _yearly(weekly_pence: int, weeks_per_year: Decimal) -> int:
    return int((Decimal(weekly_pence) * weeks_per_year).quantize(Decimal(1), ROUND_HALF_UP))
