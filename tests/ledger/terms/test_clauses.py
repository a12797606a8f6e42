"""What each clause yields, as tables: the terms, what happened in each month, and the exact figures that follow.

The tables are `clauses/*.yaml`. A case states only the terms that it is about; all else is `TERMS` below. `given`
are totals of a month in major units (a plain amount of a result was collected by Acme, units are quantities);
`gives` are the figures to expect: `exact` before rounding, `shares` as posted, `net` what accounts change by.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledger.settlement.capital import HELD
from ledger.settlement.settle import Settlement
from ledger.values.figures import Figure, add, evaluate
from tests.settling import settled, terms_of

Case = dict[str, Any]

CASES: list[tuple[str, Case]] = [
    (f"{path.stem}: {case['says']}", case)
    for path in sorted((Path(__file__).parent / "clauses").glob("*.yaml"))
    for case in yaml.load(path.read_text("utf-8"), yaml.BaseLoader)
]


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES])
def test_a_clause_yields_what_it_says(case: Case) -> None:
    """The figures of each month are exactly those of the table."""
    terms = terms_of(**case["terms"])
    months = case.get("months") or [case]
    for month, settlement in zip(months, settled(terms, *(month["given"] for month in months)), strict=True):
        scale = terms.unit.scale
        expected = {what: _major(value) for what, value in month["gives"].items()}
        assert {what: _found(settlement, what, scale) for what in expected} == expected
        for figure in (*settlement.shares.values(), *settlement.net.values()):
            assert evaluate(figure) == figure.value


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES])
def test_terms_read_like_a_contract(case: Case) -> None:
    """Every clause of every table says what it means in a sentence, and names everybody that it is about."""
    terms = terms_of(**case["terms"])
    said = terms.reading()
    assert all(sentence.endswith(".") and "  " not in sentence and "None" not in sentence for _, sentence in said)
    for place, step in enumerate(terms.shares, 1):
        sentence, *_ = [sentence for clause, sentence in said if clause == f"shares[{place}]"]
        assert all(party in sentence for _, party in step.parties())


def _found(settlement: Settlement, what: str, scale: int) -> Any:
    figure: Figure | dict[str, Figure]
    match what:
        case "exact":
            figure = settlement.shared.entitlements
        case "shares":
            figure = settlement.shares
        case "net":
            figure = settlement.net
        case "reimbursed":
            figure = settlement.pool.reimbursed
        case "pool":
            figure = settlement.pool.pool
        case "costs":
            figure = settlement.pool.costs
        case "owed outside":
            figure = settlement.pool.outstanding
        case "available":
            figure = settlement.available
        case "loss":
            figure = settlement.loss
        case "capital":
            held = {name.partition("/"): each for name, each in settlement.forward.items()}
            figure = {party: each for (party, _, rest), each in held.items() if rest == HELD}
        case "held":
            figure = _held(settlement)
        case "unrecouped":
            figure = {
                name.partition("/advance.")[2]: each for name, each in settlement.forward.items() if "/advance." in name
            }
        case _:
            raise AssertionError(f"{what!r} is no figure of the tables")
    if isinstance(figure, Figure):
        return figure.value / scale
    return {party: part.value / scale for party, part in figure.items() if part.value}


def _held(settlement: Settlement) -> dict[str, Figure]:
    """What is held in reserve for each party after a month."""
    found: dict[str, list[Figure]] = {}
    for name, each in settlement.forward.items():
        party, _, rest = name.partition("/")
        if rest.startswith("reserve."):
            found.setdefault(party, []).append(each)
    return {party: add(figures, "held", "") for party, figures in found.items()}


def _major(value: Any) -> Any:
    return {party: Fraction(text) for party, text in value.items()} if isinstance(value, dict) else Fraction(value)
