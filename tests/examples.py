"""One fixed example of every event type, complete: every field is filled in at least one of them.

Their bytes are frozen in `cases/frozen_events.jsonl`, a line for each in this order. Only ever add, and only
at the end: stored books hold such lines for ever.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from ledger.book import events as e
from ledger.book.signing_events import KeyRegistered, KeyRevoked, StatementAcknowledged
from tests.examples_life import LIFE

_numbers = count(1)
_START = datetime(2026, 10, 1, 8, 30, tzinfo=UTC)
_TERMS = '{"agreement":"acme-jot","currency":"EUR"}'
_DIGEST = "5d6b1b8d" * 8
_KEY = "jot/ana+88c95757+Aa8Go+MpFxTk81bBnJsVzRlR7G5mYqp3vgdUfyiTgzQd"
_SIGNED = "\u2014 jot/ana iMlXVw1XhvHHfKEI47oFfBybzWdCCgSq+k/FHslaZ+7qPQgaPGpizhcEZsNGE8c9AfJbj0EoxJxhqXlGqzMxwLmnzAA="
_EVIDENCE = ("0a1b2c3d" * 8, "e4f5a6b7" * 8)


def _next(stream: str, version: int, actor: str = "jot/ana") -> dict[str, Any]:
    """The fields of the next example: a minute later, with a salt of its own."""
    number = next(_numbers)
    return e.Stamp(actor, _START + timedelta(minutes=number), f"{number:032x}").on(f"acme-jot/{stream}", version)


_result = e.Result(
    metric="sales",
    effective_on=date(2026, 10, 5),
    amount_minor=1_234_567,
    currency="EUR",
    collected_by="acme",
    quantity_micro=30_000_000,
)
_cost = e.Cost(category="media", effective_on=date(2026, 10, 6), amount_minor=-45_000, currency="EUR", paid_by="jot")
_liability = e.Liability(category="chargebacks", effective_on=date(2026, 10, 7), amount_minor=9_900, currency="EUR")
_contribution = e.Contribution(party="acme", effective_on=date(2026, 10, 1), amount_minor=5_000_000, currency="EUR")
_withdrawal = e.Withdrawal(party="acme", effective_on=date(2026, 10, 30), amount_minor=100_000, currency="EUR")
_advance = e.Advance(
    paid_by="acme", paid_to="jot", effective_on=date(2026, 10, 2), amount_minor=250_000, currency="EUR"
)
_conversion = e.Conversion(
    party="acme",
    effective_on=date(2026, 10, 20),
    amount_minor=450_000,
    currency="USD",
    proceeds_minor=412_066,
    into="EUR",
)
_facts: tuple[e.Fact, ...] = (_result, _cost, _liability, _contribution, _withdrawal, _advance)
_part = e.LiabilityPart(reference="CB-7/1", effective_on=date(2026, 10, 20), amount_minor=4_000, paid_by="acme")
_opening: dict[str, Any] = {
    "awaits_confirmation": True,
    "note": 'as agreed by phone; “naïve” ☎ \t\\ "quoted"',
    "source": "sha256:0a1b2c3d line 14",
    "original": "12345.674",
    "evidence": _EVIDENCE,
}

EXAMPLES: tuple[e.Event, ...] = (
    e.AgreementProposed(**_next("agreement", 1), terms=_TERMS, digest=_DIGEST),
    e.AgreementAccepted(**_next("agreement", 2, "acme/bob"), digest=_DIGEST),
    e.AgreementDeclined(**_next("agreement", 3, "acme/bob"), digest=_DIGEST, reason="the cap is missing"),
    e.AmendmentProposed(
        **_next("agreement", 4), terms=_TERMS, digest=_DIGEST, effective_on=date(2027, 1, 1), reason="a new year"
    ),
    e.AmendmentAccepted(**_next("agreement", 5, "acme/bob"), digest=_DIGEST),
    e.AmendmentDeclined(**_next("agreement", 6, "acme/bob"), digest=_DIGEST, reason="too early"),
    e.AgreementTerminated(**_next("agreement", 7), effective_on=date(2027, 12, 31), reason="the campaign is over"),
    e.ResultReported(**_next("entry/INV-2026-117", 1), fact=_result, **_opening),
    e.ResultReported(
        **_next("entry/signups-2026-10", 1),
        fact=e.Result(metric="signups", effective_on=date(2026, 10, 31), quantity_micro=-1),
    ),
    e.CostIncurred(**_next("entry/MEDIA-9", 1), fact=_cost, **_opening),
    e.LiabilityRecognised(**_next("entry/CB-7", 1), fact=_liability, **_opening),
    e.CapitalContributed(**_next("entry/CAP-1", 1, "acme/bob"), fact=_contribution, **_opening),
    e.CapitalWithdrawn(**_next("entry/CAP-2", 1, "acme/bob"), fact=_withdrawal, **_opening),
    e.AdvancePaid(**_next("entry/ADV-1", 1, "acme/bob"), fact=_advance, **_opening),
    e.LiabilitySettled(**_next("entry/CB-7", 2, "acme/bob"), part=_part),
    e.LiabilityReleased(
        **_next("entry/CB-7", 3),
        part=e.LiabilityPart(reference="CB-7/2", effective_on=date(2026, 10, 21), amount_minor=5_900),
        reason="the bank found for us",
    ),
    e.EntryConfirmed(**_next("entry/INV-2026-117", 2, "acme/bob"), note="matches our export"),
    e.EntryRejected(**_next("entry/MEDIA-9", 2, "acme/bob"), reason="not in the plan"),
    *(
        e.EntryCorrected(
            **_next(f"entry/FIX-{number}", 2),
            fact=fact,
            reason="a slip of the pen",
            awaits_confirmation=True,
            original="12345.67",
            evidence=_EVIDENCE,
        )
        for number, fact in enumerate(_facts, 1)
    ),
    e.EntryVoided(**_next("entry/CB-7", 4), reason="paid twice", part="CB-7/1"),
    e.PeriodClosed(
        **_next("closing", 1),
        period="2026-10",
        cutoff_seq=24,
        root="1f2e3d4c" * 8,
        statement="4c3d2e1f" * 8,
        currency="EUR",
        closing_minor={"acme": -375_000, "jot": 375_000},
    ),
    e.PayoutProposed(
        **_next("payout/2026-10-1", 1),
        period="2026-10",
        payer="acme",
        payee="jot",
        amount_minor=375_000,
        currency="EUR",
        due_on=date(2026, 11, 30),
    ),
    e.PayoutApproved(**_next("payout/2026-10-1", 2, "acme/bob"), note="in the next run"),
    e.PayoutSent(**_next("payout/2026-10-1", 3, "acme/bob"), effective_on=date(2026, 11, 27), reference="E2E-1"),
    e.PayoutSettled(**_next("payout/2026-10-1", 4), effective_on=date(2026, 11, 30), reference="BANK-77"),
    e.PayoutFailed(**_next("payout/2026-10-2", 3, "acme/bob"), reason="account closed"),
    e.PayoutReversed(**_next("payout/2026-10-1", 5), effective_on=date(2026, 12, 2), reason="recalled by the bank"),
    e.DisputeOpened(
        **_next("dispute/2026-10-1", 1),
        period="2026-10",
        figure="acme-jot/2026-10/jot/shares[1]",
        stated_minor=300_000,
        expected_minor=320_000,
        currency="EUR",
        effect_minor={"acme": -20_000, "jot": 20_000},
        reason="the refund was counted twice",
    ),
    e.DisputeAnswered(**_next("dispute/2026-10-1", 2, "acme/bob"), answer="we look into it"),
    e.DisputeResolved(
        **_next("dispute/2026-10-1", 3, "acme/bob"), reason="one refund was double", corrections=("INV-2026-117",)
    ),
    e.DisputeWithdrawn(**_next("dispute/2026-10-2", 2), reason="our mistake"),
    e.EntryAcceptedBySilence(**_next("entry/MEDIA-10", 2), days=10, clause="confirm.silence"),
    *LIFE,
    e.CapitalContributed(
        **_next("entry/CAP-3", 1, "acme/bob"),
        fact=msgspec.structs.replace(_contribution, deal="alpha"),
        awaits_confirmation=False,
    ),
    e.CurrencyConverted(**_next("entry/FX-1", 1, "acme/bob"), fact=_conversion, **_opening),
    e.RateFixed(
        **_next("rate/USD", 2, "acme/bob"),
        currency="USD",
        into="EUR",
        effective_on=date(2026, 10, 5),
        rate="10000/10921",
        quote="1 EUR = 1.0921 USD",
        source="ECB euro foreign exchange reference rates",
        reason="a digit was missing",
    ),
    e.AdvancePaid(
        **_next("entry/ADV-2", 1, "acme/bob"),
        fact=e.Advance(
            paid_by="acme",
            paid_to="jot",
            effective_on=date(2026, 10, 3),
            amount_minor=90_000,
            currency="EUR",
            account="album-1",
        ),
    ),
    KeyRegistered(**_next("key/jot", 1), key=_KEY),
    KeyRevoked(**_next("key/jot", 2), key_id=_KEY.split("+")[1], reason="the laptop was stolen"),
    StatementAcknowledged(
        **_next("statement/2026-10", 1), period="2026-10", statement=_DIGEST, size=41, root=_DIGEST, signature=_SIGNED
    ),
    e.AgreementProposed(**_next("agreement", 1), terms=_TERMS, digest=_DIGEST, signature=_SIGNED),
    e.AgreementAccepted(**_next("agreement", 2, "acme/bob"), digest=_DIGEST, signature=_SIGNED),
    e.AmendmentProposed(
        **_next("agreement", 3),
        terms=_TERMS,
        digest=_DIGEST,
        effective_on=date(2027, 1, 1),
        reason="a new year",
        signature=_SIGNED,
    ),
    e.AmendmentAccepted(**_next("agreement", 4, "acme/bob"), digest=_DIGEST, signature=_SIGNED),
)


def example(event_type: type[e.Event]) -> e.Event:
    """The first example of a type."""
    return next(each for each in EXAMPLES if type(each) is event_type)
