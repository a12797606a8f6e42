"""A book in two currencies reads the same from the tables as from its events, and ties out."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from ledger.application import Ledger
from ledger.settlement import journal
from ledger.settlement.canonical import canonical_bytes, statement_data
from ledger.settlement.closing import statement_of
from ledger.settlement.leaves import inputs_of
from ledger.settlement.replay import Replay
from ledger.settlement.statement import Statement
from ledger.values.figures import evaluate, walk
from ledger.values.periods import Perspective, parse_period
from projections.behind import behind
from projections.follower import Follower, projected
from projections.perspective import FactsSeen
from projections.rates import list_rates
from tests.checker import wrong_figures
from tests.projections.dollars import BOOK, dollars
from tests.projections.test_follower import content

JANUARY, FEBRUARY = parse_period("2026-01"), parse_period("2026-02")


def replay() -> Replay:
    """The book folded from its events."""
    return Replay(BOOK, list(enumerate(dollars(), 1)))


def issued(period: str) -> Statement:
    """A statement as it was issued."""
    return statement_of(replay(), parse_period(period))


def test_every_moment_is_the_same_from_the_tables(ledger: Ledger) -> None:
    """Terms, totals and rates at each event; statements to the byte; and a rebuild gives the same rows."""
    ledger.save(*dollars())
    tables, events = projected(ledger, BOOK), replay()
    for known_at in range(2, len(dollars()) + 1):
        assert tables.knowledge(known_at) == events.knowledge(known_at)
    for period in (JANUARY, FEBRUARY):
        made = (statement_of(facts, period) for facts in (tables, events))
        assert len({canonical_bytes(statement_data(each)) for each in made}) == 1
    follower = Follower(ledger)
    before = content(follower)
    follower.rebuild()
    assert content(follower) == before


def test_what_is_behind_foreign_money_adds_up_to_it(ledger: Ledger) -> None:
    """Each day's entries, in their own currency, are found by the query of their figure."""
    ledger.save(*dollars())
    follower, knowledge = Follower(ledger), replay().knowledge()
    found = 0
    for period in (JANUARY, FEBRUARY):
        inputs = inputs_of(knowledge, period)
        whole = [figure for each in inputs.amounts.values() for figure in each.values()]
        for leaf in (figure for figure in walk(whole) if figure.entries is not None):
            assert leaf.entries is not None
            page = behind(follower, leaf.entries)
            assert sum(each.amount_minor for each in page.entries) == leaf.value
            assert {each.currency for each in page.entries} == {leaf.unit}
            found += leaf.unit != "EUR"
    assert found >= 8


def test_every_day_sees_the_rates_up_to_it(ledger: Ledger) -> None:
    """What is known of the days up to one day has no rates of later days."""
    ledger.save(*dollars())
    seen = FactsSeen(Follower(ledger), BOOK, Perspective(date(2026, 1, 9), len(dollars())))
    known = seen.knowledge().fixings["USD"]
    assert [(each.day.isoformat(), each.rate) for each in known] == [
        ("2025-12-31", Fraction("0.85")),
        ("2026-01-09", Fraction(10_000, 11_641)),
    ]


def test_rates_are_listed_with_those_that_were_replaced(ledger: Ledger) -> None:
    """By day and then in the order of knowledge; as known before, the first one counted."""
    ledger.save(*dollars())
    follower = Follower(ledger)
    found = list_rates(follower, BOOK, "USD", date(2026, 1, 9), date(2026, 1, 30))
    assert [(each.day.day, each.rate, each.counts, each.reason) for each in found] == [
        (9, Fraction(10_000, 11_642), False, ""),
        (9, Fraction(10_000, 11_641), True, "a digit was wrong"),
        (30, Fraction("0.8601"), True, ""),
    ]
    first, *_ = list_rates(follower, BOOK, "USD", date(2026, 1, 9), known_at=found[0].seq)
    assert first.counts


def test_a_statement_in_two_currencies_ties_out() -> None:
    """Every figure re-evaluates, from the ledger's and from the exported data; all accounts add up to nothing."""
    for period in ("2026-01", "2026-02"):
        made = issued(period)
        for figure in walk(made.roots()):
            assert evaluate(figure) == figure.value
        assert wrong_figures(statement_data(made)) == []
        balances = sum(account.closing.value for account in made.accounts)
        assert balances + made.liabilities.value - made.loss.value == 0


def test_the_journal_adds_up_to_nothing_in_each_currency() -> None:
    """Facts are posted in their own currency, closes restate them, and leave the balances of the statement."""
    facts = replay()
    closing = facts.closings()[-1]
    known = [moved.movement for moved in facts._moved if moved.seq <= closing.cutoff_seq]
    posted = [journal.movement_postings(each, "EUR") for each in known if each.effective_on <= closing.period.last]
    posted += [journal.closing_postings(facts, each) for each in facts.closings()]
    for postings in posted:
        for code in ("EUR", "USD", "JPY"):
            assert sum(each.amount_minor for each in postings if each.currency == code) == 0
    balances = journal.balances(each for postings in posted for each in postings)
    assert all(minor == 0 for (_, code), minor in balances.items() if code != "EUR")
    assert {p: balances[journal.current(p), "EUR"] for p in ("acme", "jot")} == dict(closing.closing_minor)


def test_a_rate_that_was_put_right_is_named_as_a_cause() -> None:
    """January is adjusted in February, by the entries and by the rates that became known."""
    (adjustment,) = issued("2026-02").adjustments
    causes = [(each.event, each.reference, each.reason) for each in adjustment.causes]
    assert ("RateFixed", "rate/USD", "a digit was wrong") in causes
    assert ("RateFixed", "rate/JPY", "") in causes
    assert ("EntryCorrected", "S-1", "a refund was missing") in causes
    assert not any(reference == "rate/USD" and reason == "" for _, reference, reason in causes)


@pytest.mark.parametrize(("currency", "party"), [("USD", "acme")])
def test_what_is_held_and_owed_is_carried_on(currency: str, party: str) -> None:
    """Dollars collected, less refunds, settled and sold; owed, less settled and released."""
    forward = issued("2026-02").settlement.forward
    held = 90_000 + 7_777 - 1_111 + 333 - 10_000 - 60_000
    assert forward[f"carry/exchange.{currency}.held.{party}"].value == held
    assert forward[f"carry/exchange.{currency}.held.{party}.worth"].value == round(held * Fraction("0.8499"))
    assert forward[f"carry/exchange.{currency}.owed.chargebacks"].value == 30_000 - 10_000 - 1_000
    assert "carry/exchange.JPY.held.jot" not in forward
