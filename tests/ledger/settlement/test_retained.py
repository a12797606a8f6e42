"""Shares that stay in as capital: on the statement, in the journal, and when later knowledge changes them."""

from __future__ import annotations

from ledger.settlement.canonical import statement_data
from ledger.settlement.journal import balances, closing_postings
from tests.ledger.settlement.books import book, closing, day, recorded, rows, sales, stake

KEPT = {"retain": {"jot": "50%"}}


def test_a_retained_share_is_on_both_accounts() -> None:
    """Acme collected 1000.00; of its 500.00 JOT leaves 250.00 in, which are no longer owed to it."""
    made = recorded(book(**KEPT), S1=sales(100_000, "01-10"), C1=stake(5_000, "01-01", "jot")).close()
    assert rows(made, "jot") == [
        ("opening", "", 0),
        ("line", "shares[1]", 50_000),
        ("line", "retain.jot", -25_000),
        ("closing", "", 25_000),
    ]
    assert rows(made, "jot", capital=True) == [
        ("opening", "", 0),
        ("line", "", 5_000),
        ("line", "retain.jot", 25_000),
        ("closing", "", 30_000),
    ]
    assert made.retained is not None
    assert made.retained.minor == 25_000 == -sum(closing(made).values())
    assert statement_data(made)["venture"]["retained"]["amount"] == "250.00"


def test_nothing_is_said_of_it_where_the_terms_do_not() -> None:
    """Statements under terms without the clause are as they were."""
    made = recorded(book(), S1=sales(100_000, "01-10")).close()
    assert made.retained is None
    assert statement_data(made)["venture"].keys() == {"liabilities", "loss_carried_forward"}


def test_a_loss_comes_off_the_capital_and_late_knowledge_moves_both_accounts() -> None:
    """February is a loss; a late sale of January raises the share of then, half on each account."""
    kept = recorded(book(**KEPT), S1=sales(100_000, "01-10"))
    kept.close()
    recorded(kept, S2=sales(-20_000, "02-10"), LATE=sales(2_000, "01-31"))
    made = kept.close()
    assert rows(made, "jot")[-3:] == [
        ("line", "retain.jot", 5_000),
        ("adjustment", "", 500),
        ("closing", "", 20_500),
    ]
    assert rows(made, "jot", capital=True)[-3:] == [
        ("line", "retain.jot", -5_000),
        ("adjustment", "", 500),
        ("closing", "", 20_500),
    ]
    assert made.retained is not None
    assert made.retained.minor == 20_500


def test_the_journal_moves_it_from_the_current_to_the_capital_account() -> None:
    """The close posts both sides, and they cite the clause and the figures of the statement."""
    kept = recorded(book(**KEPT), S1=sales(100_000, "01-10"))
    kept.close()
    (closed,) = kept.facts.closings()
    postings = [each for each in closing_postings(kept.facts, closed) if each.clause == "retain.jot"]
    assert balances(postings) == {("capital:jot", "EUR"): 25_000, ("current:jot", "EUR"): -25_000}
    assert {each.figure for each in postings} == {
        "acme-jot/2026-01/jot/retained",
        "acme-jot/2026-01/jot/capital.retained",
    }
    assert {each.effective_on for each in postings} == {day("01-31")}
