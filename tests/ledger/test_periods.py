"""Time as a partnership counts it: whole days of the calendar, in periods that leave no gap."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.values.errors import Rejected
from ledger.values.periods import (
    BusinessDays,
    Every,
    Period,
    Perspective,
    due_date,
    every,
    parse_date,
    parse_period,
    period_of,
    periods_between,
)

LENGTHS = st.sampled_from(list(Every))
NO_HOLIDAYS: frozenset[date] = frozenset()


@pytest.mark.parametrize(
    ("key", "length", "first", "last"),
    [
        ("2026-10", Every.MONTH, date(2026, 10, 1), date(2026, 10, 31)),
        ("2026-02", Every.MONTH, date(2026, 2, 1), date(2026, 2, 28)),
        ("2024-02", Every.MONTH, date(2024, 2, 1), date(2024, 2, 29)),
        ("1900-02", Every.MONTH, date(1900, 2, 1), date(1900, 2, 28)),
        ("2000-02", Every.MONTH, date(2000, 2, 1), date(2000, 2, 29)),
        ("2026-Q1", Every.QUARTER, date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", Every.QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        ("2026", Every.YEAR, date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-W41", Every.WEEK, date(2026, 10, 5), date(2026, 10, 11)),
        # ISO weeks belong to the year of their Thursday.
        ("2026-W01", Every.WEEK, date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-W53", Every.WEEK, date(2026, 12, 28), date(2027, 1, 3)),
        ("2027-W01", Every.WEEK, date(2027, 1, 4), date(2027, 1, 10)),
        ("2020-W53", Every.WEEK, date(2020, 12, 28), date(2021, 1, 3)),
        # The ends of the calendar; the last week is cut short by it.
        ("0001-01", Every.MONTH, date(1, 1, 1), date(1, 1, 31)),
        ("0001-W01", Every.WEEK, date(1, 1, 1), date(1, 1, 7)),
        ("9999-12", Every.MONTH, date(9999, 12, 1), date(9999, 12, 31)),
        ("9999-Q4", Every.QUARTER, date(9999, 10, 1), date(9999, 12, 31)),
        ("9999-W52", Every.WEEK, date(9999, 12, 27), date(9999, 12, 31)),
        ("9999", Every.YEAR, date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_a_key_names_the_days_of_a_period(key: str, length: Every, first: date, last: date) -> None:
    """A key such as `2026-10` names its first and last day, and says how long the period is."""
    period = parse_period(key)
    assert period == Period(first, last, key)
    assert str(period) == key
    assert every(key) is length
    assert period_of(first, length) == period_of(last, length) == period


@pytest.mark.parametrize(
    "key",
    ["", "26", "226", "20260", "2026-", "2026-1", "2026-00", "2026-13", "2026-100", "2026-W00", "2026-W54", "2025-W53",
     "9999-W53", "2026-W1", "2026W41", "2026-w41", "2026-Q0", "2026-Q5", "2026-q4", "2026Q4", "2026-Q04", "2026-10-01",
     "2026/10", "10-2026", "Oct 2026", "0000", "0000-01", "0000-W01", "-2026", "+2026", " 2026", "2026 ", "2026\n",
     "２０２６", "2026-１０", "NaN"],
)  # fmt: skip
def test_what_names_no_period_is_rejected(key: str) -> None:
    """Other spellings, and periods that the calendar does not have, are rejected with the four good forms."""
    with pytest.raises(Rejected, match="is not a period") as caught:
        parse_period(key)
    assert caught.value.hint == "write a month 2026-10, an ISO week 2026-W41, a quarter 2026-Q4 or a year 2026"


@pytest.mark.parametrize(("key", "year"), [("2026-10", 2026), ("2026-W01", 2026), ("2020-W53", 2020), ("2026", 2026)])
def test_a_period_counts_to_one_year(key: str, year: int) -> None:
    """A week counts to its ISO year, even where most of its days are in another."""
    assert parse_period(key).year == year


@given(st.dates(), LENGTHS)
def test_every_day_belongs_to_one_period(day: date, length: Every) -> None:
    """Each day is in exactly one period of a length, and the period reads back from its key."""
    period = period_of(day, length)
    assert day in period
    assert parse_period(period.key) == period
    assert every(period.key) is length


@given(st.dates(max_value=date(9997, 1, 1)), LENGTHS)
def test_periods_follow_each_other_without_a_gap(day: date, length: Every) -> None:
    """The next period begins the day after the last day of this one, and sorts after it."""
    period = period_of(day, length)
    following = period.next()
    assert following.first == period.last + timedelta(days=1)
    assert following > period
    assert period.last not in following


@pytest.mark.parametrize("key", ["9999-12", "9999-W52", "9999-Q4", "9999"])
def test_nothing_follows_the_end_of_the_calendar(key: str) -> None:
    """After the year 9999 there is no period, and that is said plainly."""
    with pytest.raises(Rejected, match=f"no period after {key}"):
        parse_period(key).next()


@pytest.mark.parametrize(
    ("first", "last", "keys"),
    [
        ("2025-11", "2026-02", ["2025-11", "2025-12", "2026-01", "2026-02"]),
        ("2026-W52", "2027-W01", ["2026-W52", "2026-W53", "2027-W01"]),
        ("2026", "2026", ["2026"]),
        ("2026-Q2", "2026-Q1", []),
        ("9999-11", "9999-12", ["9999-11", "9999-12"]),
    ],
)
def test_a_span_has_both_its_ends(first: str, last: str, keys: list[str]) -> None:
    """From one period to another, both are included; backwards there are none."""
    assert [period.key for period in periods_between(parse_period(first), parse_period(last))] == keys


def test_a_year_has_whole_months_quarters_and_days() -> None:
    """Months and quarters add up to the year, in leap years too: no hour is lost or doubled by summer time."""
    for year, days in ((2023, 365), (2024, 366), (2100, 365), (2400, 366)):
        for first, last in ((f"{year}-01", f"{year}-12"), (f"{year}-Q1", f"{year}-Q4")):
            periods = list(periods_between(parse_period(first), parse_period(last)))
            assert sum((period.last - period.first).days + 1 for period in periods) == days


def test_a_perspective_without_limits_is_all_that_is_known() -> None:
    """By default a question is asked as of no date in particular, with all that is known now."""
    assert Perspective() == Perspective(as_of=None, known_at=None)
    assert Perspective(date(2026, 10, 31), 17) != Perspective(date(2026, 10, 31), 18)


HOLIDAYS = frozenset({date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)})


@pytest.mark.parametrize(
    ("start", "net_days", "rule", "due"),
    [
        # 2026-10-31 + 30 days is Monday, 30 November: no rule moves it.
        (date(2026, 10, 31), 30, BusinessDays.UNADJUSTED, date(2026, 11, 30)),
        (date(2026, 10, 31), 30, BusinessDays.FOLLOWING, date(2026, 11, 30)),
        # 31 October 2026 is a Saturday, and the end of the month.
        (date(2026, 10, 31), 0, BusinessDays.UNADJUSTED, date(2026, 10, 31)),
        (date(2026, 10, 31), 0, BusinessDays.FOLLOWING, date(2026, 11, 2)),
        (date(2026, 10, 31), 0, BusinessDays.MODIFIED_FOLLOWING, date(2026, 10, 30)),
        (date(2026, 10, 31), 0, BusinessDays.PRECEDING, date(2026, 10, 30)),
        # Christmas Day 2026 is a Friday; with the weekend, Monday the 28th is the next business day.
        (date(2026, 11, 25), 30, BusinessDays.FOLLOWING, date(2026, 12, 28)),
        (date(2026, 11, 25), 30, BusinessDays.PRECEDING, date(2026, 12, 24)),
        (date(2026, 11, 25), 30, BusinessDays.MODIFIED_FOLLOWING, date(2026, 12, 28)),
        # A leap day, and the day that is not there in other years.
        (date(2024, 1, 30), 30, BusinessDays.FOLLOWING, date(2024, 2, 29)),
        (date(2023, 1, 30), 30, BusinessDays.FOLLOWING, date(2023, 3, 1)),
        # New Year's Day 2027 is a Friday.
        (date(2026, 12, 2), 30, BusinessDays.FOLLOWING, date(2027, 1, 4)),
        (date(2026, 12, 2), 30, BusinessDays.MODIFIED_FOLLOWING, date(2027, 1, 4)),
        (date(2026, 12, 2), 30, BusinessDays.PRECEDING, date(2026, 12, 31)),
    ],
)
def test_a_due_date_moves_to_a_business_day(start: date, net_days: int, rule: BusinessDays, due: date) -> None:
    """Net days are calendar days; what falls on a weekend or holiday moves as the terms say (ISDA 2006, 4.12)."""
    assert due_date(start, net_days, rule, HOLIDAYS) == due


@pytest.mark.parametrize("rule", list(BusinessDays))
def test_a_due_date_beyond_the_calendar_is_rejected(rule: BusinessDays) -> None:
    """A due date after the year 9999 is rejected, not wrapped or cut."""
    with pytest.raises(Rejected, match="beyond the calendar"):
        due_date(date(9999, 12, 31), 1, rule, NO_HOLIDAYS)


def test_no_business_day_before_the_end_of_the_calendar_is_rejected() -> None:
    """Where every day up to the end of the calendar is a holiday, there is no due date."""
    with pytest.raises(Rejected, match="beyond the calendar"):
        due_date(date(9999, 12, 31), 0, BusinessDays.FOLLOWING, frozenset({date(9999, 12, 31)}))


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 400), st.sampled_from(list(BusinessDays)))
def test_a_due_date_is_near_and_a_business_day(start: date, net_days: int, rule: BusinessDays) -> None:
    """Without holidays a due date is never moved by more than two days, and to a weekday unless unadjusted."""
    due = due_date(start, net_days, rule, NO_HOLIDAYS)
    nominal = start + timedelta(days=net_days)
    assert abs((due - nominal).days) <= 2
    assert rule is BusinessDays.UNADJUSTED or due.weekday() < 5
    assert rule is not BusinessDays.MODIFIED_FOLLOWING or due.month == nominal.month


@given(st.dates())
def test_a_date_comes_back_as_it_was_written(day: date) -> None:
    """Every day of the calendar reads back from what was written."""
    assert parse_date(day.isoformat()) == day


@pytest.mark.parametrize(
    "text",
    ["", "2026-1-1", "2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01",
     "20260101", "2026-W41-1", "2026-001", "2026-10-31T00:00", "2026-10-31T00:00:00Z", "2026/10/31", "31.10.2026",
     "10/31/2026", "2026-10-31 ", " 2026-10-31", "2026-10-31\n", "10000-01-01", "-2026-10-31", "today",
     "２０２６-10-31", "2026–10–31"],
)  # fmt: skip
def test_what_is_no_date_is_rejected(text: str) -> None:
    """A date has one spelling; times, other orders, and days that the calendar does not have are rejected."""
    with pytest.raises(Rejected, match="is not a date"):
        parse_date(text)


def test_a_leap_day_is_a_date() -> None:
    """29 February is a day of its own in leap years."""
    assert parse_date("2024-02-29") == date(2024, 2, 29)
