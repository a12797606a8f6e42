"""How the step `each deal` is written."""

from __future__ import annotations

from ledger.terms.shares.each_deal import EachDeal
from ledger.terms.written.fields import Block, Clause, Names
from ledger.terms.written.shares.clawback import ClawbackSchema
from ledger.terms.written.shares.step_list import Steps


class EachDealSchema(Clause):
    """How sharing deal by deal is written."""

    makes = EachDeal

    deals_ = Names(data_key="deals", required=True)
    shares = Steps(required=True)
    clawback = Block(ClawbackSchema, load_default=None)
