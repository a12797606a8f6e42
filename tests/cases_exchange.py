"""What computes the published examples about rates of exchange."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from ledger.book.events import Conversion, Fact, Result
from ledger.book.movements import of_fact
from ledger.settlement.rates import Fixing
from tests.settling import settled_from, terms_of

Inputs = dict[str, Any]

JANUARY = (date(2026, 1, 5), date(2026, 1, 20))
TERMS = terms_of(
    currency="USD", shares=[{"split": "acme"}], exchange={"EUR": {"rate": "on the day", "differences": "shared"}}
)


def fx(inputs: Inputs) -> dict[str, Any]:
    """Euros are booked at the rate of their day, and paid out at another: the difference is a gain on exchange."""
    booked, paid = JANUARY
    minor = inputs["amount"] * 100
    proceeds = int(minor * Fraction(inputs["paid"]))
    facts: list[Fact] = [
        Result(metric="sales", effective_on=booked, amount_minor=minor, currency="EUR", collected_by="acme"),
        Conversion(
            party="acme", effective_on=paid, amount_minor=minor, currency="EUR", proceeds_minor=proceeds, into="USD"
        ),
    ]
    moved = [movement for fact in facts for movement in of_fact(fact, "R-1", "acme")]
    rates = [Fixing("EUR", booked, Fraction(inputs["booked"]), 1, "acme/ann")]
    (settlement,) = settled_from(TERMS, moved, TERMS.first_period, rates)
    (gain,) = settlement.pool.exchange.lines
    return {
        "booked": settlement.pool.results.value / 100,
        "received": settlement.pool.pool.value / 100,
        "gain": gain.value / 100,
    }


CALCS = {"fx": fx}
