"""How the step `carried interest` is written."""

from __future__ import annotations

from ledger.terms.shares.carried_interest import Base, CarriedInterest, Hurdle, Mode
from ledger.terms.shares.interest import On
from ledger.terms.written.fields import Block, Clause, OneOf, Rate, Slug
from ledger.values.daycounts import DayCount


class HurdleSchema(Clause):
    """How a hurdle is written."""

    makes = Hurdle

    rate = Rate(required=True)
    on = OneOf(On, required=True)
    days = OneOf(DayCount, required=True)
    mode = OneOf(Mode, required=True)


class CarriedInterestSchema(Clause):
    """How carried interest is written."""

    makes = CarriedInterest

    to = Slug(required=True)
    rate = Rate(required=True)
    of = OneOf(Base, required=True)
    hurdle = Block(HurdleSchema, load_default=None)
