"""How the step `by capital` is written."""

from __future__ import annotations

from ledger.terms.shares.by_capital import Balance, SplitByCapital
from ledger.terms.written.fields import Clause, OneOf, Ratio
from ledger.values.daycounts import DayCount


class SplitByCapitalSchema(Clause):
    """How a split by capital is written: `{balance: average, days: 30/360, otherwise: {a: 50%, b: 50%}}`."""

    makes = SplitByCapital

    balance = OneOf(Balance, required=True)
    days = OneOf(DayCount, load_default=None)
    otherwise = Ratio(required=True)
