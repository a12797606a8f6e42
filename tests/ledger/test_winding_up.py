"""The account of a liquidation and safe payments: hand-made cases, and what must hold whatever happens."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import count
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.book import liquidation
from ledger.book.events import Stamp
from ledger.book.liquidation import Liquidation
from ledger.book.liquidation_events import (
    AssetRealised,
    CreditorPaid,
    DeficiencyPaid,
    DeficiencyShared,
    LiquidationDistributed,
    LiquidationExpensePaid,
)
from ledger.book.winding_up import Account, safe_payments
from ledger.values.errors import Refused
from ledger.values.figures import evaluate
from tests.ledger.book_examples import Party, Terms

DAY = date(2026, 12, 31)


class Winding:
    """A liquidation of some partners, driven by its decisions; the first of them is the liquidator."""

    def __init__(self, capital: dict[str, int], ratio: dict[str, int], *, agreed: bool = True, **opened: Any) -> None:
        self.numbers = count(1)
        self.parties = list(capital)
        self.terms = Terms(agreement="abc", parties={name: Party(name) for name in capital})
        self.state: Liquidation = liquidation.initial()
        self.content: dict[str, Any] = {
            "effective_on": DAY, "currency": "EUR", "liquidator": self.parties[0], "deficiencies": "ratio",
            "ratio": {party: str(part) for party, part in ratio.items()}, "capital_minor": capital, **opened,
        }  # fmt: skip
        self.take(liquidation.open_(self.state, self.content, self.terms, self.by(self.parties[0])))
        for party in self.parties[1:] if agreed else ():
            self.take(liquidation.accept(self.state, self.by(party)))

    def by(self, party: str) -> Stamp:
        return Stamp(f"{party}/one", datetime(2027, 1, 1, tzinfo=UTC), f"{next(self.numbers):032x}")

    def take(self, events: Any) -> Any:
        for event in events:
            self.state = liquidation.evolve(self.state, event)
        return events

    def record(self, kind: Any, *, who: str = "", **content: Any) -> Any:
        header = {"reference": f"S-{next(self.numbers)}", "effective_on": DAY}
        by = self.by(who or self.parties[0])
        return self.take(liquidation.record(self.state, kind, {**header, **content}, by))

    def sell(self, book: int, proceeds: int, **content: Any) -> Any:
        return self.record(AssetRealised, asset="stock", book_minor=book, proceeds_minor=proceeds, **content)

    def pay(self, reserve: int = 0) -> dict[str, int]:
        """Pay what is safe; nothing where nothing is."""
        if not safe_payments(self.account, reserve).minor():
            return {}
        content = {"reference": f"S-{next(self.numbers)}", "effective_on": DAY, "reserve_minor": reserve}
        (event,) = self.take(liquidation.distribute(self.state, content, self.by(self.parties[0])))
        return dict(event.payments_minor)

    @property
    def account(self) -> Account:
        return liquidation.account(self.state)

    def capital(self) -> dict[str, int]:
        return {party: figure.minor for party, figure in self.account.capital.items()}


def balances(account: Account) -> bool:
    """Cash and assets are what creditors, loans and capital are."""
    there = account.cash.value + account.unsold().value
    claims = sum((figure.value for figure in account.claims().values()), Fraction(0))
    return there == account.debts().value + claims


# --- by hand ----------------------------------------------------------------------------------------------


def test_garner_v_murray() -> None:
    """The real case: Garner 2,500, Murray 314, Wilkins -263 (in pounds), 635 lost, equal shares; Wilkins pays nothing.

    The loss goes to all three (211.66 or .67 each). What Wilkins is then short of, 474.67, is borne by the other two
    as 2,500 to 314: 421.70 and 52.97.
    """
    winding = Winding(
        {"garner": 250_000, "murray": 31_400, "wilkins": -26_300}, dict.fromkeys(("garner", "murray", "wilkins"), 1),
        cash_minor=0, assets_minor={"stock": 255_100}, deficiencies="capitals",
    )  # fmt: skip
    winding.sell(255_100, 191_600)
    assert winding.capital() == {"garner": 228_833, "murray": 10_233, "wilkins": -47_466}
    winding.record(DeficiencyShared, party="wilkins")
    assert winding.capital() == {"garner": 186_663, "murray": 4_937, "wilkins": 0}
    assert winding.pay() == {"garner": 186_663, "murray": 4_937}
    assert winding.account.cash.value == 0


def test_a_solvent_partner_without_capital_bears_no_deficiency_by_capitals() -> None:
    """By the rule of capitals who opened short bears nothing of another's deficiency; by the ratio it does."""
    capital = {"ann": 10_000, "ben": -1_000, "cleo": 0}
    left = {}
    for rule in ("capitals", "ratio"):
        winding = Winding(
            capital, dict.fromkeys(capital, 1), cash_minor=0, assets_minor={"stock": 9_000}, deficiencies=rule
        )
        winding.sell(9_000, 3_000)
        winding.record(DeficiencyShared, party="cleo")
        left[rule] = winding.capital()
    assert left == {
        "capitals": {"ann": 6_000, "ben": -3_000, "cleo": 0},
        "ratio": {"ann": 7_000, "ben": -4_000, "cleo": 0},
    }


def test_a_loan_is_set_off_and_paid_before_capital() -> None:
    """Ben's loan makes good what his capital is short of; what is left of it is paid before capital."""
    winding = Winding(
        {"ann": 5_000, "ben": 1_000}, {"ann": 1, "ben": 1}, cash_minor=0, assets_minor={"stock": 10_000},
        loans_minor={"ben": 4_000},
    )  # fmt: skip
    winding.sell(10_000, 6_000)
    assert winding.capital() == {"ann": 3_000, "ben": 0}
    assert winding.account.loans["ben"].value == 3_000
    assert winding.pay() == {"ann": 3_000, "ben": 3_000}
    assert winding.capital() == {"ann": 0, "ben": 0}
    assert winding.account.loans["ben"].value == 0
    assert [posted.what for posted in winding.account.posted] == ["realisation", "set_off", "distribution"]


def test_creditors_come_first() -> None:
    """Cash that creditors are owed is no partner's, and what they let off is a gain."""
    winding = Winding(
        {"ann": 500, "ben": 500}, {"ann": 1, "ben": 1}, cash_minor=1_000, creditors_minor={"bank": 600},
        assets_minor={"stock": 600},
    )  # fmt: skip
    assert safe_payments(winding.account).minor() == {"ann": 200, "ben": 200}
    winding.record(CreditorPaid, creditor="bank", owed_minor=600, paid_minor=500)
    assert winding.capital() == {"ann": 550, "ben": 550}
    assert safe_payments(winding.account, 100).minor() == {"ann": 200, "ben": 200}


# --- whatever happens -------------------------------------------------------------------------------------

NAMES = ("ann", "ben", "cleo", "dan")


@st.composite
def windings(draw: st.DrawFn) -> Winding:
    """A liquidation of two to four partners that balances."""
    ratio = draw(st.dictionaries(st.sampled_from(NAMES), st.integers(1, 9), min_size=2))
    capital = {party: draw(st.integers(-5_000, 20_000)) for party in ratio}
    loans = draw(st.dictionaries(st.sampled_from(sorted(ratio)), st.integers(1, 3_000), max_size=2))
    owed = draw(st.integers(0, 5_000))
    whole = sum(capital.values()) + sum(loans.values()) + owed
    assume(whole > 1)
    cash = draw(st.integers(0, whole - 1))
    return Winding(
        capital, ratio, cash_minor=cash, assets_minor={"stock": whole - cash}, loans_minor=loans,
        creditors_minor={"bank": owed} if owed else {}, deficiencies=draw(st.sampled_from(["ratio", "capitals"])),
    )  # fmt: skip


@settings(max_examples=settings().max_examples // 2, deadline=None)
@given(windings(), st.data())
def test_payments_are_safe_and_all_is_paid_out_in_the_end(winding: Winding, data: st.DataObject) -> None:
    """Instalments never exceed the cash, no later loss makes a paid partner owe (but rounding); none is left."""
    for last in (False, False, True):
        left = winding.account.unsold().minor
        if not left:
            break
        book = left if last else data.draw(st.integers(1, left))
        winding.sell(book, data.draw(st.integers(0, 2 * book)))
        debts = winding.account.debts().minor
        if debts and (paid := min(debts, winding.account.cash.minor)):
            winding.record(CreditorPaid, creditor="bank", owed_minor=paid, paid_minor=paid)
        free = winding.account.cash.minor - winding.account.debts().minor
        payments = winding.pay()
        assert sum(payments.values()) <= max(free, 0)
        assert balances(winding.account)
        worst = safe_payments(winding.account)
        shares = dict(worst.lines)["if all unsold is lost"]
        assert all(shares[party].value >= -2 for party in payments)
    if winding.account.debts().value:
        return  # there was not enough even for the creditors
    while short := [party for party, claim in winding.account.claims().items() if claim.value < 0]:
        try:
            winding.record(DeficiencyShared, party=short[0])
        except Refused:
            return  # nobody is left to bear it
    winding.pay()
    assert winding.account.cash.value == 0
    assert set(winding.capital().values()) <= {0}
    assert all(evaluate(figure) == figure.value for figure in winding.account.capital.values())


# --- decisions --------------------------------------------------------------------------------------------


def simple(**opened: Any) -> Winding:
    given: dict[str, Any] = {"cash_minor": 100, "assets_minor": {"stock": 900}, **opened}
    return Winding({"ann": 600, "ben": 400}, given.pop("ratio", {"ann": 1, "ben": 1}), **given)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"currency": "USD"}, "abc is kept in EUR, not in USD"),
        ({"effective_on": date(2025, 1, 1)}, "abc had not begun on 2025-01-01"),
        ({"cash_minor": -1}, "the cash is negative"),
        ({"cash_minor": 101}, "the opening does not balance: cash and assets are 10.01 EUR, "
                              "creditors, loans and capital 10.00 EUR"),
        ({"assets_minor": {"stock": 0}}, "the amount of stock must be above zero"),
        ({"ratio": {"ann": 1}}, "either capital or ratio is missing of ben"),
        ({"ratio": {"ann": 0, "ben": 0}}, "there is nobody to share gains and losses"),
        ({"liquidator": "kim"}, "kim is no party of abc"),
    ],
)  # fmt: skip
def test_an_opening_has_to_make_sense(changes: dict[str, Any], why: str) -> None:
    """The reason says what is wrong."""
    with pytest.raises(Refused) as refused:
        simple(**changes)
    assert refused.value.message == why


def test_all_partners_accept_before_anything_happens() -> None:
    """The same opening again is nothing; another is refused; who declines ends it, and another may follow."""
    winding = simple(agreed=False)
    stamp = winding.by("ann")
    assert liquidation.open_(winding.state, winding.content, winding.terms, stamp) == []
    with pytest.raises(Refused, match="already proposed"):
        liquidation.open_(winding.state, {**winding.content, "note": "another"}, winding.terms, stamp)
    with pytest.raises(Refused, match="waits for ben"):
        winding.sell(1, 1)
    assert liquidation.accept(winding.state, stamp) == []
    winding.take(liquidation.decline(winding.state, "not yet", winding.by("ben")))
    with pytest.raises(Refused, match="there is no liquidation"):
        liquidation.accept(winding.state, winding.by("ben"))
    winding.take(liquidation.open_(winding.state, winding.content, winding.terms, stamp))
    assert winding.state.waits_for == ("ben",)
    assert winding.state.version == 3


@pytest.mark.parametrize(
    ("kind", "content", "why"),
    [
        (AssetRealised, {"asset": "land", "book_minor": 1, "proceeds_minor": 1}, "there is no asset land (left)"),
        (AssetRealised, {"asset": "stock", "book_minor": 901, "proceeds_minor": 1}, "only 9.00 EUR of stock is left"),
        (AssetRealised, {"asset": "stock", "book_minor": 0, "proceeds_minor": 1}, "the book value must be above zero"),
        (AssetRealised, {"asset": "stock", "book_minor": 1, "proceeds_minor": -1}, "the proceeds is negative"),
        (LiquidationExpensePaid, {"category": "fees", "amount_minor": 101}, "there is only 1.00 EUR in cash"),
        (CreditorPaid, {"creditor": "bank", "owed_minor": 1, "paid_minor": 1}, "there is no creditor bank (left)"),
        (DeficiencyPaid, {"party": "ben", "amount_minor": 1}, "ben is not short of anything"),
        (DeficiencyPaid, {"party": "kim", "amount_minor": 1}, "kim has no part in the liquidation"),
        (DeficiencyShared, {"party": "ben"}, "ben is not short of anything"),
        (LiquidationDistributed, {"reserve_minor": 0, "payments_minor": {"ann": 99}},
         "the payments are not those that are safe"),
        (AssetRealised, {"asset": "stock", "book_minor": 1, "proceeds_minor": 1, "who": "ben"},
         "ben is not the liquidator"),
        (AssetRealised, {"asset": "stock", "book_minor": 1, "proceeds_minor": 1, "effective_on": date(2026, 1, 1)},
         "S-1 is of 2026-01-01, before 2026-12-31"),
    ],
)  # fmt: skip
def test_a_step_has_to_be_possible(kind: Any, content: dict[str, Any], why: str) -> None:
    """The reason says what is wrong."""
    with pytest.raises(Refused) as refused:
        simple().record(kind, **{"reference": "S-1", **content})
    assert refused.value.message == why
    assert refused.value.hint


def test_the_same_step_twice_is_nothing_and_a_void_one_stays_void() -> None:
    """Other content under a reference is refused; what payments stand on cannot be taken back."""
    winding = simple()
    assert winding.sell(400, 300, reference="SALE") != []
    assert winding.sell(400, 300, reference="SALE") == []
    with pytest.raises(Refused, match="other content"):
        winding.sell(400, 301, reference="SALE")
    stamp = winding.by("ann")
    winding.take(liquidation.void(winding.state, "SALE", "another buyer", stamp))
    assert winding.capital() == {"ann": 600, "ben": 400}
    assert liquidation.void(winding.state, "SALE", "again", stamp) == []
    with pytest.raises(Refused, match="was voided"):
        winding.sell(400, 300, reference="SALE")
    winding.sell(900, 700, reference="SALE-2")
    assert winding.pay(10) == {"ann": 495, "ben": 295}
    with pytest.raises(Refused, match="stands on SALE-2"):
        liquidation.void(winding.state, "SALE-2", "too late", stamp)
    with pytest.raises(Refused, match="nothing is safe to pay"):
        liquidation.distribute(
            winding.state, {"reference": "P", "effective_on": DAY, "reserve_minor": 10}, winding.by("ann")
        )
    with pytest.raises(Refused, match="what is held back is negative"):
        liquidation.distribute(
            winding.state, {"reference": "P", "effective_on": DAY, "reserve_minor": -1}, winding.by("ann")
        )
