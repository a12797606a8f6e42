"""A partnership that signs, and keeps silent: keys, signed terms, an acknowledgement, an entry that nobody answered."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from ledger.book.events import Cost, Event
from ledger.store.keys import signing_key
from ledger.terms.written.document import parse_terms
from ledger.values.periods import parse_period
from tests.projections.story import ANN, BOOK, LEO, TERMS, new_ledger, sales

SIGNED = TERMS.replace('{costs over: "1000.00"}', '{costs over: "1000.00", silence: accepts after 5 days}')
KEYS = {ANN: signing_key(ANN, b"a" * 32), LEO: signing_key(LEO, b"l" * 32)}


@cache
def sealed() -> tuple[Event, ...]:
    """The events of the partnership."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = new_ledger(f"sqlite:///{Path(folder) / 'book.db'}")
        ledger.now = lambda: datetime(2026, 1, 12, 9, tzinfo=UTC)
        ledger.acting_as(ANN)
        ledger.agreements.propose(parse_terms(SIGNED + "signatures: terms\n"))
        for actor, key in KEYS.items():
            ledger.acting_as(actor)
            ledger.signing.register(BOOK, key.public())
            ledger.agreements.accept(BOOK, signer=key)
        day = ledger.today
        media = Cost(category="media", effective_on=day, amount_minor=250_000, currency="EUR", paid_by="jot")
        ledger.entries.record(BOOK, "M-1", media)
        ledger.acting_as(ANN)
        ledger.entries.record(BOOK, "S-1", sales(day, 1_000_000))
        ledger.now = lambda: datetime(2026, 2, 2, 9, tzinfo=UTC)
        ledger.statements.close(BOOK)
        ledger.acting_as(LEO)
        ledger.signing.acknowledge(BOOK, parse_period("2026-01"), KEYS[LEO])
        ledger.signing.revoke(BOOK, KEYS[LEO].public().id.hex(), "the laptop was stolen")
        events = tuple(told for _, told in ledger.events_of(BOOK))
        ledger.close()
    return events
