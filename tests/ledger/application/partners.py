"""Acme and JOT with a real store between them: terms, people, a clock that tests set, and a few facts to record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from ledger.application import Core, Ledger, create_store
from ledger.book.events import Advance, Cost, Event, Fact, Liability, Result
from ledger.settlement.knowledge import Facts
from ledger.terms.document import Terms
from ledger.terms.written.document import parse_terms

BOOK = "acme-jot"
ANN, BEN, ANA, LEO, KAI = "acme/ann", "acme/ben", "jot/ana", "jot/leo", "kim/kai"

DOCUMENT = """
agreement: acme-jot
title: Audience acquisition for Acme
parties:
  acme: {name: Acme GmbH, reports: [sales, signups], pays: [tracking]}
  jot: {name: JOT Media S.L., pays: [media]}
currency: EUR
periods: {every: month, from: 2026-01-01, due: net 30}
pool:
  results: [sales]
  less costs: {media: {cap: 30% of sales}, tracking: all}
  less liabilities: [chargebacks]
shares:
  - fee: {to: jot, each: signups, amount: "2.00"}
  - split: {acme: 60%, jot: 40%}
short: in full
losses: {acme: 50%, jot: 50%}
confirm: {costs over: "1000.00"}
"""


def terms(*swaps: tuple[str, str]) -> Terms:
    """The terms of Acme and JOT, with some texts swapped for others."""
    text = DOCUMENT
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new)
    return parse_terms(text, "terms.yaml")


HALF = ("{acme: 60%, jot: 40%}", "{acme: 50%, jot: 50%}")
KIM_TOO = (
    ("  jot: {name", "  kim: {name: Kim Ltd}\n  jot: {name"),
    ("{acme: 60%, jot: 40%}", "{acme: 50%, jot: 40%, kim: 10%}"),
)


class Partners:
    """A ledger in the hands of whoever a test names, on the day that a test sets."""

    def __init__(
        self, url: str, agreed: Terms | None = None, facts: Callable[[Core, str], Facts] | None = None
    ) -> None:
        create_store(url)
        self.url = url
        self.day = date(2026, 2, 3)
        self.ledger = Ledger(url, now=self.now, facts=facts)
        self._others: list[Ledger] = []
        if agreed is not None:
            self.agree(agreed)

    def now(self) -> datetime:
        return datetime.combine(self.day, time(9), UTC)

    def close(self) -> None:
        """Let go of the store."""
        for ledger in (self.ledger, *self._others):
            ledger.close()

    def as_(self, actor: str) -> Ledger:
        """The ledger, in somebody's hands."""
        self.ledger.acting_as(actor)
        return self.ledger

    def another(self, actor: str) -> Ledger:
        """A second process on the same store."""
        made = Ledger(self.url, actor, self.now)
        self._others.append(made)
        return made

    def agree(self, agreed: Terms) -> None:
        """Everybody accepts."""
        proposer, *others = agreed.parties
        self.as_(f"{proposer}/ann").agreements.propose(agreed)
        for party in others:
            self.as_(f"{party}/ana").agreements.accept(agreed.agreement)

    def amend(self, agreed: Terms, effective_on: date, *, accepted_by: tuple[str, ...] = (ANA,)) -> None:
        """New terms, proposed by Ann and accepted."""
        self.as_(ANN).agreements.amend(agreed, effective_on, "as agreed in the meeting")
        for actor in accepted_by:
            self.as_(actor).agreements.accept(agreed.agreement)

    def record(self, reference: str, fact: Fact, actor: str | None = None) -> list[Event]:
        """Record a fact, by the party whose it is."""
        who = actor or {"acme": ANN, "jot": ANA, "kim": KAI}[owner(fact)]
        return self.as_(who).entries.record(BOOK, reference, fact)

    def first_month(self) -> None:
        """January: sales of 10,000.00, media of 900.00, and the statement of it.

        The pool is 9,100.00. Acme holds 10,000.00 of which 5,460.00 are its own; JOT is due 3,640.00 and the 900.00.
        """
        self.record("S-1", sales(1_000_000))
        self.record("M-1", media(90_000))
        self.as_(ANN).statements.close(BOOK)

    def pay(self, payout_id: str, day: date | None = None) -> None:
        """A payout is approved and arrives."""
        self.as_(BEN).payouts.approve(BOOK, payout_id)
        self.as_(ANA).payouts.settle(BOOK, payout_id, day or self.day, "SEPA 1")

    def events(self) -> list[Event]:
        """Everything on record."""
        return [event for _, event in self.ledger.events_of(BOOK)]

    def names(self) -> list[str]:
        """The types of everything on record."""
        return [type(event).__name__ for event in self.events()]

    def payable(self) -> dict[str, int]:
        """What each party can be paid now."""
        return {found.party: found.payable for found in self.ledger.payouts.payables(BOOK)}


class Meddled:
    """Facts of a book, right behind which somebody else does something, the next few times that they are read."""

    def __init__(self, meddle: Callable[[int], object], times: int = 1) -> None:
        self.asked = 0
        self.times = times
        self._meddle = meddle

    def __call__(self, core: Core, book: str) -> Facts:
        facts = core.replay(book)
        self.asked += 1
        if self.times:
            self.times -= 1
            self._meddle(self.asked)
        return facts


def owner(fact: Any) -> str:
    """The party that a fact is about, who records it."""
    for field in ("collected_by", "paid_by", "party"):
        if found := getattr(fact, field, None):
            return str(found)
    return "acme"


def sales(amount_minor: int, day: date = date(2026, 1, 10)) -> Result:
    """Money that Acme collected for all."""
    return Result(metric="sales", effective_on=day, amount_minor=amount_minor, currency="EUR", collected_by="acme")


def signups(count: int, day: date = date(2026, 1, 10)) -> Result:
    """People that JOT brought."""
    return Result(metric="signups", effective_on=day, quantity_micro=count * 10**6)


def media(amount_minor: int, day: date = date(2026, 1, 12)) -> Cost:
    """What JOT paid for media."""
    return Cost(category="media", effective_on=day, amount_minor=amount_minor, currency="EUR", paid_by="jot")


def tracking(amount_minor: int, day: date = date(2026, 1, 12)) -> Cost:
    """What Acme paid for tracking."""
    return Cost(category="tracking", effective_on=day, amount_minor=amount_minor, currency="EUR", paid_by="acme")


def chargebacks(amount_minor: int, day: date = date(2026, 1, 20)) -> Liability:
    """What the venture expects to owe."""
    return Liability(category="chargebacks", effective_on=day, amount_minor=amount_minor, currency="EUR")


def advance(amount_minor: int, day: date = date(2026, 1, 2)) -> Advance:
    """What Acme paid JOT ahead of its share."""
    return Advance(paid_by="acme", paid_to="jot", effective_on=day, amount_minor=amount_minor, currency="EUR")
