"""Who owes whom? What the last statement says, what was paid and disputed since, and what the open period adds."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.application import Ledger
from ledger.book.closing import Closing
from ledger.settlement.payable import Payable, Plan, payables, plan
from ledger.settlement.statement import Statement


@dataclass(frozen=True, slots=True)
class Balance:
    """A party's balance in minor units: what the venture owes it, negative for what it owes the venture.

    `payable` says how what can be paid now follows from the last statement; None before the first. `draft_minor`
    is the balance at the end of the draft: everything that is known by now, the open period included.
    """

    party: str
    payable: Payable | None
    draft_minor: int


@dataclass(frozen=True, slots=True)
class Balances:
    """All balances of a book, as known at a seq.

    `last` is the latest close and `plan` the payments that would settle what is payable after it; both are None
    before the first close.
    """

    book: str
    currency: str
    known_at: int
    last: Closing | None
    plan: Plan | None
    draft: Statement
    balances: tuple[Balance, ...]


def balances(ledger: Ledger, book: str) -> Balances:
    """Who owes whom in a book now. Raises `Refused` for a book that does not exist or is not in force."""
    while True:
        facts, draft = ledger.facts(book), ledger.statements.draft(book)
        if facts.head() == draft.known_at:
            break  # else somebody recorded something in between
    closings = facts.closings()
    terms = ledger.terms(book)
    settled = plan(payables(facts), terms.periods.minimum_payout) if closings else None
    found = {each.party: each for each in settled.payables} if settled is not None else {}
    drafted = {account.party: account.closing.minor for account in draft.accounts}
    return Balances(
        book=book,
        currency=terms.currency,
        known_at=facts.head(),
        last=closings[-1] if closings else None,
        plan=settled,
        draft=draft,
        balances=tuple(Balance(party, found.get(party), drafted.get(party, 0)) for party in sorted({*drafted, *found})),
    )
