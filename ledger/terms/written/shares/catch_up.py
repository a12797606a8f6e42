"""How the step `catch up` is written."""

from __future__ import annotations

from ledger.terms.shares.catch_up import CatchUp
from ledger.terms.written.fields import Clause, Rate, Ratio, Slug


class CatchUpSchema(Clause):
    """How a catch-up is written."""

    makes = CatchUp

    to = Slug(required=True)
    rate = Rate(required=True)
    until = Rate(required=True)
    rest = Ratio(load_default=None)
