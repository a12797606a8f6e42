"""A store in which January 2026 is closed: Acme owes JOT 4,540.00 EUR."""

from __future__ import annotations

from datetime import UTC, date, datetime

from ledger.application import Ledger
from ledger.book.events import Cost, Result
from tests.cli.conftest import make_store

DAY = date(2026, 1, 10)


def make_january(url: str) -> None:
    """Sales of 10,000.00 that Acme collected, media of 900.00 that JOT paid, and the close on February 2nd.

    The pool is 9,100.00: 5,460.00 are Acme's, 3,640.00 JOT's, who gets its 900.00 back as well.
    """
    make_store(url)
    ledger = Ledger(url, "acme/ann", lambda: datetime(2026, 2, 2, 9, tzinfo=UTC))
    sales = Result(metric="sales", effective_on=DAY, amount_minor=1_000_000, currency="EUR", collected_by="acme")
    ledger.entries.record("acme-jot", "S-1", sales)
    ledger.acting_as("jot/leo")
    media = Cost(category="media", effective_on=DAY, amount_minor=90_000, currency="EUR", paid_by="jot")
    ledger.entries.record("acme-jot", "M-1", media)
    ledger.acting_as("acme/ann")
    ledger.statements.close("acme-jot")
    ledger.close()


def make_told(url: str) -> None:
    """January closed, paid on February 3rd, disputed, and corrected after that: ten events."""
    make_january(url)
    ledger = Ledger(url, "acme/ann", lambda: datetime(2026, 2, 3, 14, 30, tzinfo=UTC))
    ledger.payouts.propose("acme-jot")
    ledger.acting_as("acme/ben")
    ledger.payouts.approve("acme-jot", "2026-01-1", "in the next run")
    ledger.disputes.open("acme-jot/2026-01/inputs/cost.media.jot", "800.00", "one invoice is double")
    ledger.acting_as("jot/leo")
    ledger.payouts.settle("acme-jot", "2026-01-1", date(2026, 2, 3), "SEPA 1")
    ledger.entries.correct("acme-jot", "M-1", {"amount_minor": 80_000}, "it was double")
    ledger.close()
