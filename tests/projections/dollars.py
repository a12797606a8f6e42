"""A partnership in two currencies, told by the ledger's own commands: rates, foreign entries, late and corrected."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from itertools import count
from pathlib import Path

from ledger.application import Ledger
from ledger.book.events import Conversion, Cost, Event, Fact, Liability, LiabilityPart, Result
from ledger.book.rate import Quoted
from ledger.terms.written.document import parse_terms
from tests.projections.story import new_ledger

BOOK = "acme-jot"
TERMS = """\
agreement: acme-jot
title: Audience acquisition for Acme
parties: {acme: {name: Acme GmbH}, jot: {name: JOT Media S.L.}}
currency: EUR
periods: {every: month, from: 2026-01-01}
pool: {results: [sales], less costs: [media], less liabilities: [chargebacks]}
shares:
  - split: {acme: 2/3, jot: 1/3}
losses: as profits
exchange:
  USD: {rate: on the day, differences: shared}
  JPY: {rate: period average, differences: with the holder}
"""
ANN, LEO = "acme/ann", "jot/leo"


@cache
def dollars() -> tuple[Event, ...]:
    """The events of the partnership."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = new_ledger(f"sqlite:///{Path(folder) / 'book.db'}")
        _tell(ledger)
        events = tuple(told for _, told in ledger.events_of(BOOK))
        ledger.close()
    return events


def sales(day: date, minor: int, currency: str = "USD") -> Result:
    """Money that Acme collected, and how many sales it was."""
    return Result(
        metric="sales", effective_on=day, amount_minor=minor, currency=currency, collected_by="acme",
        quantity_micro=1_500_000,
    )  # fmt: skip


def _tell(ledger: Ledger) -> None:
    seconds = count()
    today = [date(2026, 1, 2)]
    ledger.now = lambda: datetime.combine(today[0], time(9), UTC) + timedelta(seconds=next(seconds))

    def on(day: date, actor: str) -> Ledger:
        today[0] = day
        ledger.acting_as(actor)
        return ledger

    def fix(code: str, day: date, rate: str, reason: str | None = None) -> None:
        ledger.rates.fix(BOOK, code, Quoted(day, Fraction(rate), f"1 {code} = {rate} EUR", "ECB"), reason)

    def record(reference: str, fact: Fact) -> None:
        ledger.entries.record(BOOK, reference, fact)

    on(date(2026, 1, 2), ANN).agreements.propose(parse_terms(TERMS))
    on(date(2026, 1, 2), LEO).agreements.accept(BOOK)
    on(date(2026, 1, 31), ANN)
    fix("USD", date(2025, 12, 31), "0.85")
    fix("USD", date(2026, 1, 9), "10000/11642")
    for day in (5, 20):
        fix("JPY", date(2026, 1, day), f"0.00{day}9")
    record("S-1", sales(date(2026, 1, 2), 100_000))
    record("S-2", sales(date(2026, 1, 11), 7_777))
    record("S-3", sales(date(2026, 1, 11), 5_000, "EUR"))
    record("S-4", sales(date(2026, 1, 12), -1_111))
    liability = Liability(category="chargebacks", effective_on=date(2026, 1, 12), amount_minor=30_000, currency="USD")
    record("CB-1", liability)
    on(date(2026, 1, 31), LEO)
    for number, (amount, code) in enumerate(((12_345, "JPY"), (2_000, "USD"), (-500, "USD")), 1):
        cost = Cost(category="media", effective_on=date(2026, 1, 15), amount_minor=amount, currency=code, paid_by="jot")
        record(f"M-{number}", cost)
    fix("USD", date(2026, 1, 30), "0.8601")
    on(date(2026, 2, 1), LEO).statements.close(BOOK)
    on(date(2026, 2, 3), ANN)
    fix("USD", date(2026, 1, 9), "10000/11641", "a digit was wrong")
    fix("USD", date(2026, 2, 4), "0.87")
    fix("JPY", date(2026, 1, 21), "0.0061")
    ledger.entries.correct(BOOK, "S-1", {"amount_minor": 90_000}, "a refund was missing")
    record("S-5", sales(date(2026, 1, 30), 333))
    part = LiabilityPart(reference="P-1", effective_on=date(2026, 2, 5), amount_minor=10_000, paid_by="acme")
    ledger.entries.settle_liability(BOOK, "CB-1", part)
    released = LiabilityPart(reference="P-2", effective_on=date(2026, 2, 6), amount_minor=1_000)
    ledger.entries.release_liability(BOOK, "CB-1", released, "not owed")
    sold = Conversion(
        party="acme", effective_on=date(2026, 2, 6), amount_minor=60_000, currency="USD", proceeds_minor=51_900,
        into="EUR",
    )  # fmt: skip
    record("FX-1", sold)
    fix("USD", date(2026, 2, 27), "0.8499")
    on(date(2026, 3, 2), ANN).statements.close(BOOK)
    record("S-6", sales(date(2026, 3, 2), 44_400))
    ledger.entries.void(BOOK, "FX-1", "it was another account")
