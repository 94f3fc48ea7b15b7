"""Dates and moments as councils count them: working days, sittings and cut-offs, in Europe/London."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from itertools import islice
from zoneinfo import ZoneInfo

import holidays
import yaml

from councils.settings import WEEKDAYS, CutOff, Forum

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)


def london(day: date, at: time) -> datetime:
    """The instant (UTC) at which London's clocks show `at` on `day`.

    A time that no clock shows is the first instant after the gap; one that is shown twice is the first of the two.
    """
    moment = datetime.combine(day, at, LONDON).astimezone(UTC)
    shown = moment.astimezone(LONDON).time()
    # London's clocks go forward at 01:00 UTC, so the first instant after the gap is a full hour.
    return moment if shown == at else moment.replace(minute=0, second=0, microsecond=0)


def london_date(moment: datetime) -> date:
    """The day that London's calendar shows at an instant."""
    return moment.astimezone(LONDON).date()


@cache
def _corrections() -> tuple[frozenset[date], frozenset[date]]:
    text = files("councils").joinpath("bank_holidays.yaml").read_text(encoding="utf-8")
    corrections = yaml.safe_load(text)
    return frozenset(corrections["added"]), frozenset(corrections["removed"])


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """Bank holidays of England and Wales in one year: the `holidays` package, corrected by `bank_holidays.yaml`."""
    added, removed = _corrections()
    known = frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))
    return (known | {day for day in added if day.year == year}) - removed


def is_working_day(day: date) -> bool:
    """Not a Saturday, Sunday, Christmas Day, Boxing Day, Good Friday or bank holiday (SI 2006/1738 reg 2)."""
    return day.weekday() < 5 and day not in bank_holidays(day.year)


def _working_days(day: date, step: timedelta) -> Iterator[date]:
    while True:
        day += step
        if is_working_day(day):
            yield day


def working_days_after(day: date, count: int) -> date:
    """The day that is `count` working days after `day`; `day` itself is day 0, whatever kind of day it is."""
    return day if count == 0 else next(islice(_working_days(day, DAY), count - 1, None))


def working_days_before(day: date, count: int) -> date:
    """The day that is `count` working days before `day`; `day` itself is day 0."""
    return day if count == 0 else next(islice(_working_days(day, -DAY), count - 1, None))


def weekday_before(day: date, weekday: str) -> date:
    """The last such weekday strictly before `day`: for a Wednesday sitting the Wednesday a week earlier."""
    back = (day.weekday() - WEEKDAYS.index(weekday) - 1) % 7 + 1
    return day - back * DAY


def _cut_off_day(rule: CutOff, sitting_on: date) -> date:
    days: list[date] = []
    if rule.rule != "working_days_before" and rule.weekday is not None:
        days.append(weekday_before(sitting_on, rule.weekday))
    if rule.rule != "weekday_before" and rule.working_days is not None:
        days.append(working_days_before(sitting_on, rule.working_days))
    return min(days)


def cut_off(forum: Forum, sitting_on: date) -> datetime:
    """The last instant (UTC) that is in time for a sitting. It may fall on a bank holiday: submission is electronic."""
    return london(_cut_off_day(forum.cut_off, sitting_on), forum.cut_off.time)


def is_in_time(forum: Forum, sitting_on: date, received_at: datetime) -> bool:
    """Whether something received then is in time: the cut-off itself is, a microsecond later is not."""
    return received_at <= cut_off(forum, sitting_on)


def is_sitting_day(forum: Forum, day: date) -> bool:
    """Whether the forum ordinarily sits on that day."""
    if WEEKDAYS[day.weekday()] not in forum.weekdays:
        return False
    return forum.on_bank_holiday == "held" or day not in bank_holidays(day.year)


def next_sitting(forum: Forum, received_at: datetime, *, after: date | None = None) -> date:
    """The first ordinary sitting whose cut-off still allows something received then.

    With `after`, only sittings later than that day count: the one to offer to whoever was late for `after`.
    """
    day = london_date(received_at)
    if after is not None and after >= day:
        day = after + DAY
    while not _can_take(forum, day, received_at):
        day += DAY
    return day


def _can_take(forum: Forum, day: date, received_at: datetime) -> bool:
    return is_sitting_day(forum, day) and is_in_time(forum, day, received_at) and received_at < starts_at(forum, day)


def starts_at(forum: Forum, sitting_on: date) -> datetime:
    """When a sitting on that day ordinarily begins (UTC)."""
    return london(sitting_on, forum.start)


def ends_at(forum: Forum, sitting_on: date) -> datetime:
    """When a sitting on that day ordinarily ends (UTC): its length in minutes after its start."""
    return starts_at(forum, sitting_on) + timedelta(minutes=forum.minutes)


def in_london(moment: datetime | str) -> datetime:
    """An instant, or its RFC 3339 text, as London's clocks show it."""
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return read.astimezone(LONDON)


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day: 29 February leads to 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
