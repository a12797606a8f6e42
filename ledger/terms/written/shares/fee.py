"""How the step `fee` is written."""

from __future__ import annotations

from ledger.terms.shares.fee import Fee
from ledger.terms.written.fields import Amount, Clause, Price, Rate, Slug


class FeeSchema(Clause):
    """How a fee is written."""

    makes = Fee

    to = Slug(required=True)
    rate = Rate(load_default=None)
    of = Slug(load_default=None)
    amount = Price(load_default=None)
    each = Slug(load_default=None)
    at_most = Amount(data_key="at most", load_default=None)
