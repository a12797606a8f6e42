"""How the step `clawback` is written."""

from __future__ import annotations

from ledger.terms.shares.clawback import Clawback, When
from ledger.terms.written.fields import Clause, OneOf, Rate, Ratio, Slug


class ClawbackSchema(Clause):
    """How a clawback is written."""

    makes = Clawback

    giver = Slug(data_key="from", required=True)
    to = Ratio(required=True)
    keeps = Rate(required=True)
    when = OneOf(When, required=True)
