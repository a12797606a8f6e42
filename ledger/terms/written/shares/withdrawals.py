"""How the step `withdrawals` is written."""

from __future__ import annotations

from ledger.terms.shares.withdrawals import Reckoned, WithdrawalInterest
from ledger.terms.written.fields import Clause, OneOf, Rate


class WithdrawalInterestSchema(Clause):
    """How interest on withdrawals is written: `{rate: 6%, days: ACT/365F}`."""

    makes = WithdrawalInterest

    rate = Rate(required=True)
    days = OneOf(Reckoned, required=True)
