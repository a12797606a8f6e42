"""Time as a partnership counts it: settlement periods, due dates, and the two axes of knowledge."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import msgspec

from ledger.values.errors import Rejected


class Every(StrEnum):
    """How long a settlement period is."""

    MONTH = "month"
    WEEK = "week"
    QUARTER = "quarter"
    YEAR = "year"


class Period(msgspec.Struct, frozen=True, order=True):
    """A settlement period: a calendar month, ISO week, quarter or year.

    `first` and `last` are its days, both included; `key` is how people write it:
    `2026-10`, `2026-W41`, `2026-Q4`, `2026`. Periods of one length sort by time.
    """

    first: date
    last: date
    key: str

    def __str__(self) -> str:
        return self.key

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def year(self) -> int:
        """The year it counts to: the ISO year of a week, else the calendar year."""
        return int(self.key[:4])

    @property
    def begins_year(self) -> bool:
        """Whether it is the first of the periods that count to its year."""
        return self.key[5:] in ("", "01", "Q1", "W01")

    def next(self) -> Period:
        """The period that follows. Raises `Rejected` after the year 9999."""
        if self.last == date.max:
            raise Rejected(f"there is no period after {self.key}", "dates go up to 9999-12-31")
        return period_of(self.last + timedelta(days=1), every(self.key))


_KEY = re.compile(r"(\d{4})(?:-(?:(\d{2})|W(\d{2})|Q([1-4])))?\Z", re.ASCII)


def every(key: str) -> Every:
    """The length of the period that a key names (`2026-Q4` is a quarter)."""
    return Every.YEAR if len(key) == 4 else {"W": Every.WEEK, "Q": Every.QUARTER}.get(key[5], Every.MONTH)


@lru_cache(maxsize=4096)
def parse_period(text: str) -> Period:
    """The period that a key names. Raises `Rejected` for a key of no period."""
    match = _KEY.match(text)
    hint = "write a month 2026-10, an ISO week 2026-W41, a quarter 2026-Q4 or a year 2026"
    if match is None:
        raise Rejected(f"{text!r} is not a period", hint)
    year, month, week, quarter = (int(part) if part else None for part in match.groups())
    assert year is not None
    try:
        if month is not None:
            return period_of(date(year, month, 1), Every.MONTH)
        if week is not None:
            return period_of(date.fromisocalendar(year, week, 1), Every.WEEK)
        if quarter is not None:
            return period_of(date(year, 3 * quarter - 2, 1), Every.QUARTER)
        return period_of(date(year, 1, 1), Every.YEAR)
    except (ValueError, OverflowError):
        raise Rejected(f"{text!r} is not a period of the calendar", hint) from None


def period_of(day: date, length: Every) -> Period:
    """The period of a given length that a day belongs to."""
    if length is Every.WEEK:
        year, week, weekday = day.isocalendar()
        first = date.fromordinal(max(1, day.toordinal() - weekday + 1))
        last = date.fromordinal(min(date.max.toordinal(), first.toordinal() + 6))
        return Period(first, last, f"{year:04d}-W{week:02d}")
    months = {Every.MONTH: 1, Every.QUARTER: 3, Every.YEAR: 12}[length]
    start = (day.month - 1) // months * months + 1
    end = start + months - 1
    first = date(day.year, start, 1)
    last = date(day.year, end, calendar.monthrange(day.year, end)[1])
    key = {
        Every.MONTH: f"{day.year:04d}-{day.month:02d}",
        Every.QUARTER: f"{day.year:04d}-Q{(day.month + 2) // 3}",
        Every.YEAR: f"{day.year:04d}",
    }[length]
    return Period(first, last, key)


def periods_in_year(period: Period) -> int:
    """How many periods of this length the year of a period has: a year of ISO weeks has 52 or 53."""
    match every(period.key):
        case Every.WEEK:
            return date(period.year, 12, 28).isocalendar().week
        case Every.MONTH:
            return 12
        case Every.QUARTER:
            return 4
        case Every.YEAR:
            return 1


def periods_between(first: Period, last: Period) -> Iterator[Period]:
    """Every period from the first to the last, both included; none when the last is earlier."""
    period = first
    while period.first < last.first:
        yield period
        period = period.next()
    if period.first == last.first:
        yield period


class Perspective(msgspec.Struct, frozen=True):
    """Both axes of a question in one value: *effective on A, as known at B*.

    `as_of` is the last effective date that counts (None: no limit); `known_at` is the last `seq` of the
    book that counts (None: all that is known).
    """

    as_of: date | None = None
    known_at: int | None = None


class BusinessDays(StrEnum):
    """What happens to a due date on a weekend or holiday (ISDA's business day conventions)."""

    UNADJUSTED = "unadjusted"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified following"
    PRECEDING = "preceding"


def due_date(start: date, net_days: int, rule: BusinessDays, holidays: frozenset[date]) -> date:
    """The day `net_days` calendar days after `start`, moved to a business day by `rule`.

    A business day is neither Saturday, Sunday nor one of `holidays`. Modified following moves forward
    unless that leaves the month, then backward (ISDA 2006 Definitions, 4.12).
    """
    try:
        day = start + timedelta(days=net_days)
        match rule:
            case BusinessDays.UNADJUSTED:
                return day
            case BusinessDays.FOLLOWING:
                return _business_day(day, 1, holidays)
            case BusinessDays.PRECEDING:
                return _business_day(day, -1, holidays)
            case BusinessDays.MODIFIED_FOLLOWING:
                after = _business_day(day, 1, holidays)
                return after if after.month == day.month else _business_day(day, -1, holidays)
    except OverflowError:
        raise Rejected("the due date is beyond the calendar", "dates go up to 9999-12-31") from None


def _business_day(day: date, step: int, holidays: frozenset[date]) -> date:
    while day.weekday() >= 5 or day in holidays:
        day += timedelta(days=step)
    return day


def parse_date(text: str) -> date:
    """A day as ISO 8601 writes it, `2026-10-31`, and no other way. Raises `Rejected` for anything else."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Rejected(f"{text!r} is not a date", "write a date as year-month-day, such as 2026-10-31")
