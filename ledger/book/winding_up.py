"""The account of a liquidation: what there is, what is owed, what each partner has a claim to, and what is safe to pay.

Pure sums on figures. Gains and losses go by the profit ratio. Outside creditors come first; then a partner's loan,
then its capital, both together against what it may be short of (set-off). A partner that cannot pay what it is short
of is borne by the others: by their profit ratio, or by the capitals they opened with (Garner v Murray, 1904, 1 Ch 57).

What is safe to pay is what a partner could keep if everything unsold brought nothing, the expenses held back
were spent, and nobody paid in what it would then be short of. Source: the cases LQ of `tests/cases/life-cycle.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from ledger.book.liquidation_events import (
    AssetRealised,
    CreditorPaid,
    DeficiencyPaid,
    DeficiencyShared,
    LiquidationDistributed,
    LiquidationExpensePaid,
    LiquidationOpened,
    Step,
)
from ledger.book.partnership import Given, PerParty, ratios, shares_of
from ledger.values.figures import (
    Figure,
    Op,
    Rounding,
    add,
    apportioned,
    derive,
    lesser,
    multiply,
    negate,
    positive,
    subtract,
    term,
)


class Posted(msgspec.Struct, frozen=True):
    """What a step did to the capital of the partners: which step, when, why, and the change of each."""

    reference: str
    effective_on: date
    what: str
    change: PerParty


class Account(msgspec.Struct, frozen=True):
    """Where a liquidation stands, in minor units; cash and assets always are what creditors, loans and capital are.

    `owed` is what rounding owes each partner so far. `insolvent` are those whose deficiency the others bear.
    """

    opened: LiquidationOpened
    cash: Figure
    assets: PerParty
    creditors: PerParty
    loans: PerParty
    capital: PerParty
    owed: PerParty
    insolvent: frozenset[str] = frozenset()
    posted: tuple[Posted, ...] = ()

    @property
    def unit(self) -> str:
        """The currency."""
        return self.opened.currency

    def parties(self) -> list[str]:
        """The partners, by name."""
        return sorted(self.opened.ratio)

    def unsold(self) -> Figure:
        """The book value of what is not sold yet."""
        return add(list(self.assets.values()), "assets not sold yet", "", "assets", self.unit)

    def debts(self) -> Figure:
        """What outsiders are still owed."""
        return add(list(self.creditors.values()), "creditors not paid yet", "", "creditors", self.unit)

    def claims(self) -> PerParty:
        """What each partner has a claim to (negative: is short of): its capital and its loan together."""
        return {
            party: add(
                (self.capital[party], self.loans[party]) if party in self.loans else (self.capital[party],),
                f"claim of {party}", "", f"{party}/claim",
            )
            for party in self.parties()
        }  # fmt: skip


def opening(opened: LiquidationOpened) -> Account:
    """The account as it was opened."""
    given = Given(opened.currency, opened.stream)

    def leaves(amounts: dict[str, int], label: str, room: str) -> PerParty:
        return {
            name: given.amount(minor, label.format(name), room.format(name)) for name, minor in sorted(amounts.items())
        }

    return Account(
        opened=opened,
        cash=given.amount(opened.cash_minor, "cash at the start", "cash.start"),
        assets=leaves(opened.assets_minor, "book value of {}", "asset.{}"),
        creditors=leaves(opened.creditors_minor, "owed to {}", "creditor.{}"),
        loans=leaves(opened.loans_minor, "loan of {}", "{}/loan.start"),
        capital=leaves(opened.capital_minor, "capital of {} at the start", "{}/capital.start"),
        owed={party: term(0, opened.currency, f"rounding owes {party}", "") for party in opened.ratio},
    )


def account_of(opened: LiquidationOpened, steps: Iterable[Step]) -> Account:
    """The account after some steps."""
    account = opening(opened)
    for step in steps:
        account = after(account, step)
    return account


def after(account: Account, step: Step) -> Account:
    """The account after one more step, which the account admits (`ledger.book.liquidation` sees to that).

    Once all is sold, a partner's loan makes good what its capital is short of.
    """
    taken = _taken(account, step)
    return taken if taken.assets else _set_off(taken, step)


def _taken(account: Account, step: Step) -> Account:
    match step:
        case AssetRealised():
            return _realised(account, step)
        case LiquidationExpensePaid():
            given = _given(account, step)
            paid = given.amount(step.amount_minor, f"{step.category} paid")
            return _gained(_paid_out(account, paid, step), negate(paid, f"{step.category} paid", ""), step, "expenses")
        case CreditorPaid():
            return _creditor_paid(account, step)
        case DeficiencyPaid():
            paid = _given(account, step).amount(
                step.amount_minor, f"paid in by {step.party}", f"{step.party}/paid_in.{step.reference}"
            )
            taken_in = replace(account, cash=add((account.cash, paid), "cash", "", f"cash.{step.reference}"))
            return _posted(taken_in, {step.party: paid}, step, "deficiency_paid")
        case DeficiencyShared():
            return _deficiency_shared(account, step)
        case LiquidationDistributed():
            return _distributed(account, step)
        case _:
            raise AssertionError(f"{type(step).__name__} is no step of a liquidation")


# --- steps ------------------------------------------------------------------------------------------------


def _realised(account: Account, step: AssetRealised) -> Account:
    given = _given(account, step)
    proceeds = given.amount(step.proceeds_minor, f"proceeds of {step.asset}")
    stood_at = given.amount(step.book_minor, f"book value of what was sold of {step.asset}")
    left = subtract((account.assets[step.asset], stood_at), f"book value of {step.asset}", "")
    cash = add((account.cash, proceeds), "cash", "", f"cash.{step.reference}")
    gain = subtract((proceeds, stood_at), f"gain on {step.asset}", "")
    return _gained(
        replace(account, cash=cash, assets=_left(account.assets, step.asset, left)), gain, step, "realisation"
    )


def _creditor_paid(account: Account, step: CreditorPaid) -> Account:
    given = _given(account, step)
    owed = given.amount(step.owed_minor, f"owed to {step.creditor}")
    paid = given.amount(step.paid_minor, f"paid to {step.creditor}")
    left = subtract((account.creditors[step.creditor], owed), f"owed to {step.creditor}", "")
    paying = replace(_paid_out(account, paid, step), creditors=_left(account.creditors, step.creditor, left))
    return _gained(paying, subtract((owed, paid), f"not asked for by {step.creditor}", ""), step, "creditors")


def _deficiency_shared(account: Account, step: DeficiencyShared) -> Account:
    """What an insolvent partner is short of, after its loan is set off, is borne by the others."""
    account = _set_off(account, step)
    party = step.party
    short = negate(account.capital[party], f"what {party} is short of", "", f"{party}/deficiency")
    weights = bearing(account, [each for each in account.parties() if each not in account.insolvent | {party}])
    exact = {
        each: negate(multiply((short, part), f"borne by {each}, exactly", ""), f"borne by {each}", "")
        for each, part in _parts(weights).items()
    }
    borne = _whole(account, exact, f"deficiency of {party} borne by {{}}", f"{{}}/borne.{step.reference}")
    shared = _posted(account, {**borne, party: short}, step, "deficiency_shared")
    return replace(shared, insolvent=shared.insolvent | {party})


def _distributed(account: Account, step: LiquidationDistributed) -> Account:
    """A payment goes to a partner's loan first, then to its capital."""
    account = _set_off(account, step)
    given = _given(account, step)
    loans, change, cash = dict(account.loans), {}, [account.cash]
    for party, minor in sorted(step.payments_minor.items()):
        payment = given.amount(minor, f"paid to {party}", f"{party}/paid.{step.reference}")
        cash.append(payment)
        if party in loans:
            repaid = lesser((loans[party], payment), f"loan of {party} repaid", "")
            loans[party] = subtract((loans[party], repaid), f"loan of {party}", "", f"{party}/loan.{step.reference}")
            payment = subtract((payment, repaid), f"capital paid to {party}", "")
        change[party] = negate(payment, f"capital paid to {party}", "", f"{party}/distribution.{step.reference}")
    paid = replace(account, loans=loans, cash=subtract(cash, "cash", "", f"cash.{step.reference}"))
    return _posted(paid, change, step, "distribution")


def _set_off(account: Account, step: Step) -> Account:
    """A partner's loan makes good what its capital is short of."""
    loans, change = dict(account.loans), {}
    for party, loan in account.loans.items():
        short = positive(negate(account.capital[party], f"capital of {party} is short of", ""), "if anything", "")
        if loan.value and short.value:
            change[party] = lesser((loan, short), f"loan of {party} set off", "", f"{party}/set_off.{step.reference}")
            loans[party] = subtract((loan, change[party]), f"loan of {party}", "", f"{party}/loan.off.{step.reference}")
    return _posted(replace(account, loans=loans), change, step, "set_off") if change else account


def _gained(account: Account, gain: Figure, step: Step, what: str) -> Account:
    """A gain (or loss) shared by the profit ratio, in whole minor units; rounding is made good later."""
    if not gain.value:
        return account
    exact = {
        party: multiply((gain, part), f"{gain.label}, for {party}, exactly", "")
        for party, part in shares_of(_given(account, step), ratios(account.opened.ratio), "share").items()
    }
    change = apportioned(
        exact, account.owed, Rounding(),
        lambda party: f"{gain.label}, for {party}", "", lambda party: f"{party}/{what}.{step.reference}",
    )  # fmt: skip
    owed = {
        party: subtract(
            (add((account.owed[party], exact[party]), "owed exactly", ""), change[party]), f"rounding owes {party}", ""
        )
        for party in exact
    }
    return _posted(replace(account, owed=owed), change, step, what)


def _posted(account: Account, change: PerParty, step: Step, what: str) -> Account:
    capital = {
        party: add((before, change[party]), f"capital of {party}", "", f"{party}/capital.{what}.{step.reference}")
        if party in change else before
        for party, before in account.capital.items()
    }  # fmt: skip
    posted = Posted(step.reference, step.effective_on, what, change)
    return replace(account, capital=capital, posted=(*account.posted, posted))


def _paid_out(account: Account, paid: Figure, step: Step) -> Account:
    return replace(account, cash=subtract((account.cash, paid), "cash", "", f"cash.{step.reference}"))


def _left(amounts: PerParty, name: str, left: Figure) -> PerParty:
    """The amounts with another one; what is gone is left out."""
    return {each: left if each == name else was for each, was in amounts.items() if each != name or left.value}


def _given(account: Account, step: Step) -> Given:
    return Given(account.unit, f"{step.stream}/{step.reference}")


# --- safe payments ----------------------------------------------------------------------------------------


class Schedule(msgspec.Struct, frozen=True):
    """What can safely be paid: each line says what every partner would be left with, the last is paid.

    `loss` is all that may still be lost; `available` the cash beyond creditors and what is held back.
    """

    available: Figure
    loss: Figure
    lines: tuple[tuple[str, PerParty], ...]
    payments: PerParty

    def minor(self) -> dict[str, int]:
        """What is paid to each partner that is paid anything, in minor units."""
        return {party: figure.minor for party, figure in sorted(self.payments.items()) if figure.value}


def safe_payments(account: Account, reserve_minor: int = 0) -> Schedule:
    """The schedule of safe payments, with an amount held back for expenses to come."""
    given = Given(account.unit, account.opened.stream)
    reserve = given.amount(reserve_minor, "held back for expenses", "reserve")
    available = subtract((account.cash, account.debts(), reserve), "cash that is free", "", "available")
    loss = add((account.unsold(), reserve), "what may still be lost", "", "loss")
    claims = account.claims()
    shares = shares_of(given, ratios(account.opened.ratio), "share")
    left = {
        party: subtract(
            (claims[party], multiply((loss, shares[party]), f"{party}'s part of what may be lost", "")),
            f"claim of {party} if all that is lost", "", f"{party}/left.1",
        )
        for party in account.parties()
    }  # fmt: skip
    lines = [("capital and loan", claims), ("if all unsold is lost", left)]
    while bearers := _bearers(left):
        left = _borne(account, left, bearers, len(lines))
        lines.append(("the others bear what is missing", left))
    kept = {party: positive(figure, f"left to {party}", "") for party, figure in left.items()}
    payments = _whole(account, kept, "safe to pay {}", "{}/payment")
    return Schedule(available, loss, tuple(lines), payments)


def _bearers(left: PerParty) -> list[str]:
    """Who bears what others are short of: nobody where nobody is short, or nobody has anything left."""
    short = any(figure.value < 0 for figure in left.values())
    return [party for party, figure in left.items() if figure.value > 0] if short else []


def _borne(account: Account, left: PerParty, bearers: list[str], place: int) -> PerParty:
    """Those with something left bear what the others are short of."""
    missing = negate(
        add([figure for figure in left.values() if figure.value < 0], "what partners are short of", ""), "missing", ""
    )
    weights = bearing(account, bearers) or {party: left[party] for party in bearers}
    parts = _parts(weights)
    return {
        party: subtract((figure, multiply((missing, parts[party]), f"borne by {party}", "")),
                        f"left to {party}", "", f"{party}/left.{place}")
        if party in parts
        else positive(figure, f"left to {party}", "", f"{party}/left.{place}")
        for party, figure in left.items()
    }  # fmt: skip


def bearing(account: Account, parties: Iterable[str]) -> PerParty:
    """By what weights these parties bear a deficiency; empty where none of them has a weight.

    By the profit ratio, or by the capitals at the start (a partner that was short then bears nothing); by the
    profit ratio too where none of them had capital.
    """
    given, opened = Given(account.unit, account.opened.stream), account.opened
    who = list(parties)
    capitals = {
        party: given.amount(max(opened.capital_minor[party], 0), f"capital of {party} at the start") for party in who
    }
    by_ratio = {party: given.parts(Fraction(opened.ratio[party]), f"ratio of {party}") for party in who}
    for weights in (capitals, by_ratio) if opened.deficiencies == "capitals" else (by_ratio,):
        if any(figure.value for figure in weights.values()):
            return weights
    return {}


def _parts(weights: PerParty) -> PerParty:
    whole = add(list(weights.values()), "of all who bear it", "") if weights else term(1, "", "whole", "")
    return {party: derive(Op.QUOTIENT, (weight, whole), f"part of {party}", "") for party, weight in weights.items()}


def _whole(account: Account, exact: PerParty, label: str, name: str) -> PerParty:
    nothing = term(0, account.unit, "nothing", "")
    return apportioned(
        exact, dict.fromkeys(exact, nothing), Rounding(), lambda party: label.format(party), "",
        lambda party: name.format(party),
    )  # fmt: skip
