"""Double entry: what facts and closes post, and what stands on the accounts afterwards."""

from __future__ import annotations

import pytest

from ledger.book.movements import Kind, Movement
from ledger.settlement.journal import Posting, balances, closing_postings, movement_postings
from tests.ledger.settlement.books import book, cost, day, owed, part, recorded, sales, terms
from tests.world import Book


def posted(kind: Kind, amount: int = 100, **details: str) -> dict[str, int]:
    """What a movement of an amount posts, by account."""
    movement = Movement(
        day("01-05"),
        kind,
        details.get("name", ""),
        details.get("party", ""),
        amount,
        0,
        "REF",
        details.get("counter", ""),
    )
    return {posting.account: posting.amount_minor for posting in movement_postings(movement, "EUR")}


@pytest.mark.parametrize(
    ("kind", "details", "expected"),
    [
        (Kind.RESULT, {"name": "sales", "party": "acme"}, {"venture:results:sales": 100, "current:acme": -100}),
        (Kind.COST, {"name": "media", "party": "jot"}, {"current:jot": 100, "venture:costs:media": -100}),
        (Kind.LIABILITY, {"name": "fines"}, {"venture:liabilities:fines": 100, "venture:charges:fines": -100}),
        (Kind.LIABILITY_RELEASED, {"name": "fines"}, {"venture:charges:fines": 100, "venture:liabilities:fines": -100}),
        (
            Kind.LIABILITY_SETTLED,
            {"name": "fines", "party": "jot"},
            {"current:jot": 100, "venture:liabilities:fines": -100},
        ),
        (Kind.CONTRIBUTION, {"party": "acme"}, {"capital:acme": 100, "venture:funds": -100}),
        (Kind.WITHDRAWAL, {"party": "acme"}, {"venture:funds": 100, "capital:acme": -100}),
        (Kind.ADVANCE_PAID, {"party": "acme", "counter": "jot"}, {"current:acme": 100, "current:jot": -100}),
        (Kind.ADVANCE_RECEIVED, {"party": "jot", "counter": "acme"}, {}),
        (Kind.PAYOUT_PAID, {"party": "acme", "counter": "jot"}, {"current:acme": 100, "current:jot": -100}),
        (Kind.PAYOUT_RECEIVED, {"party": "jot", "counter": "acme"}, {}),
    ],
)
def test_every_kind_of_fact_has_two_sides(kind: Kind, details: dict[str, str], expected: dict[str, int]) -> None:
    """A credit and a debit of the same amount; the received side of a payment is the other side of the paid one."""
    assert posted(kind, 100, **details) == expected
    assert posted(kind, -100, **details) == {account: -amount for account, amount in expected.items()}


def test_a_posting_says_where_it_comes_from() -> None:
    """The day that the fact belongs to, and the entry behind it; a quantity alone is not posted."""
    movement = Movement(day("01-05"), Kind.COST, "media", "jot", 100, 0, "INV-1")
    assert movement_postings(movement, "EUR")[0] == Posting("current:jot", 100, "EUR", day("01-05"), reference="INV-1")
    assert posted(Kind.RESULT, 0, name="signups") == {}


def of_close(one: Book) -> list[tuple[str, int, str]]:
    """What the last close posts: account, amount, the figure's address without the agreement."""
    postings = closing_postings(one.facts, one.facts.closings()[-1])
    return [(each.account, each.amount_minor, each.figure.removeprefix("acme-jot/")) for each in postings]


POOL = {"results": ["sales"], "less costs": {"media": {"cap": "200.00"}}, "less liabilities": ["chargebacks"]}


def test_a_close_shares_out_what_the_facts_gathered() -> None:
    """Results, costs and charges go to nothing; shares go to the parties; what a cap does not allow goes back."""
    one = recorded(book(pool=POOL), S1=sales(100_000, "01-05"), C1=cost(30_000, "01-06"), L1=owed(1_000, "01-07"))
    one.close()
    assert of_close(one) == [
        ("current:acme", 39_500, "2026-01/acme/share"),
        ("current:jot", -10_000, "2026-01/jot/reimbursed"),
        ("current:jot", 39_500, "2026-01/jot/share"),
        ("venture:costs:media", 30_000, "2026-01/pool/costs.media"),
        ("venture:charges:chargebacks", 1_000, "2026-01/pool/liabilities.chargebacks"),
        ("venture:results:sales", -100_000, "2026-01/results/sales"),
    ]


def test_what_the_terms_leave_out_goes_back_to_whom_it_came_from() -> None:
    """A metric, a cost and a liability that the pool does not know leave no trace on the accounts."""
    one = recorded(
        book(),
        S1=sales(100, "01-05", metric="tips"),
        C1=cost(30, "01-06", category="rent"),
        L1=owed(10, "01-07", "fines"),
    )
    one.settle("L1", part("P1", 4, "01-20", "jot"))
    one.close()
    assert of_close(one) == [
        ("current:acme", 100, ""),
        ("current:jot", -30, ""),
        ("current:jot", -4, ""),
        ("venture:charges:fines", 10, ""),
        ("venture:costs:rent", 30, ""),
        ("venture:liabilities:fines", -6, ""),
        ("venture:results:tips", -100, ""),
    ]


def test_a_loss_that_is_carried_forward_stands_on_an_account() -> None:
    """Later pools make it good there before anything is shared."""
    one = recorded(book(pool=POOL, losses="carried forward"), C1=cost(5_000, "01-06"))
    one.close()
    assert ("venture:loss carried forward", -5_000, "2026-01/pool/loss") in of_close(one)
    recorded(one, S1=sales(8_000, "02-05"))
    one.close()
    assert ("venture:loss carried forward", 5_000, "2026-02/pool/loss") in of_close(one)
    assert ("current:jot", 1_500, "2026-02/jot/share") in of_close(one)


def test_a_close_posts_what_has_changed_before() -> None:
    """A late sale of January: February's close shares it, and cites January as it is known now."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    one.close()
    recorded(one, S2=sales(9_900, "01-31"))
    made = one.close()
    assert of_close(one) == [
        ("current:acme", 4_950, f"2026-01@{made.known_at}/acme/share"),
        ("current:jot", 4_950, f"2026-01@{made.known_at}/jot/share"),
        ("venture:results:sales", -9_900, f"2026-01@{made.known_at}/results/sales"),
    ]


def test_what_no_longer_follows_is_cited_as_it_was_known() -> None:
    """JOT has no share any more, from January on: what it had is taken back, and found in January as issued."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    one.close()
    one.amend(terms(shares=[{"split": "acme"}]), day("01-01"))
    made = one.close()
    assert of_close(one) == [
        ("current:jot", -50_000, "2026-01/jot/share"),
        ("current:acme", 50_000, f"2026-01@{made.known_at}/acme/share"),
    ]


def test_postings_of_a_close_are_of_its_last_day() -> None:
    """Also those that adjust an earlier period: they are posted in an open one."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    one.close()
    recorded(one, S2=sales(9_900, "01-31"))
    one.close()
    postings = closing_postings(one.facts, one.facts.closings()[-1])
    assert {posting.effective_on for posting in postings} == {day("02-28")}
    assert {posting.currency for posting in postings} == {"EUR"}


def test_balances_are_sums_by_account() -> None:
    """What two postings leave on one account; an account that is empty again is shown as empty."""
    debit = Posting("current:jot", -5, "EUR", day("01-05"))
    credit = Posting("current:jot", 5, "EUR", day("01-06"))
    other = Posting("current:acme", 7, "EUR", day("01-06"))
    assert balances([debit, credit, other]) == {("current:acme", "EUR"): 7, ("current:jot", "EUR"): 0}
