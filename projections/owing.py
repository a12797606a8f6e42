"""Who owes whom? What the last statement says, what was paid and disputed since, and what has come in by a day."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.application.issued import check_begun
from ledger.book.closing import Closing
from ledger.settlement.closing import statement_of
from ledger.settlement.payable import Payable, Plan, payables, plan
from ledger.settlement.statement import Statement
from ledger.values.periods import Perspective, period_of
from projections.perspective import FactsSeen
from projections.sql import Tables


class Balance(msgspec.Struct, frozen=True):
    """A party's balance in minor units: what the venture owes it, negative for what it owes the venture.

    `payable` says how what can be paid now follows from the last statement; None before the first. `draft_minor`
    is the balance on the day that is asked for: everything that belongs to it and before, the open period included.
    """

    party: str
    payable: Payable | None
    draft_minor: int


class Balances(msgspec.Struct, frozen=True):
    """All balances of a book, as known at a seq; `newest` is the seq of the newest event there is.

    `last` is the latest close and `plan` the payments that would settle what is payable after it; both are None
    before the first close. `draft` is the statement of the period of `as_of`, with nothing of later days.
    """

    book: str
    currency: str
    as_of: date
    known_at: int
    newest: int
    last: Closing | None
    plan: Plan | None
    draft: Statement
    balances: tuple[Balance, ...]


def owing(tables: Tables, book: str, today: date, seen: Perspective) -> Balances:
    """Who owes whom in a book, as known at a seq (by default now), on a day (by default `today`).

    The day matters to the draft alone: what is payable follows from the last statement that was known.
    Raises `Refused` for a book that was not in force, for a day before it began, and for one of a period that is still
    to come.
    """
    facts = FactsSeen(tables, book, Perspective(None, seen.known_at))
    closings, known = facts.closings(), facts.knowledge()
    day = seen.as_of or max(today, known.first_period.first)
    period = period_of(day, known.versions[0].terms.every)
    check_begun(facts, period, today)
    until = FactsSeen(tables, book, Perspective(day, facts.head()))
    draft = statement_of(until, period, facts.head())
    terms = known.versions[-1].terms
    settled = plan(payables(facts), terms.periods.minimum_payout) if closings else None
    found = {each.party: each for each in settled.payables} if settled is not None else {}
    drafted = {account.party: account.closing.minor for account in draft.accounts}
    return Balances(
        book=book,
        currency=terms.currency,
        as_of=day,
        known_at=facts.head(),
        newest=facts.newest,
        last=closings[-1] if closings else None,
        plan=settled,
        draft=draft,
        balances=tuple(Balance(party, found.get(party), drafted.get(party, 0)) for party in sorted({*drafted, *found})),
    )
