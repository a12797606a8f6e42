"""The journal for other programs: by dates alone it comes to the balances that were issued, whatever was known late."""

from __future__ import annotations

from hypothesis import given, settings

from ledger.settlement.journal import Posting, balances, capital, current
from ledger.settlement.replay import Replay
from ledger.settlement.transactions import Transaction, transactions
from tests.playing import play
from tests.projections.dollars import dollars
from tests.projections.story import BOOK, everything
from tests.strategies import History, histories
from tests.world import Book

laws = settings(max_examples=settings().max_examples // 2)


def added_up(made: list[Transaction]) -> None:
    """Every transaction is balanced, days never go back, and each close leaves the balances that it states."""
    assert [each.day for each in made] == sorted(each.day for each in made)
    passed: list[Posting] = []
    for each in made:
        assert not any(minor for minor in per_currency(each.postings).values())
        passed += each.postings
        found = balances(passed)
        for account, code, minor in each.leaves:
            assert found.get((account, code), 0) == minor, (each.day, account, code)


def per_currency(postings: tuple[Posting, ...]) -> dict[str, int]:
    """What postings add up to in each currency."""
    found: dict[str, int] = {}
    for posting in postings:
        found[posting.currency] = found.get(posting.currency, 0) + posting.amount_minor
    return found


@laws
@given(histories())
def test_whoever_adds_up_by_dates_comes_to_the_issued_balances(history: History) -> None:
    """Random terms and histories: late entries, corrections, voids, amendments, payouts."""
    book = play(history, Book).book
    assert isinstance(book, Book)
    added_up(transactions(Replay(history.document["agreement"], book.events)))


def test_the_balances_that_are_stated_are_those_that_were_issued() -> None:
    """The parties' accounts by what the close recorded, capital by what the statement says."""
    replay = Replay(BOOK, enumerate(everything(), 1))
    made = transactions(replay)
    added_up(made)
    for closing in replay.closings():
        [leaves] = [{(a, c): m for a, c, m in each.leaves} for each in made if each.seq == closing.seq]
        assert {party: leaves[current(party), "EUR"] for party in closing.closing_minor} == closing.closing_minor
        assert any(account.startswith(capital("")) for account, _ in leaves)


def test_foreign_money_is_balanced_in_its_own_currency() -> None:
    """Each close restates it, so nothing is left in foreign currencies."""
    made = transactions(Replay(BOOK, enumerate(dollars(), 1)))
    added_up(made)
    last = [each for each in made if each.leaves][-1]
    assert {code for _, code, _ in last.leaves} == {"EUR", "JPY", "USD"}
    assert all(minor == 0 for _, code, minor in last.leaves if code != "EUR")


def test_a_fact_that_was_recorded_late_stands_on_the_first_day_after_the_last_close() -> None:
    """Its own day stands beside it."""
    made = transactions(Replay(BOOK, enumerate(dollars(), 1)))
    late = [each for each in made if each.effective_on]
    assert {(str(each.day), str(each.effective_on)) for each in late} == {
        ("2026-02-01", "2026-01-02"), ("2026-02-01", "2026-01-30"),
    }  # fmt: skip
