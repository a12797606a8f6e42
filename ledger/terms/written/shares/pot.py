"""How the step `pot` is written."""

from __future__ import annotations

from ledger.terms.shares.pot import Pot
from ledger.terms.written.fields import Clause, Rate, Slug
from ledger.terms.written.shares.step_list import Steps


class PotSchema(Clause):
    """How a pot is written."""

    makes = Pot

    rate = Rate(required=True)
    of = Slug(required=True)
    shares = Steps(required=True)
