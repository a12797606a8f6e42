"""Settlement periods and payment terms: from when, how long each is, and when what it yields is paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from ledger.terms.problems import Found, Problem
from ledger.values.money import Currency, format_money
from ledger.values.periods import BusinessDays, Every


class Periods(msgspec.Struct, frozen=True):
    """Settlement periods and payment terms.

    `first_day` is the first day of the agreement. Payouts are due `net_days` after they are proposed from a
    closed period's last day, moved by `business_days` on the calendar of a country (ISO 3166) or `ECB`;
    balances below `minimum_payout` (minor units) are carried.
    """

    every: Every
    first_day: date
    net_days: int = 30
    business_days: BusinessDays = BusinessDays.UNADJUSTED
    calendar: str | None = None
    minimum_payout: int = 0


def problems(periods: Periods) -> Iterator[Found]:
    """Business days of no calendar."""
    if periods.business_days is not BusinessDays.UNADJUSTED and periods.calendar is None:
        yield ("periods", "business days"), Problem("needs a calendar", "add `calendar: ES`")


def reading(periods: Periods, unit: Currency) -> str:
    """Periods and payment terms as a sentence."""
    parts = [f"The agreement begins on {periods.first_day} and is settled every {periods.every}"]
    parts.append(f"payouts are due {periods.net_days} days after the period ends")
    if periods.calendar:
        parts.append(f"on business days of {periods.calendar} ({periods.business_days})")
    if periods.minimum_payout:
        parts.append(f"less than {format_money(periods.minimum_payout, unit)} is not paid but carried")
    return "; ".join(parts) + "."
