"""Cut-offs, sittings and working days to the second (DOMAIN.md, B1-B3, F1, F3, F4)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from councils import calendar
from councils.calendar import (
    cut_off,
    ends_at,
    in_london,
    is_in_time,
    is_sitting_day,
    is_working_day,
    london,
    london_date,
    months_after,
    next_sitting,
    starts_at,
    weekday_before,
    working_days_after,
    working_days_before,
)
from councils.settings import CutOff, Forum

MICROSECOND = timedelta(microseconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_by_5pm_includes_5pm_and_nothing_after_it(care_panel: Forum) -> None:
    """B1."""
    sitting = date(2026, 10, 13)
    assert cut_off(care_panel, sitting) == utc("2026-10-07T16:00:00")
    assert is_in_time(care_panel, sitting, utc("2026-10-07T15:59:59"))
    assert is_in_time(care_panel, sitting, utc("2026-10-07T16:00:00"))
    assert not is_in_time(care_panel, sitting, utc("2026-10-07T16:00:00") + MICROSECOND)
    assert not is_in_time(care_panel, sitting, utc("2026-10-07T16:00:01"))


def test_whoever_is_late_for_13_october_is_offered_20_october(care_panel: Forum) -> None:
    """B1, B2."""
    late = utc("2026-10-07T16:00:01")
    assert next_sitting(care_panel, late, after=date(2026, 10, 13)) == date(2026, 10, 20)
    assert next_sitting(care_panel, late) == date(2026, 10, 20)
    assert next_sitting(care_panel, utc("2026-10-07T16:00:00")) == date(2026, 10, 13)


@pytest.mark.parametrize(
    ("sitting", "expected"),
    [
        ("2026-11-02", "2026-10-28T17:00:00"),  # The clocks have gone back: 17:00 is 17:00Z.
        ("2026-10-26", "2026-10-21T16:00:00"),  # They have not yet.
        ("2026-10-12", "2026-10-07T16:00:00"),
        ("2026-10-13", "2026-10-07T16:00:00"),
        ("2026-10-15", "2026-10-12T16:00:00"),
        ("2026-10-16", "2026-10-13T16:00:00"),
        ("2026-04-07", "2026-03-31T16:00:00"),  # Good Friday and Easter Monday do not count.
        ("2026-12-29", "2026-12-22T17:00:00"),  # Nor do 25 and 28 December.
        ("2027-01-04", "2026-12-29T17:00:00"),  # Nor does 1 January.
    ],
)
def test_swindon_takes_the_earlier_of_its_two_cut_offs(care_panel: Forum, sitting: str, expected: str) -> None:
    """B2, B3."""
    assert cut_off(care_panel, date.fromisoformat(sitting)) == utc(expected)


def test_a_single_rule_leaves_the_other_aside(care_panel: Forum) -> None:
    wednesday = CutOff(rule="weekday_before", weekday="wednesday", time=time(13))
    forum = care_panel.model_copy(update={"cut_off": wednesday})
    assert cut_off(forum, date(2026, 10, 13)) == utc("2026-10-07T12:00:00")
    assert cut_off(forum, date(2026, 10, 15)) == utc("2026-10-14T12:00:00")
    days = CutOff(rule="working_days_before", working_days=3, time=time(17))
    forum = care_panel.model_copy(update={"cut_off": days})
    assert cut_off(forum, date(2026, 10, 13)) == utc("2026-10-08T16:00:00")


@pytest.mark.parametrize("rule", ["weekday_before", "working_days_before", "earliest"])
def test_a_cut_off_that_does_not_say_what_its_rule_needs_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="the cut-off's rule needs"):
        CutOff.model_validate({"rule": rule, "time": "17:00"})


def test_the_wednesday_before_a_wednesday_is_seven_days_earlier() -> None:
    assert weekday_before(date(2026, 10, 14), "wednesday") == date(2026, 10, 7)
    assert weekday_before(date(2026, 10, 15), "wednesday") == date(2026, 10, 14)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-10-13", 10, "2026-10-27"),
        ("2026-10-13", 20, "2026-11-10"),
        ("2026-12-18", 10, "2027-01-06"),
        ("2026-12-18", 20, "2027-01-20"),
        ("2026-10-12", 25, "2026-11-16"),
        ("2026-10-12", 65, "2027-01-14"),
        ("2026-10-12", 30, "2026-11-23"),
        ("2026-11-23", 5, "2026-11-30"),
        ("2026-11-30", 15, "2026-12-21"),
        ("2026-10-17", 1, "2026-10-19"),  # A Saturday is day 0 all the same.
        ("2026-10-17", 0, "2026-10-17"),
    ],
)
def test_working_days_of_complaints(start: str, days: int, expected: str) -> None:
    assert working_days_after(date.fromisoformat(start), days) == date.fromisoformat(expected)


@settings(max_examples=60)
@given(day=st.dates(date(2024, 1, 1), date(2031, 12, 31)), count=st.integers(1, 70))
def test_counting_forward_and_back_between_working_days_agrees(day: date, count: int) -> None:
    there = working_days_after(day, count)
    assert is_working_day(there)
    passed = sum(is_working_day(day + timedelta(days=n)) for n in range(1, (there - day).days + 1))
    assert passed == count
    if is_working_day(day):
        assert working_days_before(there, count) == day


def test_the_corrections_file_adds_and_removes_bank_holidays(monkeypatch: pytest.MonkeyPatch) -> None:
    extra, gone = date(2026, 10, 9), date(2026, 12, 28)
    assert is_working_day(extra)
    assert not is_working_day(gone)
    monkeypatch.setattr(calendar, "_corrections", lambda: (frozenset({extra}), frozenset({gone})))
    calendar.bank_holidays.cache_clear()
    try:
        assert not is_working_day(extra)
        assert is_working_day(gone)
    finally:
        calendar.bank_holidays.cache_clear()


def test_a_sitting_that_falls_on_a_bank_holiday_is_not_held_unless_the_council_says_so(care_panel: Forum) -> None:
    monday = care_panel.model_copy(update={"weekdays": ("monday",)})
    assert not is_sitting_day(monday, date(2026, 8, 31))
    assert is_sitting_day(monday.model_copy(update={"on_bank_holiday": "held"}), date(2026, 8, 31))
    assert next_sitting(monday, utc("2026-08-24T00:00:00")) == date(2026, 9, 7)


def test_a_sitting_that_has_begun_takes_nothing_more(care_panel: Forum) -> None:
    same_day = CutOff(rule="working_days_before", working_days=0, time=time(17))
    forum = care_panel.model_copy(update={"cut_off": same_day})
    assert next_sitting(forum, starts_at(forum, date(2026, 10, 13)) - MICROSECOND) == date(2026, 10, 13)
    assert next_sitting(forum, starts_at(forum, date(2026, 10, 13))) == date(2026, 10, 20)


@settings(max_examples=60)
@given(minutes=st.integers(0, 4 * 365 * 24 * 60))
def test_the_next_sitting_is_in_time_and_the_one_before_it_is_not(care_panel_forum: Forum, minutes: int) -> None:
    received = utc("2026-01-01T00:00:00") + timedelta(minutes=minutes)
    sitting = next_sitting(care_panel_forum, received)
    assert is_in_time(care_panel_forum, sitting, received)
    earlier = sitting - timedelta(days=7)
    missed = not is_in_time(care_panel_forum, earlier, received)
    assert missed or not is_sitting_day(care_panel_forum, earlier)


def test_a_time_that_no_clock_shows_is_the_first_instant_after_the_gap() -> None:
    assert london(date(2027, 3, 28), time(1, 30)) == utc("2027-03-28T01:00:00")
    assert london(date(2027, 3, 28), time(2, 0)) == utc("2027-03-28T01:00:00")
    assert london(date(2027, 3, 28), time(0, 59, 59)) == utc("2027-03-28T00:59:59")


def test_a_time_that_is_shown_twice_is_the_first_of_the_two() -> None:
    assert london(date(2026, 10, 25), time(1, 30)) == utc("2026-10-25T00:30:00")


def test_the_day_of_an_instant_is_londons() -> None:
    assert london_date(utc("2026-10-14T22:59:59")) == date(2026, 10, 14)
    assert london_date(utc("2026-10-14T23:00:00")) == date(2026, 10, 15)


def test_an_instant_is_shown_as_londons_clocks_show_it() -> None:
    shown = in_london("2026-10-13T09:00:00Z")
    assert (shown.hour, shown.date()) == (10, date(2026, 10, 13))
    assert in_london(utc("2026-11-02T10:00:00")).hour == 10
    assert in_london("2026-10-13T09:00:00.000001+00:00") == utc("2026-10-13T09:00:00.000001")


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-12-24", 6, "2027-06-24"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-11-30", 1, "2026-12-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-10-13", 0, "2026-10-13"),
        ("2026-03-31", -1, "2026-02-28"),
    ],
)
def test_months_end_on_the_same_day_or_on_the_months_last(start: str, months: int, expected: str) -> None:
    assert months_after(date.fromisoformat(start), months) == date.fromisoformat(expected)


def test_a_sitting_is_as_long_as_its_council_says(care_panel: Forum) -> None:
    assert starts_at(care_panel, date(2026, 10, 13)) == utc("2026-10-13T09:00:00")
    assert ends_at(care_panel, date(2026, 10, 13)) == utc("2026-10-13T12:00:00")
    assert starts_at(care_panel, date(2026, 10, 27)) == utc("2026-10-27T10:00:00")
