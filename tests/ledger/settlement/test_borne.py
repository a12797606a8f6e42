"""Liabilities where the parties begin or cease to share them: the pool sees through what it has borne, and no more."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.book.events import Liability, LiabilityPart
from ledger.settlement import journal
from ledger.settlement.canonical import statement_data
from ledger.settlement.knowledge import Knowledge, TermsInForce, Total
from ledger.settlement.liabilities import liabilities_of
from ledger.settlement.rates import Fixing, fixings
from ledger.settlement.settle import fold
from ledger.terms.borne import SETTLED
from ledger.values.figures import evaluate, walk
from ledger.values.periods import parse_period
from tests.auditor import audit
from tests.checker import wrong_figures
from tests.playing import play
from tests.settling import document, terms_of
from tests.strategies import History
from tests.test_history import expected_balances, movements, stated
from tests.world import Book

SHARES: list[Any] = [{"split": {"acme": "60%", "jot": "40%"}}]
SHARED = {"results": ["sales"], "less liabilities": ["chargebacks"]}
NEVER = {"results": ["sales"]}
FEB = date(2026, 2, 1)


def book(first: dict[str, Any], then: dict[str, Any], *parts: tuple[str, int, int, str | None]) -> Book:
    """100.00 recognised in January, other terms from February on, and parts: (liability, month, minor units, payer)."""
    made = Book(document(shares=SHARES, pool=first))
    made.record("L-1", owed(10_000, date(2026, 1, 10)))
    made.close()
    made.amend(document(shares=SHARES, pool=then), FEB)
    made.record("L-2", owed(5_000, date(2026, 2, 5)))
    for number, (reference, month, minor, payer) in enumerate(parts):
        part = LiabilityPart(
            reference=f"P-{number}", effective_on=date(2026, month, 20), amount_minor=minor, paid_by=payer
        )
        (made.settle if payer else made.release)(reference, part)
    return made


def owed(minor: int, day: date) -> Liability:
    """A liability of the venture."""
    return Liability(category="chargebacks", effective_on=day, amount_minor=minor, currency="EUR")


def after(made: Book, closes: int) -> tuple[dict[str, int], int]:
    """The accounts and what the venture owes outsiders, after some closes."""
    stands = [made.close() for _ in range(closes)][-1]
    accounts = {each.party: each.closing.minor for each in stands.accounts if each.closing.value}
    assert wrong_figures(statement_data(stands)) == []
    return accounts, stands.liabilities.minor


BOTH: tuple[tuple[str, int, int, str | None], ...] = (("L-1", 2, 6_000, "jot"), ("L-1", 3, 4_000, None))


@pytest.mark.parametrize(
    ("first", "then", "accounts", "left"),
    [
        (SHARED, SHARED, {"acme": -3_600 - 3_000, "jot": 3_600 - 2_000}, 5_000),
        (SHARED, NEVER, {"acme": -3_600, "jot": 3_600}, 0),
        (NEVER, NEVER, {}, 0),
    ],
)
def test_what_the_pool_bore_is_seen_through(first: Any, then: Any, accounts: dict[str, int], left: int) -> None:
    """A category that is dropped goes on to be reimbursed and released until nothing is left."""
    made = book(first, then, *BOTH)
    assert after(made, 2) == (accounts, left)
    assert liabilities_of(made.facts.knowledge(), date(2026, 3, 31)).outstanding.minor == left


def test_what_the_pool_never_bore_is_the_payers_own() -> None:
    """A category that is added: what is settled counts up to what was recognised since, and is no profit beyond."""
    made = book(NEVER, SHARED, *BOTH)
    # the pool bore 50.00: of jot's 60.00 it gives back that, and of the 40.00 released nothing is its profit
    assert after(made, 2) == ({"acme": -3_000, "jot": -2_000 + 5_000}, 0)


def test_several_payers_share_what_the_pool_bore_in_proportion() -> None:
    """The same part of each counts, and what is released in the same period comes after what is settled."""
    made = book(NEVER, SHARED, ("L-1", 2, 6_000, "jot"), ("L-2", 2, 2_000, "acme"), ("L-1", 2, 1_000, None))
    assert after(made, 1) == ({"acme": -3_000 + 1_250, "jot": -2_000 + 3_750}, 0)


CATEGORIES = st.sampled_from([[], ["chargebacks"], ["fines"], ["chargebacks", "fines"]])
DAYS = st.integers(0, 150).map(lambda number: (date(2026, 1, 1) + timedelta(days=number)).isoformat())
MINOR = st.integers(1, 9_999)


@st.composite
def stories(draw: st.DrawFn) -> History:
    """Liabilities of two categories, settled and released, while amendments share other ones."""

    def terms() -> Any:
        pool = {"results": ["sales"], "less liabilities": draw(CATEGORIES)}
        if not pool["less liabilities"]:
            del pool["less liabilities"]
        return {**json.loads(document(shares=SHARES, pool=pool)), "rounding": "carried"}

    first, steps = terms(), []
    recorded: list[tuple[str, str]] = []
    for number, word in enumerate(draw(st.lists(st.sampled_from(WORDS), min_size=6, max_size=24))):
        day, party = draw(DAYS), draw(st.sampled_from(["acme", "jot"]))
        match word:
            case "record":
                name = draw(st.sampled_from(["chargebacks", "fines"]))
                steps.append(
                    {"do": "record", "ref": f"E{number}", "kind": "liability", "day": day, "name": name, "party": "",
                     "quantity": 0, "amount": draw(MINOR)}
                )  # fmt: skip
                recorded.append((f"E{number}", day))
            case "settle" | "release" if recorded:
                ref, since = draw(st.sampled_from(recorded))
                steps.append(
                    {"do": word, "ref": ref, "part": f"P{number}", "day": max(day, since), "amount": draw(MINOR),
                     "party": party if word == "settle" else ""}
                )  # fmt: skip
            case "amend":
                steps.append({"do": "amend", "terms": terms(), "nth": draw(st.integers(0, 4))})
            case "close":
                steps.append({"do": "close"})
            case _:
                pass
    return History(first, (*steps, {"do": "close"}))


WORDS = ["record"] * 3 + ["settle"] * 3 + ["release"] + ["close"] * 3 + ["amend"] * 2


@settings(max_examples=settings().max_examples // 2)
@given(stories())
def test_the_auditor_agrees_whatever_is_shared_when(story: History) -> None:
    """Statements and journal of books whose amendments share other liabilities; all accounts add up to nothing."""
    found = play(story, Book)
    assert isinstance(found.book, Book)
    for made, expected in zip(found.statements, audit(story.document, found.log), strict=True):
        assert stated(made) == expected
        assert all(evaluate(figure) == figure.value for figure in walk(made.roots()))
        assert wrong_figures(statement_data(made)) == []
        left_over = sum(account.closing.minor for account in made.accounts)
        assert left_over + made.liabilities.minor - made.loss.minor == 0
    facts = [(seq, journal.movement_postings(movement, "EUR")) for seq, movement in movements(found.book)]
    closed: list[journal.Posting] = []
    for made, closing in zip(found.statements, found.book.facts.closings(), strict=True):
        closed += journal.closing_postings(found.book.facts, closing)
        known = [
            p for seq, pair in facts if seq <= closing.cutoff_seq for p in pair if p.effective_on <= made.period.last
        ]
        left = {account: minor for (account, _), minor in journal.balances([*known, *closed]).items() if minor}
        assert left == expected_balances(made, left)


# --- foreign money ------------------------------------------------------------------------------------------

SPLIT = [{"split": {"acme": "50%", "jot": "50%"}}]
QUOTED = [("01-10", "0.9"), ("01-30", "0.9"), ("02-27", "1.0"), ("03-30", "1.1"), ("04-30", "1.2"), ("05-30", "1.3")]


def dollars(whose: str = "shared", liabilities: bool = True) -> dict[str, Any]:
    """Clauses of a deal that takes dollars."""
    return {
        "pool": SHARED if liabilities else NEVER, "shares": SPLIT,
        "exchange": {"USD": {"rate": "on the day", "differences": whose}},
    }  # fmt: skip


def pools(versions: list[tuple[int, dict[str, Any]]], *facts: tuple[str, int, int], periods: int = 5) -> list[int]:
    """The pools from January on, of terms each from a month on, and facts: (kind, month, minor units in dollars)."""
    agreed = [(terms_of(**clauses), date(2026, month, 1)) for month, clauses in versions]
    in_force = tuple(TermsInForce(terms, day, seq) for seq, (terms, day) in enumerate(agreed, 1))
    totals: dict[str, tuple[Total, ...]] = {}
    for kind, month, minor in facts:
        name, party = ("sales", "acme") if kind == "result" else ("chargebacks", "jot" if kind == SETTLED else "")
        key, day = f"2026-{month:02}", f"2026-{month:02}-{30 if month != 2 else 27}"
        totals[key] = (*totals.get(key, ()), Total(kind, name, party, minor, 0, 1, currency="USD", day=day))
    rates = [Fixing("USD", date.fromisoformat(f"2026-{day}"), Fraction(rate), 1, "acme/ann") for day, rate in QUOTED]
    known = Knowledge("acme-jot", 9, in_force, totals, None, fixings(rates, {"USD"}, date(2026, 1, 1)))
    upto = parse_period(f"2026-{periods:02}")
    found = fold(known, upto)
    assert all(evaluate(figure) == figure.value for made in found for figure in walk(made.pool.lines))
    return [made.pool.pool.minor for made in found]


def test_dollars_of_a_dropped_category_are_valued_until_they_are_paid() -> None:
    """As if it were shared throughout, and shared again it begins with what is recognised from then on."""
    facts = ("liability", 1, 100_000), (SETTLED, 3, 40_000), (SETTLED, 4, 60_000), ("liability", 5, 1_000)
    always = pools([(1, dollars())], *facts)
    assert always[:4] == [-90_000, -10_000, -10_000, -6_000]
    assert pools([(1, dollars()), (2, dollars(liabilities=False)), (5, dollars())], *facts) == always


def test_dollars_owed_from_before_a_category_was_added_move_no_pool() -> None:
    """They count in their own currency: of 1,500 USD settled the pool bore 500 USD."""
    facts = ("liability", 1, 100_000), ("liability", 2, 50_000), (SETTLED, 3, 150_000)
    versions = [(1, dollars(liabilities=False)), (2, dollars())]
    assert pools(versions, *facts) == [0, -50_000, -5_000, 0, 0]


def test_money_that_was_its_holders_own_is_not_valued_anew_later() -> None:
    """Shared again: only what is collected from then on gains for all, and no gain of the months between comes back."""
    versions = [(1, dollars()), (2, dollars("with the holder")), (4, dollars())]
    collected = ("result", 1, 100_000)
    assert pools([(1, dollars())], collected) == [90_000, 10_000, 10_000, 10_000, 10_000]
    assert pools(versions, collected) == [90_000, 0, 0, 0, 0]
    assert pools(versions, collected, ("result", 4, 1_000)) == [90_000, 0, 0, 1_200, 100]
