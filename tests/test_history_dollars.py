"""Random histories in two currencies: rates late and corrected, entries voided, periods closed in between."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.book.events import Conversion, Cost, Fact, Liability, LiabilityPart, RateFixed, Result
from ledger.book.rate import Quoted
from ledger.settlement import journal
from ledger.settlement.canonical import figure_ids, statement_data
from ledger.settlement.closing import statement_of
from ledger.settlement.settle import Settlement, fold
from ledger.settlement.statement import Statement
from ledger.values.errors import Refused
from ledger.values.figures import evaluate, walk
from tests.checker import wrong_figures
from tests.settling import TERMS
from tests.test_history import expected_balances, movements
from tests.world import Book

FIRST = date(2026, 1, 1)
Step = tuple[Any, ...]

MINOR = st.integers(-9_000, 9_000).filter(bool)
DAYS = st.integers(0, 80).map(lambda day: FIRST + timedelta(days=day))
CODES = st.sampled_from(["USD", "USD", "EUR"])
RATES = st.fractions(Fraction(1, 2), 2, max_denominator=40)
STEPS: Any = st.lists(
    st.one_of(
        st.tuples(st.just("sales"), MINOR, DAYS, CODES, st.sampled_from(["sales", "ads"])),
        st.tuples(st.just("media"), MINOR, DAYS, CODES, st.sampled_from(["media", "travel"])),
        st.tuples(st.just("owed"), MINOR, DAYS, st.just("USD"), st.sampled_from(["chargebacks", "fines"])),
        st.tuples(st.just("settle"), st.integers(0, 9), MINOR, DAYS),
        st.tuples(st.just("sold"), MINOR, DAYS, st.integers(1, 9_000)),
        st.tuples(st.just("void"), st.integers(0, 9)),
        st.tuples(st.just("fix"), DAYS, RATES),
        st.tuples(st.just("close")),
        st.tuples(st.just("close")),
    ),
    max_size=18,
)  # fmt: skip


def document(rule: str) -> str:
    """A deal in euros that takes dollars, too."""
    pool = {"results": ["sales"], "less costs": {"media": {"cap": "70% of sales"}}, "less liabilities": ["chargebacks"]}
    exchange = {"USD": {"rate": rule, "differences": "shared"}}
    shares = [{"split": {"acme": "2/3", "jot": "1/3"}}]
    parties = {"acme": {"name": "Acme GmbH"}, "jot": {"name": "JOT Media S.L."}}
    return json.dumps({**TERMS, "parties": parties, "pool": pool, "shares": shares, "exchange": exchange})


def play(rule: str, steps: list[Step]) -> tuple[Book, list[Statement]]:
    """A book after some steps, those that it refuses left out; and the statements that were issued."""
    book, statements = Book(document(rule)), []
    for week in range(14):
        day = FIRST + timedelta(days=7 * week - 3)
        book.fix("USD", Quoted(day, Fraction(80 + week, 100)))
    for number, (do, *rest) in enumerate(steps):
        try:
            if do == "close":
                statements.append(book.close())
            elif do == "void":
                book.void(f"E-{rest[0]}", None)
            elif do == "settle":
                part = LiabilityPart(
                    reference=f"P-{number}", effective_on=rest[2], amount_minor=abs(rest[1]), paid_by="jot"
                )
                book.settle(f"E-{rest[0]}", part)
            elif do == "fix":
                book.fix("USD", Quoted(rest[0], rest[1]), reason="a slip" if _is_fixed(book, rest[0]) else None)
            else:
                book.record(f"E-{number}", _fact(do, *rest))
        except Refused:
            continue
    return book, statements


def _is_fixed(book: Book, day: date) -> bool:
    return any(isinstance(event, RateFixed) and event.effective_on == day for _, event in book.events)


def _fact(do: str, minor: int, day: date, *rest: Any) -> Fact:
    money: dict[str, Any] = {"effective_on": day, "amount_minor": minor, "currency": "USD"}
    match do:
        case "sales":
            return Result(metric=rest[1], collected_by="acme", **{**money, "currency": rest[0]})
        case "media":
            return Cost(category=rest[1], paid_by="acme", **{**money, "currency": rest[0]})
        case "owed":
            return Liability(category=rest[1], **{**money, "amount_minor": abs(minor)})
        case _:
            money["amount_minor"] = abs(minor)
            return Conversion(party="acme", proceeds_minor=rest[0], into="EUR", **money)


RULES = st.sampled_from(["on the day", "period end", "period average"])


@given(RULES, STEPS)
def test_statements_in_two_currencies_tie_out(rule: str, steps: list[Step]) -> None:
    """Whatever is known late: figures follow from their operands, and all accounts together add up to nothing."""
    _, statements = play(rule, steps)
    for made in statements:
        assert all(evaluate(figure) == figure.value for figure in walk(made.roots()))
        assert wrong_figures(statement_data(made)) == []
        closing = sum(account.closing.value for account in made.accounts)
        assert closing + made.liabilities.value - made.loss.value == 0


@given(RULES, STEPS)
def test_a_balance_is_what_all_that_is_known_comes_to(rule: str, steps: list[Step]) -> None:
    """Adjustments lead to the balances that one would have had who knew everything from the start."""
    book, statements = play(rule, steps)
    for made, closing in zip(statements, book.facts.closings(), strict=True):
        anew = statement_of(book.facts, closing.period, closing.cutoff_seq)
        assert statement_data(anew) == statement_data(made)
        knowing = sum((each.net["acme"].value for each in folded(book, made)), Fraction(0))
        assert made.account("acme").closing.value == knowing


def folded(book: Book, made: Statement) -> tuple[Settlement, ...]:
    """Every period up to that of a statement, under what was known at its cut-off."""
    return fold(book.facts.knowledge(made.known_at), made.period)


@given(RULES, STEPS)
def test_the_journal_of_two_currencies_is_balanced_and_leaves_the_balances(rule: str, steps: list[Step]) -> None:
    """In each currency; the foreign accounts are empty after a close; what a posting cites is there."""
    book, statements = play(rule, steps)
    facts = [(seq, journal.movement_postings(movement, "EUR")) for seq, movement in movements(book)]
    closed: list[journal.Posting] = []
    for made, closing in zip(statements, book.facts.closings(), strict=True):
        postings = journal.closing_postings(book.facts, closing)
        closed += postings
        known = [
            p for seq, pair in facts if seq <= closing.cutoff_seq for p in pair if p.effective_on <= made.period.last
        ]
        for code in ("EUR", "USD"):
            assert sum(each.amount_minor for each in postings if each.currency == code) == 0
            assert sum(each.amount_minor for each in known if each.currency == code) == 0
        balances = journal.balances([*known, *closed])
        assert not any(minor for (_, code), minor in balances.items() if code != "EUR")
        left = {account: minor for (account, code), minor in balances.items() if minor}
        assert left == expected_balances(made, left)
        ids = set(figure_ids(made).values())
        own = f"acme-jot/{made.period}/"
        assert {each.figure for each in postings if each.figure.startswith(own)} <= ids
