"""A store of several partnerships, each with a month that is closed and more to come."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from ledger.application import Ledger, create_store
from ledger.book.events import Cost, Result
from ledger.terms.written.document import parse_terms
from ledger.values.periods import parse_period
from projections.follower import Follower

BOOKS = ("p-1", "p-2", "p-3", "p-4", "p-5")
NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
TERMS = """\
agreement: {book}
title: A partnership
parties: {{a: {{name: A}}, b: {{name: B}}}}
currency: EUR
periods: {{every: month, from: 2026-01-01}}
pool: {{results: [sales], less costs: {{media: all}}}}
shares: [split: {{a: {a}%, b: {b}%}}]
losses: as profits
"""


def terms(book: str, share: int = 60) -> str:
    """The terms of a partnership, in which A has this share."""
    return TERMS.format(book=book, a=share, b=100 - share)


def fill(ledger: Ledger, book: str, results: int) -> None:
    """An agreement in force, two months of results, a cost, a correction; one month is closed."""
    ledger.agreements.propose(parse_terms(terms(book)))
    ledger.acting_as("b/bo")
    ledger.agreements.accept(book)
    cost = Cost(category="media", effective_on=date(2026, 1, 7), amount_minor=1_234, currency="EUR", paid_by="b")
    ledger.entries.record(book, "M-1", cost)
    ledger.acting_as("a/ann")
    for n in range(results):
        day = date(2026, 1 + n % 2, 1 + n % 28)
        result = Result(metric="sales", effective_on=day, amount_minor=10_000 + 7 * n, currency="EUR", collected_by="a")
        ledger.entries.record(book, f"S-{n}", result)
    ledger.statements.close(book, parse_period("2026-01"))
    ledger.entries.correct(book, "S-0", {"amount_minor": 9_999}, "a cent")


def make_several(path: Path) -> None:
    """Make the store of all these partnerships, with their tables as they are after a while."""
    create_store(f"sqlite:///{path}")
    ledger = Ledger(f"sqlite:///{path}", "a/ann", now=lambda: NOW)
    for turn, book in enumerate(BOOKS):
        fill(ledger, book, 6 + turn)
    Follower(ledger).catch_up()
    ledger.close()
