"""How the step `preferred return` is written."""

from __future__ import annotations

from ledger.terms.shares.preferred_return import Compound, PreferredReturn, Unpaid
from ledger.terms.written.fields import Clause, Names, OneOf, Rate
from ledger.values.daycounts import DayCount


class PreferredReturnSchema(Clause):
    """How a preferred return is written."""

    makes = PreferredReturn

    rate = Rate(required=True)
    days = OneOf(DayCount, required=True)
    compound = OneOf(Compound, required=True)
    unpaid = OneOf(Unpaid, required=True)
    to = Names(load_default=None)
