"""Every event is part of exactly one kind of stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ledger.book import acknowledgement, agreement, closing, dispute, entry, key, liquidation, payout, rate
from ledger.book.events import EVENTS, Event, Stamp, topic
from ledger.values.errors import Broken
from tests.ledger.book_examples import ANA, TERMS

FOLDS: dict[str, Callable[[Event], object]] = {
    "agreement": lambda event: agreement.evolve(_agreed(event), event),
    "entry": lambda event: entry.evolve(entry.initial(), event),
    "payout": lambda event: payout.evolve(payout.initial(), event),
    "dispute": lambda event: dispute.evolve(dispute.initial(), event),
    "rate": lambda event: rate.evolve(rate.initial(), event),
    "closing": lambda event: closing.evolve(closing.initial(), event),
    "liquidation": lambda event: liquidation.evolve(liquidation.initial(), event),
    "key": lambda event: key.evolve(key.initial(), event),
    "statement": lambda event: acknowledgement.evolve(acknowledgement.initial(), event),
}

LIABILITY = {"kind": "liability", "category": "c", "effective_on": "2026-10-05", "amount_minor": 1, "currency": "EUR"}
FACTS: dict[str, dict[str, Any]] = {
    "ResultReported.v1": {"kind": "result", "metric": "sales", "effective_on": "2026-10-05", "quantity_micro": 1},
    "CostIncurred.v1": LIABILITY | {"kind": "cost", "paid_by": "jot"},
    "LiabilityRecognised.v1": LIABILITY,
    "CapitalContributed.v1": {
        "kind": "contribution", "party": "jot", "effective_on": "2026-10-05", "amount_minor": 1, "currency": "EUR",
    },
    "CapitalWithdrawn.v1": {
        "kind": "withdrawal", "party": "jot", "effective_on": "2026-10-05", "amount_minor": 1, "currency": "EUR",
    },
    "AdvancePaid.v1": {
        "kind": "advance", "paid_by": "acme", "paid_to": "jot",
        "effective_on": "2026-10-05", "amount_minor": 1, "currency": "EUR",
    },
    "CurrencyConverted.v1": {
        "kind": "conversion", "party": "acme", "effective_on": "2026-10-05",
        "amount_minor": 1, "currency": "USD", "proceeds_minor": 1, "into": "EUR",
    },
    "EntryCorrected.v1": LIABILITY,
    "PartnerAdmitted.v1": {
        "kind": "admission", "party": "kim", "effective_on": "2026-10-05", "amount_minor": 1, "currency": "EUR",
        "interest": "1/3", "method": "bonus", "capital_minor": {}, "ratio": {}, "change_minor": {},
    },
    "PartnerRetired.v1": {
        "kind": "retirement", "party": "kim", "effective_on": "2026-10-05", "amount_minor": 1, "currency": "EUR",
        "method": "bonus", "capital_minor": {}, "ratio": {}, "change_minor": {},
    },
    "ProfitRatioChanged.v1": {
        "kind": "ratio_change", "effective_on": "2026-10-05", "amount_minor": 1, "currency": "EUR",
        "old": {}, "new": {}, "change_minor": {},
    },
    "AssetRevalued.v1": {
        "kind": "revaluation", "effective_on": "2026-10-05", "currency": "EUR", "assets": [], "ratio": {},
        "change_minor": {},
    },
}  # fmt: skip
VALUES: dict[str, Any] = {
    "terms": TERMS.canonical,
    "digest": TERMS.digest,
    "effective_on": "2026-07-01",
    "due_on": "2026-11-30",
    "reason": "why",
    "answer": "because",
    "part": {"reference": "p", "effective_on": "2026-10-06", "amount_minor": 1},
    "period": "2026-10",
    "payer": "acme",
    "payee": "jot",
    "amount_minor": 1,
    "currency": "EUR",
    "into": "USD",
    "rate": "10000/10921",
    "days": 10,
    "clause": "confirm.silence",
    "cutoff_seq": 1,
    "root": "aa" * 32,
    "statement": "bb" * 32,
    "closing_minor": {},
    "figure": "f",
    "stated_minor": 1,
    "expected_minor": 2,
    "effect_minor": {},
    "liquidator": "acme",
    "ratio": {},
    "capital_minor": {},
    "cash_minor": 0,
    "deficiencies": "ratio",
    "reference": "R-1",
    "asset": "stock",
    "book_minor": 1,
    "proceeds_minor": 1,
    "category": "fees",
    "creditor": "bank",
    "owed_minor": 1,
    "paid_minor": 1,
    "party": "acme",
    "reserve_minor": 0,
    "payments_minor": {},
    "key": "jot/ana+88c95757+Aa8Go+MpFxTk81bBnJsVzRlR7G5mYqp3vgdUfyiTgzQd",
    "key_id": "88c95757",
    "size": 1,
}


def example(event_type: type[Event]) -> Event:
    """An event of a type, with whatever the type requires."""
    header = Stamp(*ANA).on("acme-jot/any/1", 1)
    required = [field.name for field in msgspec.structs.fields(event_type) if field.required]
    content = {name: VALUES[name] for name in required if name in VALUES}
    if topic(event_type) in FACTS:
        content["fact"] = FACTS[topic(event_type)]
    return msgspec.convert({"type": topic(event_type), **header, **content}, event_type)


def _agreed(event: Event) -> agreement.Agreement:
    """Terms that are open, so that an answer to them has something to answer; none for a proposal."""
    if topic(type(event)) == "AgreementProposed.v1":
        return agreement.initial()
    (proposed,) = agreement.propose(agreement.initial(), TERMS, ANA)
    return agreement.evolve(agreement.initial(), proposed)


@pytest.mark.parametrize("event_type", EVENTS, ids=topic)
def test_every_event_belongs_to_one_kind_of_stream(event_type: type[Event]) -> None:
    """One kind of stream understands an event; to the others it is a sign that the book is broken."""
    event, understood, strange = example(event_type), [], []
    for name, fold in FOLDS.items():
        try:
            fold(event)
            understood.append(name)
        except Broken as broken:
            strange.append(broken.message)
    assert len(understood) == 1
    assert all(event_type.__name__ in message for message in strange)


def test_streams_have_readable_names() -> None:
    """A stream is named by its book, its kind, and what people call it."""
    assert [
        agreement.stream("acme-jot"),
        entry.stream("acme-jot", "INV-2026-117"),
        closing.stream("acme-jot"),
        payout.stream("acme-jot", "2026-10-1"),
        dispute.stream("acme-jot", "2026-10-1"),
        liquidation.stream("acme-jot"),
        rate.stream("acme-jot", "USD"),
    ] == [
        "acme-jot/agreement",
        "acme-jot/entry/INV-2026-117",
        "acme-jot/closing",
        "acme-jot/payout/2026-10-1",
        "acme-jot/dispute/2026-10-1",
        "acme-jot/liquidation",
        "acme-jot/rate/USD",
    ]
