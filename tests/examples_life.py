"""One fixed example of every event in which partners come, go, revalue and wind up; see `tests.examples`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from ledger.book import events as e
from ledger.book import liquidation_events as w
from ledger.book import partner_facts as p

_numbers = count(1001)
_START = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
_OPENING: dict[str, Any] = {
    "awaits_confirmation": True, "note": "as agreed on the first", "source": "the deed, page 3",
    "original": "25000.00", "evidence": ("0a1b2c3d" * 8,),
}  # fmt: skip


def _next(stream: str, version: int, actor: str = "jot/ana") -> dict[str, Any]:
    """The fields of the next example: a minute later, with a salt of its own."""
    number = next(_numbers)
    return e.Stamp(actor, _START + timedelta(minutes=number - 1000), f"{number:032x}").on(f"acme-jot/{stream}", version)


_admission = p.Admission(
    party="kim", effective_on=date(2026, 11, 1), amount_minor=2_500_000, currency="EUR", interest="1/3",
    method="bonus", capital_minor={"acme": 3_500_000, "jot": 3_000_000}, ratio={"acme": "7", "jot": "3"},
    change_minor={"acme": -350_000, "jot": -150_000, "kim": 3_000_000},
)  # fmt: skip
_retirement = p.Retirement(
    party="kim", effective_on=date(2026, 11, 30), amount_minor=13_000_000, currency="EUR", method="bonus",
    capital_minor={"acme": 10_000_000, "jot": 10_000_000, "kim": 10_000_000},
    ratio={"acme": "1", "jot": "1", "kim": "2"},
    change_minor={"acme": -1_500_000, "jot": -1_500_000, "kim": -10_000_000},
)  # fmt: skip
_ratio_change = p.RatioChange(
    effective_on=date(2026, 12, 1), amount_minor=1_600_000, currency="EUR", old={"acme": "1/2", "jot": "1/2"},
    new={"acme": "3/4", "jot": "1/4"}, change_minor={"acme": -400_000, "jot": 400_000},
    valuation=p.Valuation(
        profits_minor=(1_700_000, 2_000_000, 2_300_000), years="2", capital_minor=8_000_000, rate="3/20"
    ),
)  # fmt: skip
_revaluation = p.Revaluation(
    effective_on=date(2026, 11, 30), currency="EUR",
    assets=(p.Revalued(name="land", before_minor=5_000_000, after_minor=6_000_000),),
    ratio={"acme": "1/2", "jot": "1/2"}, change_minor={"acme": 500_000, "jot": 500_000},
)  # fmt: skip


def _step(version: int, reference: str, note: str = "at the court") -> dict[str, Any]:
    return {
        **_next("liquidation", version, "acme/bob"), "reference": reference, "effective_on": date(2027, 1, 31),
        "note": note,
    }  # fmt: skip


LIFE: tuple[e.Event, ...] = (
    e.PartnerAdmitted(**_next("entry/KIM-1", 1), fact=_admission, **_OPENING),
    e.PartnerRetired(**_next("entry/KIM-2", 1), fact=_retirement, **_OPENING),
    e.ProfitRatioChanged(**_next("entry/RATIO-1", 1), fact=_ratio_change, **_OPENING),
    e.AssetRevalued(**_next("entry/LAND-1", 1), fact=_revaluation, **_OPENING),
    w.LiquidationOpened(
        **_next("liquidation", 1), effective_on=date(2026, 12, 31), currency="EUR", liquidator="acme",
        ratio={"acme": "1/2", "jot": "1/2"}, capital_minor={"acme": 5_000_000, "jot": -200_000}, cash_minor=300_000,
        deficiencies="capitals", loans_minor={"jot": 500_000}, assets_minor={"land": 6_000_000},
        creditors_minor={"bank": 1_000_000}, note="all has an end",
    ),
    w.LiquidationAccepted(**_next("liquidation", 2, "acme/bob")),
    w.LiquidationDeclined(**_next("liquidation", 2, "acme/bob"), reason="we go on"),
    w.AssetRealised(**_step(3, "SALE-1", "at auction"), asset="land", book_minor=6_000_000, proceeds_minor=4_000_000),
    w.LiquidationExpensePaid(**_step(4, "EXP-1"), category="auctioneer", amount_minor=20_000),
    w.CreditorPaid(**_step(5, "BANK-1"), creditor="bank", owed_minor=1_000_000, paid_minor=990_000),
    w.DeficiencyPaid(**_step(6, "DEF-1"), party="jot", amount_minor=5_000),
    w.DeficiencyShared(**_step(7, "DEF-2"), party="jot"),
    w.LiquidationDistributed(**_step(8, "PAY-1"), reserve_minor=10_000, payments_minor={"acme": 3_000_000}),
    w.LiquidationStepVoided(**_next("liquidation", 9, "acme/bob"), reference="PAY-1", reason="never sent"),
)  # fmt: skip
