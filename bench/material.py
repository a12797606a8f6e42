"""The book that is measured: two parties share the sales of a shop, less what its advertising costs.

Nine of ten entries are sales, one is a cost, all in one month: a statement of that month counts every one of
them, which is the hardest book of its size. Names and numbers are made up, and the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from ledger.application import Ledger, create_store
from ledger.book.events import Cost, CostIncurred, Event, Result, ResultReported, Stamp
from ledger.terms.written.document import parse_terms

BOOK, PERIOD = "a-b", "2026-01"
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
BATCH = 1_000

TERMS = """\
agreement: a-b
title: A and B
parties: {a: {name: A}, b: {name: B}}
currency: EUR
periods: {every: month, from: 2026-01-01}
pool: {results: [sales], less costs: [ads]}
shares: [split: {a: 50%, b: 50%}]
losses: as profits
"""

MAPPING = """\
currency: EUR
entries:
  - result: sales
    reference: "{Order}"
    on: Day
    amount: Amount
    quantity: Pieces
    collected by: a
    only where: {Type: sale}
  - cost: ads
    reference: "{Order}"
    on: Day
    amount: Amount
    paid by: b
    only where: {Type: cost}
"""


def make_store(url: str) -> Ledger:
    """A ledger on a new store, in which the agreement is in force. It is `b` who acts."""
    create_store(url)
    ledger = Ledger(url, "a/ann", now=lambda: NOW)
    ledger.agreements.propose(parse_terms(TERMS))
    ledger.acting_as("b/bo")
    ledger.agreements.accept(BOOK)
    return ledger


def reference(number: int) -> str:
    """The name of an entry."""
    return f"O-{number:08d}"


def fact(number: int) -> Result | Cost:
    """What an entry says."""
    day, minor = date(2026, 1, 1 + number % 31), 100 + number * 7919 % 99_991
    if number % 10 == 9:
        return Cost(category="ads", effective_on=day, amount_minor=minor, currency="EUR", paid_by="b")
    pieces = (1 + number % 5) * 1_000_000
    return Result(
        metric="sales", effective_on=day, amount_minor=minor, currency="EUR", collected_by="a", quantity_micro=pieces
    )


def events(start: int, end: int) -> list[Event]:
    """The entries from one number to another, as they are recorded."""
    made: list[Event] = []
    for number in range(start, end):
        what, at = fact(number), Stamp("b/bo", NOW, f"{number:032x}").on(f"{BOOK}/entry/{reference(number)}", 1)
        made.append(CostIncurred(fact=what, **at) if isinstance(what, Cost) else ResultReported(fact=what, **at))
    return made


def fill(ledger: Ledger, start: int, end: int) -> None:
    """Record the entries from one number to another, in batches."""
    for at in range(start, end, BATCH):
        ledger.save(*events(at, min(end, at + BATCH)))


def write_csv(path: Path, size: int) -> None:
    """The entries as a file to import."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("Order,Day,Type,Amount,Pieces,Customer\n")
        for number in range(size):
            what = fact(number)
            kind = "cost" if isinstance(what, Cost) else "sale"
            pieces = (getattr(what, "quantity_micro", None) or 0) // 1_000_000
            row = (reference(number), what.effective_on, kind, _money(number), pieces, f"C{number % 977}")
            file.write(",".join(map(str, row)) + "\n")


def write_journal(path: Path, size: int) -> None:
    """The same facts as a journal that ledger and hledger read, an entry a transaction, in order of days."""
    with path.open("w", encoding="utf-8") as file:
        for number in _by_day(size):
            what, amount = fact(number), _money(number)
            to, by = _accounts(what)
            file.write(f"{what.effective_on} {reference(number)}\n    {to}  {amount} EUR\n    {by}\n\n")


def write_beancount(path: Path, size: int) -> None:
    """The same facts for beancount."""
    with path.open("w", encoding="utf-8") as file:
        for name in ("Assets:Held:A", "Income:Sales", "Expenses:Ads", "Liabilities:Current:B"):
            file.write(f"2026-01-01 open {name} EUR\n")
        for number in _by_day(size):
            what, amount = fact(number), _money(number)
            to, by = _accounts(what)
            file.write(f'{what.effective_on} * "{reference(number)}"\n  {to}  {amount} EUR\n  {by}  -{amount} EUR\n\n')


def _accounts(what: Result | Cost) -> tuple[str, str]:
    if isinstance(what, Cost):
        return "Expenses:Ads", "Liabilities:Current:B"
    return "Assets:Held:A", "Income:Sales"


def _money(number: int) -> str:
    amount = fact(number).amount_minor or 0
    return f"{amount // 100}.{amount % 100:02d}"


def _by_day(size: int) -> Iterator[int]:
    for day in range(31):
        yield from range(day, size, 31)
