"""Cut-offs to the second: both rules, both clock changes, the holidays of 2026 and 2027 (DOMAIN.md, B1-B3)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.calendar import cut_off, is_in_time, next_sitting
from councils.settings import WEEKDAYS, CutOff, Forum, Settings
from tests.councils.cases import COUNCILS

DAY = timedelta(days=1)

# Written out from the published list for England and Wales, so that the reference does not lean on what it checks.
_PUBLISHED = """
    2023-12-25 2023-12-26
    2024-01-01 2024-03-29 2024-04-01 2024-05-06 2024-05-27 2024-08-26 2024-12-25 2024-12-26
    2025-01-01 2025-04-18 2025-04-21 2025-05-05 2025-05-26 2025-08-25 2025-12-25 2025-12-26
    2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28
    2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28
    2028-01-03 2028-04-14 2028-04-17 2028-05-01 2028-05-29 2028-08-28 2028-12-25 2028-12-26
    2029-01-01 2029-03-30 2029-04-02 2029-05-07 2029-05-28 2029-08-27 2029-12-25 2029-12-26
    2030-01-01 2030-04-19 2030-04-22 2030-05-06 2030-05-27 2030-08-26 2030-12-25 2030-12-26
"""
HOLIDAYS = frozenset(date.fromisoformat(day) for day in _PUBLISHED.split())


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- A slow, obvious reference ------------------------------------------------------------------------------------


def last_sunday(year: int, month: int) -> date:
    day = date(year, month, 31)
    while day.weekday() != 6:
        day -= DAY
    return day


def by_hand(day: date, at: time) -> datetime:
    """London's clock as UTC: an hour less from the last Sunday of March to the last Sunday of October."""
    summer = last_sunday(day.year, 3) <= day < last_sunday(day.year, 10)
    return datetime.combine(day, at, UTC) - (timedelta(hours=1) if summer else timedelta())


def wednesday_before(day: date, weekday: str) -> date:
    day -= DAY
    while WEEKDAYS[day.weekday()] != weekday:
        day -= DAY
    return day


def working_days_earlier(day: date, count: int) -> date:
    while count:
        day -= DAY
        if day.weekday() < 5 and day not in HOLIDAYS:
            count -= 1
    return day


def reference(rule: CutOff, sitting: date) -> datetime:
    days: list[date] = []
    if rule.rule in ("weekday_before", "earliest"):
        assert rule.weekday is not None
        days.append(wednesday_before(sitting, rule.weekday))
    if rule.rule in ("working_days_before", "earliest"):
        assert rule.working_days is not None
        days.append(working_days_earlier(sitting, rule.working_days))
    return by_hand(min(days), rule.time)


FORUMS = {(slug, code): forum for slug, council in COUNCILS.items() for code, forum in council.forums.items()}


@pytest.mark.parametrize("named", FORUMS)
def test_every_packs_cut_off_is_the_references_on_every_day_from_2024_to_2030(named: tuple[str, str]) -> None:
    """B3: whatever day the forum sat on."""
    forum = FORUMS[named]
    day = date(2024, 1, 1)
    while day <= date(2030, 12, 31):
        assert cut_off(forum, day) == reference(forum.cut_off, day), day
        day += DAY


RULES = st.builds(
    CutOff,
    rule=st.sampled_from(("weekday_before", "working_days_before", "earliest")),
    time=st.times(time(3), time(23, 59, 59)).map(lambda at: at.replace(microsecond=0)),
    weekday=st.sampled_from(WEEKDAYS),
    working_days=st.integers(0, 12),
)


@settings(max_examples=300, deadline=None)
@given(rule=RULES, sitting=st.dates(date(2024, 1, 20), date(2030, 12, 31)))
def test_every_rule_is_the_references(rule: CutOff, sitting: date) -> None:
    """B3: any weekday, any number of working days, any time of day that no clock change skips."""
    forum = FORUMS["swindon", "CARE_PANEL"].model_copy(update={"cut_off": rule})
    closes = cut_off(forum, sitting)
    assert closes == reference(rule, sitting)
    assert is_in_time(forum, sitting, closes)
    assert not is_in_time(forum, sitting, closes + timedelta(microseconds=1))


@pytest.mark.parametrize("named", FORUMS)
@settings(max_examples=40, deadline=None)
@given(seconds=st.integers(0, 2500 * 24 * 60 * 60))
def test_the_next_sitting_is_the_first_one_that_a_look_at_every_day_would_find(
    named: tuple[str, str], seconds: int
) -> None:
    """B1, B2."""
    forum = FORUMS[named]
    received = datetime(2024, 1, 20, tzinfo=UTC) + timedelta(seconds=seconds)
    day = received.date() - DAY
    while not (
        WEEKDAYS[day.weekday()] in forum.weekdays
        and day not in HOLIDAYS
        and received <= reference(forum.cut_off, day)
        and received < by_hand(day, forum.start)
    ):
        day += DAY
    assert next_sitting(forum, received) == day


# --- The scenarios' own figures ------------------------------------------------------------------------------------


@pytest.fixture
def resource_panel(northborough: Settings) -> Forum:
    return northborough.forums["RESOURCE_PANEL"]


def test_northborough_closes_at_1pm_on_the_wednesday_before(resource_panel: Forum) -> None:
    """B3: Tue 13 Oct 2026 closes Wed 7 Oct 13:00 BST, 12:00:00Z."""
    sitting = date(2026, 10, 13)
    assert cut_off(resource_panel, sitting) == utc("2026-10-07T12:00:00")
    assert is_in_time(resource_panel, sitting, utc("2026-10-07T12:00:00"))
    assert not is_in_time(resource_panel, sitting, utc("2026-10-07T12:00:01"))
    assert next_sitting(resource_panel, utc("2026-10-07T12:00:01")) == date(2026, 10, 20)


@pytest.mark.parametrize(
    ("sitting", "expected"),
    [
        ("2026-03-31", "2026-03-25T13:00:00"),  # The clocks go forward on 29 March: before that 13:00 is 13:00Z,
        ("2026-04-07", "2026-04-01T12:00:00"),  # after it 12:00Z; Good Friday lies behind the Wednesday.
        ("2026-10-27", "2026-10-21T12:00:00"),  # They go back on 25 October.
        ("2026-11-03", "2026-10-28T13:00:00"),
        ("2027-03-30", "2027-03-24T13:00:00"),  # Forward on 28 March 2027.
        ("2027-04-06", "2027-03-31T12:00:00"),
        ("2027-11-02", "2027-10-27T12:00:00"),  # Back on 31 October 2027.
        ("2027-11-09", "2027-11-03T13:00:00"),
        ("2026-12-29", "2026-12-23T13:00:00"),
        ("2027-01-05", "2026-12-30T13:00:00"),
    ],
)
def test_northboroughs_cut_off_across_both_clock_changes(resource_panel: Forum, sitting: str, expected: str) -> None:
    """B3: only the weekday counts, holidays do not move it."""
    assert cut_off(resource_panel, date.fromisoformat(sitting)) == utc(expected)


@pytest.mark.parametrize(
    ("sitting", "expected"),
    [
        ("2026-01-06", "2025-12-31T17:00:00"),  # 1 January does not count: both rules say 31 December.
        ("2026-04-08", "2026-04-01T16:00:00"),  # A Wednesday after Easter: seven days, and three working days.
        ("2026-05-05", "2026-04-29T16:00:00"),
        ("2026-05-26", "2026-05-20T16:00:00"),
        ("2026-08-31", "2026-08-26T16:00:00"),
        ("2026-09-01", "2026-08-26T16:00:00"),
        ("2026-12-30", "2026-12-23T17:00:00"),
        ("2026-12-31", "2026-12-24T17:00:00"),
        ("2027-03-30", "2027-03-23T17:00:00"),  # Good Friday 26 and Easter Monday 29 March 2027 do not count.
        ("2027-03-31", "2027-03-24T17:00:00"),
        ("2027-05-04", "2027-04-28T16:00:00"),
        ("2027-06-01", "2027-05-26T16:00:00"),
        ("2027-08-31", "2027-08-25T16:00:00"),
        ("2027-12-29", "2027-12-22T17:00:00"),
        ("2027-12-30", "2027-12-23T17:00:00"),  # 27 and 28 December stand in for Christmas at a weekend.
        ("2028-01-04", "2027-12-29T17:00:00"),
    ],
)
def test_swindons_earlier_rule_around_every_holiday_of_2026_and_2027(
    care_panel: Forum, sitting: str, expected: str
) -> None:
    """B3."""
    assert cut_off(care_panel, date.fromisoformat(sitting)) == utc(expected)


def test_a_cut_off_in_the_hour_that_is_skipped_or_repeated_is_the_first_instant() -> None:
    """DOMAIN.md, "Readings settled", D: the first instant after the gap, and the first of the two."""
    night = CutOff(rule="weekday_before", weekday="sunday", time=time(1, 30))
    forum = FORUMS["swindon", "CARE_PANEL"].model_copy(update={"cut_off": night})
    assert cut_off(forum, date(2026, 3, 30)) == utc("2026-03-29T01:00:00")
    assert cut_off(forum, date(2026, 10, 26)) == utc("2026-10-25T00:30:00")
    assert cut_off(forum, date(2027, 3, 29)) == utc("2027-03-28T01:00:00")
    assert cut_off(forum, date(2027, 11, 1)) == utc("2027-10-31T00:30:00")


def test_southmoor_sits_twice_a_week_and_takes_what_is_in_time_for_the_nearer(southmoor: Settings) -> None:
    """Two working days before, 12:00: Thursday's closes on Tuesday, Monday's on Thursday."""
    forum = southmoor.forums["VIRTUAL_PANEL"]
    assert next_sitting(forum, utc("2026-10-06T11:00:00")) == date(2026, 10, 8)
    assert next_sitting(forum, utc("2026-10-06T11:00:01")) == date(2026, 10, 12)
    assert next_sitting(forum, utc("2026-10-08T11:00:01")) == date(2026, 10, 15)
