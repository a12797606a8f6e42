"""Public holidays by calendar name: what a business-day rule needs to know of a country."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays as library

ECB = "ECB"  #: the TARGET calendar of the European Central Bank


@lru_cache(maxsize=1)
def calendars() -> frozenset[str]:
    """The names of all known calendars: countries by ISO 3166 code, and ECB."""
    return frozenset({*library.list_supported_countries(include_aliases=False), ECB})


def public_holidays(calendar: str | None, first_year: int, last_year: int) -> frozenset[date]:
    """The public holidays of a calendar in the years from first to last; none where no calendar is named."""
    if calendar is None:
        return frozenset()
    years = range(first_year, last_year + 1)
    if calendar == ECB:
        return frozenset(library.financial_holidays(ECB, years=years))
    return frozenset(library.country_holidays(calendar, years=years))
