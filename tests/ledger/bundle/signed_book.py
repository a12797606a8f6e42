"""A small book in which parties sign: keys, terms, statements, two closed months and checkpoints."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from ledger.application import Ledger
from ledger.book.events import Result
from ledger.store.checkpoint import Checkpoint
from ledger.store.keys import SigningKey, signing_key
from ledger.terms.written.document import parse_terms
from ledger.values.periods import parse_period
from tests.projections.story import new_ledger

BOOK = "a-b"
TERMS = """\
agreement: a-b
title: A and B
parties: {a: {name: A}, b: {name: B}}
currency: EUR
periods: {every: month, from: 2026-01-01}
pool: {results: [sales]}
shares: [split: {a: 50%, b: 50%}]
losses: as profits
"""
KEYS = {name: signing_key(name, bytes([number]) * 32) for number, name in enumerate(("a/ann", "b/bo", "c/eve"), 1)}


@dataclass(frozen=True)
class Signed:
    """A store and a bundle of the same book, and the checkpoints that were kept: the first and the last."""

    store: bytes
    bundle: bytes
    first: Checkpoint
    last: Checkpoint


@cache
def signed() -> Signed:
    """The book, told once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.db"
        ledger = new_ledger(f"sqlite:///{path}")
        first, last = tell(ledger)
        out = io.BytesIO()
        ledger.audit.export(BOOK, out)
        with ledger.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        ledger.close()
        return Signed(path.read_bytes(), out.getvalue(), first, last)


def tell(ledger: Ledger) -> tuple[Checkpoint, Checkpoint]:
    """Fifteen events: terms, two keys, results, a correction, two closes, an acknowledgement that is signed."""
    seconds = count()
    ledger.now = lambda: datetime(2026, 3, 5, 9, tzinfo=UTC) + timedelta(seconds=next(seconds))
    ann, bo = "a/ann", "b/bo"
    acting(ledger, ann).agreements.propose(parse_terms(TERMS))
    for actor in (ann, bo):
        acting(ledger, actor).signing.register(BOOK, key_of(actor).public())
    acting(ledger, bo).agreements.accept(BOOK, signer=key_of(bo))
    for number, day in enumerate((date(2026, 1, 5), date(2026, 1, 6), date(2026, 2, 5)), 1):
        fact = Result(metric="sales", effective_on=day, amount_minor=1001, currency="EUR", collected_by="a")
        acting(ledger, ann).entries.record(BOOK, f"S-{number}", fact)
    ledger.statements.close(BOOK)
    first = ledger.audit.checkpoint(BOOK, key_of(ann))
    acting(ledger, bo).signing.acknowledge(BOOK, parse_period("2026-01"), key_of(bo))
    acting(ledger, ann).entries.correct(BOOK, "S-2", {"amount_minor": 900}, "a slip")
    ledger.payouts.propose(BOOK)
    acting(ledger, bo).payouts.approve(BOOK, "2026-01-1")
    acting(ledger, ann).statements.close(BOOK)
    acting(ledger, ann).signing.acknowledge(BOOK, parse_period("2026-02"))
    ledger.audit.checkpoint(BOOK, key_of(ann))
    last = ledger.audit.cosign(BOOK, ledger.audit.checkpoints(BOOK)[-1], key_of(bo), first)
    return first, last


def acting(ledger: Ledger, actor: str) -> Ledger:
    """The ledger in somebody's hands."""
    ledger.acting_as(actor)
    return ledger


def key_of(actor: str) -> SigningKey:
    """The key of a person."""
    return KEYS[actor]
