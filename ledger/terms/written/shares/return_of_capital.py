"""How the step `return of capital` is written."""

from __future__ import annotations

from ledger.terms.shares.return_of_capital import ReturnOfCapital
from ledger.terms.written.fields import Clause, Names


class ReturnOfCapitalSchema(Clause):
    """How a return of capital is written."""

    makes = ReturnOfCapital

    to = Names(load_default=None)
