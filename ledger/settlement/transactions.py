"""The whole journal of a book as dated transactions, with the balances that each close leaves: for other programs.

A program that adds up by dates must come to the same balances, so every transaction has the day on which the accounts
feel it: the day of the fact, or, where the fact was recorded when its period was closed already, the first day after
the last period that was closed by then. What such a fact changes in earlier periods is in the next close, as it is on
the statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import msgspec

from ledger.book.closing import Closing
from ledger.settlement.journal import Posting, balances, closing_postings, current, movement_postings
from ledger.settlement.replay import Moved, Replay

Balance = tuple[str, str, int]
"""Account, currency, minor units (credit positive)."""


class Transaction(msgspec.Struct, frozen=True):
    """What one event does to the accounts on a day: postings that add up to nothing in each currency.

    `seq` is the event's, `about` names what it is about, `effective_on` is the day of the fact where that is another.
    `leaves` are the balances that the accounts must have after it, in the order of days; only a close states them.
    """

    day: date
    seq: int
    event: str
    about: str
    postings: tuple[Posting, ...]
    effective_on: date | None = None
    leaves: tuple[Balance, ...] = ()


def transactions(book: Replay) -> list[Transaction]:
    """Every transaction of a book, by day and then in the order of knowledge; a close is the last of its day."""
    closings = book.closings()
    currency = book.knowledge().versions[0].terms.currency
    found = [*_facts(book.moved(), closings, currency), *_closes(book, closings)]
    return _with_balances(sorted(found, key=lambda each: (each.day, bool(each.leaves), each.seq)))


def _facts(moved: Iterable[Moved], closings: tuple[Closing, ...], currency: str) -> Iterator[Transaction]:
    for each in moved:
        postings = movement_postings(each.movement, currency)
        if postings:
            day = each.movement.effective_on
            felt = _felt_on(day, each.seq, closings)
            name = each.event.stream.split("/", 2)[2]
            said = None if felt == day else day
            yield Transaction(felt, each.seq, type(each.event).__name__, name, postings, said)


def _felt_on(day: date, seq: int, closings: tuple[Closing, ...]) -> date:
    """The day on which the accounts feel a fact of a day that the book learned of at a seq."""
    closed = [closing for closing in closings if closing.seq < seq]
    return day if not closed else max(day, closed[-1].period.last + timedelta(days=1))


def _closes(book: Replay, closings: tuple[Closing, ...]) -> Iterator[Transaction]:
    for closing in closings:
        postings = closing_postings(book, closing)
        issued = sorted(closing.closing_minor.items())
        stated = tuple((current(party), closing.currency, minor) for party, minor in issued)
        name = closing.period.key
        yield Transaction(closing.period.last, closing.seq, "PeriodClosed", name, postings, None, stated)


def _with_balances(found: list[Transaction]) -> list[Transaction]:
    """The same, where each close states what all accounts have come to, and not only those of the parties.

    What the close itself recorded of the parties' accounts is kept: it is the number that was issued.
    """
    made, passed = [], list[Posting]()
    for each in found:
        passed += each.postings
        if each.leaves:
            issued = {(account, code): minor for account, code, minor in each.leaves}
            all_of_them = balances(passed) | issued
            leaves = tuple((account, code, minor) for (account, code), minor in sorted(all_of_them.items()))
            each = Transaction(each.day, each.seq, each.event, each.about, each.postings, each.effective_on, leaves)
        made.append(each)
    return made
