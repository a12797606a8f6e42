"""Day counts: what part of a year lies between two dates, as an exact rational.

Contracts name a convention because the calendar has none: months and years are of different lengths.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from fractions import Fraction


class DayCount(StrEnum):
    """How the days between two dates become a part of a year, in the words of the terms.

    They are those of the 2006 ISDA Definitions, section 4.16: ACT/ACT is (b), ACT/365F (d), ACT/360 (e), 30/360 (f).
    """

    ACT_365F = "ACT/365F"
    ACT_360 = "ACT/360"
    THIRTY_360 = "30/360"
    ACT_ACT = "ACT/ACT"


def year_fraction(start: date, end: date, convention: DayCount) -> Fraction:
    """The part of a year from `start` (included) to `end` (excluded), which is not before it.

    The ACT conventions count days, so that two spans that follow each other add up to the whole. 30/360 does not
    where a span ends on the last day of a month.
    """
    assert start <= end, f"{start} is after {end}"
    match convention:
        case DayCount.ACT_365F:
            return Fraction((end - start).days, 365)
        case DayCount.ACT_360:
            return Fraction((end - start).days, 360)
        case DayCount.THIRTY_360:
            return Fraction(_days_of_30(start, end), 360)
        case DayCount.ACT_ACT:
            return _of_each_year(start, end)


def _days_of_30(start: date, end: date) -> int:
    """Days as if every month had 30: ISDA's bond basis, 4.16 (f).

    There are other 30/360s. This one is what "30/360" means in the ISDA Definitions where nothing is added to it. It
    looks at the two days alone, so it needs no end-of-month rule and no maturity date, and from the first day of a
    month to the first of another it counts 30 for each month, as accountants do.
    """
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


def _of_each_year(start: date, end: date) -> Fraction:
    """ACT/ACT (ISDA): the days in leap years in 366ths, the others in 365ths."""
    if start.year == end.year:
        return Fraction((end - start).days, _days_in(start.year))
    begun = Fraction((date(start.year, 12, 31) - start).days + 1, _days_in(start.year))
    ending = Fraction((end - date(end.year, 1, 1)).days, _days_in(end.year))
    return begun + (end.year - start.year - 1) + ending


def _days_in(year: int) -> int:
    return (date(year, 12, 31) - date(year, 1, 1)).days + 1
