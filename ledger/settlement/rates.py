"""Which recorded rate foreign money counts with, and what is missing.

A rate counts for its day and the seven days after it, for markets are closed at weekends and on holidays. Where no
rate is near enough, the newest one before serves for a draft, and the close is refused until one is recorded.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction

import msgspec

from ledger.book.events import RateFixed
from ledger.terms.exchange import CLAUSE, UNNAMED, Exchange, RateRule
from ledger.values.errors import Refused
from ledger.values.figures import RATE, Figure, Op, add, derive, fixed, multiply, term
from ledger.values.money import Currency, currency
from ledger.values.periods import Period

#: How many days a rate may be older than the day that it is used for.
MOST_DAYS = 7


class Fixing(msgspec.Struct, frozen=True):
    """A recorded rate: units of the agreement's currency for one of `currency` on a day, and what event fixed it."""

    currency: str
    day: date
    rate: Fraction
    seq: int
    actor: str
    reason: str = ""


Fixings = Mapping[str, tuple[Fixing, ...]]
"""The rates of each currency in the order of their days, one a day."""


def fixing_of(seq: int, event: RateFixed) -> Fixing:
    """The rate that an event fixed."""
    day, rate = event.effective_on, Fraction(event.rate)
    return Fixing(event.currency, day, rate, seq, event.actor, event.reason or "")


def fixings(found: Iterable[Fixing], codes: Iterable[str], starts_on: date) -> dict[str, tuple[Fixing, ...]]:
    """The rates that settlement may need of some currencies: of each day the one that was recorded last."""
    wanted, since = set(codes), starts_on - timedelta(days=MOST_DAYS)
    last: dict[tuple[str, date], Fixing] = {}
    for each in sorted(found, key=lambda fixing: fixing.seq):
        if each.currency in wanted and each.day >= since:
            last[each.currency, each.day] = each
    by_currency: dict[str, list[Fixing]] = {}
    for key in sorted(last):
        by_currency.setdefault(key[0], []).append(last[key])
    return {code: tuple(listed) for code, listed in by_currency.items()}


def until(found: Fixings, day: date) -> dict[str, tuple[Fixing, ...]]:
    """The rates up to a day."""
    return {code: listed[: bisect_right(listed, day, key=lambda each: each.day)] for code, listed in found.items()}


class Missing(msgspec.Struct, frozen=True):
    """A rate that has to be recorded before a period can be closed: of a day, or of any day of a period."""

    currency: str
    day: date
    period: str

    def __str__(self) -> str:
        return f"no rate of {self.currency} is recorded {self.when}"

    @property
    def when(self) -> str:
        """For which day or period."""
        return f"in {self.period}" if self.period else f"for {self.day} or the {MOST_DAYS} days before"

    def hint(self, agreement: str) -> str:
        """How it is recorded."""
        return f"pactbook rate record {agreement} {self.currency} RATE --on {self.day}"


class Rates(msgspec.Struct):
    """The rates of one period as figures, each made once; what was used of what is recorded, and what is missing."""

    agreement: str
    period: Period
    own: Currency
    exchange: Mapping[str, Exchange]
    fixings: Fixings
    used: dict[tuple[str, date], Fixing] = msgspec.field(default_factory=dict)
    missing: dict[tuple[str, date], Missing] = msgspec.field(default_factory=dict)
    _made: dict[str, Figure] = msgspec.field(default_factory=dict)

    def of(self, code: str, day: date) -> Figure:
        """The rate that an entry of a day counts with, by the rule of the terms."""
        match self.exchange.get(code, UNNAMED).rate:
            case RateRule.ON_THE_DAY:
                return self._newest(code, day)
            case RateRule.PERIOD_END:
                return self._newest(code, self.period.last)
            case RateRule.PERIOD_AVERAGE:
                return self._average(code)

    def revalue(self, code: str, amount: Figure, label: str, name: str) -> Figure:
        """What an amount is worth on the last day of the period; nothing is worth nothing, at any rate."""
        if not amount.value:
            return term(0, self.own.code, label, f"{CLAUSE}.{code}", name)
        return self.convert(code, amount, self._newest(code, self.period.last), label, name)

    def convert(self, code: str, amount: Figure, rate: Figure, label: str, name: str) -> Figure:
        """An amount at a rate, in whole minor units of the agreement's currency, half away from zero."""
        clause, foreign = f"{CLAUSE}.{code}", currency(code)
        parts = [amount, rate]
        if foreign.digits != self.own.digits:
            scale = Fraction(self.own.scale, foreign.scale)
            parts.append(term(scale, RATE, f"minor units of {self.own.code} for one of {code}", clause))
        exact = multiply(parts, f"{amount.label}, in {self.own.code}", clause, unit=self.own.code)
        return derive(Op.ROUND, (exact,), label, clause, name)

    # --- which one ------------------------------------------------------------------------------------------

    def _newest(self, code: str, day: date) -> Figure:
        """The newest rate on a day or before; too old a one is missing, and serves as long as nothing is closed."""
        listed = self.fixings.get(code, ())
        place = bisect_right(listed, day, key=lambda each: each.day)
        missing = Missing(code, day, "")
        if not place:
            raise Refused(str(missing), missing.hint(self.agreement))
        found = listed[place - 1]
        if (day - found.day).days > MOST_DAYS:
            self.missing[code, day] = missing
        return self._figure(found)

    def _average(self, code: str) -> Figure:
        """The exact mean of the rates that are recorded of the days of the period."""
        name = f"inputs/rate.{code}.average"
        if name in self._made:
            return self._made[name]
        listed = self.fixings.get(code, ())
        first = bisect_left(listed, self.period.first, key=lambda each: each.day)
        days = listed[first : bisect_right(listed, self.period.last, key=lambda each: each.day)]
        if not days:
            self.missing[code, self.period.last] = missing = Missing(code, self.period.last, self.period.key)
            if not first:
                raise Refused(str(missing), missing.hint(self.agreement))
            return self._figure(listed[first - 1])
        clause = f"{CLAUSE}.{code}.rate"
        total = add([self._figure(each) for each in days], f"rates of {code} in {self.period}", clause)
        count = term(len(days), RATE, "how many", clause)
        label = f"mean of the rates of {code} in {self.period}"
        self._made[name] = derive(Op.QUOTIENT, (total, count), label, clause, name)
        return self._made[name]

    def _figure(self, found: Fixing) -> Figure:
        self.used[found.currency, found.day] = found
        code, name = found.currency, f"inputs/rate.{found.currency}.{found.day}"
        if name not in self._made:
            label = f"rate of {code} on {found.day} (event {found.seq})"
            unit, event = f"{self.own.code} per {code}", f"{self.agreement}/rate/{code}@{found.seq}"
            self._made[name] = fixed(found.rate, unit, label, f"{CLAUSE}.{code}.rate", event, name)
        return self._made[name]
