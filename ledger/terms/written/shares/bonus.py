"""How the step `bonus` is written."""

from __future__ import annotations

from ledger.terms.shares.bonus import Bonus, Reckoned
from ledger.terms.written.fields import Amount, Clause, OneOf, Rate, Slug


class BonusSchema(Clause):
    """How a bonus is written: `{to: dee, rate: 10%, of: remaining, reckoned: after itself}`."""

    makes = Bonus

    to = Slug(required=True)
    rate = Rate(required=True)
    of = Slug(required=True)
    reckoned = OneOf(Reckoned, required=True)
    at_most = Amount(data_key="at most", load_default=None)
