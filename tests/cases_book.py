"""What computes the published examples that need a history: a dispute, an amendment, a payout."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from ledger.application import create_store
from ledger.book.events import Cost, Result
from ledger.settlement.statement import RowKind
from tests.settling import document
from tests.stored import StoredBook, open_ledger
from tests.world import Book

Inputs = dict[str, Any]

JANUARY, FEBRUARY = date(2026, 1, 15), date(2026, 2, 1)


def exposure(inputs: Inputs) -> dict[str, Any]:
    """Costs billed at one rate, where the partner says another: only the difference is held, not the whole bill."""
    billed = Fraction(inputs["billed"])
    text = document(
        parties={"operator": {"name": "Operator"}, "partner": {"name": "Partner"}},
        pool={"results": ["sales"], "less costs": ["drilling"]},
        shares=[{"split": "operator"}],
        losses={"operator": str(1 - billed), "partner": str(billed)},
    )
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'book.db'}"
        create_store(url)
        ledger = open_ledger(url)
        book = StoredBook(text, ledger)
        book.record(
            "AFE-1", Cost(category="drilling", effective_on=JANUARY, paid_by="operator", **_money(inputs["gross"]))
        )
        book.close()
        expected = str(-inputs["gross"] * Fraction(inputs["correct"]))
        book.acting("partner").disputes.open("acme-jot/2026-01/partner/losses", expected, "our interest is smaller")
        (found,) = (each for each in ledger.payouts.payables(book.slug) if each.party == "partner")
        ledger.close()
        ledger.engine.dispose()
    return {
        "billed_share": -Fraction(found.closing, 100),
        "variance": Fraction(found.held, 100),
        "expected_share": -Fraction(found.payable, 100),
    }


def retro(inputs: Inputs) -> dict[str, Any]:
    """A fee that is agreed later leaves what was earned before alone; taken as if it had always been, it does not."""
    ((amount, fee),) = inputs["sales"]
    return {
        "owed_correct": _owed(amount, fee, inputs["current_fee"], FEBRUARY),
        "owed_naive": _owed(amount, fee, inputs["current_fee"], date(2026, 1, 1)),
    }


def _owed(amount: int, fee: str, later: str, effective_on: date) -> Fraction:
    book = Book(_school(fee))
    book.record("S-1", Result(metric="sales", effective_on=JANUARY, collected_by="school", **_money(amount)))
    book.amend(_school(later), effective_on)
    return book.close().settlement.shares["teacher"].value / 100


def _school(fee: str) -> str:
    return document(
        parties={"school": {"name": "School"}, "teacher": {"name": "Teacher"}},
        shares=[{"fee": {"to": "school", "rate": fee, "of": "sales"}}, {"split": "teacher"}],
        short="in order",
    )


def difference(inputs: Inputs) -> dict[str, Any]:
    """What was earned and what was paid are lines of one statement, so that what is left explains itself."""
    book = Book(document(shares=[{"split": "jot"}]))
    earned, paid = (int(Fraction(inputs[key]) * 100) for key in ("a", "b"))
    book.record(
        "S-1", Result(metric="sales", effective_on=JANUARY, collected_by="acme", amount_minor=earned, currency="EUR")
    )
    book.pay("acme", "jot", paid, JANUARY)
    account = book.close().account("jot")
    lines = [row.figure.minor for row in account.rows if row.kind is RowKind.LINE]
    assert lines == [earned, -paid]
    return {"diff": account.closing.value / 100}


def _money(major: int) -> dict[str, Any]:
    return {"amount_minor": 100 * major, "currency": "EUR"}


CALCS: dict[str, Callable[[Inputs], dict[str, Any]]] = {"exposure": exposure, "retro": retro, "difference": difference}
