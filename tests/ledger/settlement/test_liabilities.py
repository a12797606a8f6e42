"""What the venture owes outsiders, what parties have borne of it, and what each would bear of the rest."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from ledger.book.events import Contribution, Liability, LiabilityPart
from ledger.settlement.liabilities import Liabilities, liabilities_of
from ledger.values.errors import Refused
from ledger.values.figures import evaluate, repeat, walk
from tests.auditor import facts_of, governing
from tests.auditor_shares import ratio_of
from tests.playing import play
from tests.settling import document
from tests.strategies import History, histories
from tests.world import Book

SHARES: list[Any] = [{"split": {"acme": "60%", "jot": "40%"}}]
POOL = {"results": ["sales"], "less liabilities": ["chargebacks"]}
LATE = date(2026, 12, 31)


def book(**clauses: Any) -> Book:
    """A book that shares chargebacks."""
    return Book(document(**{"shares": SHARES, "pool": POOL, **clauses}))


def owed(minor: int, day: date, category: str = "chargebacks") -> Liability:
    """A liability of the venture."""
    return Liability(category=category, effective_on=day, amount_minor=minor, currency="EUR")


def part(name: str, minor: int, day: date, payer: str | None) -> LiabilityPart:
    """A settlement, or without a payer a release."""
    return LiabilityPart(reference=name, effective_on=day, amount_minor=minor, paid_by=payer)


def found_in(of: Book, day: date = LATE) -> Liabilities:
    """What is owed at the end of a day, by all that is known."""
    return liabilities_of(of.facts.knowledge(), day)


def lines(found: Liabilities) -> dict[str, tuple[int, ...]]:
    """Recognised, settled, released and outstanding by category."""
    return {
        each.name: tuple(int(f.value) for f in (each.recognised, each.settled, each.released, each.outstanding))
        for each in found.categories
    }


def parts(found: Liabilities) -> dict[str, tuple[int, ...]]:
    """Paid, borne and exposure by party."""
    return {each.party: tuple(int(f.value) for f in (each.paid, each.borne, each.exposure)) for each in found.bearings}


def test_a_liability_is_recognised_settled_in_part_and_released_in_part() -> None:
    """What is left is outstanding; each party bears its part of both by the rule for losses, whoever paid."""
    made = book(losses={"acme": "75%", "jot": "25%"})
    made.record("CB-1", owed(100_000, date(2026, 1, 5)))
    made.settle("CB-1", part("P-1", 40_000, date(2026, 2, 5), "jot"))
    made.release("CB-1", part("P-2", 9_999, date(2026, 3, 5), None))
    found = found_in(made)
    assert lines(found) == {"chargebacks": (100_000, 40_000, 9_999, 50_001)}
    assert parts(found) == {"acme": (0, 30_000, 37_501), "jot": (40_000, 10_000, 12_500)}
    assert found.bearings[0].exposure.name == "acme/exposure"


def test_a_loss_borne_as_profits_are_shared_exposes_the_parties_of_the_split() -> None:
    """The rates are those of the last step; of a split by capital those of the capital then."""
    made = book(losses="as profits")
    made.record("CB-1", owed(1_000, date(2026, 1, 5)))
    assert parts(found_in(made)) == {"acme": (0, 0, 600), "jot": (0, 0, 400)}
    by_capital = {"split by capital": {"balance": "opening", "otherwise": {"acme": "50%", "jot": "50%"}}}
    made = book(losses="as profits", shares=[by_capital])
    made.record("C-1", Contribution(party="acme", effective_on=date(2026, 1, 2), amount_minor=900, currency="EUR"))
    made.record("C-2", Contribution(party="jot", effective_on=date(2026, 1, 2), amount_minor=100, currency="EUR"))
    made.record("CB-1", owed(1_000, date(2026, 2, 5)))
    assert parts(found_in(made, date(2026, 2, 28))) == {"acme": (0, 0, 900), "jot": (0, 0, 100)}


def test_a_loss_carried_forward_is_for_later_pools() -> None:
    """No party bears it now; the venture does, and it still adds up."""
    made = book(losses="carried forward")
    made.record("CB-1", owed(1_000, date(2026, 1, 5)))
    made.settle("CB-1", part("P-1", 300, date(2026, 1, 6), "acme"))
    assert parts(found_in(made)) == {"acme": (300, 0, 0), "venture": (0, 300, 700)}


def test_what_the_pool_does_not_bear_is_listed_and_exposes_nobody() -> None:
    """It stays with who pays it."""
    made = book(losses={"acme": "75%", "jot": "25%"})
    made.record("F-1", owed(1_000, date(2026, 1, 5), "fines"))
    found = found_in(made)
    assert lines(found) == {"chargebacks": (0, 0, 0, 0), "fines": (1_000, 0, 0, 1_000)}
    assert [each.shared for each in found.categories] == [True, False]
    assert parts(found) == {"acme": (0, 0, 0), "jot": (0, 0, 0)}


def test_terms_change_what_is_borne_from_then_on() -> None:
    """What was settled is borne by the terms of its period, what is outstanding by those of the day."""
    made = book(losses={"acme": "75%", "jot": "25%"})
    made.record("CB-1", owed(1_000, date(2026, 1, 5)))
    made.settle("CB-1", part("P-1", 400, date(2026, 1, 6), "acme"))
    made.amend(document(shares=SHARES, pool=POOL, losses={"jot": "100%"}), date(2026, 2, 1))
    assert parts(found_in(made)) == {"acme": (400, 300, 0), "jot": (0, 100, 600)}
    made.amend(document(shares=SHARES, losses={"jot": "100%"}), date(2026, 3, 1))
    found = found_in(made)
    assert [each.shared for each in found.categories] == [True]  # the pool bears it still, though no new ones
    assert (found.exchange, found.outstanding.value) == (None, Fraction(600))


def test_before_the_agreement_there_is_nothing_to_ask_for() -> None:
    """A day before its first period is refused."""
    with pytest.raises(Refused, match="acme-jot had not begun on 2025-12-31"):
        found_in(book(), date(2025, 12, 31))


# --- whatever happens ---------------------------------------------------------------------------------------


@given(histories(14))
def test_exposures_and_what_was_borne_add_up_exactly(history: History) -> None:
    """To what the statement says is outstanding, and to what was settled; and every figure is its own derivation."""
    played = play(history, Book)
    for made in played.statements:
        found = liabilities_of(played.book.facts.knowledge(made.known_at), made.period.last)
        assert sum(each.exposure.value for each in found.bearings) == found.outstanding.value == made.liabilities.value
        assert sum(each.borne.value for each in found.bearings) == found.settled.value
        assert sum(each.paid.value for each in found.bearings) == found.settled.value
        for figure in walk(found.roots()):
            assert figure.value.denominator == 1 or not figure.name
            if figure.operands:
                assert repeat(figure, tuple(each.value for each in figure.operands)) == figure.value
        assert all(evaluate(each.exposure) == each.exposure.value for each in found.bearings)


@given(histories(14, amendments=False))
def test_the_auditor_comes_to_the_same_liabilities(history: History) -> None:
    """Entry by entry from what people did; and each exposure is within a minor unit of its exact part."""
    played = play(history, Book)
    made = played.statements[-1]
    found = liabilities_of(played.book.facts.knowledge(made.known_at), made.period.last)
    done = [step for step in played.log if step["seq"] < made.known_at + 1]
    last = made.period.last.isoformat()
    facts = [fact for fact in facts_of(done, history.document) if fact["day"] <= last]
    for category in found.categories:
        for kind, figure in (("liability", category.recognised), ("settled", category.settled)):
            amounts = [fact["amount"] for fact in facts if (fact["kind"], fact.get("name")) == (kind, category.name)]
            if history.document.get("exchange") is None:
                assert figure.value == sum(amounts)
    terms = governing([(history.document["periods"]["from"], history.document)], last)
    losses = terms["losses"]
    rates = None if losses == "carried forward" else losses
    if losses == "as profits":
        rates = terms["shares"][-1].get("split")
    if rates is not None:
        exact = {party: rate * found.outstanding.value for party, rate in ratio_of(rates).items()}
        for each in found.bearings:
            assert abs(each.exposure.value - exact.get(each.party, 0)) < 1
