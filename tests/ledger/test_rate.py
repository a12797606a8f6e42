"""Rates of exchange on record: who may fix one, what the same again is, and how one is put right."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from msgspec import structs

from ledger.book import entry, rate
from ledger.book.events import Advance, Contribution, Conversion, Cost, Fact, Liability, LiabilityPart, Result
from ledger.book.liability import settle_liability
from ledger.book.movements import Kind, Movement
from ledger.book.rate import Fixed, Quoted, Rates
from ledger.book.wording import words
from ledger.values.errors import PactbookError, Refused
from tests.ledger.book_examples import ANA, BEN, EVE, TERMS, Exchange, after

DAY = date(2026, 10, 5)
QUOTED = Quoted(DAY, Fraction(10_000, 10_921), "1 EUR = 1.0921 USD", "ECB")
DOLLARS = replace(TERMS, exchange={"USD": Exchange(), "JPY": Exchange(shared=False)})


def fixed(*quoted: Quoted) -> Rates:
    """The rates of dollars after Acme has fixed some."""
    state = rate.initial()
    for each in quoted:
        state = after(rate.evolve, state, rate.fix(state, "USD", each, TERMS, BEN))
    return state


def test_a_rate_is_fixed_once() -> None:
    """It holds the exact ratio and how it was published; the same again, by anybody, is no event."""
    (event,) = rate.fix(rate.initial(), "USD", QUOTED, TERMS, BEN)
    assert (event.stream, event.version) == ("acme-jot/rate/USD", 1)
    state = fixed(QUOTED)
    assert state == Rates({DAY: Fixed(Fraction(10_000, 10_921), "acme")}, 1)
    assert rate.fix(state, "USD", structs.replace(QUOTED, quote=None, source="Bank"), TERMS, ANA) == []


def test_another_rate_for_the_day_needs_a_reason_of_who_fixed_it() -> None:
    """Both stay on record, and the later one counts."""
    state, other = fixed(QUOTED), structs.replace(QUOTED, rate=Fraction(1, 2))
    with pytest.raises(Refused, match="is fixed already: 10000/10921 there, 1/2 here") as refused:
        rate.fix(state, "USD", other, TERMS, BEN)
    assert refused.value.hint == (
        "if it was wrong: pactbook rate record acme-jot USD RATE --on 2026-10-05 --correct REASON"
    )
    with pytest.raises(Refused, match="only acme can correct it"):
        rate.fix(state, "USD", other, TERMS, ANA, reason="a typing error")
    with pytest.raises(Refused, match="a reason is missing"):
        rate.fix(state, "USD", other, TERMS, BEN, reason=" ")
    events = rate.fix(state, "USD", other, TERMS, BEN, reason="a typing error")
    assert after(rate.evolve, state, events) == Rates({DAY: Fixed(Fraction(1, 2), "acme")}, 2)


@pytest.mark.parametrize(
    ("code", "quoted", "said"),
    [
        ("EUR", QUOTED, "acme-jot is kept in EUR itself"),
        ("XXX", QUOTED, "is not a currency of ISO 4217"),
        ("USD", structs.replace(QUOTED, rate=Fraction(0)), "must be above zero"),
        ("USD", structs.replace(QUOTED, rate=Fraction(-1)), "must be above zero"),
        ("USD", structs.replace(QUOTED, rate=Fraction(1, 10**15)), "numbers of up to 15 digits"),
        ("USD", structs.replace(QUOTED, source="a\u200bb"), "cannot be seen"),
    ],
)
def test_what_is_no_rate_is_refused(code: str, quoted: Quoted, said: str) -> None:
    """A rate is a positive ratio of a foreign currency."""
    with pytest.raises(PactbookError, match=said):
        rate.fix(rate.initial(), code, quoted, TERMS, BEN)


def test_strangers_fix_nothing_and_nothing_is_corrected_that_is_not_there() -> None:
    """Any party may fix a rate, nobody else."""
    with pytest.raises(Refused, match="other is no party"):
        rate.fix(rate.initial(), "USD", QUOTED, TERMS, EVE)
    with pytest.raises(Refused, match="no rate of USD is fixed for 2026-10-05 that could be corrected"):
        rate.fix(rate.initial(), "USD", QUOTED, TERMS, BEN, reason="why")


# --- entries in foreign currencies --------------------------------------------------------------------------


def sales(code: str) -> Result:
    """Money that Acme collected."""
    return Result(metric="sales", effective_on=DAY, amount_minor=100, currency=code, collected_by="acme")


SOLD = Conversion(
    party="acme", effective_on=DAY, amount_minor=450, currency="USD", proceeds_minor=400, into="EUR"
)  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (sales("GBP"), "kept in EUR, not in GBP"),
        (Contribution(party="acme", effective_on=DAY, amount_minor=1, currency="USD"), "kept in EUR, not in USD"),
        (
            Advance(paid_by="acme", paid_to="jot", effective_on=DAY, amount_minor=1, currency="USD"),
            "kept in EUR, not in USD",
        ),
        (
            Conversion(
                party="acme", effective_on=DAY, amount_minor=1, currency="JPY", proceeds_minor=1, into="EUR"
            ),
            "with its holder, so a conversion changes nothing",
        ),
        (
            Conversion(
                party="acme", effective_on=DAY, amount_minor=1, currency="USD", proceeds_minor=1, into="JPY"
            ),
            "sells foreign money for EUR, not USD for JPY",
        ),
        (
            Conversion(
                party="acme", effective_on=DAY, amount_minor=1, currency="EUR", proceeds_minor=1, into="EUR"
            ),
            "sells foreign money for EUR, not EUR for EUR",
        ),
    ],
)  # fmt: skip
def test_what_no_clause_lets_be_in_a_currency_is_refused(fact: Fact, said: str) -> None:
    """Results, costs and liabilities may be in a currency that the clause names; capital and payments never."""
    with pytest.raises(Refused, match=said):
        entry.record(entry.initial(), "R-1", fact, DOLLARS, BEN)


def test_the_hint_names_the_clause() -> None:
    """Without the clause it says that there is one; with it, which currencies it has."""
    for terms, hint in ((TERMS, "agree on a clause `exchange`"), (DOLLARS, "may also be in USD, JPY")):
        with pytest.raises(Refused) as refused:
            entry.record(entry.initial(), "R-1", sales("GBP"), terms, BEN)
        assert hint in (refused.value.hint or "")


def test_a_foreign_amount_of_a_kind_with_a_limit_waits() -> None:
    """What it is worth is not known yet, so it is not compared with the limit."""
    limited = replace(DOLLARS, confirm={"result": 10_000})
    (event,) = entry.record(entry.initial(), "R-1", sales("USD"), limited, BEN)
    assert not entry.is_counted(entry.evolve(entry.initial(), event))
    (event,) = entry.record(entry.initial(), "R-2", sales("EUR"), limited, BEN)
    assert entry.is_counted(entry.evolve(entry.initial(), event))


def test_a_conversion_is_two_movements() -> None:
    """What was sold in its own currency, and what it brought, both under the name of the currency."""
    (event,) = entry.record(entry.initial(), "FX-1", SOLD, DOLLARS, BEN)
    _, moved = entry.evolve_with_movements(entry.initial(), event)
    assert moved == (
        Movement(DAY, Kind.CURRENCY_SOLD, "USD", "acme", 450, 0, "FX-1", currency="USD"),
        Movement(DAY, Kind.CURRENCY_PROCEEDS, "USD", "acme", 400, 0, "FX-1", currency="EUR"),
    )
    with pytest.raises(Refused, match="jot cannot record a conversion of acme"):
        entry.record(entry.initial(), "FX-2", SOLD, DOLLARS, ANA)


def test_a_part_of_a_liability_is_in_its_currency() -> None:
    """What is settled or released in part cannot change its currency."""
    owed = Liability(category="tracking", effective_on=DAY, amount_minor=100, currency="USD")
    state = after(entry.evolve, entry.initial(), entry.record(entry.initial(), "L-1", owed, DOLLARS, BEN))
    part = LiabilityPart(reference="P-1", effective_on=DAY, amount_minor=40, paid_by="acme")
    events = settle_liability(state, part, DOLLARS, BEN)
    _, (moved,) = entry.evolve_with_movements(state, events[0])
    assert (moved.kind, moved.amount_minor, moved.currency) == (Kind.LIABILITY_SETTLED, 40, "USD")
    state = after(entry.evolve, state, events)
    euros = Liability(category="tracking", effective_on=DAY, amount_minor=100, currency="EUR")
    with pytest.raises(Refused, match="settled or released in USD in part"):
        entry.correct(state, euros, "wrong currency", DOLLARS, BEN)


def test_a_cost_may_be_in_yen() -> None:
    """Minor units are those of the currency: there are none of yen."""
    cost = Cost(category="media", effective_on=DAY, amount_minor=12_345, currency="JPY", paid_by="jot")
    assert entry.record(entry.initial(), "M-1", cost, DOLLARS, ANA)
    assert words(cost)["amount"] == "12345 JPY"
    assert words(SOLD) == {"party": "acme", "amount": "4.50 USD", "for": "4.00 EUR", "on": "2026-10-05"}
