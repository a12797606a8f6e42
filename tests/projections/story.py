"""A partnership in which everything happens at least once, told by the ledger's own commands."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from sqlalchemy import event

from ledger.application import Ledger, create_store
from ledger.book.events import (
    Advance,
    Contribution,
    Cost,
    Event,
    Liability,
    LiabilityPart,
    Result,
    ResultReported,
    Stamp,
    Withdrawal,
)
from ledger.terms.written.document import parse_terms

BOOK = "acme-jot"
TERMS = """\
agreement: acme-jot
title: Audience acquisition for Acme
parties:
  acme: {name: Acme GmbH, reports: [sales, signups], pays: [tracking]}
  jot: {name: JOT Media S.L., pays: [media]}
currency: EUR
periods: {every: month, from: 2026-01-01, due: net 30}
pool:
  results: [sales]
  less costs: {media: all, tracking: all}
  less liabilities: [chargebacks]
shares:
  - fee: {to: jot, each: signups, amount: "4.00"}
  - split: {acme: 2/3, jot: 1/3}
short: in order
losses: {acme: 50%, jot: 50%}
confirm: {costs over: "1000.00"}
"""
OTHER_TERMS = TERMS.replace("acme: 2/3, jot: 1/3", "acme: 60%, jot: 40%")
ANN, BOB, LEO, MIA = "acme/ann", "acme/bob", "jot/leo", "jot/mia"


@cache
def everything() -> tuple[Event, ...]:
    """The events of a partnership with every type of event in it."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = new_ledger(f"sqlite:///{Path(folder) / 'book.db'}")
        _Story(ledger).tell()
        events = tuple(told for _, told in ledger.events_of(BOOK))
        ledger.close()
    return events


def new_ledger(url: str) -> Ledger:
    """A ledger on a new store, which need not survive a power failure."""
    create_store(url)
    ledger = Ledger(url)
    if ledger.engine.dialect.name == "sqlite":
        event.listen(ledger.engine, "connect", lambda made, _: made.execute("PRAGMA synchronous = OFF"))
        ledger.engine.dispose()
    return ledger


def sales(day: date, minor: int) -> Result:
    """Money that Acme collected."""
    return Result(metric="sales", effective_on=day, amount_minor=minor, currency="EUR", collected_by="acme")


def media(day: date, minor: int) -> Cost:
    """Media that JOT paid."""
    return Cost(category="media", effective_on=day, amount_minor=minor, currency="EUR", paid_by="jot")


class Told:
    """A story that is told of a ledger; each event is recorded a second after the one before."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.today = date(2026, 1, 2)
        seconds = count()
        ledger.now = lambda: datetime.combine(self.today, time(9), UTC) + timedelta(seconds=next(seconds))

    def on(self, day: date, actor: str) -> Ledger:
        """The ledger on a day, in somebody's hands."""
        self.today = day
        self.ledger.acting_as(actor)
        return self.ledger


class _Story(Told):
    """The actors, one after the other."""

    def tell(self) -> None:
        """Everything, in order."""
        self._agree()
        self._record()
        self._change_minds()
        self._first_close()
        self._dispute()
        self._amend()
        self._second_close()

    def _agree(self) -> None:
        day, terms = date(2026, 1, 2), parse_terms(TERMS)
        self.on(day, ANN).agreements.propose(parse_terms(TERMS.replace("4.00", "3.00")))
        self.on(day, LEO).agreements.decline(BOOK, "the fee is too low")
        self.on(day, ANN).agreements.propose(terms)
        self.on(day, LEO).agreements.accept(BOOK)

    def _record(self) -> None:
        ann = self.on(date(2026, 1, 31), ANN).entries
        ann.record(BOOK, "S-1", sales(date(2026, 1, 5), 1_000_001), note="as exported")
        ann.record(BOOK, "S-2", sales(date(2026, 1, 20), 250_000))
        ann.record(BOOK, "S-3", sales(date(2026, 2, 3), 99_999))
        ann.record(BOOK, "N-1", Result(metric="signups", effective_on=date(2026, 1, 31), quantity_micro=30_500_000))
        owed = Liability(category="chargebacks", effective_on=date(2026, 1, 9), amount_minor=90_000, currency="EUR")
        ann.record(BOOK, "CB-1", owed)
        for kind in (Contribution, Withdrawal):
            fact = kind(party="acme", effective_on=date(2026, 1, 3), amount_minor=500_000, currency="EUR")
            ann.record(BOOK, kind.__name__, fact)
        advance = Advance(
            paid_by="acme", paid_to="jot", effective_on=date(2026, 1, 4), amount_minor=40_000, currency="EUR"
        )
        ann.record(BOOK, "ADV-1", advance)
        leo = self.on(date(2026, 1, 31), LEO).entries
        leo.record(BOOK, "M-1", media(date(2026, 1, 6), 60_000))
        leo.record(BOOK, "M-2", media(date(2026, 1, 7), 160_000))
        leo.record(BOOK, "M-3", media(date(2026, 1, 8), 170_000))
        leo.record(BOOK, "M-4", media(date(2026, 2, 8), 180_000))

    def _change_minds(self) -> None:
        ann = self.on(date(2026, 2, 2), ANN).entries
        ann.confirm(BOOK, "M-2", "matches the plan")
        ann.reject(BOOK, "M-3", "not in the plan")
        self.on(date(2026, 2, 2), LEO).entries.correct(BOOK, "M-3", {"amount_minor": 110_000}, "credit note")
        self.on(date(2026, 2, 2), BOB).entries.confirm(BOOK, "M-3")
        ann = self.on(date(2026, 2, 2), ANN).entries
        ann.correct(BOOK, "S-2", {"amount_minor": 240_000, "effective_on": date(2026, 2, 1)}, "booked too early")
        for number, day in enumerate((date(2026, 1, 10), date(2026, 2, 10)), 1):
            part = LiabilityPart(reference=f"P-{number}", effective_on=day, amount_minor=20_000, paid_by="acme")
            ann.settle_liability(BOOK, "CB-1", part)
        part = LiabilityPart(reference="P-3", effective_on=date(2026, 1, 11), amount_minor=30_000)
        ann.release_liability(BOOK, "CB-1", part, "the bank found for us")
        ann.void(BOOK, "CB-1", "paid by the insurer", "P-2")
        ann.correct(BOOK, "CB-1", {"effective_on": date(2026, 1, 8)}, "a day earlier")

    def _first_close(self) -> None:
        mia = self.on(date(2026, 2, 3), MIA)
        mia.statements.close(BOOK)
        mia.payouts.propose(BOOK)
        self.on(date(2026, 2, 4), BOB).payouts.fail(BOOK, "2026-01-1", "wrong account")
        self.on(date(2026, 2, 4), MIA).payouts.propose(BOOK)
        bob = self.on(date(2026, 2, 5), BOB).payouts
        bob.approve(BOOK, "2026-01-2", "go")
        bob.send(BOOK, "2026-01-2", date(2026, 2, 5), "E2E-1")
        self.on(date(2026, 2, 6), LEO).payouts.settle(BOOK, "2026-01-2", date(2026, 2, 6), "BANK-1")

    def _dispute(self) -> None:
        for expected in ("8000.00", "8500.00"):
            self.on(date(2026, 2, 7), LEO).disputes.open(f"{BOOK}/2026-01/jot/share", expected, "a refund is missing")
            self.on(date(2026, 2, 7), ANN).disputes.answer(BOOK, "2026-01-1", "we look into it")
            if expected == "8000.00":
                self.on(date(2026, 2, 8), ANN).entries.void(BOOK, "S-1", "counted twice")
                self.on(date(2026, 2, 8), ANN).disputes.resolve(BOOK, "2026-01-1", "it was double", ("S-1",))
        self.on(date(2026, 2, 8), LEO).disputes.withdraw(BOOK, "2026-01-2", "settled by phone")
        self.on(date(2026, 2, 8), LEO).disputes.open(f"{BOOK}/2026-01/jot/share", "9000.00", "and yet")

    def _amend(self) -> None:
        terms = parse_terms(OTHER_TERMS)
        self.on(date(2026, 2, 9), LEO).agreements.amend(terms, date(2026, 1, 1), "as promised")
        self.on(date(2026, 2, 9), ANN).agreements.decline(BOOK, "not from January on")
        self.on(date(2026, 2, 10), LEO).agreements.amend(terms, date(2026, 1, 1), "please")
        self.on(date(2026, 2, 10), ANN).agreements.accept(BOOK)

    def _second_close(self) -> None:
        self.on(date(2026, 3, 2), LEO).entries.record(BOOK, "M-5", media(date(2026, 1, 30), 70_000))
        self.on(date(2026, 3, 2), ANN).statements.close(BOOK)
        ledger = self.on(date(2026, 3, 3), ANN)
        ledger.payouts.reverse(BOOK, "2026-01-2", date(2026, 3, 3), "recalled by the bank")
        ledger.entries.record(BOOK, "S-4", sales(date(2026, 1, 30), 5_000))
        ledger.agreements.terminate(BOOK, date(2026, 12, 31), "the campaign is over")
        ledger.payouts.propose(BOOK)


def results(number: int, minor: int) -> list[Event]:
    """Further results of an amount each, as one import would bring them; they follow on `everything`."""
    day, recorded_at = date(2026, 1, 5), datetime(2026, 4, 1, tzinfo=UTC)
    return [
        ResultReported(
            fact=sales(day, minor), **Stamp(ANN, recorded_at, f"{each:032x}").on(f"{BOOK}/entry/X-{each:05d}", 1)
        )
        for each in range(number)
    ]
