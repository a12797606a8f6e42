"""After an agreement has ended, nothing accrues; what was left of it is still shared as what remains is."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from ledger.settlement.settle import Settlement, fold
from tests.settling import knowledge, terms_of

CLAUSES: dict[str, Any] = {
    "shares": [{"fee": {"to": "jot", "amount": "100.00"}}, {"split": {"acme": "60%", "jot": "40%"}}],
    "short": "in full",
    "guarantee": {"kim": {"at least": "50.00", "borne by": "acme"}},
    "cap": {"jot": {"at most": "110.00", "excess to": "acme"}},
    "pool": {"results": ["sales"], "less liabilities": ["returns"]},
}


def ended(*months: dict[str, Any]) -> tuple[Settlement, ...]:
    """The settlements of some months of an agreement whose last day is the 15th of January."""
    known = replace(knowledge(terms_of(**CLAUSES), months), ended_on=date(2026, 1, 15))
    last = known.first_period
    for _ in months[1:]:
        last = last.next()
    return fold(known, last)


def shares(settled: Settlement) -> dict[str, Fraction]:
    """Each party's share in major units."""
    return {party: figure.value / 100 for party, figure in settled.shares.items() if figure.value}


def test_the_period_of_the_end_is_settled_as_the_terms_say() -> None:
    """Fee, guarantee and cap hold to the period in which the agreement ends."""
    (january,) = ended({"results": {"sales": "200.00"}})
    assert shares(january) == {"acme": 40, "jot": 110, "kim": 50}


def test_no_fee_or_guarantee_accrues_after_the_end() -> None:
    """A month without facts after the end moves nothing between the parties."""
    _, february, march = ended({"results": {"sales": "200.00"}}, {}, {})
    assert shares(february) == shares(march) == {}


def test_what_comes_of_a_liability_after_the_end_is_shared_as_what_remains_is() -> None:
    """A provision that turns out not to be owed goes to whom the last step gives what remains."""
    _, february = ended(
        {"results": {"sales": "200.00"}, "liabilities": {"returns": "50.00"}}, {"released": {"returns": "30.00"}}
    )
    assert shares(february) == {"acme": 18, "jot": 12}
