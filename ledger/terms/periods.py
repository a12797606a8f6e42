"""Settlement periods and payment terms: from when, how long each is, and when what it yields is paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
from marshmallow import post_load

from ledger.terms.fields import Amount, Clause, Day, Found, OneOf, Problem, Word
from ledger.values.errors import Rejected
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


class _Net(Word):
    """`net 30`: so many days."""

    def parse(self, text: str) -> int:
        word, _, days = text.partition(" ")
        if word != "net" or not days.isascii() or not days.isdigit() or len(days) > 3:
            raise Rejected(f"{text!r} does not say when payouts are due", "write `net 30` for 30 days")
        return int(days)

    def write(self, value: int) -> str:
        return f"net {value}"


class _Calendar(Word):
    """A holiday calendar by country, such as `ES`, or `ECB`."""

    def parse(self, text: str) -> str:
        from ledger.values.calendars import calendars  # noqa: PLC0415  (the library is large, and few terms need it)

        if text not in calendars():
            raise Rejected(f"{text!r} is not a known calendar", "use a country such as ES or US, or ECB")
        return text


class PeriodsSchema(Clause):
    """How periods and payment terms are written."""

    every = OneOf(Every, required=True)
    first_day = Day(data_key="from", required=True)
    net_days = _Net(data_key="due", load_default=30)
    business_days = OneOf(BusinessDays, data_key="business days", load_default=None)
    calendar = _Calendar(load_default=None)
    minimum_payout = Amount(data_key="minimum payout", load_default=0)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Periods:
        if data["business_days"] is None:
            data["business_days"] = BusinessDays.FOLLOWING if data["calendar"] else BusinessDays.UNADJUSTED
        return Periods(**data)


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
