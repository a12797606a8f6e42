"""How the step `salary` is written."""

from __future__ import annotations

from ledger.terms.shares.salary import Per, Salary
from ledger.terms.written.fields import Amount, Clause, OneOf, PerName


class SalarySchema(Clause):
    """How salaries are written: `{amounts: {dee: "15000.00"}, per: year}`."""

    makes = Salary

    amounts = PerName(Amount(), required=True)
    per = OneOf(Per, required=True)
