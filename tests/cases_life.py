"""What computes the published examples of a partnership's life: partners who come and go, goodwill, liquidation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import count
from typing import Any

from ledger.book import liquidation
from ledger.book.events import Stamp
from ledger.book.liquidation_events import (
    AssetRealised,
    CreditorPaid,
    DeficiencyPaid,
    DeficiencyShared,
    LiquidationExpensePaid,
)
from ledger.book.partner_facts import Admission, RatioChange, Retirement, Valuation
from ledger.book.partnership import Change, Given, after_transfers, change_of, gains, value_of
from ledger.book.winding_up import Account, safe_payments
from ledger.values.figures import Figure
from tests.ledger.book_examples import Party, Terms

Inputs = dict[str, Any]

UNIT = "USD"
GIVEN = Given(UNIT)
DAY = date(2026, 1, 1)


def _minor(amount: Any) -> int:
    return int(Fraction(amount) * 100)


def _minors(amounts: dict[str, Any]) -> dict[str, int]:
    return {name.lower(): _minor(amount) for name, amount in amounts.items()}


def _ratio(ratio: dict[str, Any]) -> dict[str, str]:
    return {name.lower(): str(Fraction(part)) for name, part in ratio.items()}


def _major(figure: Figure) -> Fraction:
    return figure.value / 100


def _named(figures: dict[str, Figure], names: Any, value: Callable[[Figure], Fraction] = _major) -> Inputs:
    return {name: value(figures[name.lower()]) for name in names}


def _step(change: Change, name: str) -> Fraction:
    return next(_major(step) for step in change.steps if step.name == name)


def admission(inputs: Inputs) -> Inputs:
    """The bonus method: the newcomer's capital is its interest in all."""
    fact = Admission(
        party=inputs["new"].lower(), effective_on=DAY, amount_minor=_minor(inputs["invest"]), currency=UNIT,
        interest=str(Fraction(inputs["interest"])), method="bonus", capital_minor=_minors(inputs["old"]),
        ratio=_ratio(inputs["ratio"]), change_minor={},
    )  # fmt: skip
    change = change_of(fact)
    return {"bonus_to_new": _step(change, "bonus"), "capital": _named(change.after, [*inputs["old"], inputs["new"]])}


def retirement(inputs: Inputs) -> Inputs:
    """The bonus method: the others bear what the leaver is paid beyond its capital."""
    fact = Retirement(
        party=inputs["leaver"].lower(), effective_on=DAY, amount_minor=_minor(inputs["paid"]), currency=UNIT,
        method="bonus", capital_minor=_minors(inputs["capital"]), ratio=_ratio(inputs["ratio"]), change_minor={},
    )  # fmt: skip
    change = change_of(fact)
    staying = [party for party in inputs["capital"] if party != inputs["leaver"]]
    return {"bonus": _step(change, "excess"), "capital": _named(change.after, staying)}


def goodwill_change(inputs: Inputs) -> Inputs:
    """Who gains pays who gives up."""
    fact = RatioChange(
        effective_on=DAY, amount_minor=_minor(inputs["goodwill"]), currency=UNIT,
        old=_ratio(inputs["old"]), new=_ratio(inputs["new"]), change_minor={},
    )  # fmt: skip
    return {"adjust": _named(change_of(fact).change, inputs["old"])}


def _fractions(ratio: dict[str, Any]) -> dict[str, Fraction]:
    return {party: Fraction(part) for party, part in ratio.items()}


def ratio_change(inputs: Inputs) -> Inputs:
    """What part of the profits each partner gains or gives up."""
    found = gains(GIVEN, _fractions(inputs["old"]), _fractions(inputs["new"]))
    return {"gain": {party: figure.value for party, figure in found.items()}}


def ratio_transfer(inputs: Inputs) -> Inputs:
    """The new shares, where parts of the profits are handed on."""
    transfers = [(giver, taker, Fraction(part)) for giver, taker, part in inputs["transfers"]]
    found = after_transfers(GIVEN, _fractions(inputs["old"]), transfers)
    return {"new": {party: figure.value for party, figure in found.items()}}


def super_profit(inputs: Inputs) -> Inputs:
    """Goodwill as some years' purchase of the profit above normal."""
    valuation = Valuation(
        profits_minor=tuple(map(_minor, inputs["profits"])), years=str(Fraction(inputs["years"])),
        capital_minor=_minor(inputs["capital"]), rate=str(Fraction(inputs["rate"])),
    )  # fmt: skip
    _, above, goodwill = value_of(GIVEN, valuation)
    return {"super_profit": _major(above), "goodwill": _major(goodwill)}


class Winding:
    """A liquidation that is agreed by all, driven by the decisions of the book."""

    def __init__(self, inputs: Inputs, deficiencies: str = "ratio", **opened: Any) -> None:
        self._salts = count(1)
        self._references = count(1)
        names = [name.lower() for name in inputs["capital"]]
        self.parties = names
        terms = Terms(agreement="book", parties={name: Party(name) for name in names}, currency=UNIT)
        self.state = liquidation.initial()
        self._take(
            liquidation.open_(
                self.state,
                {
                    "effective_on": DAY, "currency": UNIT, "liquidator": names[0], "ratio": _ratio(inputs["ratio"]),
                    "capital_minor": _minors(inputs["capital"]), "deficiencies": deficiencies, **opened,
                },
                terms, self._by(names[0]),
            )
        )  # fmt: skip
        for name in names[1:]:
            self._take(liquidation.accept(self.state, self._by(name)))

    def _by(self, party: str) -> Stamp:
        return Stamp(f"{party}/one", datetime(2026, 1, 1, tzinfo=UTC), f"{next(self._salts):032x}")

    def _take(self, events: Any) -> None:
        assert events
        for event in events:
            self.state = liquidation.evolve(self.state, event)

    def step(self, kind: Any, **content: Any) -> None:
        header = {"reference": f"S-{next(self._references)}", "effective_on": DAY}
        self._take(liquidation.record(self.state, kind, {**header, **content}, self._by(self.parties[0])))

    def pay(self, reserve_minor: int) -> dict[str, int]:
        """Pay what is safe, if anything is."""
        safe = safe_payments(self.account, reserve_minor).minor()
        if safe:
            content = {"reference": f"S-{next(self._references)}", "effective_on": DAY, "reserve_minor": reserve_minor}
            self._take(liquidation.distribute(self.state, content, self._by(self.parties[0])))
        return safe

    @property
    def account(self) -> Account:
        return liquidation.account(self.state)


def safe_payment_schedule(inputs: Inputs) -> Inputs:
    """Payments by instalments, each no more than what is safe."""
    winding = Winding(
        inputs, cash_minor=_minor(inputs["cash"]), assets_minor={"assets": _minor(inputs["noncash"])},
        creditors_minor={"creditors": _minor(inputs["liabilities"])},
    )  # fmt: skip
    payments, capitals = [], []
    for month in inputs["months"]:
        for proceeds, book in month["proceeds"]:
            winding.step(AssetRealised, asset="assets", book_minor=_minor(book), proceeds_minor=_minor(proceeds))
        if paid := _minor(month.get("pay_creditors", 0)):
            owed = paid - _minor(month.get("other_loss", 0))
            winding.step(CreditorPaid, creditor="creditors", owed_minor=owed, paid_minor=paid)
        winding.step(LiquidationExpensePaid, category="expenses", amount_minor=_minor(month["expenses"]))
        capitals.append({name: _major(winding.account.capital[name.lower()]) for name in inputs["capital"]})
        paid_out = winding.pay(_minor(month["reserve"]))
        payments.append({name: Fraction(paid_out.get(name.lower(), 0), 100) for name in inputs["capital"]})
    assert not winding.account.cash.value
    assert not any(figure.value for figure in winding.account.capital.values())
    return {"payments": payments, "capital_after_month1": capitals[0]}


def simple_liquidation(inputs: Inputs) -> Inputs:
    """Everything sold at once; a partner that is short pays in, or is borne by the others."""
    winding = Winding(
        inputs, cash_minor=_minor(inputs["cash"]), assets_minor={"assets": _minor(inputs["noncash"])},
        creditors_minor={"creditors": _minor(inputs["liabilities"])},
    )  # fmt: skip
    winding.step(
        AssetRealised, asset="assets", book_minor=_minor(inputs["noncash"]), proceeds_minor=_minor(inputs["proceeds"])
    )
    owed = _minor(inputs["liabilities"])
    winding.step(CreditorPaid, creditor="creditors", owed_minor=owed, paid_minor=owed)
    [(short, claim)] = [(party, each.minor) for party, each in winding.account.claims().items() if each.value < 0]
    if inputs["insolvent_pays"]:
        winding.step(DeficiencyPaid, party=short, amount_minor=-claim)
    else:
        winding.step(DeficiencyShared, party=short)
    paid = winding.pay(0)
    assert not winding.account.cash.value
    assert not any(figure.value for figure in winding.account.capital.values())
    return {
        "cash_to": {name: Fraction(paid.get(name.lower(), 0), 100) for name in inputs["capital"]},
        "deficiency": Fraction(-claim, 100),
    }


def garner_old(inputs: Inputs) -> Inputs:
    """The way that the court rejected: the loss and the insolvent partner's deficit by the profit ratio of the others.

    The insolvent partner shares no more losses (its ratio is nothing), and what it is short of is borne by ratio.
    """
    deficit = {"capital": {**inputs["capital"], "Wilkins": -inputs["deficit"]}}
    ratio = {"ratio": {**inputs["ratio"], "Wilkins": 0}}
    whole = sum(deficit["capital"].values())
    winding = Winding({**deficit, **ratio}, cash_minor=0, assets_minor={"assets": _minor(whole)})
    proceeds = _minor(whole - inputs["loss"])
    winding.step(AssetRealised, asset="assets", book_minor=_minor(whole), proceeds_minor=proceeds)
    winding.step(DeficiencyShared, party="wilkins")
    left = _named(winding.account.capital, inputs["capital"])
    shares = {Fraction(inputs["capital"][name]) - left[name] for name in left}
    return {"share_each": shares.pop(), "result": left}


CALCS: dict[str, Callable[[Inputs], Inputs]] = {
    "admission": admission,
    "retirement": retirement,
    "goodwill_change": goodwill_change,
    "ratio_change": ratio_change,
    "ratio_transfer": ratio_transfer,
    "super_profit": super_profit,
    "safe_payments": safe_payment_schedule,
    "garner_old": garner_old,
    "simple_liquidation": simple_liquidation,
}
