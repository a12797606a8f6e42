"""A partnership in which partners come and go and which is wound up: every event of that, told by commands."""

from __future__ import annotations

import tempfile
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from ledger.book.events import Contribution, Event
from ledger.book.liquidation_events import (
    AssetRealised,
    CreditorPaid,
    DeficiencyPaid,
    DeficiencyShared,
    LiquidationExpensePaid,
)
from ledger.book.partner_facts import Revalued
from ledger.terms.written.document import parse_terms
from tests.projections.story import Told, new_ledger

BOOK = "arias-cicci"
ANN, LEO, EVA = "arias/ann", "cicci/leo", "soto/eva"
TERMS = """\
agreement: arias-cicci
title: Arias, Cicci and Soto
parties: {arias: {name: Arias Ltd}, cicci: {name: Cicci Ltd}, soto: {name: Soto Ltd}}
currency: EUR
periods: {every: quarter, from: 2026-01-01}
pool: {results: [sales]}
shares:
  - split: {arias: 30%, cicci: 40%, soto: 30%}
losses: as profits
"""
HALF = {"arias": Fraction(1), "cicci": Fraction(1)}


@cache
def life() -> tuple[Event, ...]:
    """The events of it, in order."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = new_ledger(f"sqlite:///{Path(folder) / 'book.db'}")
        Life(ledger).tell()
        events = tuple(told for _, told in ledger.events_of(BOOK))
        ledger.close()
    return events


class Life(Told):
    """The partners, one after the other."""

    def tell(self) -> None:
        """Everything, in order."""
        self.agree()
        self.change_partners()
        self.on(date(2026, 4, 2), ANN).statements.close(BOOK)
        self.late()
        self.wind_up()

    def agree(self) -> None:
        """Terms, and the capital of two."""
        self.on(self.today, ANN).agreements.propose(parse_terms(TERMS))
        for actor in (LEO, EVA):
            self.on(self.today, actor).agreements.accept(BOOK)
        for actor, minor in ((ANN, 3_000_000), (LEO, 3_500_000)):
            party = actor.partition("/")[0]
            fact = Contribution(party=party, effective_on=self.today, amount_minor=minor, currency="EUR")
            self.on(self.today, actor).entries.record(BOOK, f"CAP-{party}", fact)

    def change_partners(self) -> None:
        """Soto comes, land is worth more, the ratio changes, and Soto goes; each counts once the others agree."""
        march, three = date(2026, 3, 4), {**HALF, "soto": Fraction(2)}
        parts: dict[str, Any] = {"interest": Fraction(1, 3), "ratio": {"arias": Fraction(3), "cicci": Fraction(7)}}
        self.on(march, EVA).partners.admit(BOOK, "SOTO-1", "soto", on=march, paid_in_minor=2_500_000, **parts)
        self.confirm("SOTO-1", ANN, LEO)
        land = [Revalued(name="land", before_minor=100_000, after_minor=130_001)]
        self.on(march, LEO).partners.revalue(BOOK, "LAND-1", on=march, assets=land, ratio=HALF)
        self.confirm("LAND-1", ANN)
        partners = self.on(march, ANN).partners
        partners.change_ratio(BOOK, "RATIO-1", on=march, old=HALF, new=three, goodwill_minor=60_001)
        self.confirm("RATIO-1", LEO, EVA)
        self.on(march, LEO).partners.retire(BOOK, "SOTO-2", "soto", on=march, paid_minor=3_100_000, ratio=three)
        self.confirm("SOTO-2", ANN, EVA)

    def late(self) -> None:
        """What is corrected after the close is confirmed anew; another is rejected, a third voided."""
        april = date(2026, 4, 3)
        self.on(april, EVA).entries.correct(BOOK, "SOTO-1", {"amount_minor": 2_500_100}, "a fee was left out")
        self.confirm("SOTO-1", ANN, LEO)
        self.on(april, ANN).entries.void(BOOK, "RATIO-1", "a misunderstanding")
        land = [Revalued(name="stock", before_minor=1, after_minor=2)]
        self.on(april, LEO).partners.revalue(BOOK, "STOCK-1", on=april, assets=land, ratio=HALF)
        self.on(april, ANN).entries.reject(BOOK, "STOCK-1", "not worth the trouble")

    def wind_up(self) -> None:
        """A liquidation with all that can happen in one."""
        may = date(2026, 5, 1)
        given: dict[str, Any] = {
            "on": may, "capital": {"arias": 500_000, "cicci": 100_000}, "deficiencies": "capitals",
            "creditors_minor": {"bank": 50_000}, "loans_minor": {"arias": 10_000},
            "ratio": {"arias": "1", "cicci": "1"}, "liquidator": "arias", "assets_minor": {"land": 600_000},
        }  # fmt: skip
        self.on(may, ANN).liquidations.open(BOOK, **given)
        self.on(may, LEO).liquidations.decline(BOOK, "the loan is missing")
        self.on(may, ANN).liquidations.open(BOOK, **given)
        self.on(may, LEO).liquidations.accept(BOOK)
        ann = self.on(may, ANN).liquidations
        for reference in ("SALE-0", "SALE-1"):
            sale = {"asset": "land", "book_minor": 600_000, "proceeds_minor": 300_001}
            ann.record(BOOK, AssetRealised, reference=reference, effective_on=may, **sale)
            if reference == "SALE-0":
                ann.void(BOOK, reference, "another buyer")
        step = {"effective_on": may}
        ann.record(BOOK, LiquidationExpensePaid, reference="EXP-1", category="broker", amount_minor=3, **step)
        paid = {"creditor": "bank", "owed_minor": 50_000, "paid_minor": 49_000}
        ann.record(BOOK, CreditorPaid, reference="BANK-1", **paid, **step)
        ann.distribute(BOOK, reference="PAY-1", reserve_minor=10, **step)
        ann.record(BOOK, DeficiencyPaid, reference="DEF-1", party="cicci", amount_minor=20, **step)
        ann.record(BOOK, DeficiencyShared, reference="DEF-2", party="cicci", **step)
        ann.distribute(BOOK, reference="PAY-2", reserve_minor=0, **step)

    def confirm(self, reference: str, *actors: str) -> None:
        """Say yes to an entry, one after the other."""
        for actor in actors:
            self.on(self.today, actor).entries.confirm(BOOK, reference)
