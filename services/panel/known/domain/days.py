"""The days that a decision or a calendar may name."""

from collections.abc import Iterator
from datetime import date, datetime

from councils import calendar
from councils.settings import Forum
from ledger.decider import Failing


def not_ahead(pointer: str, day: date | None, at: datetime) -> Iterator[Failing]:
    """A day that is named for later lies after today in London."""
    if day is not None and day <= calendar.london_date(at):
        yield Failing(pointer, "NOT_AHEAD", "Name a day that lies ahead.")


def not_a_sitting_day(pointer: str, forum: Forum, day: date | None) -> Iterator[Failing]:
    """The forum ordinarily sits on the day that is named."""
    if day is not None and not calendar.is_sitting_day(forum, day):
        yield Failing(pointer, "NOT_A_SITTING_DAY", f"The {forum.name} does not sit on {day:%A %d %B %Y}.")


def not_a_later_sitting(pointer: str, day: date | None, after: date) -> Iterator[Failing]:
    """What is deferred returns to a later sitting than the one that defers it (D5)."""
    if day is not None and day <= after:
        sentence = "A deferred application returns to a later sitting than this one."
        yield Failing(pointer, "NOT_A_LATER_SITTING", sentence)


def next_sitting_day(forum: Forum, after: date) -> date:
    """The forum's next ordinary day."""
    day = after + calendar.DAY
    while not calendar.is_sitting_day(forum, day):
        day += calendar.DAY
    return day
