"""How the clause `periods` is written."""

from __future__ import annotations

from typing import Any

from marshmallow import post_load

from ledger.terms.periods import Periods
from ledger.terms.written.fields import Amount, Clause, Day, OneOf, Word
from ledger.values.errors import Rejected
from ledger.values.periods import BusinessDays, Every


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
