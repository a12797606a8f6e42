"""Parts of a year between two dates, by the conventions that contracts name."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.values.daycounts import DayCount, year_fraction

DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1))
BY_DAYS = [DayCount.ACT_365F, DayCount.ACT_360, DayCount.ACT_ACT]


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        # ISDA's own examples of 30/360 (bond basis), as QuantLib and others test them.
        ("2007-01-15", "2007-01-30", 15),
        ("2007-01-15", "2007-02-15", 30),
        ("2007-01-15", "2007-07-15", 180),
        ("2007-09-30", "2008-03-31", 180),
        ("2007-09-30", "2007-10-31", 30),
        ("2007-09-30", "2008-09-30", 360),
        ("2007-01-15", "2007-01-31", 16),
        ("2007-01-31", "2007-02-28", 28),
        ("2007-02-28", "2007-03-31", 33),
        ("2006-08-31", "2007-02-28", 178),
        ("2007-02-28", "2007-08-31", 183),
        ("2007-02-14", "2007-02-28", 14),
        ("2007-02-26", "2008-02-29", 363),
        ("2008-02-29", "2009-02-28", 359),
        ("2008-02-29", "2008-03-30", 31),
        ("2008-02-29", "2008-03-31", 32),
        ("2007-02-28", "2007-03-05", 7),
        ("2007-10-31", "2007-11-28", 28),
        ("2007-08-31", "2008-02-29", 179),
        ("2008-02-29", "2008-08-31", 182),
        ("2008-08-31", "2009-02-28", 178),
        ("2009-02-28", "2009-08-31", 183),
    ],
)
def test_months_of_30_days(start: str, end: str, days: int) -> None:
    """30/360 is ISDA's bond basis: a 31st is a 30th, but at the end only where the beginning is one too."""
    found = year_fraction(date.fromisoformat(start), date.fromisoformat(end), DayCount.THIRTY_360)
    assert found == Fraction(days, 360)


@pytest.mark.parametrize(
    ("start", "end", "fraction", "interest"),
    [
        # ISDA's memorandum "EMU and market conventions" (1999): interest at 10% on 10,000.
        ("2003-11-01", "2004-05-01", Fraction(61, 365) + Fraction(121, 366), "497.72"),
        ("1999-02-01", "1999-07-01", Fraction(150, 365), "410.96"),
        ("1999-07-01", "2000-07-01", Fraction(184, 365) + Fraction(182, 366), "1001.38"),
        ("2002-08-15", "2003-07-15", Fraction(334, 365), "915.07"),
        ("2003-07-15", "2004-01-15", Fraction(170, 365) + Fraction(14, 366), "504.00"),
        ("1999-07-30", "2000-01-30", Fraction(155, 365) + Fraction(29, 366), "503.89"),
        ("2000-01-30", "2000-06-30", Fraction(152, 366), "415.30"),
        ("1999-11-30", "2000-04-30", Fraction(32, 365) + Fraction(120, 366), "415.54"),
        # Whole years, leap or not, are whole.
        ("2023-01-01", "2025-01-01", Fraction(2), "2000.00"),
    ],
)
def test_each_year_by_its_own_days(start: str, end: str, fraction: Fraction, interest: str) -> None:
    """ACT/ACT (ISDA) divides the days in leap years by 366, the others by 365."""
    found = year_fraction(date.fromisoformat(start), date.fromisoformat(end), DayCount.ACT_ACT)
    assert found == fraction
    assert round(found * 1000, 2) == Fraction(interest)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2003-11-01", "2004-05-01", 182),
        ("2024-01-01", "2025-01-01", 366),
        ("2026-01-01", "2027-01-01", 365),
        ("2024-02-28", "2024-03-01", 2),
        ("2026-02-28", "2026-03-01", 1),
    ],
)
def test_actual_days_over_a_year_of_one_length(start: str, end: str, days: int) -> None:
    """ACT/365F and ACT/360 divide by what their names say, in leap years too."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    assert year_fraction(first, last, DayCount.ACT_365F) == Fraction(days, 365)
    assert year_fraction(first, last, DayCount.ACT_360) == Fraction(days, 360)


@given(st.lists(DAYS, min_size=3, max_size=3).map(sorted), st.sampled_from(BY_DAYS))
def test_spans_that_follow_each_other_add_up(days: list[date], convention: DayCount) -> None:
    """Where days are counted, it does not matter at which day a span is cut in two."""
    start, middle, end = days
    parts = year_fraction(start, middle, convention) + year_fraction(middle, end, convention)
    assert parts == year_fraction(start, end, convention)


@given(DAYS, st.sampled_from(list(DayCount)))
def test_no_time_is_no_part_of_a_year(day: date, convention: DayCount) -> None:
    """From a day to itself nothing passes; with the day after, a little more than nothing (but for a 30th and 31st)."""
    assert year_fraction(day, day, convention) == 0
    following = year_fraction(day, day + timedelta(days=1), convention)
    assert following > 0 or (convention is DayCount.THIRTY_360 and day.day == 30)


@given(DAYS.filter(lambda day: (day.month, day.day) != (2, 29)), st.integers(1, 50))
def test_full_years_of_30_360_are_whole(day: date, years: int) -> None:
    """From a day to the same day of another year there are whole years."""
    assert year_fraction(day, day.replace(year=day.year + years), DayCount.THIRTY_360) == years


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 400))
def test_whole_months_of_30_360_are_twelfths(day: date, months: int) -> None:
    """From the first day of a month to the first of another each month is a twelfth."""
    start = day.replace(day=1)
    end = date(start.year + (start.month - 1 + months) // 12, (start.month - 1 + months) % 12 + 1, 1)
    assert year_fraction(start, end, DayCount.THIRTY_360) == Fraction(months, 12)


@given(DAYS, st.integers(1, 50))
def test_full_calendar_years_of_act_act_are_whole(day: date, years: int) -> None:
    """From a New Year's Day to another there are whole years, leap or not."""
    start = day.replace(month=1, day=1)
    assert year_fraction(start, start.replace(year=start.year + years), DayCount.ACT_ACT) == years
