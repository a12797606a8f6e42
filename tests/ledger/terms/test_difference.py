"""What changes between two documents of terms, in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.terms.difference import changes
from tests.settling import terms_of

FEE = {"fee": {"to": "jot", "amount": "10.00"}}
BONUS = {"fee": {"to": "kim", "rate": "5%", "of": "sales"}}
SPLIT = {"split": {"acme": "60%", "jot": "40%"}}
HALF = {"split": {"acme": "50%", "jot": "50%"}}
PLAIN: dict[str, Any] = {"shares": [FEE, SPLIT], "short": "in order"}


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ({}, []),
        ({"shares": [FEE, HALF]}, [("changed", "shares[2]")]),
        ({"shares": [BONUS, FEE, SPLIT]}, [("added", "shares[1]")]),
        ({"shares": [FEE, BONUS, HALF]}, [("added", "shares[2]"), ("changed", "shares[2]")]),
        ({"shares": [SPLIT]}, [("removed", "shares[1]")]),
        ({"losses": "carried forward"}, [("changed", "losses")]),
        ({"cap": {"jot": {"at most": "9.00", "excess to": "acme"}}}, [("added", "cap.jot")]),
        ({"title": "Another"}, [("changed", "title")]),
        ({"pool": {"results": ["sales", "rent"]}}, [("changed", "pool.results")]),
        (
            {"parties": {"acme": {"name": "Acme", "reports": ["sales"]}, "jot": {"name": "J"}, "kim": {"name": "K"}}},
            [("changed", "parties")],
        ),
    ],
)  # fmt: skip
def test_only_what_changes_is_told(then: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """A step that only moves is no change; what no sentence speaks of is given as it is written."""
    found = changes(terms_of(**PLAIN), terms_of(**{**PLAIN, **then}))
    assert [(change.how.value, change.clause) for change in found] == expected


def test_a_change_holds_both_sentences() -> None:
    """Whoever reads it sees what was agreed and what would be."""
    [change] = changes(terms_of(**PLAIN), terms_of(**{**PLAIN, "shares": [FEE, HALF]}))
    assert change.now == "What remains is shared: acme 60%, jot 40%."
    assert change.then == "What remains is shared: acme 50%, jot 50%."


def test_documents_that_differ_never_seem_alike() -> None:
    """Where the digest differs, something is told: here who may close, and a name in the order of rounding."""
    for other in ({"roles": {"close": ["acme"]}}, {"confirm": {"costs over": "5.00"}}, {"rounding": "first"}):
        assert changes(terms_of(**PLAIN), terms_of(**{**PLAIN, **other}))
