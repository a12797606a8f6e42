"""How the step `interest` is written."""

from __future__ import annotations

from ledger.terms.shares.interest import Interest, On, Overdrawn
from ledger.terms.written.fields import Clause, Names, OneOf, Rate
from ledger.values.daycounts import DayCount


class InterestSchema(Clause):
    """How interest is written: `{on: opening capital, rate: 8%, days: ACT/365F}`."""

    makes = Interest

    on = OneOf(On, required=True)
    rate = Rate(required=True)
    days = OneOf(DayCount, required=True)
    overdrawn = OneOf(Overdrawn, load_default=Overdrawn.NOTHING)
    to = Names(load_default=None)
